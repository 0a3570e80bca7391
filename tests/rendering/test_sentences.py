"""Every sentence of a recap, whole."""

from dataclasses import replace
from datetime import date

import pytest

from bot.digest.freshness import Coverage
from bot.digest.model import (
    Carried,
    Change,
    Difference,
    Digest,
    Disagreement,
    Highlight,
    LikeForLike,
    Percent,
    RankedCreator,
    Times,
    TopCreators,
    TopVideo,
    TrendPoint,
    Unit,
    Unusual,
)
from bot.digest.movers import Mover, Movers
from bot.digest.periods import Period
from bot.digest.preferences import Platform
from bot.digest.standings import Moved, Movement, New
from bot.rendering import sentences
from bot.rendering.numbers import Numbers
from tests.examples import ACCOUNTS, MOVERS, OVERVIEW, TOP, rich

numbers = Numbers()


def mover(by: int, name: str = "Mia Chen") -> Mover:
    return Mover(name, name, 100_000 + by, 100_000)


def carried(net: int, lead: int, change: Change) -> Carried:
    return Carried(change, Movers((), (), 100, net, mover(lead)))


def test_story() -> None:
    """Two highlights and who moved."""
    assert list(sentences.story(rich(), numbers)) == [
        "Views rose by 193K (+18.3%), 44% of it through Mia Chen.",
        "Views without 3 newly added accounts (like for like): +7.3% instead of +18.3%.",
        "▲ Mia Chen +85.1K views, Kofi Mensah +60K, Sofia Rossi +41K and 3 more",
        "▼ Lena Fuchs -26.9K views, Omar Ali -9,171",
    ]


def test_story_of_gains_only_and_of_drops_only() -> None:
    """No line for those who are not there."""
    gained = rich(highlights=(), movers=replace(MOVERS, drops=()))
    assert [line[0] for line in sentences.story(gained, numbers)] == ["▲"]
    dropped = rich(highlights=(), movers=replace(MOVERS, gains=()))
    assert [line[0] for line in sentences.story(dropped, numbers)] == ["▼"]


def test_story_without_movers() -> None:
    """Nothing to tell is no line at all."""
    assert list(sentences.story(rich(highlights=(), movers=None), numbers)) == []


@pytest.mark.parametrize(
    ("period", "sentence"),
    [
        (Period.WEEK, "A quiet week: no creator moved total views by more than 5%."),
        (Period.MONTH, "30 quiet days: no creator moved total views by more than 5%."),
        (Period.QUARTER, "90 quiet days: no creator moved total views by more than 5%."),
    ],
)
def test_quiet(period: Period, sentence: str) -> None:
    """One sentence, whatever else is known."""
    assert list(sentences.story(rich(period=period, quiet=True), numbers)) == [sentence]


def test_quiet_in_a_large_organization() -> None:
    """That nobody of 400 moved the total by 5 % would say nothing."""
    many = rich(quiet=True, movers=replace(MOVERS, creators=400))
    assert sentences.quiet(many, numbers) == (
        "A quiet week: no creator moved total views by more than 0.5%."
    )


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (
            carried(-50_000, -20_000, Percent(-0.1)),
            "Views fell by 50K (-10%), 40% of it through Mia Chen.",
        ),
        (
            carried(10_000, 85_100, Percent(0.01)),
            "Views rose by 10K (+1%), with +85.1K through Mia Chen alone.",
        ),
        (
            carried(-10_000, -26_900, Percent(-0.01)),
            "Views fell by 10K (-1%), with -26.9K through Mia Chen alone.",
        ),
        (
            carried(5_000, 5_000, Percent(0.05)),
            "Views rose by 5,000 (+5%), all of it through Mia Chen.",
        ),
        (
            carried(1_000_000, 4_000, Times(12.3)),
            "Views rose by 1M (×12), less than 1% of it through Mia Chen.",
        ),
        (
            carried(5_000, 2_500, Difference(5_000)),
            "Views rose by 5,000, 50% of it through Mia Chen.",
        ),
        (
            replace(carried(-50_000, -20_000, Percent(-0.1)), is_own=True),
            "Account by account, views fell by 50K (-10%), 40% of it through Mia Chen.",
        ),
        (
            LikeForLike(-0.05, 0.03, 1),
            "Views without 1 newly added account (like for like): -8% instead of -5%.",
        ),
        (
            LikeForLike(0.1102, 0.11, 1_200),
            "Views without 1,200 newly added accounts (like for like): no change instead of +11%.",
        ),
        (
            LikeForLike(25.0, 24.9, 2),
            "Views without 2 newly added accounts (like for like): +10% instead of ×26.",
        ),
        (Unusual(9_000, 4_100, 8), "Unusually many views: the median of 8 earlier weeks is 4,100."),
        (Unusual(900, 4_100, 4), "Unusually few views: the median of 4 earlier weeks is 4,100."),
    ],
)
def test_highlight(told: Highlight, sentence: str) -> None:
    """In either direction, for one and for many, large and small."""
    assert sentences.highlight(told, rich(), numbers) == sentence


