"""Constructors that hold Slack's limits."""

import pytest

from bot.rendering import notices
from bot.rendering.limits import (
    button,
    clip,
    context,
    fitting,
    plain_text,
    sections,
    sharing,
    whole_lines,
)


def test_clip_says_so() -> None:
    """What was cut ends in an ellipsis and is exactly as long as allowed."""
    assert clip("abcdef", 5) == "abcd…"
    assert clip("abcde", 5) == "abcde"


def test_whole_lines() -> None:
    """Lines go whole, counted in bytes, and the last line counts what is left out."""
    assert whole_lines(["a", "b"], 100) == "a\nb"
    assert whole_lines(["ä" * 20] * 5, 110) == "ä" * 20 + "\n" + "ä" * 20 + "\n… and 3 more lines"


def test_one_line_left_out() -> None:
    """One is no plural."""
    assert fitting(["a", "b" * 90], 60) == ["a", "… and 1 more line"]


def test_parts_share_a_budget() -> None:
    """The first one takes what it needs; a later one that fits the rest is whole."""
    made = list(sharing([["a" * 50], ["b" * 50, "c"], ["d"], []], 110))
    texts = ["\n".join(block["text"]["text"] for block in blocks) for blocks in made]
    assert texts == ["a" * 50, "… and 2 more lines", "d", ""]


def test_sections_never_tear_a_line() -> None:
    """A new section begins where the next line would not fit."""
    made = list(sections(["x" * 1_500, "y" * 1_499, "z"]))
    assert [len(block["text"]["text"]) for block in made] == [3_000, 1]
    assert list(sections([])) == []


def test_plain_text_is_never_empty() -> None:
    """Slack refuses an empty text object."""
    assert plain_text("", 10)["text"] == " "


def test_context_takes_ten() -> None:
    """An eleventh element would lose the whole message."""
    assert len(context(["x"] * 11)["elements"]) == 10


def test_button_value_is_never_cut() -> None:
    """Half a value would come back as something else."""
    with pytest.raises(ValueError, match="button value of x has 2001 characters"):
        button("Press", "x", "v" * 2_001)


def test_help_names_every_form() -> None:
    """The help is the whole grammar."""
    assert notices.help_message().text == (
        "*Recap sums up your CreatorAudit numbers.*\n"
        "`/recap`  the last 7 days, for your eyes only\n"
        "`/recap 30d`  another window: 7d, 30d or 90d\n"
        "`/recap 7d top 10`  more of the leaderboard: top 1 to top 25\n"
        "`/recap 7d by gain`  the leaderboard ranked by views, gain or engagement\n"
        "`/recap 7d tiktok`  the accounts of one platform: instagram or tiktok\n"
        "`/recap 7d share`  the recap posted to this channel\n"
        "`/recap subscribe`  the recap posted here every week: a window asks when\n"
        "`/recap subscribe mon 09:00 Europe/Berlin`  the same in one line: days, time, zone, "
        "window\n"
        "`/recap subscribe wait 4h`  the post waits up to 4 hours for fresh data\n"
        "`/recap pause`  nothing is posted here until `/recap resume`\n"
        "`/recap skip`  the next post is left out\n"
        "`/recap unsubscribe`  nothing is posted here any more\n"
        "`/recap status`  the last post, the next one, and what is in the way\n"
        "`/recap last`  the last post as it was delivered, and what was corrected in it since\n"
        "`/recap list`  every subscribed channel that you can see\n"
        "`/recap help`  this list"
    )
