"""What Prometheus reads: every figure, and no name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.meter import Backlog
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import LATE_NOTICE, Attempt, Kind, State
from bot.web.metrics import RECENT, Metrics
from tests.examples import NOON
from tests.services.fakes import FixedClock
from tests.storage.test_ledger import MONDAY, delivery

MINUTE = timedelta(minutes=1)


@dataclass
class Seconds:
    """A clock that never goes back, and goes on when a test says so."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def read(metrics: Metrics, backlog: Backlog | None = None) -> Mapping[str, float]:
    """Each sample by its name and labels."""
    body, _ = metrics.page(backlog)
    return {
        " ".join([sample.name, ",".join(sample.labels.values())]).strip(): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(FixedClock())


def settled(metrics: Metrics, state: State = State.SENT, **changes: Any) -> None:  # noqa: ANN401
    before = delivery(state=State.POSTING, **changes)
    metrics.written(Change(delivery=(before, replace(before, state=state, ready_at=None))))


def test_what_never_happened_is_zero(metrics: Metrics) -> None:
    """An alert needs a 0 before the first 1."""
    found = read(metrics)
    for name in ("recap,missed", "copy,unconfirmed", "notice,failed", "recap,sent"):
        assert found[f"recap_deliveries_total {name}"] == 0
    assert found["recap_creatoraudit_responses_total 5xx"] == 0
    assert found["recap_unsure_total post"] == 0


@pytest.mark.parametrize("state", [State.SENT, State.FAILED, State.UNCONFIRMED, State.SKIPPED])
def test_outcomes(metrics: Metrics, state: State) -> None:
    """By what it is and how it ended."""
    settled(metrics, state, kind=Kind.COPY)
    found = read(metrics)
    assert found[f"recap_deliveries_total copy,{state.value}"] == 1
    assert found["recap_delivery_lag_seconds_count"] == 0


def test_what_goes_on_is_no_outcome(metrics: Metrics) -> None:
    """A claim, a retry and an edit of what is settled count nothing."""
    claimed = delivery(state=State.CLAIMED)
    sent = delivery(state=State.SENT, ready_at=None)
    metrics.written(Change(delivery=(delivery(), claimed)))
    metrics.written(Change(delivery=(sent, sent)))
    metrics.written(Change(recap=(sent, sent), new=(delivery(),)))
    counted = {name: value for name, value in read(metrics).items() if "deliveries_total" in name}
    assert set(counted.values()) == {0}


def test_lag(metrics: Metrics) -> None:
    """From when it was due, or from the end of its wait for fresh data; never below 0."""
    settled(metrics, sent_at=MONDAY + MINUTE)
    settled(metrics, sent_at=MONDAY + 20 * MINUTE, waits_until=MONDAY + 15 * MINUTE)
    settled(metrics, sent_at=MONDAY - MINUTE)
    settled(metrics, sent_at=MONDAY + 900 * MINUTE, asked_by="U1")
    found = read(metrics)
    assert found["recap_delivery_lag_seconds_count"] == 3
    assert found["recap_delivery_lag_seconds_sum"] == 60 + 300
    assert found["recap_delivery_lag_seconds_bucket 60.0"] == 2


def test_missed_and_late(metrics: Metrics) -> None:
    """What comes into the ledger as missed, and the notice that something is late."""
    missed = delivery(state=State.MISSED, ready_at=None)
    late = delivery(kind=Kind.NOTICE, key=LATE_NOTICE + "d1")
    metrics.written(Change(new=(missed, late)))
    found = read(metrics)
    assert found["recap_deliveries_total recap,missed"] == 1
    assert found["recap_late_total"] == 1


def test_unsure(metrics: Metrics) -> None:
    """A call of which nobody knows the end; others are no concern."""
    for outcome in ("post:Unsure", "post:Sent", "not_built"):
        metrics.written(Change(attempt=Attempt("d1", 1, MONDAY, MONDAY, outcome)))
    found = read(metrics)
    assert (found["recap_unsure_total post"], found["recap_unsure_total edit"]) == (1, 0)


def test_backlog(metrics: Metrics) -> None:
    """What is due now, and since when."""
    found = read(metrics, Backlog(2, NOON - MINUTE))
    assert (found["recap_slots_due"], found["recap_oldest_slot_age_seconds"]) == (2, 60)
    assert found["recap_database_up"] == 1
    assert read(metrics, Backlog())["recap_oldest_slot_age_seconds"] == 0


def test_nobody_knows_the_backlog(metrics: Metrics) -> None:
    """A database that is away is no empty one."""
    read(metrics, Backlog(2, NOON))
    found = read(metrics)
    assert found["recap_database_up"] == 0
    assert found["recap_slots_due"] != found["recap_slots_due"]
    assert "recap_oldest_slot_age_seconds" in found


def test_creatoraudit(metrics: Metrics) -> None:
    """Answers by class, cache hits among them, and what never answered."""
    for status in (200, 201, 304, 404, 429, 503, None):
        metrics.creatoraudit(status)
    found = read(metrics)
    counts = [found[f"recap_creatoraudit_responses_total {name}"] for name in ("2xx", "3xx", "4xx")]
    assert counts == [2, 1, 1]
    assert found["recap_creatoraudit_responses_total 429"] == 1
    assert found["recap_creatoraudit_responses_total none"] == 1
    assert found["recap_creatoraudit_cache_hits_total"] == 1


def test_lowest_rate_limit() -> None:
    """The lowest of the last minutes, whichever key it is of."""
    seconds = Seconds()
    metrics = Metrics(FixedClock(), seconds)

    def lowest() -> float:
        return read(metrics)["recap_creatoraudit_ratelimit_remaining"]

    assert lowest() != lowest()  # not a number
    metrics.creatoraudit(200, 40)
    metrics.creatoraudit(200, 7)
    seconds.now += 1
    metrics.creatoraudit(200, 90)
    assert lowest() == 7
    seconds.now += RECENT
    assert lowest() == 90


def test_what_a_process_does(metrics: Metrics) -> None:
    """Ticks, deliveries under way, and what Slack says."""
    assert not any(name.startswith("recap_tick") for name in read(metrics)), "none are made here"
    metrics.show_tick(lambda: 3.5)
    metrics.show_socket(lambda: 4.5)
    metrics.ticked(0.3)
    metrics.slack_busy()
    metrics.reconnected()
    with metrics.doing("Slack"), metrics.doing("delivery", "recap"):
        found = read(metrics)
    assert found["recap_tick_age_seconds"] == 3.5
    assert found["recap_socket_silence_seconds"] == 4.5
    assert found["recap_tick_duration_seconds_sum"] == 0.3
    assert found["recap_slack_rate_limited_total"] == 1
    assert found["recap_socket_reconnects_total"] == 1
    assert found["recap_deliveries_under_way"] == 1
    assert read(metrics)["recap_deliveries_under_way"] == 0


def test_no_name_is_shown(metrics: Metrics) -> None:
    """Neither workspace nor channel, person or message."""
    settled(metrics, team="T0SECRET", target="C0SECRET", subscription="s-secret")
    attempt = Attempt("d-secret", 1, MONDAY, MONDAY, "post:Unsure", "secret")
    metrics.written(Change(attempt=attempt))
    body, kind = metrics.page(Backlog(), "application/openmetrics-text;version=1.0.0")
    assert "secret" not in body.decode().lower()
    assert kind.startswith("application/openmetrics-text")
