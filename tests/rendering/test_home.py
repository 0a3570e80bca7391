"""The App Home, from nothing to two hundred subscriptions."""

from datetime import timedelta

import pytest

from bot.playground.slack_blocks import check_view
from bot.rendering import buttons, home
from bot.rendering.limits import context, header, sections
from bot.rendering.numbers import Numbers
from bot.rendering.subscription import Standing
from bot.subscriptions.deliveries import State
from bot.subscriptions.model import Pause, paused
from bot.subscriptions.targets import parse_target
from bot.subscriptions.ways import MOST, Way
from tests.examples import MONDAY, owed, subscription
from tests.rendering.checks import HOSTILE, PINGS, buttons_of

numbers = Numbers()
CONNECTED = "Connected to CreatorAudit with the key “<Recap>”."
HEAD = [
    header("Recap"),
    context(["Connected to CreatorAudit with the key “&lt;Recap&gt;”."]),
]
SENT = owed(state=State.SENT, sent_at=MONDAY + timedelta(minutes=1))


def test_empty() -> None:
    """What to do to get one."""
    view = home.view([], CONNECTED, numbers, nonce="n")
    assert check_view(view) == []
    none = "No channel that you can see is subscribed. `/recap subscribe` sets one up."
    assert view == {"type": "home", "blocks": [*HEAD, *sections([none])]}


def test_one() -> None:
    """What it is, its last post, and everything that can be done with it."""
    view = home.view([Standing(subscription(), SENT)], CONNECTED, numbers, nonce="n")
    assert check_view(view) == []
    what, last, row = view["blocks"][2:]
    assert view["blocks"][:2] == HEAD
    assert [what, last] == [
        *sections(
            [
                "<#C1>: the last 7 days with the top 5, every Monday at 09:00 (Europe/Berlin).",
                "Next: Mon, Nov 23 · Mon, Nov 30 · Mon, Dec 7.",
            ]
        ),
        context(["The recap of Mon, Nov 23 at 09:00 was sent at 09:01."]),
    ]
    assert row["block_id"] == "row_s1"
    assert buttons_of(view) == [
        ("Edit", buttons.MANAGE, "s1"),
        ("Pause", buttons.PAUSE, "s1"),
        ("Send now", buttons.SEND_NOW, "s1 n"),
        ("Unsubscribe", buttons.UNSUBSCRIBE, "s1"),
    ]
    labels = [one.get("accessibility_label") for one in row["elements"]]
    assert labels == ["Edit #marketing", "Pause #marketing", "Send now to #marketing", None]


def test_what_differs() -> None:
    """In words, below what it is."""
    view = home.view([Standing(subscription(wait_hours=4))], CONNECTED, numbers, nonce="n")
    assert check_view(view) == []
    lines = view["blocks"][2]["text"]["text"].splitlines()
    assert lines[1] == "Waits up to 4 hours."


def test_paused() -> None:
    """What is paused is resumed."""
    one = paused(subscription(), Pause.ARCHIVED)
    view = home.view([Standing(one)], CONNECTED, numbers, nonce="n")
    assert check_view(view) == []
    assert buttons_of(view)[1] == ("Resume", buttons.RESUME, "s1")
    assert view["blocks"][-1]["elements"][1]["accessibility_label"] == "Resume #marketing"


@pytest.mark.parametrize(
    ("count", "shown", "more"),
    [
        (1, 1, None),
        (32, 32, None),
        (33, 32, "… and 1 more channel."),
        (200, 32, "… and 168 more channels."),
    ],
)
def test_many(count: int, shown: int, more: str | None) -> None:
    """As many as a Home holds, and how many it does not show."""
    standings = [
        Standing(subscription(id=f"s{number}", channel=f"C{number}"), SENT)
        for number in range(count)
    ]
    view = home.view(standings, CONNECTED, numbers, nonce="n")
    assert check_view(view) == []
    rows = [block["block_id"] for block in view["blocks"] if block["type"] == "actions"]
    assert rows == [f"row_s{number}" for number in range(shown)]
    rest = view["blocks"][2 + 3 * shown :]
    assert rest == ([] if more is None else [context([more])])


def test_targets() -> None:
    """Each with a menu; what is paused says why, and can be resumed."""
    hook = parse_target("discord+https://chat.example.com/hooks/secret-secret-1234")
    ways = [
        Way("w1", "s1", hook, "U1", pause="404"),
        Way("w2", "s1", parse_target("name@example.com"), "U1"),
    ]
    view = home.view(
        [Standing(subscription(id="s1"))], CONNECTED, numbers, nonce="n", ways={"s1": ways}
    )
    assert check_view(view) == []
    assert "secret-secret" not in str(view)
    shown = [block for block in view["blocks"] if block.get("block_id", "").startswith("way_")]
    assert [block["text"]["text"] for block in shown] == [
        "↳ Discord: chat.example.com/…1234. Paused, because it refused (404). Create a new webhook "
        "there and put its address in place of this one.",
        "↳ E-mail: n…@example.com",
    ]
    menus = [[one["value"] for one in block["accessory"]["options"]] for block in shown]
    assert menus == [["try w1", "resume w1", "remove w1"], ["try w2", "remove w2"]]


def test_many_targets() -> None:
    """They need room as well."""
    ways = [Way(f"w{n}", "s1", parse_target(f"name{n}@example.com"), "U1") for n in range(MOST)]
    standings = [Standing(subscription(id="s1"))] * 20
    view = home.view(standings, CONNECTED, numbers, nonce="n", ways={"s1": ways})
    assert len(view["blocks"]) <= 100
    assert "more channels" in str(view["blocks"][-1])


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str) -> None:
    """Thirty of them, paused and not, whatever they are called and whatever went wrong."""
    standings = []
    for number in range(30):
        one = subscription(id=f"s{number}", channel_name=name)
        failed = owed(state=State.FAILED, reason=name)
        one = paused(one, Pause.CHANNEL_GONE) if number % 2 else one
        standings.append(Standing(one, failed, name))
    view = home.view(standings, name, numbers, nonce="n" * 32)
    assert check_view(view) == []
    assert not PINGS.search(str(view))
