"""Who is on top, and how they got there."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.builder import build_digest
from bot.digest.collected import Facts
from bot.digest.model import Digest, Missing, RankedCreator, TopCreators, Unit
from bot.digest.periods import Period
from bot.digest.preferences import Platform, Preferences, Ranking
from bot.digest.ranking import NO_VALUES, PART, standings_of
from bot.digest.snapshots import Standing
from bot.digest.standings import Moved, New
from tests.digest.examples import (
    account,
    batch,
    board,
    history,
    metrics,
    snapshot,
    tracked,
    whole,
)
from tests.examples import NOON

BUSY = Missing("Top creators", "CreatorAudit is busy.")
AWAY = Missing("Movers, likes, comments and shares", "CreatorAudit is slow.")
GAIN = Preferences(ranking=Ranking.GAIN)
ENGAGEMENT = Preferences(ranking=Ranking.ENGAGEMENT)
ROWS = board(("c1", "Mia Chen", 900), ("c2", "Kofi", 500), ("c3", "Lena", 100))


def digest(facts: Facts, preferences: Preferences | None = None) -> Digest:
    return build_digest(facts, Period.WEEK, preferences or Preferences(), NOON)


def top(facts: Facts, preferences: Preferences | None = None) -> TopCreators:
    found = digest(facts, preferences).top_creators
    assert found is not None
    return found


def names(found: TopCreators) -> list[str]:
    return [one.name for one in (*found.rows, *found.rest)]


def movement_missing(made: Digest) -> list[str]:
    return [one.because for one in made.missing if one.part == "Rank movement"]


OWN = tracked(
    {"a": (700, 400), "b": (150, 100), "c": (480, 500), "d": (90, None), "e": (10, 0)},
    account("a", "c1"),
    account("b", "c1"),
    account("c", "c2"),
    account("d", "c3"),
)


def test_creatoraudits_order_with_our_numbers_beside_it() -> None:
    """Rank and views are CreatorAudit's, what was gained is from the accounts."""
    found = top(whole(given=OWN, leaderboard=ROWS))
    assert (found.metric, found.unit) == ("views", Unit.COUNT)
    assert found.rows == (
        RankedCreator(1, "Mia Chen", 900, None, 350, None),
        RankedCreator(2, "Kofi", 500, None, -20, None),
        RankedCreator(3, "Lena", 100, None, None, None),
    )


def test_a_row_without_an_id_is_nobody_of_ours() -> None:
    """Names are no ids: two creators may share one, so nothing is put beside it."""
    found = top(whole(given=OWN, leaderboard=board((None, "Creator c1", 900))))
    assert found.rows == (RankedCreator(1, "Creator c1", 900),)


def test_movement_against_the_last_week() -> None:
    """Up, down and new; and who is not among those shown any more."""
    facts = whole(leaderboard=ROWS, history=history(snapshot(1, 9, "c3", "c1", "x")))
    made = digest(facts, Preferences(2))
    assert made.top_creators is not None
    assert [one.movement for one in made.top_creators.rows] == [Moved(1), New()]
    assert [one.movement for one in made.top_creators.rest] == [Moved(-2)]
    assert made.top_creators.out == ("Creator c3",)
    assert movement_missing(made) == []


def test_movement_by_name_where_there_are_no_ids() -> None:
    """A name that two have says of neither how they moved."""
    week_ago = standings_of(whole(leaderboard=board((None, "Mia", 9), (None, "Kofi", 8))))
    last = replace(snapshot(1, 9), standings=week_ago)
    rows = board((None, "Kofi", 9), (None, "Mia", 5), (None, "Mia", 4))
    found = top(whole(leaderboard=rows, history=history(last)))
    assert [one.movement for one in found.rows] == [Moved(1), None, None]


def test_the_first_week_has_no_movement() -> None:
    """It says so, rather than to call everybody new."""
    made = digest(whole(leaderboard=ROWS, history=history()))
    assert made.top_creators is not None
    assert {one.movement for one in made.top_creators.rows} == {None}
    assert made.top_creators.out == ()
    assert movement_missing(made) == ["Recap has kept no earlier ranking yet."]


@pytest.mark.parametrize("weeks", [(None, snapshot(2, 9, "c1")), (snapshot(1, 9),)])
def test_a_gap_in_the_weeks_is_said(weeks: tuple[object, ...]) -> None:
    """Nobody looked a week ago, or the ranking was missing then."""
    made = digest(whole(leaderboard=ROWS, history=history(*weeks)))  # type: ignore[arg-type]
    assert made.top_creators is not None
    assert {one.movement for one in made.top_creators.rows} == {None}
    assert movement_missing(made) == ["Recap kept no ranking a week ago."]


def test_our_own_ranking_does_not_move() -> None:
    """It holds accounts without a creator, which CreatorAudit's of a week ago did not."""
    week_ago = history(snapshot(1, 9, "c1", "c2", "c3"))
    made = digest(whole(given=OWN, leaderboard=BUSY, history=week_ago))
    assert made.top_creators is not None
    assert names(made.top_creators) == ["Creator c1", "Creator c2", "Creator c3", "@name.e"]
    assert {one.movement for one in made.top_creators.rows} == {None}
    assert movement_missing(made) == ["CreatorAudit's own ranking is not there to compare."]


def test_by_gain() -> None:
    """Who gained most; who lost comes last, and who is unknown is not ranked."""
    found = top(whole(given=OWN, leaderboard=ROWS, history=history(snapshot(1, 9, "c1"))), GAIN)
    assert (found.metric, found.unit) == ("views gained", Unit.GAIN)
    assert [(one.name, one.value, one.movement) for one in found.rows] == [
        ("Creator c1", 350, None),
        ("@name.e", 10, None),
        ("Creator c2", -20, None),
    ]


