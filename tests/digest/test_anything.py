"""Whatever comes in, a digest comes out, and what it says agrees with itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.digest.builder import build_digest
from bot.digest.collected import Facts, VideoBoard
from bot.digest.engagement import FRACTION, PERCENT, Scale
from bot.digest.facts import (
    Account,
    BatchMetrics,
    Fetched,
    Leaderboard,
    LeaderboardRow,
    Overview,
    Video,
    WindowMetrics,
)
from bot.digest.headline import OURS
from bot.digest.labels import metric_of
from bot.digest.model import Carried, Missing, Unusual
from bot.digest.periods import Period, Window
from bot.digest.preferences import Metric, Platform, Preferences, Ranking
from bot.digest.snapshots import WEEKS, Followers, History, Snapshot, Standing
from bot.digest.sums import Tracked
from bot.errors import Unusable
from tests.digest.examples import WEEK
from tests.examples import NOON, call

ids = st.sampled_from("abcdef")
names = st.sampled_from(["", "Mia Chen", "<!channel>", "سارة"])
counts = st.none() | st.integers(-(10**6), 10**18) | st.floats(-1e6, 1e18)
keys = st.sampled_from(["total_views", "views", "likes", "engagement_rate", "followers", "saves"])
moments = st.datetimes(
    datetime(2026, 11, 1),  # noqa: DTZ001 -- the zone comes from ``timezones``
    datetime(2026, 11, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)
flags = st.none() | st.booleans()
platforms = st.sampled_from([None, "instagram", "tiktok", "else"])
missing = st.builds(Missing, st.sampled_from(["Movers", "Trend"]), st.just("it is away."))
overviews = st.builds(
    Overview,
    st.sampled_from(["nested", "flat"]),
    st.dictionaries(keys, counts),
    st.dictionaries(keys, counts),
    st.dictionaries(keys, counts),
)
accounts = st.lists(
    st.builds(
        Account,
        ids,
        platforms,
        st.none() | names,
        st.none() | st.sampled_from(["", "c1", "c2"]),
        st.none() | names,
        flags,
        flags,
        counts,
        st.none() | moments,
        st.none() | moments,
        st.none() | st.floats() | st.integers(-5, 500),
    ),
    unique_by=lambda one: one.id,
    max_size=6,
).map(tuple)
metrics = st.builds(WindowMetrics, counts, counts, counts, counts, counts, counts)
batches = st.builds(
    BatchMetrics, st.sampled_from([None, WEEK]), st.dictionaries(ids, metrics, max_size=6)
)
rows = st.builds(LeaderboardRow, st.none() | st.sampled_from(["c1", "c2", "c3"]), names, counts)
boards = st.builds(
    Leaderboard, st.sampled_from([None, "views"]), st.lists(rows, max_size=30).map(tuple)
)
standings = st.builds(Standing, st.sampled_from(["c1", "c2", "c3", "Mia Chen", ""]), names, counts)


@st.composite
def histories(draw: st.DrawFn) -> History:
    weeks: list[Snapshot | None] = []
    for number in range(1, WEEKS + 1):
        back = timedelta(days=7 * number)
        views = draw(counts)
        weeks.append(
            Snapshot(
                "org_1",
                Period.WEEK,
                Window(WEEK.start - back, WEEK.end - back),
                NOON - back,
                draw(st.integers(0, 9)),
                {} if views is None else {"views": views},
                tuple(draw(st.lists(standings, max_size=4))),
            )
            if draw(st.booleans())
            else None
        )
    counted = draw(st.none() | st.dictionaries(ids, st.integers(0, 10**9)))
    followers = None if counted is None else Followers("org_1", WEEK.start, counted)
    return History(tuple(weeks), followers)


videos = st.builds(Video, ids, platforms, names, st.none() | names)


@st.composite
def anything(draw: st.DrawFn) -> Facts:
    def fetched(part: object) -> object:
        return Fetched(part, (call("GET /part"),))

    listed = draw(accounts)
    board = draw(boards.map(fetched) | st.just(Missing("Top creators", "it is away.")))
    given = Facts(
        Fetched(draw(overviews), (call("GET /overview"),)),
        board,  # type: ignore[arg-type]
        draw(st.sampled_from([PERCENT, FRACTION, Scale(None, "Nobody knows.")])),
        window=WEEK,
    )
    if draw(st.booleans()):
        return given
    tracked = Tracked(listed, draw(batches), draw(batches))
    posts = st.lists(st.tuples(videos, metrics), max_size=5).map(tuple).map(VideoBoard)
    return replace(
        given,
        accounts=fetched(listed),  # type: ignore[arg-type]
        tracked=draw(st.just(fetched(tracked)) | missing),  # type: ignore[arg-type]
        history=draw(st.none() | histories() | missing),
        videos=draw(st.none() | posts.map(fetched) | missing),  # type: ignore[arg-type]
    )


preferences = st.builds(
    Preferences,
    st.integers(1, 25),
    st.lists(st.sampled_from(Metric), unique=True).map(tuple),
    st.sampled_from(Ranking),
    st.sampled_from([None, *Platform]),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(anything(), st.sampled_from(Period), preferences)
def test_a_digest_agrees_with_itself(facts: Facts, period: Period, wanted: Preferences) -> None:
    """No raise but for an overview without figures, and no number that contradicts another."""
    try:
        made = build_digest(facts, period, wanted, NOON)
    except Unusable:
        assert not facts.overview.value.current
        return
    metrics = [metric_of(one.key) or one.key for one in made.figures]
    assert len(set(metrics)) == len(metrics)
    assert made.figures
    assert made.partial is (facts.tracked is None)
    lacking = any(one.part == "Top creators" for one in made.missing)
    assert lacking is (made.top_creators is None and not made.partial)
    views = next((one for one in made.figures if metric_of(one.key) is Metric.VIEWS), None)
    for one in made.highlights:
        if isinstance(one, Carried):
            assert one.movers == made.movers
            assert one.is_own or views is None or views.change in {None, one.change}
        if isinstance(one, Unusual):
            assert one.views == made.trend[-1].views
    if views and made.trend:
        assert made.trend[-1].views == views.current
    if made.quiet:
        assert not any(isinstance(one, Unusual) for one in made.highlights)
    known = {one.label for one in made.figures if one.current is not None}
    assert not known & {one.part for one in made.missing}
    for figure in made.figures:
        if wanted.platform is None and metric_of(figure.key) in OURS and facts.tracked is None:
            assert figure.source.startswith("GET /overview")
