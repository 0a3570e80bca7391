"""Traces for OpenTelemetry. Needs the extra ``otel``; nothing else imports its library."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

from bot.ports import Clock
from bot.web.metrics import Metrics

NAME = "recap"
IDS = ("request", "delivery", "attempt")
"""The same as in the log: what a trace does not say stands there."""


class Traces(Metrics):
    """``Metrics`` that also keep a span of all that is under way, each within the one around it.

    Args:
        clock: The wall clock.
        provider: Where spans go.
    """

    def __init__(self, clock: Clock, provider: TracerProvider) -> None:
        super().__init__(clock)
        self._tracer = provider.get_tracer(NAME)

    @contextmanager
    def doing(self, what: str, about: str = "") -> Iterator[None]:
        """A span; of what went wrong it holds the kind alone, since messages may hold anything."""
        bound = structlog.contextvars.get_contextvars()
        known = {f"{NAME}.{name}": str(bound[name]) for name in IDS if name in bound}
        span = self._tracer.start_as_current_span(
            f"{what} {about}".strip(),
            attributes=known,
            record_exception=False,
            set_status_on_exception=False,
        )
        with span as current, super().doing(what, about):
            try:
                yield
            except BaseException as error:
                current.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise


def exporting(endpoint: str) -> TracerProvider:
    """Sends spans to the collector at ``endpoint``, beside the program, and at its shutdown."""
    named = OTELResourceDetector().detect().attributes.get(SERVICE_NAME)
    resource = Resource.create({SERVICE_NAME: str(named or NAME)})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
