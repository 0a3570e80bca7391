"""What an OpenTelemetry collector gets, over real HTTP."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from bot import reporting
from bot.errors import OperatorMustAct
from bot.playground.creatoraudit import CreatorAuditStandIn
from bot.playground.slack import SlackStandIn
from bot.reporting.traces import Traces, exporting
from bot.settings import GivenSettings
from bot.web.metrics import Metrics
from tests.app.conftest import Theatre, served, settings
from tests.conftest import KEY
from tests.reporting.receiver import Receiver, receiving
from tests.services.fakes import FixedClock

ERROR = 2


def spans(collector: Receiver) -> Sequence[Span]:
    assert {path for path, _ in collector.posts} == {"/v1/traces"}
    requests = [ExportTraceServiceRequest.FromString(body) for _, body in collector.posts]
    found = [resource for one in requests for resource in one.resource_spans]
    named = [one.value.string_value for one in found[0].resource.attributes]
    assert "recap" in named
    return [span for one in found for scope in one.scope_spans for span in scope.spans]


def test_spans_within_spans() -> None:
    """Each knows the one around it and the ids of the log; an error is its kind alone."""
    with receiving() as collector:
        provider = exporting(f"http://127.0.0.1:{collector.port}/")
        traces = Traces(FixedClock(), provider)
        with structlog.contextvars.bound_contextvars(delivery="d1", attempt=2, user="U0USER"):
            with (
                pytest.raises(ValueError, match=KEY),
                traces.doing("delivery", "recap"),
                traces.doing("Slack", "chat.postMessage"),
            ):
                raise ValueError(KEY)
            provider.shutdown()
        inner, outer = spans(collector)
    assert (outer.name, inner.name) == ("delivery recap", "Slack chat.postMessage")
    assert inner.parent_span_id == outer.span_id
    assert {one.key: one.value.string_value for one in outer.attributes} == {
        "recap.delivery": "d1",
        "recap.attempt": "2",
    }
    assert (inner.status.code, inner.status.message) == (ERROR, "ValueError")
    assert list(inner.events) == []
    assert KEY.encode() not in b"".join(body for _, body in collector.posts)


async def test_a_command(slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """From Slack to CreatorAudit and back, in one trace and without an address or a word."""
    with receiving() as collector:
        given = settings(slack, api, "http", tmp_path / "recap.db")
        address = f"http://127.0.0.1:{collector.port}"
        given = given.model_copy(update={"otel_exporter_otlp_endpoint": address})
        async with served(slack, api, "http", tmp_path / "recap.db", given=given) as at:
            await Theatre(slack, api, "http", at).ask("7d top 13")
        found = spans(collector)
    (answer,) = [span for span in found if span.name == "answer /recap"]
    ours = {span.name for span in found if span.trace_id == answer.trace_id}
    assert {"CreatorAudit GET /v2/overview", "Slack response_url"} <= ours
    text = str(found)
    for secret in (KEY, slack.bot_token, "commands/", "top 13"):
        assert secret not in text


async def test_not_asked_for() -> None:
    """Without the setting nothing is traced."""
    async with reporting.metering(GivenSettings(), FixedClock()) as metrics:
        assert type(metrics) is Metrics


async def test_an_extra_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence at start that says what to install."""
    for module in ("bot.reporting.sentry", "bot.reporting.traces"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    address = "http://127.0.0.1:9"
    given = {"sentry_dsn": "http://p@127.0.0.1:9/7", "otel_exporter_otlp_endpoint": address}
    settings = GivenSettings.model_validate(given)
    with pytest.raises(OperatorMustAct) as caught:
        reporting.errors(settings)
    assert caught.value.operator == (
        "SENTRY_DSN is set, but what it needs is not installed: "
        "pip install 'creatoraudit-recap[sentry]'."
    )
    with pytest.raises(OperatorMustAct, match=r"^OTEL_EXPORTER_OTLP_ENDPOINT is set, .*\[otel\]"):
        async with reporting.metering(settings, FixedClock()):
            raise AssertionError("it never begins")
