"""The same recap in the shape of each chat; nothing in a name means anything there."""

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest.model import Digest, Missing, TopVideo
from bot.rendering.chats.escaping import NOTHING, literal, plain
from bot.rendering.mail.model import unpacked
from bot.rendering.mail.page import render_mail
from bot.rendering.numbers import Numbers
from bot.rendering.targets import render_target
from bot.subscriptions.targets import TargetKind
from tests.examples import ACCOUNTS, OVERVIEW, digest, facts, overview, rich
from tests.posting.receivers import PATHS, problems_with
from tests.rendering.checks import HOSTILE
from tests.rendering.test_slack_takes_everything import digests, locales

numbers = Numbers()
BR = "  "
FIGURES = """\
- Total views: **1.24M (+18.3%)**
- Likes: **43.1K (+10.6%)**
- Followers: **910K (+0.9%)**
- Engagement rate: **4.2% (+0.2 pp)**
- Comments: **3,910 (-7.1%)**
- Shares: **2,204 (+4.9%)**
- Active accounts: **50 (+4.2%)**
- Account videos: **412 (+5.1%)**
- Tracked videos: **36 (no change)**"""
STORY = f"""\
Views rose by 193K (+18.3%), 44% of it through Mia Chen.{BR}
Views without 3 newly added accounts (like for like): +7.3% instead of +18.3%.{BR}
▲ Mia Chen +85.1K views, Kofi Mensah +60K, Sofia Rossi +41K and 3 more{BR}
▼ Lena Fuchs -26.9K views, Omar Ali -9,171{BR}"""
RANKING = """\
1. Mia Chen: 245K ▲2
2. Kofi Mensah: 98K NEW
3. Sofia Rossi: 91K
4. Ana Lima: 64K ▼3
5. Lena Fuchs: 58K

Dropped out of the top 5: Omar Ali, Yui Sato"""
TREND = "Views, the last 9 weeks: ▁▁▂·▃▄▅▆█ (410K to 1.24M)"
VIDEOS = f"""\
1. [“Behind the scenes” by Mia Chen: +61.2K views](https://www.tiktok.com/@mia.1/video/7)
2. [“What I eat in a day” by @{NOTHING}kofi: +40K views](https://www.instagram.com/reel/C1/)
3. “Post 9”: +9,120 views"""
FOOT = (
    "Total views: 1.24M is printed, from CreatorAudit's overview; "
    "the sum over the accounts says 1.22M. "
    "46 of 50 accounts refreshed since the window closed; 1 waiting for its first refresh; "
    "2 paused; 1 unavailable. Changes compare with the 7 days before. "
    "From CreatorAudit, 23 Nov 2026, 12:00 UTC."
)
MARKDOWN = f"""\
**Recap: last 7 days**

{FIGURES}

{STORY}

**Top creators by views**

{RANKING}

{TREND}

**Top videos by views gained**

{VIDEOS}

*Rank movement missing: CreatorAudit is busy.*

_{FOOT}_"""


@pytest.mark.parametrize("kind", [TargetKind.WEBHOOK, TargetKind.MATTERMOST])
def test_markdown(kind: TargetKind) -> None:
    """All of it in one text."""
    assert render_target(kind, rich(), numbers) == {"text": MARKDOWN}


def test_discord() -> None:
    """The headline as content, the rest as embeds, and nobody may be mentioned."""
    assert render_target(TargetKind.DISCORD, rich(), numbers) == {
        "content": f"**Recap: last 7 days**\n{FIGURES}\n\n{STORY}",
        "embeds": [
            {"title": "Top creators by views", "description": RANKING},
            {"title": "Top videos by views gained", "description": VIDEOS},
            {
                "description": f"{TREND}\n*Rank movement missing: CreatorAudit is busy.*\n{FOOT}",
            },
        ],
        "allowed_mentions": {"parse": []},
    }


def test_discord_with_little() -> None:
    """What is not there leaves no empty embed."""
    short = digest(facts(rows=Missing("Top creators", "No.")))
    sent = render_target(TargetKind.DISCORD, short, numbers)
    assert [list(embed) for embed in sent["embeds"]] == [["description"]]
    assert sent["content"].count("\n") == 5


