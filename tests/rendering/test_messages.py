"""Each renderer's message, whole."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from bot.digest.facts import LeaderboardRow
from bot.digest.model import Digest, Missing, TopVideo
from bot.digest.periods import Period
from bot.digest.preferences import Ask, Platform, Preferences
from bot.rendering.blocks import render_private, render_shared
from bot.rendering.markdown import render_markdown
from bot.rendering.numbers import Numbers
from bot.rendering.terminal import render_terminal
from bot.rendering.text import render_text
from tests.examples import CURRENT, TOP, digest, facts, overview, rich
from tests.rendering.checks import shown

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
        "Top creators missing: CreatorAudit is busy. Try again in a minute.",
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
    assert "\n*Top creators missing: CreatorAudit is busy\\. Try" in render_markdown(
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
                "text": ":warning: Top creators missing: CreatorAudit is busy. Try again in a "
                "minute.",
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


RICH = """\
Recap: last 7 days
Total views: 1.24M (+18.3%)
Likes: 43.1K (+10.6%)
Followers: 910K (+0.9%)
Engagement rate: 4.2% (+0.2 pp)
Comments: 3,910 (-7.1%)
Shares: 2,204 (+4.9%)
Active accounts: 50 (+4.2%)
Account videos: 412 (+5.1%)
Tracked videos: 36 (no change)
Views rose by 193K (+18.3%), 44% of it through Mia Chen.
Views without 3 newly added accounts (like for like): +7.3% instead of +18.3%.
▲ Mia Chen +85.1K views, Kofi Mensah +60K, Sofia Rossi +41K and 3 more
▼ Lena Fuchs -26.9K views, Omar Ali -9,171
Top creators by views
1. Mia Chen: 245K ▲2
2. Kofi Mensah: 98K NEW
3. Sofia Rossi: 91K
4. Ana Lima: 64K ▼3
5. Lena Fuchs: 58K
Dropped out of the top 5: Omar Ali, Yui Sato
Views, the last 9 weeks: 410K, 455K, 502K, –, 640K, 811K, 930K, 1.05M, 1.24M
Top videos by views gained
1. “Behind the scenes” by Mia Chen: +61.2K views
2. “What I eat in a day” by @kofi: +40K views
3. “Post 9”: +9,120 views
Rank movement missing: CreatorAudit is busy.
Total views: CreatorAudit's overview says 1.24M, the sum over the accounts 1.22M.
46 of 50 accounts refreshed since the window closed; 1 waiting for its first refresh; \
2 paused; 1 unavailable.
Changes compare with the 7 days before. From CreatorAudit, 23 Nov 2026, 12:00 UTC."""


def test_rich_text() -> None:
    """All that there is to tell, for the ear."""
    assert render_text(rich(), numbers) == RICH


@pytest.mark.parametrize(
    ("period", "platform", "title", "last"),
    [
        (
            Period.MONTH,
            Platform.TIKTOK,
            "Recap: last 30 days on TikTok",
            "Changes compare with the 30 days before.",
        ),
        (
            Period.QUARTER,
            Platform.INSTAGRAM,
            "Recap: last 90 days on Instagram",
            "Changes compare with the 90 days before.",
        ),
    ],
)
def test_other_windows(period: Period, platform: Platform, title: str, last: str) -> None:
    """The title says what is looked at, and the foot what it is compared with."""
    given = rich(period=period, platform=platform)
    lines = render_text(given, numbers).splitlines()
    assert lines[0] == title
    assert lines[-1] == f"{last} From CreatorAudit, 23 Nov 2026, 12:00 UTC."
    assert render_markdown(given, numbers).startswith(f"**{title}**\n")
    assert _shown(given).startswith(f"{title}\n")
    assert render_private(given, Ask(period), numbers).blocks[0]["text"]["text"] == title


BR = "  "
FOOT = (
    r"_Total views: CreatorAudit's overview says 1\.24M, the sum over the accounts 1\.22M\. "
    r"46 of 50 accounts refreshed since the window closed; 1 waiting for its first refresh; "
    r"2 paused; 1 unavailable\. "
    r"Changes compare with the 7 days before\. From CreatorAudit, 23 Nov 2026, 12:00 UTC._"
)


def test_rich_markdown() -> None:
    """Story, ranking, trend and posts, with links."""
    assert (
        render_markdown(rich(), numbers)
        == rf"""**Recap: last 7 days**

- Total views: **1.24M (+18.3%)**
- Likes: **43.1K (+10.6%)**
- Followers: **910K (+0.9%)**
- Engagement rate: **4.2% (+0.2 pp)**
- Comments: **3,910 (-7.1%)**
- Shares: **2,204 (+4.9%)**
- Active accounts: **50 (+4.2%)**
- Account videos: **412 (+5.1%)**
- Tracked videos: **36 (no change)**

Views rose by 193K \(\+18\.3%\), 44% of it through Mia Chen\.{BR}
Views without 3 newly added accounts \(like for like\): \+7\.3% instead of \+18\.3%\.{BR}
▲ Mia Chen \+85\.1K views, Kofi Mensah \+60K, Sofia Rossi \+41K and 3 more{BR}
▼ Lena Fuchs \-26\.9K views, Omar Ali \-9,171{BR}

**Top creators by views**

1. Mia Chen: 245K ▲2
2. Kofi Mensah: 98K NEW
3. Sofia Rossi: 91K
4. Ana Lima: 64K ▼3
5. Lena Fuchs: 58K

