"""Facts in, digest out: the one place that decides what a recap says."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.digest.changes import TINY_BASE
from bot.digest.cohorts import like_for_like
from bot.digest.collected import Facts
from bot.digest.facts import Fetched, Number, Overview
from bot.digest.freshness import ENOUGH, Coverage, next_look
from bot.digest.gathered import covered, everybody
from bot.digest.headline import (
    ENGAGEMENT_RATE,
    OURS,
    STATES,
    Headline,
    headline,
    is_of_overview,
)
from bot.digest.highlights import highlights, is_quiet
from bot.digest.labels import label_of, metric_of, printable
from bot.digest.model import (
    Difference,
    Digest,
    Figure,
    Missing,
    Percent,
    Receipt,
    TopCreators,
    TopVideo,
    TrendPoint,
)
from bot.digest.movers import Movers
from bot.digest.periods import Period, Window
from bot.digest.preferences import Metric, Preferences
from bot.digest.ranking import missing_movement, top_creators
from bot.digest.snapshots import History, weekly_ends
from bot.digest.sums import People, of_platform
from bot.digest.videos import top_videos
from bot.errors import Unusable

NO_VALUE: Final = "no account of the platform has a value for it."
NO_ACCOUNT: Final = "no account has a value for it."
NOT_SENT: Final = "CreatorAudit sent no value for it."
NO_PLATFORMS: Final = "CreatorAudit counts it over all platforms only."
OF_ALL_PLATFORMS: Final = (*STATES, Metric.ACCOUNT_VIDEOS)
MOVERS: Final = "Movers"
CHANGES: Final = "Movers and changes of the accounts' own numbers"
NONE_COMPARES: Final = "no account has views in both windows."
NONE_REFRESHED: Final = "no account that compares is refreshed since the window closed."
SOME_ACCOUNTS: Final = "Some accounts"
KEYS_NAMED: Final = 20
LONGEST_KEY: Final = 40
PERCENT_POINTS_APART: Final = 0.5
"""CreatorAudit rounds its percentages; less than this is rounding, more is a disagreement."""


def build_digest(
    facts: Facts, period: Period, preferences: Preferences, built_at: datetime
) -> Digest:
    """The digest of ``facts``.

    Raises:
        Unusable: There is no figure at all; the sentence names the keys that did come.
    """
    overview = facts.overview.value
    head = headline(facts, period, preferences)
    if not head.figures or (preferences.platform is None and not overview.current):
        raise no_metric(overview, period)
    counted = everybody(facts, preferences.platform)
    creators = counted.creators if counted else ()
    movers = counted.movers if counted else None
    top = top_creators(facts, creators, preferences)
    views = _views_figure(head, facts, period, preferences)
    coverage = covered(facts, preferences.platform)
    trend = _trend(facts, preferences, views.current if views else None)
    split = like_for_like(counted) if counted else None
    # A window that is not full yet is no story: what has not landed would be told as a fall.
    is_full = coverage is None or coverage.is_enough
    told = highlights(movers, views, split, trend) if is_full else ()
    partial = facts.tracked is None and facts.window is not None
    return Digest(
        period=period,
        figures=head.figures,
        top_creators=top if isinstance(top, TopCreators) else None,
        missing=(
            *_missing_figures(head.figures, facts, preferences),
            *_missing_choices(head.figures, facts, preferences),
            *([top] if isinstance(top, Missing) and not partial else []),
            *_missing_parts(facts, preferences),
            *_missing_movers(facts, counted, movers),
        ),
        receipt=Receipt(
            facts.calls,
            tuple(_notes(head, facts)),
            tuple(_server_disagreements(head.figures, overview)),
        ),
        built_at=built_at,
        window=_summed(facts),
        compares=_other_days(facts) is None,
        highlights=told,
        quiet=is_full and is_quiet(views, movers, told),
        movers=movers,
        coverage=coverage,
        trend=trend,
        videos=_videos(facts, preferences),
        disagreements=head.disagreements,
        partial=partial,
        next_look=_next_look(facts, preferences, coverage, built_at),
        platform=preferences.platform,
        top=preferences.top,
        sums=_sums(counted),
    )


def _views_figure(
    head: Headline, facts: Facts, period: Period, preferences: Preferences
) -> Figure | None:
    """Views as the headline prints them, or would, if its reader had not chosen other figures."""
    figures = head.figures
    if preferences.metrics:
        figures = headline(facts, period, replace(preferences, metrics=())).figures
    return next((one for one in figures if metric_of(one.key) is Metric.VIEWS), None)


def no_metric(overview: Overview, period: Period) -> Unusable:
    """The error for an overview without any figure; it names the keys that did come."""
    seen = [printable(key)[:LONGEST_KEY] for key in overview.keys_seen[:KEYS_NAMED]]
    keys = ", ".join(seen) or "none"
    return Unusable(
        "CreatorAudit answered, but with no figures that Recap can read, so there is nothing "
        "to show. Ask whoever runs Recap to look at its log.",
        f"GET /overview?period={period} holds no numeric metric. Keys seen in data: {keys}.",
    )


def _sums(counted: People | None) -> dict[str, Number]:
    if counted is None:
        return {}
    sums = {metric.value: one.current for metric, one in counted.metrics.items()}
    return {metric: value for metric, value in sums.items() if value is not None}


def _next_look(
    facts: Facts, preferences: Preferences, coverage: Coverage | None, now: datetime
) -> datetime | None:
    """When the window should be full enough, or, where it is, complete."""
    if coverage is None or coverage.is_complete:
        return None
    assert isinstance(facts.accounts, Fetched)  # noqa: S101 -- they were counted
    assert facts.window is not None  # noqa: S101
    accounts = of_platform(facts.accounts.value, preferences.platform)
    return next_look(accounts, facts.window, now, 1.0 if coverage.is_enough else ENOUGH)


def _videos(facts: Facts, preferences: Preferences) -> tuple[TopVideo, ...]:
    if not isinstance(facts.videos, Fetched):
        return ()
    return top_videos(facts.videos.value, preferences.platform)


def _trend(facts: Facts, preferences: Preferences, views: Number | None) -> tuple[TrendPoint, ...]:
    """Views of the weeks that are known and of this window; snapshots know no platforms."""
    history, window = facts.history, facts.window
    if not isinstance(history, History) or window is None or preferences.platform is not None:
        return ()
    if not any(history.weeks):
        return ()
    points = [
        TrendPoint(week.window.end, week.totals.get(Metric.VIEWS.value))
        if week
        else TrendPoint(days[0], None)
        for days, week in zip(weekly_ends(window.end), history.weeks, strict=True)
    ]
    while points[-1].views is None and len(points) > 1:
        points.pop()
    return (*reversed(points), TrendPoint(window.end, views))


def _missing_figures(
    figures: Sequence[Figure], facts: Facts, preferences: Preferences
) -> Iterator[Missing]:
    overview = facts.overview.value
    unknown = [figure for figure in figures if figure.current is None]
    if preferences.platform is not None:
        yield from _missing_of_platform(unknown, facts)
        return
    if len(unknown) == len(figures) and not any(map(_is_known, overview.current.values())):
        yield Missing("Every figure", "CreatorAudit sent no values for this window yet.")
        return
    for figure in unknown:
        yield Missing(figure.label, _why_unknown(figure, facts))


def _why_unknown(figure: Figure, facts: Facts) -> str:
    if not is_of_overview(figure.source):
        return NO_ACCOUNT
    sent = _is_known(facts.overview.value.current.get(figure.key))
    return facts.scale.why if sent else NOT_SENT


def _missing_of_platform(unknown: Sequence[Figure], facts: Facts) -> Iterator[Missing]:
    if facts.tracked is None:
        # Still to come.
        return
    because = NO_VALUE if isinstance(facts.tracked, Fetched) else facts.tracked.because
    for figure in unknown:
        yield Missing(figure.label, because)


def _missing_choices(
    figures: Sequence[Figure], facts: Facts, preferences: Preferences
) -> Iterator[Missing]:
    """What the reader chose and nobody sent; a part that could not be had says so itself."""
    there = {metric_of(figure.key) for figure in figures}
    for metric in preferences.metrics:
        if metric not in there and (because := _why_not_there(metric, facts, preferences)):
            yield Missing(label_of(metric.value), because)


def _why_not_there(metric: Metric, facts: Facts, preferences: Preferences) -> str | None:
    if preferences.platform and metric in OF_ALL_PLATFORMS:
        return NO_PLATFORMS
    if preferences.platform is None and metric not in (*OURS, Metric.FOLLOWERS):
        return NOT_SENT
    part = facts.accounts if metric is Metric.FOLLOWERS else facts.tracked
    if not isinstance(part, Fetched):
        return None
    return NO_VALUE if preferences.platform else NO_ACCOUNT


def _is_known(value: Number | None) -> bool:
    return value is not None


def _missing_parts(facts: Facts, preferences: Preferences) -> Iterator[Missing]:
    movement = missing_movement(facts, preferences)
    parts = (facts.accounts, facts.tracked, facts.history, facts.videos, movement)
    yield from dict.fromkeys(part for part in parts if isinstance(part, Missing))
    if isinstance(facts.accounts, Fetched) and facts.accounts.unread:
        yield Missing(SOME_ACCOUNTS, f"{facts.accounts.unread} of them could not be read.")


def _missing_movers(
    facts: Facts, counted: People | None, movers: Movers | None
) -> Iterator[Missing]:
    if other := _other_days(facts):
        summed, asked = (f"{days.start} to {days.end}" for days in other)
        yield Missing(CHANGES, f"CreatorAudit summed {summed} instead of {asked}.")
    elif counted and counted.accounts and movers is None:
        yield Missing(MOVERS, NONE_REFRESHED if counted.is_early else NONE_COMPARES)


def _other_days(facts: Facts) -> tuple[Window, Window] | None:
    return facts.tracked.value.other_days if isinstance(facts.tracked, Fetched) else None


def _summed(facts: Facts) -> Window | None:
    """The days of the accounts' own numbers: those that were asked for, unless others came."""
    current = facts.tracked.value.current if isinstance(facts.tracked, Fetched) else None
    return current.window if current and _other_days(facts) else facts.window


