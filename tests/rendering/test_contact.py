"""What the contact of a subscription is told: what is in the way, and the one thing to do."""

from datetime import date, timedelta

import pytest

from bot.rendering import buttons, contact
from bot.rendering.numbers import Numbers
from bot.subscriptions.model import Pause
from bot.subscriptions.schedule import Slot
from tests.examples import MONDAY, owed, subscription
from tests.rendering.checks import HOSTILE, buttons_of, shown, taken

numbers = Numbers()
ONE = subscription()
WEEK = timedelta(days=7)
SLOTS = tuple(Slot(date(2026, 11, 23) + n * WEEK, MONDAY + n * WEEK) for n in range(5))


@pytest.mark.parametrize(
    ("pause", "why", "fix"),
    [
        (Pause.BY_PERSON, "somebody paused it", "Press Resume when you want it back."),
        (
            Pause.ARCHIVED,
            "the channel is archived",
            "Unarchive it, and the posts go on by themselves.",
        ),
        (
            Pause.NOT_IN_CHANNEL,
            "Recap is not in the channel",
            "Type `/invite @recap` there, and the posts go on by themselves.",
        ),
        (
            Pause.CHANNEL_GONE,
            "Slack no longer shows Recap the channel",
            "If it still exists, type `/invite @recap` there; the posts then go on by themselves.",
        ),
        (
            Pause.MAY_NOT_POST,
            "Recap may not post in the channel",
            "Ask an admin of the channel to let apps post there, then press Resume.",
        ),
        (
            Pause.INSTALL_GONE,
            "Slack no longer accepts Recap's token",
            "Ask whoever runs Recap to reinstall it, then press Resume.",
        ),
    ],
)
def test_paused(pause: Pause, why: str, fix: str) -> None:
    """Why, what to do, and the button that goes on."""
    message = contact.paused(ONE, pause)
    assert taken(message) == shown(message)
    assert taken(message) == [f"The recap for #marketing is paused: {why}.", fix]
    assert buttons_of(message) == [("Resume", buttons.RESUME, "s1")]


def test_resumed() -> None:
    """When the next one comes, and that nothing is made up for."""
    message = contact.resumed(ONE, numbers)
    assert taken(message) == [
        "The recap for #marketing goes on. Next: Mon, Nov 23 at 09:00.",
        "Nothing that was missed meanwhile is posted later.",
    ]
    assert taken(message) == shown(message)
    assert buttons_of(message) == []


@pytest.mark.parametrize(
    ("slots", "count", "lines"),
    [
        (
            SLOTS[:1],
            1,
            [
                "1 post for #marketing could not be sent in time (Mon, Nov 23).",
                "It was too late to post it by itself. Send now posts a fresh recap.",
            ],
        ),
        (
            SLOTS[:3],
            3,
            [
                "3 posts for #marketing could not be sent in time "
                "(Mon, Nov 23 · Mon, Nov 30 · Mon, Dec 7).",
                "It was too late to post them by themselves. Send now posts a fresh recap.",
            ],
        ),
        (
            SLOTS[:5],
            400,
            [
                "400 posts for #marketing could not be sent in time "
                "(Mon, Dec 7 · Mon, Dec 14 · Mon, Dec 21 and earlier).",
                "It was too late to post them by themselves. Send now posts a fresh recap.",
            ],
        ),
    ],
)
def test_missed(slots: tuple[Slot, ...], count: int, lines: list[str]) -> None:
    """How many, the newest three of them, and a fresh one; its button posts once."""
    message = contact.missed(ONE, slots, count, numbers)
    assert taken(message) == lines
    assert taken(message) == shown(message)
    value = f"s1 {slots[-1].day.isoformat()}"
    assert buttons_of(message) == [("Send now", buttons.SEND_NOW, value)]


def test_unconfirmed() -> None:
    """A person looks, since Recap can't."""
    message = contact.unconfirmed(ONE, owed(reason="missing_scope"), numbers)
    assert taken(message) == [
        "Slack did not confirm the recap for #marketing of Mon, Nov 23 at 09:00, and Recap can't "
        "read the channel to look for it (`missing_scope`).",
        "Look in the channel. If it is not there, press Post again.",
    ]
    assert taken(message) == shown(message)
    assert buttons_of(message) == [("Post again", buttons.POST_AGAIN, "d1")]


def test_failed() -> None:
    """Slack's code is for whoever runs Recap."""
    message = contact.failed(ONE, owed(reason="msg_blocks_too_long"))
    assert taken(message) == [
        "Slack refused the recap for #marketing (`msg_blocks_too_long`).",
        "Tell whoever runs Recap; the next one is tried as usual.",
    ]
    assert taken(message) == shown(message)
    assert buttons_of(message) == []


def test_late() -> None:
    """It is still on its way, and where to look what holds it up."""
    message = contact.late(ONE, owed(), numbers)
    assert taken(message) == [
        "The recap for #marketing of Mon, Nov 23 at 09:00 is late.",
        "Recap keeps trying. `/recap status` in the channel says what is in the way.",
    ]
    assert taken(message) == shown(message)
    assert buttons_of(message) == []


def test_names() -> None:
    """A link for those who may see the channel, its name for the others, its id at worst."""
    assert contact.name(ONE) == "<#C1>"
    assert contact.spoken(ONE) == "#marketing"
    assert contact.spoken(subscription(channel_name="")) == "#C1"
    assert contact.name(subscription(channel="<!here>")) == "<#&lt;!here&gt;>"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str) -> None:
    """Neither a name nor a code of somebody else makes a message that pings or is refused."""
    one = subscription(channel_name=name)
    delivery = owed(reason=name)
    messages = [
        *(contact.paused(one, pause) for pause in Pause),
        contact.resumed(one, numbers),
        contact.missed(one, SLOTS, 400, numbers),
        contact.unconfirmed(one, delivery, numbers),
        contact.failed(one, delivery),
        contact.late(one, delivery, numbers),
    ]
    for message in messages:
        assert len(taken(message)) == 2
