"""User text on a line of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.facts import LeaderboardRow
from bot.digest.preferences import Ask
from bot.rendering.blocks import render_private
from bot.rendering.mrkdwn import escape, inline_code, literal
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.rendering.text import render_text
from tests.examples import digest, facts


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Mia Chen", "Mia Chen"),
        ("  two\n lines\t", "two lines"),
        ("", "(no name)"),
        ("\u202e\u200b\x00", "(no name)"),
        ("\u200d\u200c \u200d", "(no name)"),
        ("\u3164\u2800\ufe0f", "(no name)"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("\ud800half", "half"),
        ("👩‍💻 Dev", "👩‍💻 Dev"),
        ("سارة", "\u2068سارة\u2069"),
        ("x" * 41, "x" * 39 + "…"),
        ("x" * 40, "x" * 40),
    ],
)
def test_one_line(name: str, shown: str) -> None:
    """Nothing invisible, nothing that turns the line around, nothing endless."""
    assert one_line(name) == shown


@given(st.text())
def test_any_text_is_one_short_printable_line(name: str) -> None:
    """Whatever a creator is called, the line stays a line and can be encoded."""
    shown = one_line(name)
    assert 1 <= len(shown) <= 42
    assert len(shown.splitlines()) == 1
    shown.encode()


def test_escape_is_slacks_three_characters() -> None:
    """``<!channel>`` in a name pings nobody; everything else stays as it was typed."""
    assert escape("<!channel> & *Co*") == "&lt;!channel&gt; &amp; *Co*"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Mia Chen", "Mia Chen"),
        ("_mia_", "_|mia_|"),
        ("__mia__", "_|_|mia_|_|"),
        ("*x* ~y~ `z`", "*|x*| ~|y~| `|z`|"),
        (":tada: 12:30 a:b", ":|tada: 12:30 a:b"),
        ("ENGAGEMENT_RATE_SCALE a*b*c", "ENGAGEMENT_RATE_SCALE a*b*c"),
        ("<_&_>", "&lt;_|&amp;_|&gt;"),
    ],
)
def test_marks_are_shown_and_not_obeyed(name: str, shown: str) -> None:
    """``_mia_`` keeps its underscores; the bar stands for a zero-width space."""
    assert literal(name) == shown.replace("|", "\u200b")


def test_a_creators_marks_stay_in_the_message() -> None:
    """In Slack they are parted from the name; the terminal shows the name as it is."""
    made = digest(facts(rows=(LeaderboardRow("c1", "_mia_", 5),)))
    message = render_private(made, Ask(), Numbers())
    assert "1. _\u200bmia_\u200b: 5" in str(message.blocks[2]["text"]["text"])
    assert "1. _mia_: 5" in render_text(made, Numbers())


def test_code_can_not_be_left() -> None:
    """A backtick in the echo of a command does not end the code span."""
    assert inline_code("`<!here>") == "`'&lt;!here&gt;`"