def test_slack() -> None:
    """The blocks of a recap without what is pressed, and the same in words."""
    sent = render_target(TargetKind.SLACK_WEBHOOK, rich(), numbers)
    assert set(sent) == {"text", "blocks", "unfurl_links", "unfurl_media"}
    assert sent["text"].startswith("Recap: last 7 days\nTotal views: 1.24M (+18.3%)\n")
    kinds = [block["type"] for block in sent["blocks"]]
    assert kinds[0] == "header"
    assert set(kinds) == {"header", "section", "context"}
    assert (sent["unfurl_links"], sent["unfurl_media"]) == (False, False)


def test_mail() -> None:
    """The whole mail with its picture, and when it was written, as JSON brings it back."""
    sent = json.loads(json.dumps(render_target(TargetKind.EMAIL, rich(), numbers)))
    mail, at = unpacked(sent)
    assert mail == render_mail(rich(), numbers)
    assert mail.pictures
    assert at == rich().built_at


def runs(element: dict[str, Any]) -> str:
    return "".join(run["text"] for run in element["inlines"])


def test_teams() -> None:
    """A card whose every line is made of runs, which know no markup."""
    sent = render_target(TargetKind.TEAMS, rich(), numbers)
    assert sent["type"] == "message"
    [attachment] = sent["attachments"]
    card = attachment.pop("content")
    assert attachment == {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
    }
    body = card.pop("body")
    assert card == {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
    }
    expected = MARKDOWN.replace("**", "").replace(BR, "").splitlines()
    lines = [re.sub(r"^- |\[(.*)\]\(.*\)|^\*|\*$|^_|_$", r"\1", line) for line in expected]
    assert [runs(element) for element in body] == list(filter(None, lines))
    assert body[1] == {
        "type": "RichTextBlock",
        "spacing": "None",
        "inlines": [
            {"type": "TextRun", "text": "Total views: "},
            {"type": "TextRun", "text": "1.24M (+18.3%)", "weight": "Bolder"},
        ],
    }
    linked = next(one for one in body if runs(one).startswith("1. “Behind"))
    assert linked["inlines"][1]["selectAction"] == {
        "type": "Action.OpenUrl",
        "url": "https://www.tiktok.com/@mia.1/video/7",
    }


def test_teams_with_little() -> None:
    """Without creators, there is no heading for them."""
    short = digest(facts(rows=Missing("Top creators", "No.")))
    body = render_target(TargetKind.TEAMS, short, numbers)["attachments"][0]["content"]["body"]
    lines = [runs(element) for element in body]
    assert lines[0] == "Recap: last 7 days"
    assert "Top creators missing: No." in lines
    assert "Top creators by views" not in lines


def test_teams_leaves_out_what_does_not_fit() -> None:
    """Whole lines go from the end, and the last one says how many."""
    many = rich(missing=tuple(Missing(f"Part {n}", f"{n}" + "é" * 240) for n in range(60)))
    sent = render_target(TargetKind.TEAMS, many, numbers)
    assert problems_with(TargetKind.TEAMS, dict(sent)) == []
    last = sent["attachments"][0]["content"]["body"][-1]
    assert re.fullmatch(r"… and \d+ more lines", runs(last))


def test_teams_says_that_one_line_is_left_out() -> None:
    """One line is no lines."""
    for count, size in product(range(9, 15), range(150, 250, 5)):
        many = rich(missing=tuple(Missing(f"Part {n}", f"{n}" + "é" * size) for n in range(count)))
        body = render_target(TargetKind.TEAMS, many, numbers)["attachments"][0]["content"]["body"]
        if runs(body[-1]) == "… and 1 more line":
            return
    pytest.fail("no card had one line too many")


def test_a_link_that_is_too_long() -> None:
    """Its line stands without it."""
    videos = (TopVideo("A", None, "https://www.tiktok.com/" + "a" * 500, 9),)
    sent = render_target(TargetKind.TEAMS, rich(videos=videos), numbers)
    assert "selectAction" not in json.dumps(sent)


