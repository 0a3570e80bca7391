"""What people read about their subscription."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from bot.digest.periods import Period
from bot.digest.preferences import Ask, Platform, Preferences, Ranking
from bot.rendering import buttons, mrkdwn, subscription
from bot.rendering.blocks import SlackMessage
from bot.rendering.limits import actions, button, context, header, sections
from bot.rendering.numbers import Numbers
from bot.rendering.scheduled import Occasion, render_scheduled, unsubscribe_button
from bot.rendering.subscription import PREFLIGHT, Standing
from bot.subscriptions.deliveries import Delivery, Frozen, State
from bot.subscriptions.model import Pause, paused
from bot.subscriptions.model import Subscription as Made
from bot.subscriptions.schedule import Schedule, Slot, Weekday
from tests.examples import MONDAY, NOON, digest, owed
from tests.examples import subscription as example
from tests.rendering.checks import HOSTILE, buttons_of, shown, taken

numbers = Numbers()
ONE = example()
STOPPED = paused(ONE, Pause.ARCHIVED)
MONTHLY = replace(ONE, ask=Ask(Period.MONTH, Preferences(10)))
CHOSEN = replace(
    ONE,
    ask=Ask(preferences=Preferences(ranking=Ranking.GAIN, platform=Platform.TIKTOK)),
    wait_hours=4,
)
CHOICES = "TikTok only · ranked by gain · waits up to 4 hours."
WHAT = "the last 7 days with the top 5, every Monday at 09:00 (Europe/Berlin)."
UPCOMING = "Next: Mon, Nov 23 · Mon, Nov 30 · Mon, Dec 7."
PAUSED = (
    ":double_vertical_bar: Paused: the channel is archived. Unarchive it, and the posts go on by "
    "themselves."
)
MANAGE = ("Manage", buttons.MANAGE, "s1")
UNSUBSCRIBE = ("Unsubscribe", buttons.UNSUBSCRIBE, "s1")
SENT = owed(state=State.SENT, sent_at=MONDAY)


@pytest.mark.parametrize(
    ("user", "head"),
    [
        ("U1", "<@U1> subscribed this channel to Recap"),
        (None, "This channel is subscribed to Recap"),
    ],
)
def test_intro(user: str | None, head: str) -> None:
    """What the channel is going to get, and what can be done about it."""
    message = subscription.intro(ONE, user, numbers)
    assert taken(message) == shown(message) == [f"{head}: {WHAT}", UPCOMING]
    assert buttons_of(message) == [MANAGE, UNSUBSCRIBE]
    assert message.blocks[-1]["elements"][0]["accessibility_label"] == "Manage this subscription"


@pytest.mark.parametrize(
    ("one", "lines", "choices"),
    [
        (
            ONE,
            [f"<#C1>: {WHAT}", UPCOMING],
            [
                MANAGE,
                ("Skip next", buttons.SKIP, "s1"),
                ("Pause", buttons.PAUSE, "s1"),
                UNSUBSCRIBE,
            ],
        ),
        (
            STOPPED,
            [f"<#C1>: {WHAT}", PAUSED],
            [MANAGE, ("Resume", buttons.RESUME, "s1"), UNSUBSCRIBE],
        ),
        (
            example(schedule=ONE.schedule, next_slot=ONE.schedule.slot(date(2026, 10, 12))),
            [
                f"<#C1>: {WHAT}",
                "Next: Mon, Oct 12 · Mon, Oct 19 · Mon, Oct 26.",
                "The clocks change in between; it stays 09:00 local time.",
            ],
            [
                MANAGE,
                ("Skip next", buttons.SKIP, "s1"),
                ("Pause", buttons.PAUSE, "s1"),
                UNSUBSCRIBE,
            ],
        ),
    ],
)
def test_confirmed(one: Made, lines: list[str], choices: list[tuple[str, str, str]]) -> None:
    """What has just happened, what holds now, and what else could be wanted."""
    message = subscription.confirmed(one, numbers, head="Done.")
    assert taken(message) == shown(message) == ["Done.", *lines]
    assert buttons_of(message) == choices


def test_what_is_posted() -> None:
    """Another window and more of the leaderboard."""
    described = list(subscription.described(MONTHLY, numbers))
    assert described[0].startswith("<#C1>: the last 30 days with the top 10, every Monday at")


def test_what_differs_is_said_everywhere() -> None:
    """To the channel, to who has set it up, in the list and in the status."""
    assert taken(subscription.intro(CHOSEN, None, numbers))[1:] == [CHOICES, UPCOMING]
    assert list(subscription.described(CHOSEN, numbers)) == [f"<#C1>: {WHAT}", CHOICES, UPCOMING]
    assert taken(subscription.listing([Standing(CHOSEN)], numbers)) == [
        f"<#C1>: every Monday at 09:00 (Europe/Berlin). {CHOICES} Next: Mon, Nov 23 at 09:00."
    ]
    assert taken(subscription.status(Standing(CHOSEN, SENT), "Well.", numbers))[1] == CHOICES


def test_what_differs_begins_with_a_capital() -> None:
    """Whatever stands first."""
    waiting = paused(replace(ONE, wait_hours=1), Pause.ARCHIVED)
    assert subscription.summary(Standing(waiting), numbers) == (
        "<#C1>: every Monday at 09:00 (Europe/Berlin). Waits up to 1 hour. Paused: the channel is "
        "archived."
    )


@pytest.mark.parametrize("locale", ["de", "da", "fr"])
def test_no_sentence_ends_twice(locale: str) -> None:
    """Some write the month with a full stop of its own."""
    text = "\n".join(subscription.described(ONE, Numbers(locale)))
    assert ".." not in text
    assert text.endswith(".")


def test_skipped() -> None:
    """Which one, what comes instead, and the way back."""
    later = replace(ONE, next_slot=ONE.schedule.slot(date(2026, 11, 30)))
    message = subscription.skipped(later, Slot(date(2026, 11, 23), MONDAY), numbers)
    assert (
        taken(message)
        == shown(message)
        == [
            "The recap of Mon, Nov 23 at 09:00 is skipped.",
            "Next: Mon, Nov 30 · Mon, Dec 7 · Mon, Dec 14.",
        ]
    )
    assert buttons_of(message) == [("Undo", buttons.UNDO_SKIP, "s1 2026-11-23")]


@pytest.mark.parametrize(
    ("can_subscribe", "choices"),
    [(True, [("Subscribe this channel", buttons.SUBSCRIBE, "")]), (False, [])],
)
def test_none_here(choices: list[tuple[str, str, str]], *, can_subscribe: bool) -> None:
    """A button only where it leads somewhere."""
    message = subscription.none_here(can_subscribe=can_subscribe)
    assert taken(message) == ["This channel is not subscribed. `/recap subscribe` sets it up."]
    assert buttons_of(message) == choices


def test_empty_listing() -> None:
    """How to get the first one."""
    assert taken(subscription.listing([], numbers)) == [
        "No channel that you can see is subscribed. `/recap subscribe` sets one up."
    ]


ACTIVE_LINE = "<#C1>: every Monday at 09:00 (Europe/Berlin). Next: Mon, Nov 23 at 09:00."
PAUSED_LINE = "<#C1>: every Monday at 09:00 (Europe/Berlin). Paused: the channel is archived."


@pytest.mark.parametrize(
    ("count", "more"),
    [
        (1, []),
        (20, []),
        (21, ["… and 1 more: see the Home of Recap."]),
        (200, ["… and 180 more: see the Home of Recap."]),
    ],
)
def test_listing(count: int, more: list[str]) -> None:
    """A line for each of the first twenty."""
    pair = [Standing(ONE), Standing(STOPPED)]
    message = subscription.listing((pair * count)[:count], numbers)
    lines = ([ACTIVE_LINE, PAUSED_LINE] * count)[: min(count, 20)]
    assert taken(message) == shown(message) == [*lines, *more]
    assert buttons_of(message) == []


def test_status() -> None:
    """How it stands, what became of its last post, and whether the source answers."""
    message = subscription.status(Standing(ONE, SENT), "Connected <well>.", numbers)
    assert (
        taken(message)
        == shown(message)
        == [
            f"<#C1>: {WHAT}",
            UPCOMING,
            "The recap of Mon, Nov 23 at 09:00 was sent at 09:00.",
            "Connected &lt;well&gt;.",
        ]
    )
    assert [text for text, _, _ in buttons_of(message)] == [
        "Manage",
        "Skip next",
        "Pause",
        "Unsubscribe",
    ]


@pytest.mark.parametrize(
    ("last", "trouble", "words"),
    [
        (owed(), None, "is on its way"),
        (owed(state=State.CLAIMED), None, "is on its way"),
        (owed(), "GET /overview: 503", "is on its way (`GET /overview: 503`)"),
        (owed(state=State.POSTING), "timeout", "is being posted (`timeout`)"),
        (SENT, None, "was sent at 09:00"),
        (owed(state=State.SENT, sent_at=MONDAY + timedelta(hours=9)), None, "was sent at 18:00"),
        (
            owed(state=State.SENT, sent_at=MONDAY + timedelta(hours=30)),
            None,
            "was sent on Tue, Nov 24 at 15:00",
        ),
        (owed(state=State.SENT), None, "was sent"),
        (owed(state=State.FAILED, reason="no_text"), None, "was refused by Slack (`no_text`)"),
        (
            owed(state=State.UNCONFIRMED, reason="missing_scope"),
            None,
            "is not confirmed by Slack: look in the channel (`missing_scope`)",
        ),
        (owed(state=State.SKIPPED, reason="by_person"), None, "was skipped: somebody paused it"),
        (
            owed(state=State.MISSED, reason="too_late"),
            None,
            "was missed: it was too late to post it",
        ),
    ],
)
def test_result(last: Delivery, trouble: str | None, words: str) -> None:
    """What became of the newest one, in the hours of its zone."""
    found = subscription.result(Standing(ONE, last, trouble), numbers)
    assert found == f"The recap of Mon, Nov 23 at 09:00 {words}."


def test_result_of_nothing() -> None:
    """Nothing yet is a sentence as well."""
    assert subscription.result(Standing(ONE), numbers) == "Recap has not posted here yet."


def test_result_of_what_waits_for_fresh_data() -> None:
    """It says until when at the longest, and not what an earlier look met."""
    patient = replace(ONE, wait_hours=12)
    until = owed().due_at + timedelta(hours=4)
    waits = owed(reason="waiting_for_data", waits_until=until)
    assert subscription.result(Standing(patient, waits, "503"), numbers) == (
        "The recap of Mon, Nov 23 at 09:00 is waiting for fresh data and comes at 13:00 at the "
        "latest."
    )


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (
            "no_key",
            "this workspace has no CreatorAudit key; an admin enters one in the Home of Recap",
        ),
        (
            "key_refused",
            "CreatorAudit refuses the key; an admin enters another in the Home of Recap",
        ),
    ],
)
def test_result_of_what_waits_for_a_key(reason: str, words: str) -> None:
    """What to do, and not what the operator reads of it."""
    found = subscription.result(Standing(ONE, owed(reason=reason), "401"), numbers)
    assert found == f"The recap of Mon, Nov 23 at 09:00 is on its way: {words}."


def test_result_of_what_somebody_asked_for() -> None:
    """Without a slot, the instant at which it was asked for stands for it."""
    asked = owed(day=None, due_at=NOON, state=State.SENT, sent_at=NOON + timedelta(minutes=2))
    assert subscription.result(Standing(ONE, asked), numbers) == (
        "The recap of Mon, Nov 23 at 13:00 was sent at 13:02."
    )


def test_delivered() -> None:
    """As it was, without the buttons that belong to another day."""
    posted = render_scheduled(digest(), ONE, Occasion(), numbers)
    message = Frozen(posted.text, tuple(posted.blocks))
    kept = replace(SENT, message=message, sent_at=MONDAY + timedelta(minutes=1))
    head = "Delivered Mon, Nov 23 at 09:01:"
    again = subscription.delivered(kept, ONE.schedule, numbers)
    assert taken(again) == [head, *posted.text.splitlines()]
    assert list(again.blocks) == [context([head]), *posted.blocks[:-1]]


def test_delivered_and_corrected_since() -> None:
    """The post as it was, under the newest of what was corrected in it; names stay harmless."""
    said = [f"Corrected on Mon 09:{n}: <views> 1 → {n}." for n in range(15, 19)]
    message = Frozen("One.\nTwo.", corrections=tuple(said))
    again = subscription.delivered(owed(message=message), ONE.schedule, numbers)
    heads = [
        "Delivered Mon, Nov 23 at 09:00, and corrected since:",
        *map(mrkdwn.literal, said[1:]),
    ]
    assert taken(again) == [*heads, "One.", "Two."]
    assert list(again.blocks) == [
        *(context([line]) for line in heads),
        *sections(["One.", "Two."]),
    ]


@pytest.mark.parametrize(
    ("message", "lines", "blocks"),
    [
        (None, [], []),
        (Frozen("One.\nTwo."), ["One.", "Two."], [*sections(["One.", "Two."])]),
        (Frozen("One.", (actions([button("A", "a", "")]),)), ["One."], [*sections(["One."])]),
        (
            Frozen("x", tuple(header(str(n)) for n in range(50))),
            ["x"],
            [header(str(n)) for n in range(49)],
        ),
    ],
)
def test_delivered_in_words(
    message: Frozen | None, lines: list[str], blocks: list[dict[str, object]]
) -> None:
    """What was sent without blocks is shown by its words; no more blocks than Slack takes."""
    again = subscription.delivered(owed(message=message), ONE.schedule, numbers)
    head = "Delivered Mon, Nov 23 at 09:00:"
    assert taken(again) == [head, *lines]
    assert list(again.blocks) == [context([head]), *blocks]


def test_one_sentence() -> None:
    """The end of a subscription, and whatever else takes one sentence."""
    assert taken(subscription.ended(ONE)) == [
        "#marketing is unsubscribed. Recap posts nothing there."
    ]
    assert subscription.said("Done.") == SlackMessage("Done.", list(sections(["Done."])))


@pytest.mark.parametrize("pause", Pause)
def test_every_pause_can_be_described(pause: Pause) -> None:
    """Sentences, each with one full stop at its end."""
    lines = taken(subscription.confirmed(paused(ONE, pause), numbers, head="Paused."))
    assert len(lines) == 3
    assert all(line.endswith(".") and ".." not in line for line in lines)
    assert pause is Pause.BY_PERSON or PREFLIGHT[pause].endswith(".")


def test_nothing_stands_in_the_way_of_a_new_subscription_but_these() -> None:
    """A pause by a person is none that a channel could have."""
    assert set(PREFLIGHT) == set(Pause) - {Pause.BY_PERSON}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str) -> None:
    """Whatever the channel is called and whatever went wrong, Slack takes every message."""
    schedule = Schedule(
        frozenset(Weekday) - {Weekday.SUN}, time(23, 59), "America/Argentina/ComodRivadavia"
    )
    one = replace(example(channel_name=name), schedule=schedule)
    stopped = paused(one, Pause.CHANNEL_GONE)
    failed = owed(state=State.FAILED, reason=name, message=Frozen("One."))
    slot = Slot(date(2026, 11, 23), MONDAY)
    german = Numbers("de")
    for message in (
        subscription.intro(one, "U1", german),
        subscription.confirmed(one, german, head="Done."),
        subscription.confirmed(stopped, german, head="Paused."),
        subscription.skipped(one, slot, german),
        subscription.listing([Standing(one), Standing(stopped)] * 100, german),
        subscription.status(Standing(one, failed), name, german),
        subscription.status(Standing(one, owed(), name), name, german),
        subscription.delivered(failed, one.schedule, german),
        subscription.ended(one),
    ):
        taken(message)
    assert unsubscribe_button(one)["value"] == "s1"
