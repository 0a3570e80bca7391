"""What a person's lines ask for: addresses are secrets, so a shown line stands for its target."""

import pytest

from bot.subscriptions.targets import parse_target
from bot.subscriptions.ways import MOST, Wanted, Way, wanted

HOOK = "https://chat.example.com/hooks/secret-secret-1234"
CHAT = Way("w1", "s1", parse_target(HOOK), "U1")
MAIL = Way("w2", "s1", parse_target("name@example.com"), "U1")
SHOWN = ["chat.example.com/…1234", "n…@example.com"]


def test_as_it_was() -> None:
    """Nothing is touched, and nothing is asked for twice."""
    assert wanted(SHOWN, [CHAT, MAIL]) == Wanted()
    assert wanted([HOOK, "name@example.com"], [CHAT, MAIL]) == Wanted()


def test_added_and_dropped() -> None:
    """A new line is a new target, once; a line that is gone ends its own."""
    new = parse_target("other@example.com")
    lines = [SHOWN[1], "other@example.com", "other@EXAMPLE.com"]
    assert wanted(lines, [CHAT, MAIL]) == Wanted((new,), (CHAT,))
    assert wanted([], [CHAT]) == Wanted((), (CHAT,))


def test_two_that_look_alike() -> None:
    """Each line keeps one of them."""
    twin = Way("w3", "s1", parse_target(HOOK.replace("/hooks", "/other")), "U1")
    assert wanted([SHOWN[0]] * 2, [CHAT, twin]) == Wanted()
    assert wanted([SHOWN[0]], [CHAT, twin]) == Wanted((), (twin,))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("nowhere", "Line 2: A target is an address that begins with https://, or an e-mail"),
        (SHOWN[0], "Line 2: "),
        ("http://example.com/secret", "Line 2: The address must begin with https://."),
    ],
)
def test_mistakes(line: str, sentence: str) -> None:
    """The line and what is wrong with it; what was typed is not repeated."""
    with pytest.raises(ValueError, match="Line 2: ") as refused:
        wanted([SHOWN[1], line], [MAIL])
    assert str(refused.value).startswith(sentence)
    assert "secret" not in str(refused.value)


def test_a_host_of_our_own() -> None:
    """What the operator allows may be http."""
    (target,) = wanted(["http://chat.internal/x"], [], {"chat.internal"}).added
    assert target.host == "chat.internal"


def test_too_many() -> None:
    """More than a form can show."""
    lines = [f"name{n}@example.com" for n in range(MOST + 1)]
    assert len(wanted(lines[:-1], []).added) == MOST
    with pytest.raises(ValueError, match="10 other places at most"):
        wanted(lines, [])
