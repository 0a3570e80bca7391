"""The recap as a subscription posts it."""

from datetime import date, timedelta

import pytest

from bot.digest.facts import LeaderboardRow
from bot.rendering import buttons
from bot.rendering.blocks import SlackMessage, short_body
from bot.rendering.limits import button
from bot.rendering.numbers import Numbers
from bot.rendering.scheduled import Occasion, plain, render_scheduled, unsubscribe_button
from bot.rendering.text import text_lines
from bot.subscriptions.model import Pause, paused
from bot.subscriptions.schedule import Schedule, Slot, Weekday
from tests.examples import MONDAY, digest, facts, subscription
from tests.rendering.checks import HOSTILE, buttons_of, taken

numbers = Numbers()
ONE = subscription(next_slot=subscription().schedule.slot(date(2026, 11, 30)))
SLOT = Slot(date(2026, 11, 23), MONDAY)
BODY = [
    line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for line in text_lines(digest(), numbers)
]
EVERY = "Every Monday at 09:00 (Europe/Berlin)"
NEXT = "Next: Mon, Nov 30 at 09:00"


@pytest.mark.parametrize(
    ("occasion", "late", "asked", "foot"),
    [
        (Occasion(SLOT), [], [], f"{EVERY} · {NEXT}"),
        (
            Occasion(SLOT, last="Mon, Nov 16 at 09:00"),
            [],
            [],
            f"{EVERY} · Last: Mon, Nov 16 at 09:00 · {NEXT}",
        ),
        (
            Occasion(SLOT, late=timedelta(minutes=20)),
            ["20 minutes late: this was due on Mon, Nov 23 at 09:00."],
            [],
            f"{EVERY} · {NEXT}",
        ),
        (Occasion(None, late=timedelta(minutes=20)), [], [], f"{EVERY} · {NEXT}"),
        (
            Occasion(None, asked_by="U7"),
            [],
            ["Sent on request of <@U7>"],
            f"{EVERY} · {NEXT}",
        ),
        (
            Occasion(SLOT, asked_by="U7", late=timedelta(days=3), last="Mon, Nov 16 at 09:00"),
            ["3 days late: this was due on Mon, Nov 23 at 09:00."],
            ["Sent on request of <@U7>"],
            f"{EVERY} · Last: Mon, Nov 16 at 09:00 · {NEXT}",
        ),
    ],
)
def test_whole(occasion: Occasion, late: list[str], asked: list[str], foot: str) -> None:
    """Why now, the recap, how it came here, and what can be done about it."""
    message = render_scheduled(digest(), ONE, occasion, numbers)
    assert taken(message) == [*late, *BODY, foot]
    first = [
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": f":hourglass: {line}", "verbatim": True},
        }
        for line in late
    ]
    small = {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": line, "verbatim": True} for line in (*asked, foot)],
    }
    assert list(message.blocks[:-1]) == [*first, *short_body(digest(), numbers), small]
    receipt, *others = buttons_of(message)
    assert receipt[:2] == ("How was this computed?", buttons.RECEIPT)
    assert others == [
        ("Manage", buttons.MANAGE, "s1"),
        ("Skip next", buttons.SKIP, "s1"),
        ("Unsubscribe", buttons.UNSUBSCRIBE, "s1"),
    ]


def test_a_paused_subscription_has_no_next() -> None:
    """**Send now** works while it is paused; then nothing is promised."""
    stopped = paused(ONE, Pause.BY_PERSON)
    message = render_scheduled(digest(), stopped, Occasion(asked_by="U7"), numbers)
    assert taken(message)[-1] == EVERY


def test_days_begin_the_footer_with_a_capital() -> None:
    """Whatever word that is."""
    workdays = frozenset(Weekday) - {Weekday.SAT, Weekday.SUN}
    one = subscription(schedule=Schedule(workdays), next_slot=None)
    footer = taken(render_scheduled(digest(), one, Occasion(), numbers))[-1]
    assert footer == "Monday to Friday at 09:00 (UTC)"


def test_unsubscribe_asks_first() -> None:
    """A slip of the finger ends nothing."""
    assert unsubscribe_button(ONE) == button("Unsubscribe", buttons.UNSUBSCRIBE, "s1") | {
        "confirm": {
            "title": {
                "type": "plain_text",
                "text": "Unsubscribe this channel?",
                "emoji": True,
            },
            "text": {
                "type": "plain_text",
                "text": "Recap posts nothing here any more. You can subscribe again at any time.",
                "emoji": True,
            },
            "confirm": {"type": "plain_text", "text": "Unsubscribe", "emoji": True},
            "deny": {"type": "plain_text", "text": "Cancel", "emoji": True},
            "style": "danger",
        }
    }


def test_plain() -> None:
    """The words stay, and nothing else."""
    message = render_scheduled(digest(), ONE, Occasion(SLOT), numbers)
    assert plain(message) == SlackMessage(message.text, ())
    taken(plain(message))


@pytest.mark.parametrize("locale", ["en", "de", "ar"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str, locale: str) -> None:
    """Twenty-five creators with such names, in the longest form that there is."""
    rows = tuple(LeaderboardRow(f"c{n}", name, 10**n) for n in range(25))
    longest = "America/Argentina/ComodRivadavia"
    days = frozenset(Weekday) - {Weekday.SUN}
    one = subscription(channel_name=name, schedule=Schedule(days, zone=longest))
    occasion = Occasion(SLOT, asked_by="U7", late=timedelta(hours=47), last=name)
    many = digest(facts(rows=rows), top=25)
    taken(render_scheduled(many, one, occasion, Numbers(locale)))
