"""The recap as a subscription posts it."""

from dataclasses import replace
from datetime import date

import pytest

from bot.digest.facts import LeaderboardRow
from bot.digest.freshness import Coverage
from bot.digest.model import RankedCreator, TopCreators, Unusual
from bot.digest.periods import Period
from bot.digest.preferences import Platform
from bot.rendering import buttons
from bot.rendering.blocks import short_body
from bot.rendering.limits import button
from bot.rendering.numbers import Numbers
from bot.rendering.scheduled import Occasion, render_scheduled, unsubscribe_button
from bot.rendering.sentences import PLACES
from bot.rendering.text import text_lines
from bot.subscriptions.model import Pause, paused
from bot.subscriptions.schedule import Schedule, Weekday
from tests.examples import digest, facts, rich, subscription
from tests.rendering.checks import HOSTILE, buttons_of, shown, taken

numbers = Numbers()
ONE = subscription(next_slot=subscription().schedule.slot(date(2026, 11, 30)))
BODY = [
    line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for line in text_lines(digest(), numbers)
]
EVERY = "Every Monday at 09:00 (Europe/Berlin)"
NEXT = "Next: Mon, Nov 30 at 09:00"


LATE = "20 minutes late: this was due on Mon, Nov 23 at 09:00."
WAITED = "Posted at 11:00 instead of 09:00, once 92% of the accounts were refreshed."


@pytest.mark.parametrize(
    ("occasion", "late", "notes", "asked", "foot"),
    [
        (Occasion(), [], [], [], f"{EVERY} · {NEXT}"),
        (
            Occasion(last="Mon, Nov 16 at 09:00"),
            [],
            [],
            [],
            f"{EVERY} · Last: Mon, Nov 16 at 09:00 · {NEXT}",
        ),
        (Occasion(late=LATE), [LATE], [], [], f"{EVERY} · {NEXT}"),
        (Occasion(waited=WAITED), [], [WAITED], [], f"{EVERY} · {NEXT}"),
        (
            Occasion(asked_by="U7"),
            [],
            [],
            ["Sent on request of <@U7>"],
            f"{EVERY} · {NEXT}",
        ),
        (
            Occasion(asked_by="U7", late=LATE, waited=WAITED, last="Mon, Nov 16 at 09:00"),
            [LATE],
            [WAITED],
            ["Sent on request of <@U7>"],
            f"{EVERY} · Last: Mon, Nov 16 at 09:00 · {NEXT}",
        ),
    ],
)
def test_whole(
    occasion: Occasion, late: list[str], notes: list[str], asked: list[str], foot: str
) -> None:
    """Why now, the recap, how it came here, and what can be done about it."""
    message = render_scheduled(digest(), ONE, occasion, numbers)
    assert taken(message) == [*late, *BODY, *notes, foot]
    first = [
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": f":hourglass: {line}", "verbatim": True},
        }
        for line in late
    ]
    small = [
        {
            "type": "context",
            "elements": [{"type": "mrkdwn", "text": line, "verbatim": True} for line in lines],
        }
        for lines in (*([note] for note in notes), [*asked, foot])
    ]
    assert list(message.blocks[:-1]) == [*first, *short_body(digest(), numbers), *small]
    receipt, *others = buttons_of(message)
    assert receipt[:2] == ("How was this computed?", buttons.RECEIPT)
    assert others == [
        ("Manage", buttons.MANAGE, "s1"),
        ("Skip next", buttons.SKIP, "s1"),
        ("Unsubscribe", buttons.UNSUBSCRIBE, "s1"),
    ]


