"""This ranking against the one of a week ago."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.snapshots import Standing
from bot.digest.standings import Moved, New, left, movements

names = st.lists(st.sampled_from("abcdefgh"), unique=True)


def ranked(keys: str) -> list[Standing]:
    return [Standing(key, key.upper(), None) for key in keys]


@pytest.mark.parametrize(
    ("now", "week_ago", "expected"),
    [
        ("abc", "abc", (Moved(0), Moved(0), Moved(0))),
        ("cab", "abc", (Moved(2), Moved(-1), Moved(-1))),
        ("axb", "abc", (Moved(0), New(), Moved(-1))),
        ("abcd", "ba", (Moved(1), Moved(-1), New(), New())),
        ("ab", "abcd", (Moved(0), Moved(0))),
        ("ab", "", (New(), New())),
        ("", "ab", ()),
        ("aab", "ab", (None, None, Moved(-1))),
        ("ab", "aab", (None, Moved(1))),
    ],
)
def test_movements(now: str, week_ago: str, expected: tuple[object, ...]) -> None:
    """Places gained or lost, new, or unknown where two have one key."""
    assert movements(list(now), ranked(week_ago)) == expected


def test_nobody_without_a_key_is_recognized() -> None:
    """Not even when there is just one, then and now."""
    assert movements([None, "a"], ranked("a")) == (None, Moved(-1))


def test_who_left_the_list() -> None:
    """Those who were shown and are not any more, in their order; a lower rank is out, too."""
    assert left(list("abcdef"), ranked("fabdc"), 3) == ("F",)
    assert left(list("xyz"), ranked("abc"), 2) == ("A", "B")
    assert left([], ranked("ab"), 5) == ("A", "B")
    assert left(list("ab"), [], 5) == ()


@given(names, names)
def test_ranks_add_up(now: list[str], then: list[str]) -> None:
    """A movement leads back to the place of a week ago; who is new had none."""
    found = movements(now, ranked("".join(then)))
    for rank, (key, movement) in enumerate(zip(now, found, strict=True)):
        if key in then:
            assert isinstance(movement, Moved)
            assert rank + movement.by == then.index(key)
        else:
            assert movement == New()
    out = left(now, ranked("".join(then)), 3)
    assert {name.lower() for name in out} == set(then[:3]) - set(now[:3])
