"""Each renderer's message, whole."""

from dataclasses import replace

from bot.digest.builder import CHANGES
from bot.digest.facts import LeaderboardRow
from bot.digest.model import Missing
from bot.digest.periods import Period
from bot.digest.preferences import Ask, Preferences
from bot.rendering import words
from bot.rendering.blocks import render_private, render_shared
from bot.rendering.markdown import render_markdown
from bot.rendering.numbers import Numbers
from bot.rendering.text import render_text
from bot.services.collect import LISTED
from tests.examples import CURRENT, digest, facts, overview
from tests.rendering.checks import printed

numbers = Numbers()
busy = Missing("Top creators", "CreatorAudit is busy. Try again in a minute.")

TEXT = """\
Recap: last 7 days
Total views: 1.24M (+18.3%)
Engagement rate: 4.2% (+0.2 pp)
Active accounts: 118 (+2.6%)
Account videos: 412 (+5.1%)
Tracked videos: 36 (no change)
Top creators by views
1. Mia Chen: 245K
2. <!channel> & Co: 98K
3. \u2068سارة\u2069: –
Changes compare with the 7 days before. From CreatorAudit, 23 Nov 2026, 12:00 UTC."""


def test_text() -> None:
    """Everything, in words."""
    assert render_text(digest(), numbers) == TEXT


def test_text_of_an_incomplete_recap() -> None:
    """What is missing is said, and an unknown number is a dash."""
    given = facts(overview({**CURRENT, "total_views": None}), busy)
    lines = render_text(digest(given), numbers).splitlines()
    assert lines[1] == "Total views: –"
    assert lines[6:8] == [
        "Total views missing: CreatorAudit sent no value for it.",
        "Top creators missing: CreatorAudit is busy.",
    ]


def test_one_reason_for_many_parts() -> None:
    """It is told once."""
    names = ("Likes", "Comments", "Shares", "Who moved", "Rank movement")
    parts = tuple(Missing(name, busy.because) for name in names)
    assert list(words.missing(replace(digest(), missing=parts))) == [
        "Likes, Comments, Shares and 2 more missing: CreatorAudit is busy."
    ]
    assert list(words.missing(replace(digest(), missing=(*parts[:2], Missing("X", "No."))))) == [
        "Likes and Comments missing: CreatorAudit is busy.",
        "X missing: No.",
    ]


def test_parts_that_are_lists_themselves() -> None:
    """They stand in full, and where one ends can be seen."""
    parts = tuple(Missing(name, busy.because) for name in (LISTED, "Top videos"))
    assert list(words.missing(replace(digest(), missing=parts))) == [
        "Movers, likes, comments, shares, followers and coverage; Top videos missing: "
        "CreatorAudit is busy."
    ]
    assert list(words.missing(replace(digest(), missing=(Missing(CHANGES, "No."),)))) == [
        "Movers and changes of the accounts' own numbers missing: No."
    ]


def test_text_of_an_empty_leaderboard() -> None:
    """Nobody ranked is a sentence, not an empty list."""
    lines = render_text(digest(facts(rows=())), numbers).splitlines()
    assert lines[6:8] == ["Top creators", "CreatorAudit ranked no creator in this window."]


def test_more_figures_than_fit() -> None:
    """Many unknown metrics end in a sentence that says where the rest is."""
    many = overview({f"metric_{n}": n for n in range(15)}, {})
    lines = render_text(digest(facts(many)), numbers).splitlines()
    assert lines[12:14] == ["Metric 11: 11", "3 more figures are in the receipt."]
    assert "- 3 more figures are in the receipt." in render_markdown(digest(facts(many)), numbers)
    assert "3 more figures are in the receipt." in _printed(facts_of=many)
    blocks = render_private(digest(facts(many)), Ask(), numbers).blocks
    assert blocks[1]["text"]["text"].endswith("3 more figures are in the receipt.")


def test_one_more_figure_than_fits() -> None:
    """One is no plural."""
    many = overview({f"metric_{n}": n for n in range(13)}, {})
    assert "1 more figure is in the receipt." in render_text(digest(facts(many)), numbers)


