"""The words after ``/recap``."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.periods import Period
from bot.digest.preferences import Ask, Preferences
from bot.listeners.grammar import Help, Misread, Recap, parse

WEEK, MONTH, QUARTER = Period.WEEK, Period.MONTH, Period.QUARTER


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Recap(Ask())),
        ("   ", Recap(Ask(WEEK, Preferences(5)))),
        ("7d", Recap(Ask())),
        ("30D", Recap(Ask(MONTH))),
        ("90d top 25", Recap(Ask(QUARTER, Preferences(25)))),
        ("top 1", Recap(Ask(WEEK, Preferences(1)))),
        ("share", Recap(Ask(), share=True)),
        ("share top 3 30d", Recap(Ask(MONTH, Preferences(3)), share=True)),
        ("7d 7d share share", Recap(Ask(), share=True)),
        ("top 007", Recap(Ask(WEEK, Preferences(7)))),
        ("help", Help()),
        ("HELP me", Help()),
    ],
)
def test_understood(text: str, command: object) -> None:
    """The words may stand in any order and any case."""
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "problem", "nearest"),
    [
        ("14d", "CreatorAudit has windows of 7d, 30d and 90d, but none of 14d.", "/recap 7d"),
        (
            "60days top 3",
            "CreatorAudit has windows of 7d, 30d and 90d, but none of 60days.",
            "/recap 30d top 3",
        ),
        (
            "999999999d",
            "CreatorAudit has windows of 7d, 30d and 90d, but none of 999999999d.",
            "/recap 90d",
        ),
        ("top 0", "“top” takes a number from 1 to 25, not “0”.", "/recap 7d top 1"),
        ("30d top 999", "“top” takes a number from 1 to 25, not “999”.", "/recap 30d top 25"),
        ("top five", "“top” takes a number from 1 to 25, not “five”.", "/recap 7d top 5"),
        ("top ٣", "“top” takes a number from 1 to 25, not “٣”.", "/recap 7d top 5"),
        ("top -3", "“top” takes a number from 1 to 25, not “-3”.", "/recap 7d top 5"),
        ("top", "“top” takes a number from 1 to 25.", "/recap 7d top 5"),
        ("7d 30d", "One recap covers one window, not both 7d and 30d.", "/recap 7d"),
        ("30", "Recap does not know the word “30”.", "/recap 30d"),
        ("12", "Recap does not know the word “12”.", "/recap 7d top 12"),
        ("week", "Recap does not know the word “week”.", "/recap 7d"),
        ("month share", "Recap does not know the word “month”.", "/recap 30d share"),
        ("shrae", "Recap does not know the word “shrae”.", "/recap 7d share"),
        ("tpo 3", "Recap does not know the word “tpo”.", "/recap 7d top 3"),
        ("hlep", "Recap does not know the word “hlep”.", "/recap help"),
        ("nonsense", "Recap does not know the word “nonsense”.", "/recap 7d"),
        ("🎉🎉", "Recap does not know the word “🎉🎉”.", "/recap 7d"),
        ("أسبوع", "Recap does not know the word “\u2068أسبوع\u2069”.", "/recap 7d"),
        ("nonsense 14d", "Recap does not know the word “nonsense”.", "/recap 7d"),
    ],
)
def test_misread(text: str, problem: str, nearest: str) -> None:
    """What is wrong in one sentence, and the nearest command that works."""
    assert parse(text) == Misread(problem, nearest)


@given(st.text())
def test_anything_typed_has_an_answer(text: str) -> None:
    """No text raises, and the nearest form that is offered is itself understood."""
    command = parse(text)
    if isinstance(command, Misread):
        assert not isinstance(parse(command.nearest.removeprefix("/recap")), Misread)


def test_endless_text_is_read_only_so_far() -> None:
    """A pasted novel costs nothing."""
    assert isinstance(parse("word " * 10_000), Misread)
