"""Rank movement: this ranking against the one that was printed a week ago."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.digest.snapshots import Standing


@dataclass(frozen=True, slots=True)
class Moved:
    """Places gained since last week; negative where they were lost, 0 for the same place."""

    by: int


@dataclass(frozen=True, slots=True)
class New:
    """New to the list: not among those that were ranked a week ago."""


Movement = Moved | New


def movements(
    keys: Sequence[str | None], earlier: Sequence[Standing]
) -> tuple[Movement | None, ...]:
    """How each of ``keys``, in their order, has moved; None for one that can't be recognized.

    Two of one key can't: where CreatorAudit sends no ids, names stand for them.
    """
    ranks = {standing.key: rank for rank, standing in enumerate(earlier, start=1)}
    now, then = Counter(keys), Counter(standing.key for standing in earlier)
    return tuple(
        None
        if key is None or now[key] > 1 or then[key] > 1
        else Moved(ranks[key] - rank)
        if key in ranks
        else New()
        for rank, key in enumerate(keys, start=1)
    )


def left(keys: Sequence[str | None], earlier: Sequence[Standing], shown: int) -> tuple[str, ...]:
    """The names of those among the first ``shown`` a week ago who are not among them now."""
    now = set(keys[:shown])
    return tuple(one.name for one in earlier[:shown] if one.key not in now)