def test_more_figures_than_there_is_room_for() -> None:
    """Every chat says that there are more."""
    many = {f"metric_{number}": number for number in range(15)}
    given = digest(facts(overview(many, many)))
    for kind in PATHS:
        sent = json.dumps(render_target(kind, given, numbers))
        assert "more figures are in the receipt." in sent


DIGEST = {
    "schema": 1,
    "title": "Recap: last 7 days",
    "period": "7d",
    "days": 7,
    "platform": None,
    "built_at": "2026-11-23T12:00:00+00:00",
    "window": {"start": "2026-11-16", "end": "2026-11-22"},
    "story": [line.strip() for line in STORY.splitlines()],
    "quiet": False,
    "missing": [{"part": "Rank movement", "because": "CreatorAudit is busy."}],
    "disagreements": [
        {
            "label": "Total views",
            "unit": "count",
            "printed": 1_243_531,
            "source": OVERVIEW,
            "other": 1_215_400,
            "other_source": ACCOUNTS,
        }
    ],
    "sums": {"views": 1_215_400, "likes": 43_120},
    "partial": False,
    "calls": [
        {
            "endpoint": endpoint,
            "fetched_at": "2026-11-23T12:00:00+00:00",
            "unchanged": False,
            "request_id": "req-1",
        }
        for endpoint in (OVERVIEW, "POST /accounts/metrics")
    ],
    "notes": ["Engagement rate is read as percent, as ENGAGEMENT_RATE_SCALE says."],
    "coverage": {
        "of": 50,
        "refreshed": 46,
        "stale": ["@ana.1", "@tom.b", "@yui"],
        "waiting": ["@new.one"],
        "paused": ["@old.1", "@old.2"],
        "unavailable": ["@gone"],
    },
}


def test_json() -> None:
    """The message, and beside it everything that it is made of."""
    sent = render_target(TargetKind.JSON, rich(), numbers)
    assert sent["text"] == MARKDOWN
    whole = dict(sent["digest"])
    assert whole["figures"][3] == {
        "key": "engagement_rate",
        "label": "Engagement rate",
        "unit": "percent",
        "current": 4.2,
        "previous": 4.0,
        "compared": None,
        "change": {"kind": "points", "by": pytest.approx(0.2)},
        "source": "GET /overview?period=7d",
    }
    assert [one["change"]["kind"] for one in whole["figures"]] == [
        "percent", "percent", "percent", "points", "percent", "percent", "percent", "percent",
        "none",
    ]  # fmt: skip
    assert whole["top_creators"]["rows"][:2] == [
        {"rank": 1, "name": "Mia Chen", "value": 245_120, "gain": 85_100, "engagement": 5.21,
         "is_new": False, "places_up": 2},
        {"rank": 2, "name": "Kofi Mensah", "value": 98_000, "gain": 60_000, "engagement": 3.4,
         "is_new": True, "places_up": None},
    ]  # fmt: skip
    assert [row["name"] for row in whole["top_creators"]["further_rows"]] == ["Tom Berg", "X"]
    assert whole["top_creators"]["rows"][4]["is_new"] is False
    assert whole["top_creators"]["dropped_out"] == ["Omar Ali", "Yui Sato"]
    assert whole["movers"]["drops"][1] == {
        "name": "Omar Ali",
        "current": 12_829,
        "previous": 22_000,
    }
    assert whole["trend"][3] == {"end": "2026-10-18", "views": None}
    assert whole["videos"][2] == {"title": "Post 9", "by": None, "url": None, "views_gained": 9_120}
    rest = {key: value for key, value in whole.items() if key in DIGEST}
    assert rest == DIGEST
    assert set(whole) - set(DIGEST) == {"figures", "top_creators", "movers", "trend", "videos"}


