"""The reply under a post, whole."""

import json
from dataclasses import replace

from bot.digest.freshness import Coverage
from bot.digest.model import RankedCreator, TopCreators, TopVideo, Unit
from bot.digest.periods import Period
from bot.playground.slack_blocks import check_message
from bot.rendering.blocks import SlackMessage
from bot.rendering.limits import Block
from bot.rendering.numbers import Numbers
from bot.rendering.thread import render_thread
from tests.examples import COVERAGE, FIGURES, MOVERS, TOP, TREND, digest, rich

numbers = Numbers()

TEXT = """\
More figures
Active accounts 50 (+4.2%)  ·  Account videos 412 (+5.1%)  ·  Tracked videos 36 (no change)
Biggest gains and drops in views
Mia Chen +85.1K
Kofi Mensah +60K
Sofia Rossi +41K
Ana Lima +22K
Tom Berg +11K
Omar Ali -9,171
Lena Fuchs -26.9K
Views by week
Views, the last 9 weeks: 410K, 455K, 502K, –, 640K, 811K, 930K, 1.05M, 1.24M
Top creators by views
1. Mia Chen: 245K ▲2 (+85.1K)
2. Kofi Mensah: 98K NEW (+60K)
3. Sofia Rossi: 91K (+41K)
4. Ana Lima: 64K ▼3 (+22K)
5. Lena Fuchs: 58K (-26.9K)
6. Tom Berg: 31K ▲1 (+11K)
7. X: –
Dropped out of the top 5: Omar Ali, Yui Sato
Coverage
Not refreshed since the window closed: @ana.1, @tom.b, @yui
Waiting for the first refresh: @new.one
Paused: @old.1, @old.2
Unavailable: @gone
Top videos by views gained
1. “Behind the scenes” by Mia Chen: +61.2K views
2. “What I eat in a day” by @kofi: +40K views
3. “Post 9”: +9,120 views"""

VIDEOS = (
    "*Top videos by views gained*\n"
    "1. <https://www.tiktok.com/@mia.1/video/7|“Behind the scenes” by Mia Chen: +61.2K views>\n"
    "2. <https://www.instagram.com/reel/C1/|“What I eat in a day” by @kofi: +40K views>\n"
    "3. “Post 9”: +9,120 views"
)
NAMES = (
    "*Coverage*\n"
    "Not refreshed since the window closed: @ana.1, @tom.b, @yui\n"
    "Waiting for the first refresh: @new.one\n"
    "Paused: @old.1, @old.2\n"
    "Unavailable: @gone"
)
FIGURES_LINE = (
    "*More figures*\n"
    "Active accounts 50 (+4.2%)  ·  Account videos 412 (+5.1%)  ·  Tracked videos 36 (no change)"
)
OUT = "Dropped out of the top 5: Omar Ali, Yui Sato"


def section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


HEAD = {"type": "header", "text": {"type": "plain_text", "text": "Details", "emoji": True}}
CLASSIC = [
    HEAD,
    section(FIGURES_LINE),
    section(
        "*Biggest gains and drops in views*\n"
        "████████████ Mia Chen +85.1K\n"
        "████████ Kofi Mensah +60K\n"
        "██████ Sofia Rossi +41K\n"
        "███ Ana Lima +22K\n"
        "██ Tom Berg +11K\n"
        "░ Omar Ali -9,171\n"
        "░░░░ Lena Fuchs -26.9K"
    ),
    section("*Views by week*\nViews, the last 9 weeks: ▁▁▂·▃▄▅▆█ (410K to 1.24M)"),
    section(
        "*Top creators by views*\n"
        "1. Mia Chen: 245K ▲2 (+85.1K)\n"
        "2. Kofi Mensah: 98K NEW (+60K)\n"
        "3. Sofia Rossi: 91K (+41K)\n"
        "4. Ana Lima: 64K ▼3 (+22K)\n"
        "5. Lena Fuchs: 58K (-26.9K)\n"
        "6. Tom Berg: 31K ▲1 (+11K)\n"
        "7. X: –\n" + OUT
    ),
    section(NAMES),
    section(VIDEOS),
]
DAYS = ["Sep 27", "Oct 4", "Oct 11", "Oct 25", "Nov 1", "Nov 8", "Nov 15", "Nov 22"]


def only(messages: tuple[SlackMessage, ...]) -> SlackMessage:
    (message,) = messages
    return message


def table(message: SlackMessage) -> list[list[str]]:
    """What the cells of its one table show."""
    (found,) = (block for block in message.blocks if block["type"] == "data_table")
    return [[cell["text"] for cell in row] for row in found["rows"]]


def test_classic() -> None:
    """Words and bars for a workspace that refuses the data blocks."""
    message = only(render_thread(rich(), numbers, classic=True))
    assert message == SlackMessage(TEXT, CLASSIC)


