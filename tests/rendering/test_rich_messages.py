"""Each renderer's message of a digest with something in every field, whole."""

from dataclasses import replace

import pytest

from bot.digest.model import TopVideo
from bot.digest.periods import Period
from bot.digest.preferences import Ask, Platform
from bot.rendering.blocks import render_private
from bot.rendering.markdown import render_markdown
from bot.rendering.numbers import Numbers
from bot.rendering.text import render_text
from tests.examples import TOP, digest, rich
from tests.rendering.checks import printed, shown

numbers = Numbers()

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
Total views: 1.24M is printed, from CreatorAudit's overview; the sum over the accounts says 1.22M.
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
    assert printed(given).startswith(f"{title}\n")
    assert render_private(given, Ask(period), numbers).blocks[0]["text"]["text"] == title


BR = "  "
FOOT = (
    r"_Total views: 1\.24M is printed, from CreatorAudit's overview; "
    r"the sum over the accounts says 1\.22M\. "
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
        "Total views: 1.24M is printed, from CreatorAudit's overview; "
        "the sum over the accounts says 1.22M. "
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
        printed(rich(coverage=None))
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

Total views: 1.24M is printed, from CreatorAudit's overview; the sum over the accounts says 1.22M.
Changes compare with the 7 days before. From CreatorAudit, 23 Nov 2026, 12:00 UTC."""
    )
