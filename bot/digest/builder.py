"""Facts in, digest out: the one place that decides what a recap says."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.digest.changes import TINY_BASE, compare
from bot.digest.engagement import Scale
from bot.digest.facts import Call, Fetched, Leaderboard, Number, Overview
from bot.digest.model import (
    Difference,
    Digest,
    Figure,
    Missing,
    Percent,
    RankedCreator,
    Receipt,
    TopCreators,
    Unit,
)
from bot.digest.periods import Period
from bot.digest.preferences import Preferences
from bot.errors import Unusable

ENGAGEMENT_RATE: Final = "engagement_rate"
FIRST: Final = ("total_views", "views", "likes", "followers", ENGAGEMENT_RATE)
"""Read first on a phone; every other metric follows in the order of the answer."""

KEYS_NAMED: Final = 20
LONGEST_KEY: Final = 40
PERCENT_POINTS_APART: Final = 0.5
"""CreatorAudit rounds its percentages; less than this is rounding, more is a disagreement."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was fetched for one recap.

    Attributes:
        overview: The headline's source; without it there is no recap.
        leaderboard: The top creators, or why they could not be had.
        scale: What the engagement rate is measured in.
        more_calls: Made besides, for the receipt only (the calibration of the scale).
    """

    overview: Fetched[Overview]
    leaderboard: Fetched[Leaderboard] | Missing
    scale: Scale
    more_calls: tuple[Call, ...] = ()


def build_digest(
    facts: Facts, period: Period, preferences: Preferences, built_at: datetime
) -> Digest:
    """The digest of ``facts``.

    Raises:
        Unusable: The overview holds no metric at all; the sentence names the keys it does hold.
    """
    overview = facts.overview.value
    if not overview.current:
        raise no_metric(overview, period)
    figures = tuple(_figures(overview, facts.scale, period))
    top, missing_top = _top_creators(facts.leaderboard, preferences)
    calls = facts.overview.calls + facts.more_calls
    if isinstance(facts.leaderboard, Fetched):
        calls += facts.leaderboard.calls
    return Digest(
        period=period,
        figures=figures,
        top_creators=top,
        missing=(*_missing_figures(figures, overview, facts.scale), *missing_top),
        receipt=Receipt(
            calls,
            tuple(_notes(figures, overview, facts.scale)),
            tuple(_disagreements(figures, overview)),
        ),
        built_at=built_at,
    )


def no_metric(overview: Overview, period: Period) -> Unusable:
    """The error for an overview without any figure; it names the keys that did come."""
    seen = [_printable(key)[:LONGEST_KEY] for key in overview.keys_seen[:KEYS_NAMED]]
    keys = ", ".join(seen) or "none"
    return Unusable(
        "CreatorAudit answered, but with no figures that Recap can read, so there is nothing "
        "to show. Ask whoever runs Recap to look at its log.",
        f"GET /overview?period={period} holds no numeric metric. Keys seen in data: {keys}.",
    )


def _figures(overview: Overview, scale: Scale, period: Period) -> Iterator[Figure]:
    source = f"GET /overview?period={period}"
    first = [key for key in FIRST if key in overview.current]
    for key in (*first, *(key for key in overview.current if key not in FIRST)):
        current, previous = overview.current[key], overview.previous.get(key)
        unit = Unit.COUNT
        if key == ENGAGEMENT_RATE:
            unit = Unit.PERCENT
            current, previous = _in_percent(current, scale), _in_percent(previous, scale)
        change = compare(current, previous, unit)
        yield Figure(key, label_of(key), unit, current, previous, change, source)


def label_of(key: str) -> str:
    """A metric's key in words: ``total_views`` is ``Total views``."""
    words = " ".join(_printable(" ".join(key.replace("_", " ").split())).split())
    return words[:1].upper() + words[1:] if words else "(no name)"


def _printable(key: str) -> str:
    """A key comes from the wire and goes to a terminal, which must not obey it."""
    return "".join(character for character in key if character.isprintable())


def _in_percent(rate: Number | None, scale: Scale) -> Number | None:
    return None if rate is None or scale.factor is None else rate * scale.factor


def _top_creators(
    leaderboard: Fetched[Leaderboard] | Missing, preferences: Preferences
) -> tuple[TopCreators | None, tuple[Missing, ...]]:
    if isinstance(leaderboard, Missing):
        return None, (leaderboard,)
    board = leaderboard.value
    rows = tuple(
        RankedCreator(rank, row.name, row.value)
        for rank, row in enumerate(board.rows[: preferences.top], start=1)
    )
    metric = label_of(board.metric.rpartition(".")[2]).lower() if board.metric else None
    return TopCreators(metric, rows), ()


def _missing_figures(
    figures: tuple[Figure, ...], overview: Overview, scale: Scale
) -> Iterator[Missing]:
    unknown = [figure for figure in figures if figure.current is None]
    if all(value is None for value in overview.current.values()):
        yield Missing("Every figure", "CreatorAudit sent no values for this window yet.")
        return
    for figure in unknown:
        sent = overview.current.get(figure.key) is not None
        yield Missing(figure.label, scale.why if sent else "CreatorAudit sent no value for it.")


def _notes(figures: tuple[Figure, ...], overview: Overview, scale: Scale) -> Iterator[str]:
    rates = overview.current.get(ENGAGEMENT_RATE), overview.previous.get(ENGAGEMENT_RATE)
    if rates != (None, None):
        yield scale.why
    if overview.shape == "flat":
        yield "CreatorAudit sent figures without the window before, so there are no changes."
    for figure in figures:
        if isinstance(figure.change, Difference):
            yield (
                f"{figure.label}: absolute change, because a percentage on a base "
                f"below {TINY_BASE} misleads."
            )
    for key in overview.unreadable:
        yield f"{label_of(key)}: left out, because its value is not a number."


def _disagreements(figures: tuple[Figure, ...], overview: Overview) -> Iterator[str]:
    for figure in figures:
        theirs = overview.server_changes.get(figure.key)
        if theirs is None or not isinstance(figure.change, Percent):
            continue
        ours = 100 * figure.change.by
        # *_pct may be 12.5 or 0.125 for +12.5 %: the documentation shows only zeros.
        if min(abs(theirs - ours), abs(100 * theirs - ours)) > PERCENT_POINTS_APART:
            yield (
                f"{figure.label}: CreatorAudit's own change is {theirs:g}, "
                f"ours from its values is {ours:+.1f} %."
            )