def test_unusual_month() -> None:
    """Windows of 30 days are no weeks."""
    told = Unusual(9_000_000, 4_100_000, 7)
    assert sentences.highlight(told, rich(period=Period.MONTH), numbers) == (
        "Unusually many views: the median of 7 earlier 30-day windows is 4.1M."
    )


def test_one_full_stop() -> None:
    """A German number brings its own."""
    told = Unusual(9_000_000, 4_100_000, 8)
    assert sentences.highlight(told, rich(), Numbers("de")) == (
        "Unusually many views: the median of 8 earlier weeks is 4,1\xa0Mio."
    )


@pytest.mark.parametrize(
    ("some", "line"),
    [
        ([], ""),
        ([5_000], "A +5,000 views"),
        ([-5_000, -400, -300], "A -5,000 views, A -400, A -300"),
        ([5_000] * 4, "A +5,000 views, A +5,000, A +5,000 and 1 more"),
        ([5_000] * 24, "A +5,000 views, A +5,000, A +5,000 and 21 more"),
        ([5_000] * 25, "A +5,000 views, A +5,000, A +5,000 and many more"),
    ],
)
def test_movers(some: list[int], line: str) -> None:
    """Three by name; of 25 there may be more than the digest holds."""
    assert sentences.movers([mover(by, "A") for by in some], numbers) == line


@pytest.mark.parametrize(
    ("movement", "shown"),
    [(Moved(3), "▲3"), (Moved(-2), "▼2"), (Moved(0), ""), (New(), "NEW"), (None, "")],
)
def test_mark(movement: Movement | None, shown: str) -> None:
    """The same place and an unknown one are no news."""
    assert sentences.mark(movement) == shown


def test_ranking() -> None:
    """Values in their unit, and who is gone."""
    gained = TopCreators(
        "views gained",
        (RankedCreator(1, "Mia", 85_100, New()), RankedCreator(2, "Kofi", -400)),
        out=("A", "B", "C"),
        unit=Unit.GAIN,
    )
    assert list(sentences.ranking(gained, numbers)) == [
        "1. Mia: +85.1K NEW",
        "2. Kofi: -400",
        "Dropped out: A, B, C",
    ]


def test_ranking_of_nobody() -> None:
    """All of them are gone; three are named."""
    nobody = TopCreators("views", (), out=("A", "B", "C", "D", "E"))
    assert list(sentences.ranking(nobody, numbers)) == [
        "CreatorAudit ranked no creator in this window.",
        "Dropped out: A, B, C and 2 more",
    ]


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (Coverage(0, 0), "No accounts are tracked yet."),
        (Coverage(0, 0, paused=("a",)), "No account is refreshed: 1 paused."),
        (
            Coverage(0, 0, paused=("a", "b"), unavailable=("c",)),
            "No account is refreshed: 2 paused, 1 unavailable.",
        ),
        (Coverage(1, 1), "The only account was refreshed since the window closed."),
        (
            Coverage(1, 0, stale=("a",)),
            "The only account was not refreshed since the window closed.",
        ),
        (Coverage(50, 50), "All 50 accounts refreshed since the window closed."),
        (
            Coverage(50, 0, stale=("a",) * 50),
            "None of 50 accounts refreshed since the window closed.",
        ),
        (
            Coverage(5_000, 4_100, waiting=("a",) * 2),
            "4,100 of 5,000 accounts refreshed since the window closed; "
            "2 waiting for their first refresh.",
        ),
        (
            Coverage(50, 46, ("a",) * 3, ("a",), ("a",) * 2, ("a",)),
            "46 of 50 accounts refreshed since the window closed; "
            "1 waiting for its first refresh; 2 paused; 1 unavailable.",
        ),
    ],
)
def test_coverage(one: Coverage, sentence: str) -> None:
    """None, one, many, and the kinds that wait for nothing."""
    assert sentences.coverage(one, numbers) == sentence


def test_uncovered() -> None:
    """Twelve of a kind by name; complete kinds are not there."""
    one = Coverage(20, 7, stale=tuple(f"@{n}" for n in range(13)), unavailable=("@gone",))
    assert list(sentences.uncovered(one)) == [
        "Not refreshed since the window closed: "
        "@0, @1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11 and 1 more",
        "Unavailable: @gone",
    ]


