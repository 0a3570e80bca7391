"""The digest: everything that a recap says, decided, but not yet put into words for a medium."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.digest.facts import Call, Number
from bot.digest.periods import Period


@dataclass(frozen=True, slots=True)
class NoChange:
    """Equal, or equal once rounded to the digits that are printed."""


@dataclass(frozen=True, slots=True)
class Percent:
    """Relative change as a fraction of the base: 0.182 is +18.2 %."""

    by: float


@dataclass(frozen=True, slots=True)
class Times:
    """Growth too large for a percentage to mean much: current divided by previous."""

    factor: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Absolute change, where the base is zero or too small for a percentage."""

    by: Number


@dataclass(frozen=True, slots=True)
class Points:
    """Change of a rate in percentage points."""

    by: float


Change = NoChange | Percent | Times | Difference | Points


class Unit(Enum):
    """How a figure is counted and printed."""

    COUNT = "count"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric of the headline.

    Attributes:
        key: CreatorAudit's own name, such as ``total_views``.
        label: The same in words.
        unit: A rate is held in percent: 4.2 means 4.2 %.
        current: Value in the window; None is unknown, 0 was measured.
        previous: Value in the window before; None is unknown.
        change: How it moved, None where one of the two is unknown.
        source: The endpoint that the value was read from.
    """

    key: str
    label: str
    unit: Unit
    current: Number | None
    previous: Number | None
    change: Change | None
    source: str


@dataclass(frozen=True, slots=True)
class RankedCreator:
    """One row of the leaderboard; ``name`` is user text, so every renderer escapes it."""

    rank: int
    name: str
    value: Number | None


@dataclass(frozen=True, slots=True)
class TopCreators:
    """The leaderboard in the server's order; ``metric`` is the label of what ``value`` counts."""

    metric: str | None
    rows: tuple[RankedCreator, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A part that is not in this digest, and why in one sentence; renderers must show it."""

    part: str
    because: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the numbers are made of.

    Attributes:
        calls: The requests that gave them.
        notes: The rules that shaped a printed number, a sentence each.
        disagreements: Where CreatorAudit's own percentage says something else than ours.
    """

    calls: tuple[Call, ...]
    notes: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """A recap before it is rendered.

    Attributes:
        period: The preset window that the figures are for.
        figures: The headline, most important first; never empty.
        top_creators: The leaderboard; None when ``missing`` says why it is not there.
        missing: Every part that this recap has to do without.
        receipt: Where the numbers come from.
        built_at: When the facts were complete, in UTC.
    """

    period: Period
    figures: tuple[Figure, ...]
    top_creators: TopCreators | None
    missing: tuple[Missing, ...]
    receipt: Receipt
    built_at: datetime
