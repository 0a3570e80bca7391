"""The headline: each figure from the source that has it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.digest.changes import are_apart, compare
from bot.digest.collected import Facts
from bot.digest.engagement import Scale
from bot.digest.facts import Account, Fetched, Number, Overview
from bot.digest.freshness import ENOUGH
from bot.digest.gathered import covered, everybody
from bot.digest.labels import label_of, metric_of
from bot.digest.model import Disagreement, Figure, Unit
from bot.digest.periods import Period, Window
from bot.digest.preferences import Metric, Preferences
from bot.digest.snapshots import Followers, History
from bot.digest.sums import Compared, People, compared, of_platform

ENGAGEMENT_RATE: Final = "engagement_rate"
OVERVIEW: Final = "GET /overview"
STATES: Final = (Metric.ACTIVE_ACCOUNTS, Metric.TRACKED_VIDEOS)
"""They don't grow as accounts are refreshed, as sums over a window do."""

OURS: Final = (Metric.LIKES, Metric.COMMENTS, Metric.SHARES)


@dataclass(frozen=True, slots=True)
class Headline:
    """The figures in their order, and what is to be said of them."""

    figures: tuple[Figure, ...]
    disagreements: tuple[Disagreement, ...] = ()
    notes: tuple[str, ...] = ()


def headline(facts: Facts, period: Period, preferences: Preferences) -> Headline:
    """The headline of ``facts`` as ``preferences`` want it; without figures where there are none.

    The overview knows no platforms: for one of them everything is summed over its accounts, and
    where those are not there, its views are unknown. Nor does it know any days but the last ones:
    what it says of others gives way to the sums.
    """
    platform = preferences.platform
    early = (coverage := covered(facts, platform)) is not None and not coverage.is_enough
    found = list(_of_overview(facts, period, early=early)) if platform is None else []
    noted: list[tuple[Figure, str | None]] = []
    gaps: list[str] = []
    if isinstance(facts.tracked, Fetched) and (counted := everybody(facts, platform)):
        noted += _of_people(counted, facts.tracked.value.current.window)
        gaps += _gaps(counted)
    summed_up = [figure for figure, _ in noted]
    disagreements = _disagreements(found, summed_up) if facts.is_current else ()
    found = _merged(found, summed_up, whole=platform is not None or not facts.is_current)
    if isinstance(facts.accounts, Fetched) and facts.accounts.value:
        noted.append(_followers(of_platform(facts.accounts.value, platform), facts.history))
        found = _merged(found, [noted[-1][0]], whole=True)
    if platform is not None and Metric.VIEWS.value not in [one.key for one in found]:
        found.append(_figure(Metric.VIEWS.value, None, None, "POST /accounts/metrics"))
    figures = _chosen(found, preferences)
    labels = {figure.label for figure in figures}
    return Headline(
        figures,
        tuple(one for one in disagreements if one.label in labels),
        (*gaps, *(note for figure, note in noted if note and figure in figures)),
    )


def _chosen(figures: Sequence[Figure], preferences: Preferences) -> tuple[Figure, ...]:
    """What the reader chose, in that order; all of it where nothing was chosen or none is there."""
    order = list(Metric)
    picked = [
        figure
        for metric in preferences.metrics
        for figure in figures
        if metric_of(figure.key) is metric
    ]
    if picked:
        return tuple(picked)

    def place(figure: Figure) -> int:
        metric = metric_of(figure.key)
        return order.index(metric) if metric else len(order)

    return tuple(sorted(figures, key=place))


def _of_overview(facts: Facts, period: Period, *, early: bool) -> Iterator[Figure]:
    """The overview's figures; while many accounts are not refreshed, sums have no change."""
    overview, source = facts.overview.value, f"{OVERVIEW}?period={period}"
    for key, current in overview.current.items():
        previous = overview.previous.get(key)
        if key == ENGAGEMENT_RATE:
            scale = facts.scale
            rates = _in_percent(current, scale), _in_percent(previous, scale)
            figure = _figure(key, *rates, source, Unit.PERCENT)
            # A rate of no views is no rate, and so nothing to compare with.
            yield replace(figure, change=None) if _had_no_views(overview) else figure
        else:
            figure = _figure(key, current, previous, source)
            grows = early and metric_of(key) not in STATES
            yield replace(figure, change=None) if grows else figure


def _had_no_views(overview: Overview) -> bool:
    """Whether CreatorAudit says that the window before had none, as before the first account."""
    views = [one for key, one in overview.previous.items() if metric_of(key) is Metric.VIEWS]
    return views == [0]


def _figure(
    key: str,
    current: Number | None,
    previous: Number | None,
    source: str,
    unit: Unit = Unit.COUNT,
) -> Figure:
    change = compare(current, previous, unit)
    return Figure(key, label_of(key), unit, current, previous, change, source)


def _in_percent(rate: Number | None, scale: Scale) -> Number | None:
    return None if rate is None or scale.factor is None else rate * scale.factor