Dropped out of the top 5: Omar Ali, Yui Sato

Views, the last 9 weeks: ▁▁▂·▃▄▅▆█ \(410K to 1\.24M\)

**Top videos by views gained**

1. [“Behind the scenes” by Mia Chen: \+61\.2K views](https://www.tiktok.com/@mia.1/video/7)
2. [“What I eat in a day” by \@kofi: \+40K views](https://www.instagram.com/reel/C1/)
3. “Post 9”: \+9,120 views

*Rank movement missing: CreatorAudit is busy\.*

"""
        + FOOT
    )


def test_markdown_link_with_a_parenthesis() -> None:
    """It would end the link, and the rest of the address would be read as words."""
    video = TopVideo("A", None, "https://www.tiktok.com/@a/video/7?(b)", 9)
    lines = render_markdown(rich(videos=(video,)), numbers).splitlines()
    assert r"1. [“A”: \+9 views](https://www.tiktok.com/@a/video/7?%28b%29)" in lines


def test_markdown_of_a_creator_called_like_a_row() -> None:
    """What follows the ranking is no row of it."""
    top = replace(TOP, rows=(), rest=(), out=("2. Place",))
    assert r"Dropped out: 2\. Place" in render_markdown(rich(top_creators=top), numbers)


def test_rich_blocks() -> None:
    """What stands for itself shows everything; the text says the same."""
    message = render_private(rich(), Ask(), numbers)
    assert message.text == RICH
    assert shown(message) == [
        "Recap: last 7 days",
        "*Total views*  1.24M (+18.3%)",
        "Likes 43.1K (+10.6%)  ·  Followers 910K (+0.9%)  ·  Engagement rate 4.2% (+0.2 pp)",
        "Comments 3,910 (-7.1%)  ·  Shares 2,204 (+4.9%)  ·  Active accounts 50 (+4.2%)",
        "Account videos 412 (+5.1%)  ·  Tracked videos 36 (no change)",
        *RICH.splitlines()[10:14],
        "*Top creators by views*",
        *RICH.splitlines()[15:21],
        "Views, the last 9 weeks: ▁▁▂·▃▄▅▆█ (410K to 1.24M)",
        "*Top videos by views gained*",
        "1. <https://www.tiktok.com/@mia.1/video/7|“Behind the scenes” by Mia Chen: +61.2K views>",
        "2. <https://www.instagram.com/reel/C1/|“What I eat in a day” by @kofi: +40K views>",
        "3. “Post 9”: +9,120 views",
        ":warning: Rank movement missing: CreatorAudit is busy.",
        "Total views: CreatorAudit's overview says 1.24M, the sum over the accounts 1.22M. "
        "46 of 50 accounts refreshed since the window closed; 1 waiting for its first refresh; "
        "2 paused; 1 unavailable. Changes compare with the 7 days before. From CreatorAudit, "
        "<!date^1795435200^{date_short_pretty} at {time}|23 Nov 2026, 12:00 UTC>.",
    ]


def test_subscribed_or_not() -> None:
    """The button fits the channel."""
    free = render_private(digest(), Ask(), numbers, subscribed=False).blocks[-1]["elements"]
    taken = render_private(digest(), Ask(), numbers, subscribed=True).blocks[-1]["elements"]
    assert free[4]["text"]["text"] == "Subscribe this channel"
    assert taken[4]["text"]["text"] == "Manage subscription"


def test_rich_terminal() -> None:
    """The same at a terminal."""
    assert (
        _shown(rich(coverage=None))
        == """\
Recap: last 7 days
Total views      1.24M  +18.3%
Likes            43.1K  +10.6%
Followers         910K  +0.9%
Engagement rate   4.2%  +0.2 pp
Comments         3,910  -7.1%
Shares           2,204  +4.9%
Active accounts     50  +4.2%
Account videos     412  +5.1%
Tracked videos      36  no change

Views rose by 193K (+18.3%), 44% of it through Mia Chen.
Views without 3 newly added accounts (like for like): +7.3% instead of +18.3%.
▲ Mia Chen +85.1K views, Kofi Mensah +60K, Sofia Rossi +41K and 3 more
▼ Lena Fuchs -26.9K views, Omar Ali -9,171

Top creators by views
 1. Mia Chen     245K  ▲2
 2. Kofi Mensah   98K  NEW
 3. Sofia Rossi   91K
 4. Ana Lima      64K  ▼3
 5. Lena Fuchs    58K
Dropped out of the top 5: Omar Ali, Yui Sato

Views, the last 9 weeks: ▁▁▂·▃▄▅▆█ (410K to 1.24M)

Top videos by views gained
1. “Behind the scenes” by Mia Chen: +61.2K views
2. “What I eat in a day” by @kofi: +40K views
3. “Post 9”: +9,120 views

! Rank movement missing: CreatorAudit is busy.

Total views: CreatorAudit's overview says 1.24M, the sum over the accounts 1.22M. Changes compare
with the 7 days before. From CreatorAudit, 23 Nov 2026, 12:00 UTC."""
    )


def _printed(
    *, facts_of: object = None, rows: tuple[LeaderboardRow, ...] | Missing | None = None
) -> str:
    given = facts(facts_of) if facts_of else facts()  # type: ignore[arg-type]
    given = facts(rows=rows) if rows is not None else given
    return _shown(digest(given))


def _shown(given: Digest) -> str:
    out = io.StringIO()
    console = Console(file=out, width=100, color_system=None)
    console.print(render_terminal(given, numbers))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())
