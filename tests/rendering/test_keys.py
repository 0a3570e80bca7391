"""The key of a workspace in words."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.playground.slack_blocks import check_view
from bot.rendering import buttons, home, keys
from bot.rendering.keys import About, KeyStanding
from bot.rendering.limits import Block
from bot.rendering.numbers import Numbers
from bot.tenants.api_key import MADE_AT, ApiKey
from tests.rendering.checks import HOSTILE, PINGS, buttons_of, taken

ENTERED = datetime(2026, 11, 21, 9, 2, tzinfo=UTC)
KEY = ApiKey("T1", "ca_live_secret", "Marketing", "org_1", "U1", ENTERED)
WHEN = "<!date^1795251720^{date_short_pretty} at {time}|21 Nov 2026, 09:02 UTC>"
"""In the time zone of whoever reads it."""

OURS = re.compile(re.escape(f"<{MADE_AT}>"))
numbers = Numbers()


def shown(view: Block) -> list[str]:
    """The lines of a view that Slack takes, without the secret."""
    assert check_view(view) == []
    assert KEY.secret not in str(view)
    assert not PINGS.search(OURS.sub("", str(view["blocks"])))
    return [
        line
        for block in view["blocks"]
        if block["type"] == "section"
        for line in block["text"]["text"].splitlines()
    ]


def of_home(key: ApiKey | None, *, is_admin: bool) -> tuple[list[str], list[tuple[str, str, str]]]:
    standing = KeyStanding(key, is_admin)
    view = home.view([], "Connected.", numbers, nonce="n", key=standing)
    return shown(view)[:-1], buttons_of(view)


def test_home_of_an_admin() -> None:
    """Whose numbers these are, and what can be done."""
    lines, row = of_home(KEY, is_admin=True)
    assert lines == [f"Key “Marketing” of the organization `org_1`, entered by <@U1> on {WHEN}."]
    assert row == [
        ("Change key", buttons.CHANGE_KEY, "-"),
        ("Remove", buttons.REMOVE_KEY, "U1 2026-11-21T09:02:00+00:00"),
    ]


def test_home_of_everybody_else() -> None:
    """Whom to ask; no buttons."""
    lines, row = of_home(KEY, is_admin=False)
    assert lines[1:] == ["Ask <@U1> or another admin of this workspace to change it."]
    assert row == []


def test_home_with_a_refused_key() -> None:
    """Since when, and what waits."""
    lines, _ = of_home(replace(KEY, refused_at=ENTERED), is_admin=True)
    assert lines[1:] == [
        f"CreatorAudit has refused it since {WHEN}. Posts wait until it works again or an "
        "admin enters another one."
    ]


def test_home_without_a_key() -> None:
    """What to do, or who does it."""
    lines, row = of_home(None, is_admin=True)
    assert lines == [
        f"Recap needs a CreatorAudit key to show numbers here. Make one at <{MADE_AT}> and enter "
        "it."
    ]
    assert row == [("Enter key", buttons.CHANGE_KEY, "-")]
    lines, row = of_home(None, is_admin=False)
    assert lines == [
        "Recap has no CreatorAudit key for this workspace yet. An admin of the workspace enters "
        "one here, in their own Home of Recap."
    ]
    assert row == []


def test_a_key_that_creatoraudit_says_little_of() -> None:
    """Neither a name nor an organization."""
    assert keys.named(replace(KEY, name="", organization="")) == "the key without a name"


def test_the_window() -> None:
    """Where keys are made, what becomes of it, and one input; nothing is preset."""
    view = keys.form(About("U1 x"))
    lines = shown(view)
    assert [line.split(".")[0] for line in lines] == [
        "Make a key at <https://app",
        "It is checked before it is kept",
    ]
    assert (view["submit"]["text"], view["callback_id"]) == ("Check and save", buttons.KEY_FORM)
    element = view["blocks"][-1]["element"]
    assert (element["type"], element["max_length"]) == ("plain_text_input", 500)
    assert "initial_value" not in element
    assert keys.about(view["private_metadata"]) == About("U1 x")


def test_the_window_with_a_question() -> None:
    """It says whose numbers these are, and keeps the place of what was typed."""
    view = keys.form(About("s", "org_2"), keys.foreign(KEY, "Sales", "org_2"))
    assert shown(view)[0] == (
        ":warning: This is the key “Sales” of the organization `org_2`. Until now this workspace "
        "saw another one: the key “Marketing” of the organization `org_1`. All channels will see "
        "other numbers, and trends begin anew. Is that right?"
    )
    assert view["submit"]["text"] == "Use it"
    assert view["blocks"][-1]["block_id"] == keys.form(About())["blocks"][-1]["block_id"]
    assert keys.about(view["private_metadata"]) == About("s", "org_2")


def test_what_was_typed() -> None:
    """An input that nobody has touched holds nothing."""
    assert keys.typed({"key": {"value": {"value": "abc"}}}) == "abc"
    assert keys.typed({"key": {"value": {"value": None}}}) == ""
    assert keys.typed({}) == ""


def test_somebody_was_faster() -> None:
    """With what they did."""
    assert keys.overtaken(KEY) == (
        "Somebody has entered a key meanwhile: the key “Marketing” of the organization `org_1`. "
        "Send this off again to put yours in its place."
    )
    assert keys.overtaken(None) == (
        "Somebody has removed the key meanwhile. Send this off again to enter yours."
    )


def test_kept() -> None:
    """What holds now, what is missing, and what goes out."""
    first = "Recap uses the key “Marketing” of the organization `org_1` from now on."
    assert shown(keys.kept(KEY, may_write=True, woken=0)) == [first]
    assert shown(keys.kept(KEY, may_write=False, woken=1)) == [
        first,
        "This key may only read, so these parts are left out of every recap until it gets the "
        "scope `write` at CreatorAudit: movers, likes, comments, shares, top videos.",
        "The post that has waited for it will be sent now.",
    ]
    assert shown(keys.kept(KEY, may_write=True, woken=3))[1:] == [
        "The 3 posts that have waited for it will be sent now."
    ]


def test_while_it_takes_longer() -> None:
    """A window without an input."""
    assert shown(keys.checking()) == ["CreatorAudit is asked about the key …"]


def test_removed() -> None:
    """And what that means."""
    assert taken(keys.removed(KEY)) == [
        "Recap has forgotten the key “Marketing” of the organization `org_1`. Posts wait until an "
        "admin enters another one."
    ]


def test_what_whoever_entered_it_is_told() -> None:
    """What is wrong, what becomes of the posts, and the way to the window."""
    message = keys.refused(KEY, "CreatorAudit does not know the key.")
    assert taken(message) == [
        "Recap can show no numbers in this workspace with the key “Marketing” of the organization "
        "`org_1`. CreatorAudit does not know the key.",
        "Posts wait, and come late once it works again or you enter another one.",
    ]
    assert buttons_of(message) == [("Change key", buttons.CHANGE_KEY, "-")]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str) -> None:
    """Whatever a key and an organization are called."""
    key = replace(KEY, name=name, organization=name)
    of_home(key, is_admin=True)
    of_home(key, is_admin=False)
    shown(keys.form(About("s", name), keys.foreign(key, name, name)))
    shown(keys.form(About("s"), keys.overtaken(key)))
    shown(keys.kept(key, may_write=False, woken=1))
    taken(keys.removed(key))
    taken(keys.refused(key, name))
