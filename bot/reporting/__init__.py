"""Where operators hear of Recap beside its log and its metrics: Sentry and OpenTelemetry.

Both are extras, and imported only where a setting asks for them.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.ports import Clock
from bot.settings import Settings, setting_error
from bot.web.metrics import Metrics


def errors(settings: Settings) -> None:
    """Send what is logged as an error to Sentry, if ``SENTRY_DSN`` says so.

    Raises:
        OperatorMustAct: It is no address of Sentry's, or the extra is not installed.
    """
    if settings.sentry_dsn is None:
        return
    try:
        from bot.reporting.sentry import ToSentry  # noqa: PLC0415 -- an extra
    except ModuleNotFoundError as error:
        raise _not_installed("SENTRY_DSN", "sentry") from error
    dsn = settings.sentry_dsn.get_secret_value()
    try:
        handler = ToSentry(dsn, settings.secrets)
    except ValueError as error:
        raise setting_error("SENTRY_DSN can't be used: copy it again from Sentry.") from error
    logging.getLogger().addHandler(handler)


@asynccontextmanager
async def metering(settings: Settings, clock: Clock) -> AsyncIterator[Metrics]:
    """What counts; with ``OTEL_EXPORTER_OTLP_ENDPOINT``, it also traces.

    Raises:
        OperatorMustAct: The extra is not installed.
    """
    endpoint = settings.otel_exporter_otlp_endpoint
    if endpoint is None:
        yield Metrics(clock)
        return
    try:
        from bot.reporting.traces import Traces, exporting  # noqa: PLC0415 -- an extra
    except ModuleNotFoundError as error:
        raise _not_installed("OTEL_EXPORTER_OTLP_ENDPOINT", "otel") from error
    provider = exporting(endpoint)
    try:
        yield Traces(clock, provider)
    finally:
        # It waits until all is sent, or the collector had its time.
        await asyncio.to_thread(provider.shutdown)


def _not_installed(name: str, extra: str) -> Exception:
    return setting_error(
        f"{name} is set, but what it needs is not installed: "
        f"pip install 'creatoraudit-recap[{extra}]'."
    )
