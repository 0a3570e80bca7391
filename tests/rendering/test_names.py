"""User text on a line of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rendering.mrkdwn import escape, inline_code
from bot.rendering.names import one_line


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Mia Chen", "Mia Chen"),
        ("  two\n lines\t", "two lines"),
        ("", "(no name)"),
        ("\u202e\u200b\x00", "(no name)"),
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


def test_code_can_not_be_left() -> None:
    """A backtick in the echo of a command does not end the code span."""
    assert inline_code("`<!here>") == "`'&lt;!here&gt;`"