def test_by_engagement() -> None:
    """By the rate of those who have views enough for one."""
    own = tracked(dict.fromkeys("abcde", (0, 0)))
    numbers = {
        "a": metrics(1_000, 900, 0, 0),
        "b": metrics(986_000, 9_860, 0, 0),
        "c": metrics(5_000, 250, 0, 0),
        "d": metrics(None, 5, 5, 5),
        "e": metrics(8_000, None, 5, 5),
    }
    own = replace(own, current=batch(numbers))
    found = top(whole(given=own, leaderboard=ROWS), ENGAGEMENT)
    assert (found.metric, found.unit) == ("engagement rate", Unit.PERCENT)
    assert [(one.name, one.value) for one in found.rows] == [("@name.c", 5.0), ("@name.b", 1.0)]


def test_by_engagement_of_many_creators() -> None:
    """Nobody has half a percent of all views; who has next to none is left out."""
    now = {f"a{number:03}": metrics(1_000, 10, 0, 0) for number in range(800)}
    now |= {"few": metrics(100, 50, 0, 0), "best": metrics(1_000, 90, 0, 0)}
    given = replace(tracked(dict.fromkeys(now, (None, None))), current=batch(now))
    found = top(whole(given=given), ENGAGEMENT)
    assert found.rows[0].name == "@name.best"
    assert found.floor == pytest.approx(0.2 * 801_100 / 802)


def test_of_one_platform() -> None:
    """CreatorAudit ranks all platforms together, so the accounts' own views do."""
    own = tracked(
        {"a": (700, 400), "b": (900, 100)},
        account("a", "c1", platform="instagram"),
        account("b", "c2"),
    )
    facts = whole(given=own, leaderboard=ROWS, history=history(snapshot(1, 9, "c1")))
    made = digest(facts, Preferences(platform=Platform.INSTAGRAM))
    assert made.top_creators is not None
    assert made.top_creators.rows == (RankedCreator(1, "Creator c1", 700, None, 300, None),)
    assert movement_missing(made) == []


@pytest.mark.parametrize(
    ("facts", "preferences", "because"),
    [
        (whole(leaderboard=BUSY), Preferences(), "CreatorAudit is busy."),
        (whole(leaderboard=ROWS, tracked=AWAY), GAIN, "CreatorAudit is slow."),
        (whole(leaderboard=ROWS), GAIN, "the accounts' own numbers are not there."),
    ],
)
def test_no_ranking_says_why(facts: Facts, preferences: Preferences, because: str) -> None:
    """The reason of the source that the reader's choice needs."""
    made = digest(facts, preferences)
    assert made.top_creators is None
    assert Missing("Top creators", because) in made.missing


def test_an_empty_ranking_is_an_answer() -> None:
    """Everybody of last week is out then."""
    found = top(whole(given=OWN, leaderboard=board(), history=history(snapshot(1, 9, "c1"))))
    assert (found.rows, found.out) == ((), ("Creator c1",))


def test_no_more_than_the_api_ranks() -> None:
    """Twenty-five, whatever comes and whoever is tracked."""
    many = {f"a{n:02}": (1_000 - n, 1) for n in range(30)}
    for leaderboard in (BUSY, board(*[(f"c{n}", f"C{n}", 9) for n in range(30)])):
        found = top(whole(given=tracked(many), leaderboard=leaderboard), Preferences(3))
        assert (len(found.rows), len(found.rest)) == (3, 22)


def test_ties_have_an_order() -> None:
    """Two recaps of the same numbers rank the same."""
    own = tracked(dict.fromkeys("cab", (500, 400)))
    assert names(top(whole(given=own, leaderboard=BUSY))) == ["@name.a", "@name.b", "@name.c"]


def test_what_a_snapshot_keeps_of_it() -> None:
    """Ids where there are any, and nothing of a ranking that was not there."""
    rows = board(("c1", "Mia", 9), (None, "Kofi", None))
    assert standings_of(whole(leaderboard=rows)) == (
        Standing("c1", "Mia", 9),
        Standing("Kofi", "Kofi", None),
    )
    assert standings_of(whole(leaderboard=BUSY)) == ()


def test_nobody_to_rank() -> None:
    """What nobody has a value for is no ranking of CreatorAudit's that is empty."""
    stale = account("a", last_scrape_time=NOON - timedelta(days=30))
    made = digest(whole(given=tracked({"a": (700, 400)}, stale), leaderboard=ROWS), GAIN)
    assert made.top_creators is None
    assert Missing(PART, NO_VALUES) in made.missing


values = st.none() | st.integers(-(10**9), 10**9)


@given(
    st.lists(st.tuples(values, values), max_size=40),
    st.sampled_from(Ranking),
    st.integers(1, 25),
)
def test_ranks_are_places(
    pairs: list[tuple[int | None, int | None]], ranking: Ranking, shown: int
) -> None:
    """From 1 on without a gap, by values that never rise; whatever comes in."""
    own = tracked({f"a{n}": pair for n, pair in enumerate(pairs)})
    facts = whole(given=own, leaderboard=BUSY)
    found = digest(facts, Preferences(shown, ranking=ranking)).top_creators
    if found is None:
        assert not any(None not in pair for pair in pairs) or ranking is Ranking.ENGAGEMENT
        return
    rows = [*found.rows, *found.rest]
    assert [one.rank for one in rows] == list(range(1, len(rows) + 1))
    assert len(found.rows) <= shown
    printed = [one.value for one in rows if one.value is not None]
    assert len(printed) == len(rows)
    assert printed == sorted(printed, reverse=True)
