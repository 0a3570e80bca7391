"""Who really moved: a window against the one before it, creator by creator.

A ranking says who is large. What changed, and through whom, only a comparison says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.digest.creators import CreatorSums
from bot.digest.facts import Number

NOISE_SHARE: Final = 0.005
"""A change below half a percent of all views is noise; of many creators, a fifth of an average one.

The two are the same at ``MANY`` creators.
"""

NOISE_VIEWS: Final = 100
"""A change of fewer views is noise, however few there are in all."""

MANY: Final = 40
"""Of more creators than these each has so little that parts of the whole shrink with their number.
"""

LEAST_LEAD: Final = 0.05
"""Who has less of a change has not carried it."""

LARGEST: Final = 25


@dataclass(frozen=True, slots=True)
class Mover:
    """One creator whose views changed; ``name`` is user text.

    Attributes:
        key: CreatorAudit's id of the creator, or of the account where there is no creator.
        name: Of the creator, or the account's.
        current: Views in the window, over the accounts that compare with the one before.
        before: Views of the same accounts in the window before.
    """

    key: str
    name: str
    current: Number
    before: Number

    @property
    def by(self) -> Number:
        """Views more (less, when negative) than before."""
        return self.current - self.before


@dataclass(frozen=True, slots=True)
class Movers:
    """What changed, and through whom.

    Attributes:
        gains: Largest first, each at least ``floor``.
        drops: The same downwards.
        floor: Views; a smaller change is noise.
        net: What all changes come to together.
        lead: Who moved most in the direction of ``net``; None where nobody has much of it.
        before: Views before of all whose change is known.
        creators: How many of those had any views.
    """

    gains: tuple[Mover, ...]
    drops: tuple[Mover, ...]
    floor: Number
    net: Number
    lead: Mover | None
    before: Number = 0
    creators: int = 1

    @property
    def share(self) -> float | None:
        """The lead's part of ``net``; above 1 where others moved against it."""
        return self.lead.by / self.net if self.lead else None


def find_movers(creators: Sequence[CreatorSums]) -> Movers | None:
    """The movers among ``creators``; None where nobody's views compare."""
    known = [
        (one.key, one.name, now, was)
        for one in creators
        if (now := one.views_of_both) is not None and (was := one.before_of_both) is not None
    ]
    if not known:
        return None
    before = sum([was for _, _, _, was in known])
    net = sum([now for _, _, now, _ in known]) - before
    active = sum([1 for _, _, now, was in known if now or was])
    floor = max(NOISE_VIEWS, part(NOISE_SHARE, active) * before)
    gains, drops = _largest(known, floor, 1), _largest(known, floor, -1)
    lead = None
    if abs(net) >= max(NOISE_VIEWS, NOISE_SHARE * before):
        first = next(iter(gains if net > 0 else drops), None)
        lead = first if first and abs(first.by) >= LEAST_LEAD * abs(net) else None
    return Movers(gains, drops, floor, net, lead, before, active)


def _largest(
    known: Iterable[tuple[str, str, Number, Number]], floor: Number, sign: int
) -> tuple[Mover, ...]:
    """Those who moved by ``floor`` in the direction of ``sign``, who moved most first."""
    moved = sorted(
        [
            (by, key, name, now, was)
            for key, name, now, was in known
            if -(by := sign * (was - now)) >= floor
        ]
    )
    return tuple([Mover(key, name, now, was) for _, key, name, now, was in moved[:LARGEST]])


def part(share: float, creators: int) -> float:
    """``share`` of all views as one of so many ``creators`` can be expected to move it."""
    return share * min(1, MANY / max(1, creators))