def test_drawn() -> None:
    """Charts and a table in the place of their words, with the words at hand."""
    message = only(render_thread(rich(), numbers, classic=False))
    assert message.text == TEXT
    assert message.classic == CLASSIC
    head, figures, gains, trend, _, out, names, videos = message.blocks
    assert [head, figures, out, names, videos] == [
        HEAD,
        section(FIGURES_LINE),
        section(OUT),
        section(NAMES),
        section(VIDEOS),
    ]
    assert gains["title"] == "Biggest gains and drops in views"
    assert gains["chart"]["axis_config"]["y_label"] == "Views"
    assert [(point["label"], point["value"]) for point in gains["chart"]["series"][0]["data"]] == [
        ("Mia Chen", 85_100),
        ("Kofi Mensah", 60_000),
        ("Sofia Rossi", 41_000),
        ("Ana Lima", 22_000),
        ("Tom Berg", 11_000),
        ("Omar Ali", -9_171),
        ("Lena Fuchs", -26_900),
    ]
    assert trend["title"] == "Views by week"
    known = [point.views for point in TREND if point.views is not None]
    drawn = trend["chart"]["series"][0]["data"]
    assert [(point["label"], point["value"]) for point in drawn] == list(
        zip(DAYS, known, strict=True)
    )
    assert table(message) == [
        ["#", "Creator", "Views", "Change", "Engagement", "Rank"],
        ["1", "Mia Chen", "245K", "+85.1K", "5.21%", "▲2"],
        ["2", "Kofi Mensah", "98K", "+60K", "3.4%", "NEW"],
        ["3", "Sofia Rossi", "91K", "+41K", "4%", "="],
        ["4", "Ana Lima", "64K", "+22K", "–", "▼3"],
        ["5", "Lena Fuchs", "58K", "-26.9K", "2.75%", "–"],
        ["6", "Tom Berg", "31K", "+11K", "6.5%", "▲1"],
        ["7", "X", "–", "–", "–", "–"],
    ]


def test_nothing_to_add() -> None:
    """A digest that the post holds whole has no reply."""
    bare = replace(digest(), top_creators=None)
    assert render_thread(bare, numbers, classic=False) == ()
    still = replace(MOVERS, gains=(), drops=())
    complete = replace(bare, movers=still, coverage=Coverage(3, 3))
    assert render_thread(complete, numbers, classic=False) == ()
    empty = replace(bare, top_creators=TopCreators("views", ()))
    assert render_thread(empty, numbers, classic=False) == ()


def test_nothing_to_draw() -> None:
    """Words alone need no second form."""
    message = only(render_thread(replace(digest(), coverage=COVERAGE), numbers, classic=False))
    assert [block["type"] for block in message.blocks] == ["header", "data_table", "section"]
    bare = replace(digest(), coverage=COVERAGE, top_creators=None)
    assert only(render_thread(bare, numbers, classic=False)) == SlackMessage(
        NAMES.replace("*", ""), [HEAD, section(NAMES)]
    )


def test_what_can_not_be_drawn_is_said() -> None:
    """One known week makes no line and an endless number no bar; neither is lost."""
    huge = replace(MOVERS.gains[0], current=10**400)
    given = rich(
        trend=TREND[3:5],
        movers=replace(MOVERS, gains=(huge,), drops=()),
        figures=FIGURES[:1],
        top_creators=None,
        coverage=None,
        videos=(),
    )
    message = only(render_thread(given, numbers, classic=False))
    assert message.blocks == [
        HEAD,
        section("*Biggest gains in views*\nMia Chen +1E400"),
        section("*Views by week*\nViews, the last 2 weeks: ·▄ (640K)"),
    ]
    assert message.classic == ()


def test_drops_only() -> None:
    """The title names what is there."""
    given = rich(movers=replace(MOVERS, gains=()))
    _, _, chart, *_ = only(render_thread(given, numbers, classic=False)).blocks
    assert chart["title"] == "Biggest drops in views"


def test_month() -> None:
    """Each point is the end of 30 days."""
    _, _, _, trend, *_ = only(
        render_thread(rich(period=Period.MONTH), numbers, classic=False)
    ).blocks
    assert trend["title"] == "Views over 30 days, week by week"


def test_quiet() -> None:
    """The post shows one figure; the thread has the others, three on a line."""
    message = only(render_thread(rich(quiet=True), numbers, classic=True))
    assert message.blocks[1] == section(
        "*More figures*\n"
        "Likes 43.1K (+10.6%)  ·  Followers 910K (+0.9%)  ·  Engagement rate 4.2% (+0.2 pp)\n"
        "Comments 3,910 (-7.1%)  ·  Shares 2,204 (+4.9%)  ·  Active accounts 50 (+4.2%)\n"
        "Account videos 412 (+5.1%)  ·  Tracked videos 36 (no change)"
    )


