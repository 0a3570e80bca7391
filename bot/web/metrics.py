"""What is counted, for Prometheus; nothing else imports its library.

Labels are words of our own and never names: no workspace, channel, person, key or address.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from itertools import product
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder

from bot.meter import DELIVERY, Backlog
from bot.ports import Clock
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import LATE_NOTICE, OPEN, Delivery, Kind, State
from bot.subscriptions.outcomes import Unsure

LAG: Final = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400, 172_800)
TICK: Final = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300)
CALLS: Final = ("post", "edit", "send")
CLASSES: Final = ("2xx", "3xx", "4xx", "429", "5xx", "none")
NOT_MODIFIED: Final = 304
TOO_MANY: Final = 429
RECENT: Final = 300.0
"""Seconds for which a low remaining rate limit is shown: a scrape a minute can't miss it."""

NO_NUMBER: Final = float("nan")


class Metrics:
    """A ``Meter`` that can be read, in a registry of its own.

    Args:
        clock: The wall clock: how long a slot has been due.
        elapsed: Seconds of a clock that never goes back.
    """

    def __init__(self, clock: Clock, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._elapsed = elapsed
        self._left: deque[tuple[float, int]] = deque()
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._settled = Counter(
            "recap_deliveries",
            "Deliveries that were settled, by what they are and how they ended.",
            ("kind", "outcome"),
            registry=registry,
        )
        self._lag = Histogram(
            "recap_delivery_lag_seconds",
            "From when a scheduled recap was due, or had waited for fresh data, to its post.",
            buckets=LAG,
            registry=registry,
        )
        self._unsure = Counter(
            "recap_unsure",
            "Calls of which nobody knows whether the other side took them.",
            ("call",),
            registry=registry,
        )
        self._late = Counter(
            "recap_late",
            "Slots of which the contact was told that they are late.",
            registry=registry,
        )
        self._due = Gauge(
            "recap_slots_due", "Slots that are due and not settled.", registry=registry
        )
        self._oldest = Gauge(
            "recap_oldest_slot_age_seconds",
            "For how long the oldest slot that is not settled has been due; 0 without any.",
            registry=registry,
        )
        self._database = Gauge(
            "recap_database_up", "Whether the database answered just now.", registry=registry
        )
        self._under_way = Gauge(
            "recap_deliveries_under_way", "Deliveries that are worked on.", registry=registry
        )
        self._ticks = Histogram(
            "recap_tick_duration_seconds",
            "How long a look for what is due took.",
            buckets=TICK,
            registry=None,
        )
        self._answers = Counter(
            "recap_creatoraudit_responses",
            "CreatorAudit's answers, by the class of their status; none where none came.",
            ("status",),
            registry=registry,
        )
        self._unchanged = Counter(
            "recap_creatoraudit_cache_hits",
            "Answers of CreatorAudit that said: as before (304).",
            registry=registry,
        )
        remaining = Gauge(
            "recap_creatoraudit_ratelimit_remaining",
            "The lowest X-RateLimit-Remaining of any key in the last five minutes.",
            registry=registry,
        )
        remaining.set_function(self._lowest)
        self._busy = Counter(
            "recap_slack_rate_limited",
            "Calls that Slack refused with 429.",
            registry=registry,
        )
        self._reconnects = Counter(
            "recap_socket_reconnects",
            "Socket Mode connections after the first.",
            registry=registry,
        )
        self._show_zeros()

    def _show_zeros(self) -> None:
        """What never happened is 0 and not absent, or its first time would raise no alert."""
        settled = [state for state in State if state not in OPEN]
        for kind, state in product(Kind, settled):
            self._settled.labels(kind.value, state.value)
        for call in CALLS:
            self._unsure.labels(call)
        for status in CLASSES:
            self._answers.labels(status)

    # What is counted (``Meter``).

    def written(self, change: Change) -> None:
        """Count what ``change`` has settled, and what it says of a call."""
        if change.delivery:
            before, after = change.delivery
            if before.state is not after.state and not after.is_open:
                self._count(after)
        for one in change.new:
            if not one.is_open:
                self._count(one)
            if one.key.startswith(LATE_NOTICE):
                self._late.inc()
        if change.attempt:
            call, _, outcome = change.attempt.outcome.partition(":")
            if outcome == Unsure.__name__:
                self._unsure.labels(call).inc()

    def _count(self, one: Delivery) -> None:
        self._settled.labels(one.kind.value, one.state.value).inc()
        is_on_time = one.kind is Kind.RECAP and not one.asked_by
        if is_on_time and one.state is State.SENT and one.sent_at:
            lag = one.sent_at - max(one.due_at, one.waits_until or one.due_at)
            self._lag.observe(max(lag, timedelta()).total_seconds())

    def ticked(self, seconds: float) -> None:
        """Count a tick."""
        self._ticks.observe(seconds)

    @contextmanager
    def doing(self, what: str, about: str = "") -> Iterator[None]:  # noqa: ARG002 -- for traces
        """Count a delivery as under way."""
        with self._under_way.track_inprogress() if what == DELIVERY else nullcontext():
            yield

    def creatoraudit(self, status: int | None, remaining: int | None = None) -> None:
        """Count an answer of CreatorAudit, and remember how much it says is left."""
        self._answers.labels(_class_of(status)).inc()
        if status == NOT_MODIFIED:
            self._unchanged.inc()
        if remaining is not None:
            while self._left and self._left[-1][1] >= remaining:
                self._left.pop()  # the newer one is as low, and lasts longer
            self._left.append((self._elapsed(), remaining))

    def _lowest(self) -> float:
        while self._left and self._elapsed() - self._left[0][0] > RECENT:
            self._left.popleft()
        return self._left[0][1] if self._left else NO_NUMBER

    def slack_busy(self) -> None:
        """Count a 429 of Slack."""
        self._busy.inc()

    def reconnected(self) -> None:
        """Count a new Socket Mode connection."""
        self._reconnects.inc()

    # What is read.

    def show_tick(self, age: Callable[[], float]) -> None:
        """Also show how long ticks take, and how long ago one gave its last sign of life."""
        self._registry.register(self._ticks)
        name, what = "recap_tick_age_seconds", "Since the tick's last sign of life."
        Gauge(name, what, registry=self._registry).set_function(age)

    def show_socket(self, silence: Callable[[], float]) -> None:
        """Also show for how long the Socket Mode connection has been silent."""
        name, what = "recap_socket_silence_seconds", "Since Slack's last frame."
        Gauge(name, what, registry=self._registry).set_function(silence)

    def page(self, backlog: Backlog | None, accept: str = "") -> tuple[bytes, str]:
        """All of it as text, and which kind of text; ``backlog`` is None when nobody knows."""
        self._database.set(backlog is not None)
        self._due.set(backlog.due if backlog else NO_NUMBER)
        self._oldest.set(self._age(backlog) if backlog else NO_NUMBER)
        encode, kind = choose_encoder(accept)
        return encode(self._registry), kind

    def _age(self, backlog: Backlog) -> float:
        if backlog.oldest_at is None:
            return 0.0
        return (self._clock.now() - backlog.oldest_at).total_seconds()


def _class_of(status: int | None) -> str:
    if status is None:
        return "none"
    return str(TOO_MANY) if status == TOO_MANY else f"{status // 100}xx"