def _notes(head: Headline, facts: Facts) -> Iterator[str]:
    overview = facts.overview.value
    rates = overview.current.get(ENGAGEMENT_RATE), overview.previous.get(ENGAGEMENT_RATE)
    if rates != (None, None) and any(map(_is_read_rate, head.figures)):
        yield facts.scale.why
    if overview.shape == "flat":
        yield "CreatorAudit sent figures without the window before, so there are no changes."
    for figure in head.figures:
        if isinstance(figure.change, Difference):
            yield (
                f"{figure.label}: absolute change, because a percentage on a base "
                f"below {TINY_BASE} misleads."
            )
    for key in overview.unreadable:
        yield f"{label_of(key)}: left out, because its value is not a number."
    yield from head.notes


def _is_read_rate(figure: Figure) -> bool:
    """Whether it is a rate on CreatorAudit's scale, not one of our own."""
    return figure.key == ENGAGEMENT_RATE and is_of_overview(figure.source)


def _server_disagreements(figures: Sequence[Figure], overview: Overview) -> Iterator[str]:
    for figure in figures:
        theirs = overview.server_changes.get(figure.key)
        is_theirs = is_of_overview(figure.source)
        if theirs is None or not is_theirs or not isinstance(figure.change, Percent):
            continue
        ours = 100 * figure.change.by
        # *_pct may be 12.5 or 0.125 for +12.5 %: the documentation shows only zeros.
        if min(abs(theirs - ours), abs(100 * theirs - ours)) > PERCENT_POINTS_APART:
            yield (
                f"{figure.label}: CreatorAudit's own change is {theirs:g}, "
                f"ours from its values is {ours:+.1f} %."
            )