def test_disagreement() -> None:
    """The printed figure first, in its unit."""
    one = Disagreement("Engagement rate", 4.2, ACCOUNTS, 3.9, OVERVIEW, Unit.PERCENT)
    assert sentences.disagreement(one, numbers) == (
        "Engagement rate: 4.2% is printed, from the sum over the accounts; "
        "CreatorAudit's overview says 3.9%."
    )


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (TopVideo("Hello", "@mia", None, 61_200), "“Hello” by @mia: +61.2K views"),
        (TopVideo("Hello", None, None, 1), "“Hello”: +1 view"),
        (TopVideo("word " * 50, None, None, 2), f"“{'word ' * 16}”: +2 views".replace(" ”", "…”")),
    ],
)
def test_video(one: TopVideo, line: str) -> None:
    """A caption is as long as its author likes; a line is not."""
    assert sentences.video(one, numbers) == line


def test_videos() -> None:
    """Best first, with their place; nothing without any."""
    assert list(sentences.videos(rich().videos, numbers)) == [
        "Top videos by views gained",
        "1. “Behind the scenes” by Mia Chen: +61.2K views",
        "2. “What I eat in a day” by @kofi: +40K views",
        "3. “Post 9”: +9,120 views",
    ]
    assert list(sentences.videos((), numbers)) == []


def trend(*views: int | None, period: Period = Period.WEEK) -> Digest:
    return rich(period=period, trend=tuple(TrendPoint(date(2026, 11, 22), one) for one in views))


@pytest.mark.parametrize(
    ("given", "seen", "heard"),
    [
        (
            rich(),
            "Views, the last 9 weeks: ▁▁▂·▃▄▅▆█ (410K to 1.24M)",
            "Views, the last 9 weeks: 410K, 455K, 502K, –, 640K, 811K, 930K, 1.05M, 1.24M",
        ),
        (
            trend(5, 9, period=Period.MONTH),
            "Views over 30 days, at the end of the last 2 weeks: ▁█ (5 to 9)",
            "Views over 30 days, at the end of the last 2 weeks: 5, 9",
        ),
        (trend(5, 5), "Views, the last 2 weeks: ▄▄ (5)", "Views, the last 2 weeks: 5, 5"),
        (
            replace(trend(5, 4), coverage=Coverage(4, 2)),
            "Views, the last 2 weeks (this one so far): █▁ (4 to 5)",
            "Views, the last 2 weeks (this one so far): 5, 4",
        ),
        (trend(None, None), "Views, the last 2 weeks: ··", "Views, the last 2 weeks: –, –"),
    ],
)
def test_trend(given: Digest, seen: str, heard: str) -> None:
    """A picture for the eye, numbers for the ear."""
    assert sentences.trend(given, numbers) == seen
    assert sentences.spoken_trend(given, numbers) == heard


def test_small_print() -> None:
    """What is still coming, where sources differ, and how complete it is."""
    assert list(sentences.small_print(rich(partial=True, coverage=None), numbers)) == [
        "Likes, followers and movers are still being counted.",
        "Total views: 1.24M is printed, from CreatorAudit's overview; "
        "the sum over the accounts says 1.22M.",
    ]
    assert list(sentences.small_print(rich(disagreements=()), numbers)) == [
        "46 of 50 accounts refreshed since the window closed; 1 waiting for its first refresh; "
        "2 paused; 1 unavailable."
    ]


def test_small_print_of_a_month() -> None:
    """Its changes look a month back; the places of its ranking look back a week."""
    month = rich(period=Period.MONTH, disagreements=(), coverage=None)
    assert list(sentences.small_print(month, numbers)) == [
        "Places compare with CreatorAudit's ranking of a week ago."
    ]
    assert list(sentences.small_print(replace(month, top_creators=None), numbers)) == []
    still = replace(TOP, rows=TOP.rows[4:], rest=())
    assert list(sentences.small_print(replace(month, top_creators=still), numbers)) == []


def test_small_print_of_a_platform_without_accounts() -> None:
    """There may be some elsewhere."""
    nobody = rich(platform=Platform.TIKTOK, disagreements=(), coverage=Coverage(0, 0))
    assert list(sentences.small_print(nobody, numbers)) == [
        "No accounts are tracked on TikTok yet."
    ]


def test_small_print_of_an_early_week() -> None:
    """Whose changes those are; where nobody moved there are none to explain."""
    early = rich(disagreements=(), coverage=Coverage(4, 2))
    assert list(sentences.small_print(early, numbers)) == [
        "2 of 4 accounts refreshed since the window closed.",
        "Until more are refreshed, changes of views, likes, comments and shares are those of the "
        "refreshed accounts.",
        "Places in the ranking may still change.",
    ]
    still = replace(early, movers=None, top_creators=None)
    assert len(list(sentences.small_print(still, numbers))) == 1


@pytest.mark.parametrize(
    ("count", "last"),
    [
        (4, "1 more such figure is in the receipt."),
        (5, "2 more such figures are in the receipt."),
    ],
)
def test_many_disagreements(count: int, last: str) -> None:
    """Three are told, the others counted."""
    many = rich(disagreements=rich().disagreements * count, coverage=None)
    assert list(sentences.small_print(many, numbers))[3:] == [last]
