"""The digest: everything that a recap says, decided, but not yet put into words for a medium."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from bot.digest.facts import Call, Number
from bot.digest.freshness import Coverage
from bot.digest.movers import Movers
from bot.digest.periods import Period, Window
from bot.digest.preferences import Platform
from bot.digest.standings import Movement


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
    GAIN = "gain"


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
        compared: What stands against ``previous``, where that is not ``current``: the sum over the
            accounts that compare.
    """

    key: str
    label: str
    unit: Unit
    current: Number | None
    previous: Number | None
    change: Change | None
    source: str
    compared: Number | None = None

    @property
    def now(self) -> Number | None:
        """What ``change`` leads to from ``previous``."""
        return self.current if self.compared is None else self.compared


@dataclass(frozen=True, slots=True)
class RankedCreator:
    """One row of the ranking.

    Attributes:
        rank: From 1 on.
        name: User text, so every renderer escapes it.
        value: What the ranking is by; None where it is unknown.
        movement: Against the ranking of a week ago; None where that can't be said.
        gain: Views more than in the window before; None where that is unknown.
        engagement: (likes + comments + shares) / views in percent; None where it is unknown.
    """

    rank: int
    name: str
    value: Number | None
    movement: Movement | None = None
    gain: Number | None = None
    engagement: float | None = None


@dataclass(frozen=True, slots=True)
class TopCreators:
    """The ranking, best first.

    Attributes:
        metric: What ``value`` counts, in words; None where CreatorAudit does not say.
        rows: As many as were asked for.
        rest: Those who follow, up to place 25.
        out: Who was among as many a week ago and is not any more; user text.
        unit: Of ``value``.
        floor: Who had fewer views is left out.
    """

    metric: str | None
    rows: tuple[RankedCreator, ...]
    rest: tuple[RankedCreator, ...] = ()
    out: tuple[str, ...] = ()
    unit: Unit = Unit.COUNT
    floor: Number = 0


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Views of the window that ended on ``end``; None where nobody looked that week."""

    end: date
    views: Number | None


@dataclass(frozen=True, slots=True)
class TopVideo:
    """A post and the views that it gained in the window; ``title`` and ``by`` are user text."""

    title: str
    by: str | None
    url: str | None
    views: Number


@dataclass(frozen=True, slots=True)
class LikeForLike:
    """A change of all views, split by when the accounts were first tracked.

    Attributes:
        by: The whole change as a fraction of the window before: 0.18 is +18 %.
        of_new: The part of it that comes from ``accounts``, as a fraction of the same base.
        accounts: How many accounts were first tracked in the window and brought views.
    """

    by: float
    of_new: float
    accounts: int

    @property
    def like_for_like(self) -> float:
        """The change without those accounts."""
        return self.by - self.of_new


@dataclass(frozen=True, slots=True)
class Carried:
    """What all views did, and who carried it.

    Attributes:
        change: Of the net of ``movers``.
        movers: Everybody's changes.
        is_own: Whether another change is told beside it: that of another source, or one that newly
            added accounts are part of.
    """

    change: Change
    movers: Movers
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Unusual:
    """Views are far from what they usually are.

    Attributes:
        views: In this window.
        median: Of the weeks before.
        weeks: How many of them there are.
    """

    views: Number
    median: Number
    weeks: int


Highlight = Carried | LikeForLike | Unusual


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two sources that give one metric differently; ``label`` is the metric in words."""

    label: str
    printed: Number
    source: str
    other: Number
    other_source: str
    unit: Unit = Unit.COUNT


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
        top_creators: The ranking; None when ``missing`` says why it is not there.
        missing: Every part that this recap has to do without.
        receipt: Where the numbers come from.
        built_at: When the facts were complete, in UTC.
        window: The days that the accounts' own numbers are for; None where there are none.
        compares: Whether they are compared with as many days before.
        highlights: What is worth a sentence, at most two.
        quiet: Whether nothing happened that is worth a look.
        movers: Who moved; None where that can't be said.
        coverage: How complete the window is; None where that can't be said.
        trend: Views of the last weeks, oldest first, this one last; empty without a history.
        videos: The posts that gained most; empty where there are none or nobody asked.
        disagreements: Where two sources give the same metric differently.
        partial: Whether more is still to come.
        next_look: When to ask again for a fuller window; None where it is complete or can't be
            said.
        platform: Only its accounts are in the numbers; None for all.
        top: How many creators its reader wants to be named.
        sums: The accounts' own sums over ``window``, by metric: comparable on any later day.
    """

    period: Period
    figures: tuple[Figure, ...]
    top_creators: TopCreators | None
    missing: tuple[Missing, ...]
    receipt: Receipt
    built_at: datetime
    window: Window | None = None
    compares: bool = True
    highlights: tuple[Highlight, ...] = ()
    quiet: bool = False
    movers: Movers | None = None
    coverage: Coverage | None = None
    trend: tuple[TrendPoint, ...] = ()
    videos: tuple[TopVideo, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    partial: bool = False
    next_look: datetime | None = None
    platform: Platform | None = None
    top: int = 5
    sums: Mapping[str, Number] = field(default_factory=dict, hash=False)