def test_markdown() -> None:
    """The tutorial's message, with every name escaped."""
    assert (
        render_markdown(digest(), numbers)
        == """\
**Recap: last 7 days**

- Total views: **1.24M (+18.3%)**
- Engagement rate: **4.2% (+0.2 pp)**
- Active accounts: **118 (+2.6%)**
- Account videos: **412 (+5.1%)**
- Tracked videos: **36 (no change)**

**Top creators by views**

1. Mia Chen: 245K
2. \\<\\!channel\\> \\& Co: 98K
3. \u2068سارة\u2069: –

_Changes compare with the 7 days before\\. From CreatorAudit, 23 Nov 2026, 12:00 UTC._"""
    )


def test_markdown_without_a_leaderboard() -> None:
    """A missing part is in italics; an empty one is a sentence."""
    assert "\n*Top creators missing: CreatorAudit is busy\\.*" in render_markdown(
        digest(facts(rows=busy)), numbers
    )
    assert "\nCreatorAudit ranked no creator" in render_markdown(digest(facts(rows=())), numbers)


def test_private_blocks() -> None:
    """What the person who asked sees."""
    message = render_private(digest(), Ask(Period.WEEK, Preferences(5)), numbers)
    head, figures, creators, foot, actions = message.blocks
    assert head["text"]["text"] == "Recap: last 7 days"
    assert figures["text"] == {
        "type": "mrkdwn",
        "verbatim": True,
        "text": "*Total views*  1.24M (+18.3%)\nEngagement rate 4.2% (+0.2 pp)  ·  "
        "Active accounts 118 (+2.6%)  ·  Account videos 412 (+5.1%)\n"
        "Tracked videos 36 (no change)",
    }
    assert creators["text"]["text"] == (
        "*Top creators by views*\n1. Mia Chen: 245K\n2. &lt;!channel&gt; &amp; Co: 98K\n"
        "3. \u2068سارة\u2069: –"
    )
    assert foot["elements"][0]["text"] == (
        "Changes compare with the 7 days before. From CreatorAudit, "
        "<!date^1795435200^{date_short_pretty} at {time}|23 Nov 2026, 12:00 UTC>."
    )
    assert [(button["text"]["text"], button["action_id"]) for button in actions["elements"]] == [
        ("↻ 7 days", "recap_show_7d"),
        ("30 days", "recap_show_30d"),
        ("90 days", "recap_show_90d"),
        ("Share to channel", "recap_share"),
        ("How was this computed?", "recap_receipt"),
    ]
    assert message.text == TEXT.replace("<!channel> & Co", "&lt;!channel&gt; &amp; Co")


def test_shared_blocks_can_not_be_redrawn() -> None:
    """The channel sees who shared it and the receipt, and no button that changes the message."""
    message = render_shared(digest(), numbers, shared_by="U1")
    assert message.blocks[-2]["elements"][0]["text"] == "Shared by <@U1>"
    assert [button["action_id"] for button in message.blocks[-1]["elements"]] == ["recap_receipt"]


def test_missing_parts_in_blocks() -> None:
    """A warning line in small print; the recap goes out all the same."""
    message = render_private(digest(facts(rows=busy)), Ask(), numbers)
    assert message.blocks[2] == {
        "type": "context",
        "elements": [
            {
                "type": "mrkdwn",
                "verbatim": True,
                "text": ":warning: Top creators missing: CreatorAudit is busy.",
            }
        ],
    }


def test_terminal() -> None:
    """The same numbers, aligned."""
    assert (
        _printed()
        == """\
Recap: last 7 days
Total views      1.24M  +18.3%
Engagement rate   4.2%  +0.2 pp
Active accounts    118  +2.6%
Account videos     412  +5.1%
Tracked videos      36  no change

Top creators by views
 1. Mia Chen         245K
 2. <!channel> & Co   98K
 3. \u2068سارة\u2069                –

Changes compare with the 7 days before. From CreatorAudit, 23 Nov 2026, 12:00 UTC."""
    )


def test_terminal_of_an_incomplete_recap() -> None:
    """Missing, empty, falling, soaring: each has its line."""
    assert "! Top creators missing: CreatorAudit is busy." in _printed(rows=busy)
    assert "CreatorAudit ranked no creator in this window." in _printed(rows=())
    fallen = overview({"total_views": 50, "likes": 500}, {"total_views": 100, "likes": 20})
    printed = _printed(facts_of=fallen)
    assert "-50%" in printed
    assert "×25" in printed


def _printed(
    *, facts_of: object = None, rows: tuple[LeaderboardRow, ...] | Missing | None = None
) -> str:
    given = facts(facts_of) if facts_of else facts()  # type: ignore[arg-type]
    given = facts(rows=rows) if rows is not None else given
    return printed(digest(given))