def test_json_of_changes_that_are_no_percentages() -> None:
    """On a small base the difference, on a large growth the factor."""
    given = digest(facts(overview({"views": 9, "likes": 5_000}, {"views": 5, "likes": 100})))
    sent = render_target(TargetKind.JSON, given, numbers)
    changes = {one["key"]: one["change"] for one in sent["digest"]["figures"]}
    assert changes == {
        "views": {"kind": "difference", "by": 4},
        "likes": {"kind": "times", "by": 50.0},
    }


def test_json_without_anything() -> None:
    """What is not known is null, and never a zero."""
    given = digest(facts(rows=Missing("Top creators", "No.")))
    whole = render_target(TargetKind.JSON, given, numbers)["digest"]
    for key in ("top_creators", "movers", "coverage", "window", "platform"):
        assert whole[key] is None


MENTIONS = re.compile(r"@\w|<[!@#&:/a-z]|://|www\.|&#?\w+;|(?<!\d):[\w+-]+:", re.IGNORECASE)
UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*[`*_\[\]~|<>]")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("@everyone", "@·everyone"),
        ("<!channel>", r"\<·!channel\>"),
        ("<@U9> <#C1|x>", r"\<·@·U9\> \<·#C1\|x\>"),
        ("[a](https://b.c)", r"\[a\](https:·//b.c)"),
        ("WWW.evil.com", "WWW·.evil.com"),
        ("**bold** _i_ ~~s~~ ||spoiler|| `code`", None),
        (":tada:", ":·tada:"),
        (":tada", ":·tada"),
        (":100: at 12:00", ":·100: at 12:00"),
        ("&commat;channel &#64;here R&D", "&·commat;channel &·#64;here R&·D"),
        ("# Title", r"\# Title"),
        ("- item", r"\- item"),
        ("1. item", "1·. item"),
        ("12) item", "12·) item"),
        ("=", r"\="),
        ("2nd place, 3.5 stars", "2nd place, 3.5 stars"),
        ("back\\slash", "back\\\\slash"),
        ("mia@example.com", "mia@·example.com"),
        ("Ana (new) +3!", "Ana (new) +3!"),
    ],
)
def test_names_mean_nothing(name: str, shown: str | None) -> None:
    """They read as they were typed, in a chat that knows Markdown; · is what nobody sees."""
    made = literal(name)
    if shown is not None:
        assert made.replace(NOTHING, "·") == shown
    assert not MENTIONS.search(made)
    assert not UNESCAPED.search(made)


@given(st.text() | st.sampled_from(HOSTILE) | st.text("<@!#&:/w.*_[]()`~|\\ae;1-"))
def test_any_name(name: str) -> None:
    """Nothing pings, links or formats, and nothing of it is lost."""
    for made in (literal(name), plain(name)):
        assert not MENTIONS.search(made)
    assert not UNESCAPED.search(literal(name))
    assert plain(name).replace(NOTHING, "") == name.replace(NOTHING, "")


def texts(value: object) -> Iterator[str]:
    """Every text in ``value``, but for addresses that are ours."""
    if isinstance(value, dict):
        value = [inner for key, inner in value.items() if key not in {"url", "$schema"}]
    if isinstance(value, list):
        yield from (text for inner in value for text in texts(inner))
    if isinstance(value, str):
        yield value


OURS = re.compile(r"\]\(https://www\.(?:tiktok|instagram)\.com/[^)\s]*\)|https://www\.tiktok\S*")


@settings(deadline=None, max_examples=60)
@given(digests, locales, st.sampled_from(sorted(PATHS)))
def test_whatever_the_digest(digest: Digest, numbers: Numbers, kind: TargetKind) -> None:
    """Every service takes it, as JSON in UTF-8, and nobody in it is pinged."""
    sent = json.loads(
        json.dumps(render_target(kind, digest, numbers), ensure_ascii=False, allow_nan=False)
        .encode()
        .decode()
    )
    assert problems_with(kind, sent) == []
    if kind is not TargetKind.SLACK_WEBHOOK:  # the checks of its blocks know its own escapes
        for text in texts({key: one for key, one in sent.items() if key != "digest"}):
            assert not MENTIONS.search(OURS.sub("", text)), text