SHORT = [
    "Recap: last 7 days",
    "*Total views*  1.24M (+18.3%)",
    "Likes 43.1K (+10.6%)  ·  Followers 910K (+0.9%)  ·  Engagement rate 4.2% (+0.2 pp)",
    "Comments 3,910 (-7.1%)  ·  Shares 2,204 (+4.9%)",
    "Views rose by 193K (+18.3%), 44% of it through Mia Chen.",
    "Views without 3 newly added accounts (like for like): +7.3% instead of +18.3%.",
    "▲ Mia Chen +85.1K views, Kofi Mensah +60K, Sofia Rossi +41K and 3 more",
    "▼ Lena Fuchs -26.9K views, Omar Ali -9,171",
    "*Top by views*  1. Mia Chen: 245K ▲2  ·  2. Kofi Mensah: 98K NEW  ·  3. Sofia Rossi: 91K"
    "  ·  4. Ana Lima: 64K ▼3  ·  5. Lena Fuchs: 58K",
]
MISSING = ":warning: Rank movement missing: CreatorAudit is busy."
SMALL = (
    "Total views: 1.24M is printed, from CreatorAudit's overview; "
    "the sum over the accounts says 1.22M. "
    "46 of 50 accounts refreshed since the window closed; 1 waiting for its first refresh. "
    "Changes compare with the {days} days before."
)


def test_rich() -> None:
    """Eight lines under the title, and then the small print; the text holds everything."""
    message = render_scheduled(rich(), ONE, Occasion(), numbers)
    assert shown(message) == [*SHORT, MISSING, SMALL.format(days=7), f"{EVERY} · {NEXT}"]
    assert taken(message) == [*text_lines(rich(), numbers), f"{EVERY} · {NEXT}"]
    assert all(len(line) <= 140 for line in SHORT)


def test_more_of_the_ranking() -> None:
    """Who asks for twelve sees twelve, five in a line."""
    rows = tuple(RankedCreator(n, f"Name {n}", 100 - n) for n in range(1, 13))
    given = replace(digest(), top_creators=TopCreators("views", rows))
    lines = shown(render_scheduled(given, ONE, Occasion(), numbers))
    first = next(n for n, line in enumerate(lines) if line.startswith("*Top by views*"))
    assert [line.count(". Name") for line in lines[first : first + 3]] == [5, 5, 2]


def test_rich_month() -> None:
    """Thirty days have no week in their words."""
    told = (Unusual(1_243_531, 600_000, 7),)
    given = rich(period=Period.MONTH, highlights=told, platform=Platform.TIKTOK)
    message = render_scheduled(given, ONE, Occasion(), numbers)
    assert shown(message) == [
        "Recap: last 30 days on TikTok",
        *SHORT[1:4],
        "Unusually many views: the median of 7 earlier 30-day windows is 600K.",
        *SHORT[6:],
        MISSING,
        SMALL.format(days=30).replace("Changes", f"{PLACES} Changes"),
        f"{EVERY} · {NEXT}",
    ]
    taken(message)


@pytest.mark.parametrize(
    ("period", "words"), [(Period.WEEK, "A quiet week"), (Period.QUARTER, "90 quiet days")]
)
def test_quiet(period: Period, words: str) -> None:
    """One line, and what has to be known of it."""
    given = rich(period=period, quiet=True, missing=(), disagreements=(), coverage=Coverage(9, 9))
    message = render_scheduled(given, ONE, Occasion(), numbers)
    assert shown(message)[1:-2] == [
        f"*Total views*  1.24M (+18.3%) · {words}: no creator moved total views by more than 5%."
    ]
    assert shown(message)[-2].startswith(
        "All 9 accounts refreshed since the window closed. Changes"
    )
    taken(message)


def test_nobody_ranked() -> None:
    """A sentence, not an empty list; and nothing where the ranking is missing."""
    empty = digest(facts(rows=()))
    message = render_scheduled(empty, ONE, Occasion(), numbers)
    assert shown(message)[4] == "*Top creators*  CreatorAudit ranked no creator in this window."
    without = replace(digest(), top_creators=None)
    lines = shown(render_scheduled(without, ONE, Occasion(), numbers))
    assert not any("*Top" in line for line in lines)


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


@pytest.mark.parametrize("locale", ["en", "de", "ar"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str, locale: str) -> None:
    """Twenty-five creators with such names, in the longest form that there is."""
    rows = tuple(LeaderboardRow(f"c{n}", name, 10**n) for n in range(25))
    longest = "America/Argentina/ComodRivadavia"
    days = frozenset(Weekday) - {Weekday.SUN}
    one = subscription(channel_name=name, schedule=Schedule(days, zone=longest))
    occasion = Occasion(asked_by="U7", late=name, waited=name, last=name)
    many = digest(facts(rows=rows), top=25)
    taken(render_scheduled(many, one, occasion, Numbers(locale)))