def test_more_figures_than_fit() -> None:
    """The thread says where the rest is."""
    message = only(render_thread(rich(figures=FIGURES * 2), numbers, classic=True))
    assert message.text.splitlines()[3] == "6 more figures are in the receipt."


def test_ranked_by_gain() -> None:
    """The change is what it is ranked by, and stands there once."""
    top = TopCreators(
        "views gained",
        (RankedCreator(1, "Mia", 85_100, None, 85_100, 5.2),),
        (RankedCreator(2, "Kofi", 60_000, None, 60_000, None),),
        unit=Unit.GAIN,
    )
    message = only(render_thread(rich(top_creators=top), numbers, classic=False))
    assert table(message) == [
        ["#", "Creator", "Views gained", "Engagement"],
        ["1", "Mia", "+85.1K", "5.2%"],
        ["2", "Kofi", "+60K", "–"],
    ]
    assert "1. Mia: +85.1K\n2. Kofi: +60K\n" in message.text


def test_ranked_by_engagement() -> None:
    """The rate stands there once."""
    top = TopCreators(
        "engagement rate", (RankedCreator(1, "Mia", 5.21, None, 400, 5.21),), unit=Unit.PERCENT
    )
    message = only(render_thread(rich(top_creators=top), numbers, classic=False))
    assert table(message) == [
        ["#", "Creator", "Engagement rate", "Change in views"],
        ["1", "Mia", "5.21%", "+400"],
    ]
    assert "1. Mia: 5.21% (+400 views)\n" in message.text


def test_a_trend_that_is_not_complete() -> None:
    """Its last point is no fall; the title says so where the chart can't."""
    early = rich(period=Period.MONTH, coverage=Coverage(4, 2))
    message = only(render_thread(early, numbers, classic=False))
    titles = [block.get("title") for block in message.blocks]
    assert "Views over 30 days, week by week (this one so far)" in titles


def test_ranking_without_a_metric() -> None:
    """CreatorAudit does not always say what it ranks by; a first week has no movement."""
    top = TopCreators(None, (RankedCreator(1, "Mia", 5),))
    message = only(render_thread(rich(top_creators=top), numbers, classic=False))
    assert table(message) == [["#", "Creator", "Value"], ["1", "Mia", "5"]]


def test_hostile_names() -> None:
    """Nobody is pinged and nothing is formatted, in words and in links."""
    name = "<!channel> *b* :tada:"
    given = rich(
        movers=replace(MOVERS, gains=(replace(MOVERS.gains[0], name=name),)),
        top_creators=replace(TOP, rows=(RankedCreator(1, name, 1),), rest=()),
        coverage=Coverage(1, 0, stale=(name,)),
        videos=(TopVideo(name, name, "https://www.tiktok.com/@a/video/7?a=1&b=2", 9),),
    )
    message = only(render_thread(given, numbers, classic=True))
    shown = json.dumps(message.blocks, ensure_ascii=False)
    escaped = "&lt;!channel&gt; *\u200bb*\u200b :\u200btada:"
    assert shown.count(escaped) == 5
    assert "<!channel>" not in shown
    assert "<!channel>" not in message.text
    assert "<https://www.tiktok.com/@a/video/7?a=1&amp;b=2|“" in shown


def test_long_link() -> None:
    """A line that is all address says nothing; it stands without."""
    url = "https://www.tiktok.com/@a/video/7?" + "a" * 500
    message = only(
        render_thread(rich(videos=(TopVideo("A", None, url, 9),)), numbers, classic=True)
    )
    assert message.blocks[-1] == section("*Top videos by views gained*\n1. “A”: +9 views")


def test_long_names() -> None:
    """As many as are listed in one line fit one section, however they are escaped."""
    crowd = ("&" * 40,) * 300
    given = replace(digest(), coverage=Coverage(600, 0, crowd, crowd), top_creators=None)
    message = only(render_thread(given, numbers, classic=True))
    assert check_message(message.text, list(message.blocks)) == []
    assert str(message.blocks).count(" and 288 more") == 2


def test_crowded() -> None:
    """What Slack would refuse is cut part by part, and the last line says how much."""
    crowd = ("&" * 40,) * 300
    rows = tuple(RankedCreator(n, "&" * 40, n) for n in range(1, 26))
    given = rich(
        coverage=Coverage(900, 0, crowd, crowd, crowd, crowd),
        top_creators=replace(TOP, rows=rows, rest=()),
    )
    message = only(render_thread(given, numbers, classic=True))
    assert check_message(message.text, list(message.blocks)) == []
    *_, names, videos = message.blocks
    assert names["text"]["text"].splitlines()[-1] == "… and 2 more lines"
    assert videos == section(VIDEOS)