def _of_people(everybody: People, window: Window | None) -> Iterator[tuple[Figure, str | None]]:
    """Figures summed over ``everybody``, each with what is to be said of it."""
    source = f"POST /accounts/metrics {_days(window)}"
    for metric, sums in everybody.metrics.items():
        if sums.known or sums.known_before:
            yield _summed(metric, sums, source, everybody)
    rates = everybody.engagement, everybody.engagement_before
    if rates != (None, None):
        source += ", over the accounts that gave likes, comments, shares and views"
        yield _figure(ENGAGEMENT_RATE, *rates, source, Unit.PERCENT), None


def _summed(
    metric: Metric, sums: Compared, source: str, everybody: People
) -> tuple[Figure, str | None]:
    """Everything now; its change over those that compare."""
    accounts = len(everybody.accounts)
    whole = f"{sums.known} of " if sums.known < accounts else ""
    figure = _of_sums(metric, sums, f"{source}, the sum over {whole}{accounts} accounts")
    explained = everybody.is_early or not sums.known_both
    if explained or sums.known_both == max(sums.known, sums.known_before):
        return figure, None
    return figure, (
        f"{figure.label}: the change is that of {sums.known_both} accounts; "
        "the others gave it for one window only."
    )


def _of_sums(metric: Metric, sums: Compared, source: str) -> Figure:
    now, before = sums.current_of_both, sums.before_of_both
    change = compare(now, before, Unit.COUNT)
    compared = None if now == sums.current else now
    key, label = metric.value, label_of(metric.value)
    return Figure(key, label, Unit.COUNT, sums.current, before, change, source, compared)


def _days(window: Window | None) -> str:
    return f"{window.start} to {window.end}" if window else "(its days are not known)"


def _gaps(everybody: People) -> Iterator[str]:
    listed = len(everybody.accounts)
    if everybody.counted < listed:
        yield f"{listed - everybody.counted} of {listed} accounts gave no numbers for the window."
    if everybody.is_early and everybody.coverage:
        yield (
            f"Less than {100 * ENOUGH:g} % of the accounts are refreshed since the window closed: "
            f"changes and movers are those of these {everybody.coverage.refreshed}, the overview's "
            "sums are printed without a change, and nothing is told of the whole."
        )


def _merged(found: Sequence[Figure], more: Iterable[Figure], *, whole: bool) -> list[Figure]:
    """``found`` and what it lacks; likes, comments and shares are those of the accounts.

    ``whole`` takes everything of ``more``.
    """
    by_metric = {metric_of(figure.key) or figure.key: figure for figure in found}
    for figure in more:
        metric = metric_of(figure.key) or figure.key
        known = by_metric.get(metric)
        ours = metric in OURS and figure.current is not None
        if whole or ours or known is None or known.current is None:
            by_metric[metric] = figure
    return list(by_metric.values())


def _disagreements(found: Sequence[Figure], more: Sequence[Figure]) -> Iterator[Disagreement]:
    """Where the overview and the accounts give the same metric more than a percent apart."""
    others = {metric_of(figure.key): figure for figure in more}
    for one in found:
        other = others.get(metric_of(one.key))
        if other is None or one.current is None or other.current is None:
            continue
        printed, beside = (other, one) if metric_of(one.key) in OURS else (one, other)
        assert printed.current is not None  # noqa: S101 -- both are known
        assert beside.current is not None  # noqa: S101
        if are_apart(printed.current, beside.current):
            yield Disagreement(
                one.label,
                printed.current,
                printed.source,
                beside.current,
                beside.source,
                one.unit,
            )


def is_of_overview(source: str) -> bool:
    """Whether the ``source`` of a figure is the overview, and not the accounts."""
    return source.startswith(OVERVIEW)


def followers_of(accounts: Iterable[Account]) -> dict[str, Number]:
    """By account, of those that were ever refreshed: before that nothing was counted."""
    return {
        one.id: one.follower_count
        for one in accounts
        if one.follower_count is not None and one.last_scrape_time is not None
    }


def _followers(accounts: Sequence[Account], history: object) -> tuple[Figure, str | None]:
    """Followers now; they change by those of the accounts that were counted then, too."""
    now = followers_of(accounts)
    then = history.followers if isinstance(history, History) else None
    counts = then.counts if isinstance(then, Followers) else {}
    source = f"GET /accounts, follower_count of {len(now)} accounts"
    sums = compared(list(now.values()), [counts.get(one) for one in now])
    figure = _of_sums(Metric.FOLLOWERS, sums, source)
    if isinstance(history, History) and then is None:
        return figure, "Followers: no change, because Recap counted none about a window ago."
    if then is None or not sums.known_both:
        return figure, None
    return figure, (
        f"Followers: compared with {then.day}, the nearest day on which they were counted, "
        f"over {sums.known_both} of {len(now)} accounts."
    )
