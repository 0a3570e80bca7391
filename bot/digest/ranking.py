"""Who is on top, by what the reader chose."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.digest.collected import Facts
from bot.digest.creators import CreatorSums
from bot.digest.facts import Fetched, Leaderboard, Number
from bot.digest.labels import label_of
from bot.digest.model import Missing, RankedCreator, TopCreators, Unit
from bot.digest.movers import part
from bot.digest.preferences import LARGEST_TOP, Preferences, Ranking
from bot.digest.snapshots import History, Standing
from bot.digest.standings import Movement, left, movements

PART: Final = "Top creators"
NO_NUMBERS: Final = "the accounts' own numbers are not there."
NO_VALUES: Final = "no creator has a value to be ranked by."
MOVEMENT: Final = "Rank movement"
NO_LIST: Final = "Recap has kept no earlier ranking yet."
NO_LAST_LIST: Final = "Recap kept no ranking a week ago."
OTHER_LIST: Final = "CreatorAudit's own ranking is not there to compare."
FEW_VIEWS: Final = 0.005
"""Below half a percent of all views a rate says more about luck than about the creator.

Of many creators each has less (``part``).
"""


@dataclass(frozen=True, slots=True)
class _Entry:
    key: str
    name: str
    value: Number | None


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Everybody in their order, and what they are ordered by."""

    metric: str | None
    unit: Unit
    entries: Sequence[_Entry]
    floor: Number = 0


def top_creators(
    facts: Facts, creators: Sequence[CreatorSums], preferences: Preferences
) -> TopCreators | Missing:
    """The ranking: CreatorAudit's own where it is by views over all platforms, else ours."""
    usual = _is_usual(preferences)
    if usual and isinstance(facts.leaderboard, Fetched):
        ranked = _of_leaderboard(facts.leaderboard.value)
    elif creators:
        ranked = _of_sums(creators, preferences.ranking)
        if not ranked.entries:
            return Missing(PART, NO_VALUES)
    elif usual and isinstance(facts.leaderboard, Missing):
        return facts.leaderboard
    else:
        because = facts.tracked.because if isinstance(facts.tracked, Missing) else NO_NUMBERS
        return Missing(PART, because)
    week_ago = _week_ago(facts) if usual else ()
    return _cut(ranked, {one.key: one for one in creators}, week_ago, preferences.top)


def missing_movement(facts: Facts, preferences: Preferences) -> Missing | None:
    """Why the ranking does not say who moved; None where it does, or was never meant to."""
    history = facts.history
    if not isinstance(history, History) or not _is_usual(preferences):
        return None
    if not any(history.weeks):
        return Missing(MOVEMENT, NO_LIST)
    if not isinstance(facts.leaderboard, Fetched):
        return Missing(MOVEMENT, OTHER_LIST)
    return None if _week_ago(facts) else Missing(MOVEMENT, NO_LAST_LIST)


def _is_usual(preferences: Preferences) -> bool:
    """Whether the ranking is one that CreatorAudit makes and snapshots keep."""
    return preferences.ranking is Ranking.VIEWS and preferences.platform is None


def standings_of(facts: Facts) -> tuple[Standing, ...]:
    """The ranking by views as a snapshot keeps it."""
    if not isinstance(facts.leaderboard, Fetched):
        return ()
    ranked = _of_leaderboard(facts.leaderboard.value)
    return tuple(Standing(one.key, one.name, one.value) for one in ranked.entries)


def _week_ago(facts: Facts) -> tuple[Standing, ...]:
    """The ranking of a week ago; empty where none was kept, or this one is of another kind."""
    if not isinstance(facts.leaderboard, Fetched):
        # Ours ranks accounts without a creator as well.
        return ()
    weeks = facts.history.weeks if isinstance(facts.history, History) else ()
    last = weeks[0] if weeks else None
    return last.standings if last else ()


def _of_leaderboard(board: Leaderboard) -> _Ranked:
    metric = label_of(board.metric.rpartition(".")[2]).lower() if board.metric else None
    entries = [_Entry(row.id or row.name, row.name, row.value) for row in board.rows]
    return _Ranked(metric, Unit.COUNT, entries[:LARGEST_TOP])


def _of_sums(creators: Sequence[CreatorSums], ranking: Ranking) -> _Ranked:
    if ranking is Ranking.GAIN:
        entries = [_Entry(one.key, one.name, one.gain) for one in creators]
        return _Ranked("views gained", Unit.GAIN, _sorted(entries))
    if ranking is Ranking.ENGAGEMENT:
        views = [one.views for one in creators if one.views]
        floor = part(FEW_VIEWS, len(views)) * sum(views)
        seen = [one for one in creators if (one.views or 0) >= floor]
        entries = [_Entry(one.key, one.name, one.engagement) for one in seen]
        return _Ranked("engagement rate", Unit.PERCENT, _sorted(entries), floor)
    entries = [_Entry(one.key, one.name, one.views) for one in creators]
    return _Ranked("views", Unit.COUNT, _sorted(entries))


def _sorted(entries: Iterable[_Entry]) -> list[_Entry]:
    known = [(one.value, one) for one in entries if one.value is not None]
    return [one for _, one in sorted(known, key=lambda pair: (-pair[0], pair[1].key))][:LARGEST_TOP]


def _cut(
    ranked: _Ranked, known: Mapping[str, CreatorSums], week_ago: Sequence[Standing], top: int
) -> TopCreators:
    keys = [one.key for one in ranked.entries]
    moved = movements(keys, week_ago) if week_ago else (None,) * len(keys)
    rows = tuple(
        _row(rank, one, movement, known.get(one.key))
        for rank, (one, movement) in enumerate(zip(ranked.entries, moved, strict=True), start=1)
    )
    out = left(keys, week_ago, top)
    return TopCreators(ranked.metric, rows[:top], rows[top:], out, ranked.unit, ranked.floor)


def _row(
    rank: int, entry: _Entry, movement: Movement | None, sums: CreatorSums | None
) -> RankedCreator:
    if sums is None:
        return RankedCreator(rank, entry.name, entry.value, movement)
    return RankedCreator(rank, entry.name, entry.value, movement, sums.gain, sums.engagement)
