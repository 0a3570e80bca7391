"""The headline: each figure from the source that has it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Final

from bot.digest.changes import compare
from bot.digest.collected import Facts
from bot.digest.engagement import Scale, measured_percent
from bot.digest.facts import Account, BatchMetrics, Fetched, Number, Tracked
from bot.digest.labels import label_of, metric_of
from bot.digest.model import Disagreement, Figure, Unit
from bot.digest.periods import Period, Window
from bot.digest.preferences import Metric, Preferences
from bot.digest.snapshots import Followers, History
from bot.digest.sums import metrics_of, of_platform, total

ENGAGEMENT_RATE: Final = "engagement_rate"
OVERVIEW: Final = "GET /overview"
SUMMED: Final = (Metric.LIKES, Metric.COMMENTS, Metric.SHARES)
APART: Final = 0.01
"""Two sources within one percent agree: they were asked at different moments."""


@dataclass(frozen=True, slots=True)
class Headline:
    """The figures in their order, and what is to be said of them."""

    figures: tuple[Figure, ...]
    disagreements: tuple[Disagreement, ...] = ()
    notes: tuple[str, ...] = ()


def headline(facts: Facts, period: Period, preferences: Preferences) -> Headline:
    """The headline of ``facts`` as ``preferences`` want it; without figures where there are none.

    The overview knows no platforms: for one of them everything is summed over its accounts, and
    where those are not there, its views are unknown.
    """
    platform = preferences.platform
    found = list(_of_overview(facts, period)) if platform is None else []
    noted: list[tuple[Figure, str | None]] = []
    gaps: list[str] = []
    if isinstance(facts.tracked, Fetched):
        tracked = facts.tracked.value
        accounts = of_platform(tracked.accounts, platform)
        noted += _of_accounts(tracked, accounts)
        gaps += _gaps(tracked, accounts)
    summed_up = [figure for figure, _ in noted]
    disagreements = _disagreements(found, summed_up)
    found = _merged(found, summed_up, whole=platform is not None)
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


def _of_overview(facts: Facts, period: Period) -> Iterator[Figure]:
    overview, source = facts.overview.value, f"{OVERVIEW}?period={period}"
    for key, current in overview.current.items():
        previous = overview.previous.get(key)
        if key == ENGAGEMENT_RATE:
            scale = facts.scale
            rates = _in_percent(current, scale), _in_percent(previous, scale)
            yield _figure(key, *rates, source, Unit.PERCENT)
        else:
            yield _figure(key, current, previous, source)


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


def _of_accounts(
    tracked: Tracked, accounts: Sequence[Account]
) -> Iterator[tuple[Figure, str | None]]:
    """Figures summed over ``accounts``, each with what is to be said of it."""
    source = f"POST /accounts/metrics {_days(tracked.current.window)}"
    for metric in (Metric.VIEWS, *SUMMED):
        now = _known(metric, tracked.current, accounts)
        then = _known(metric, tracked.before, accounts)
        if now or then:
            figure, both = _compared(metric, now, then, f"{source}, {_over(now, accounts)}")
            yield (
                figure,
                None
                if both == max(len(now), len(then))
                else (
                    f"{figure.label}: the change is that of {both} accounts; "
                    "the others gave it for one window only."
                ),
            )
    current, before = (metrics_of(accounts, one) for one in (tracked.current, tracked.before))
    rates = measured_percent(current), measured_percent(before)
    if rates != (None, None):
        source += ", over the accounts that gave likes, comments, shares and views"
        yield _figure(ENGAGEMENT_RATE, *rates, source, Unit.PERCENT), None


def _known(metric: Metric, batch: BatchMetrics, accounts: Iterable[Account]) -> dict[str, Number]:
    """What each of ``accounts`` gave, by its id."""
    given = ((one.id, batch.by_account.get(one.id)) for one in accounts)
    values = ((key, getattr(one, metric.value)) for key, one in given if one is not None)
    return {key: value for key, value in values if value is not None}


def _over(known: Sized, accounts: Sized) -> str:
    whole = f"{len(known)} of " if len(known) < len(accounts) else ""
    return f"the sum over {whole}{len(accounts)} accounts"


def _compared(
    metric: Metric, now: Mapping[str, Number], then: Mapping[str, Number], source: str
) -> tuple[Figure, int]:
    """Everything now; its change over those that are known from both times, and how many."""
    both = [one for one in now if one in then]
    before = total(then[one] for one in both)
    change = compare(total(now[one] for one in both), before, Unit.COUNT)
    current, label = total(now.values()), label_of(metric.value)
    figure = Figure(metric.value, label, Unit.COUNT, current, before, change, source)
    return figure, len(both)


def _days(window: Window | None) -> str:
    return f"{window.start} to {window.end}" if window else "(its days are not known)"


def _gaps(tracked: Tracked, accounts: Sequence[Account]) -> Iterator[str]:
    found = len(metrics_of(accounts, tracked.current))
    if found < len(accounts):
        yield f"{len(accounts) - found} of {len(accounts)} accounts gave no numbers for the window."


def _merged(found: Sequence[Figure], more: Iterable[Figure], *, whole: bool) -> list[Figure]:
    """``found`` and what it lacks; likes, comments and shares are always those of the accounts.

    ``whole`` takes everything of ``more``.
    """
    by_metric = {metric_of(figure.key) or figure.key: figure for figure in found}
    for figure in more:
        metric = metric_of(figure.key) or figure.key
        known = by_metric.get(metric)
        if whole or metric in SUMMED or known is None or known.current is None:
            by_metric[metric] = figure
    return list(by_metric.values())


def _disagreements(found: Sequence[Figure], more: Sequence[Figure]) -> Iterator[Disagreement]:
    """Where the overview and the accounts give the same metric more than a percent apart."""
    others = {metric_of(figure.key): figure for figure in more}
    for one in found:
        other = others.get(metric_of(one.key))
        if other is None or one.current is None or other.current is None:
            continue
        printed, beside = (other, one) if metric_of(one.key) in SUMMED else (one, other)
        assert printed.current is not None  # noqa: S101 -- both are known
        assert beside.current is not None  # noqa: S101
        if abs(printed.current - beside.current) > APART * max(abs(printed.current), 1):
            yield Disagreement(
                one.label, printed.current, printed.source, beside.current, beside.source
            )


def _followers(accounts: Sequence[Account], history: object) -> tuple[Figure, str | None]:
    """Followers now; they change by those of the accounts that were counted then, too."""
    now = {
        one.id: one.follower_count
        for one in accounts
        if one.follower_count is not None and one.last_scrape_time is not None
    }
    then = history.followers if isinstance(history, History) else None
    counts = then.counts if isinstance(then, Followers) else {}
    source = f"GET /accounts, follower_count of {len(now)} accounts"
    figure, both = _compared(Metric.FOLLOWERS, now, counts, source)
    if then is None or not both:
        return figure, None
    return figure, (
        f"Followers: compared with {then.day}, over the {both} accounts counted on both days."
    )
