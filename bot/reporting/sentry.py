"""Errors for Sentry. Needs the extra ``sentry``; nothing else imports its library.

No integration of the SDK is switched on: they would add requests with their bodies, the command
line and the machine's name; and its ``send_default_pii`` is off unless asked for. What is logged as
an error is sent, masked like the log, and no more.
"""

import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import sentry_sdk
import structlog
from sentry_sdk.types import Event, Hint
from sentry_sdk.utils import event_from_exception

from bot.logs import masked

LEAVE_WITHIN: Final = 2.0
"""Seconds at the end of the process for what was not sent yet."""

TAGS: Final = ("request", "delivery", "attempt")
KEPT_BACK: Final = frozenset({"channel", "enterprise", "exc_info", "level", "team", "user"})
"""Who it was is nobody's concern but the log's; the rest is said elsewhere in the event."""


class ToSentry(logging.Handler):
    """Sends every record of level ERROR or above.

    Args:
        dsn: Where to.
        secrets: What is masked wherever it stands.

    Raises:
        ValueError: ``dsn`` is none.
    """

    def __init__(self, dsn: str, secrets: Sequence[str]) -> None:
        super().__init__(logging.ERROR)
        self._secrets = secrets
        self._client = sentry_sdk.Client(
            dsn=dsn,
            before_send=self._scrubbed,
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            max_request_body_size="never",
            server_name="",
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Hand ``record`` over; it is sent beside the program."""
        known, trouble = _known(record), _trouble(record)
        event: Event = {}
        hint: Hint = {}
        if trouble:
            event, hint = event_from_exception(trouble, client_options=self._client.options)
        event["level"] = "fatal" if record.levelno >= logging.CRITICAL else "error"
        event["logger"] = record.name
        event["logentry"] = {"message": str(known.pop("event"))}
        event["tags"] = {name: str(known.pop(name)) for name in TAGS if name in known}
        event["extra"] = {name: str(value) for name, value in known.items()}
        self._client.capture_event(event, hint)

    def close(self) -> None:
        """Send what is left, at the end of the process."""
        self._client.close(timeout=LEAVE_WITHIN)
        super().close()

    def _scrubbed(self, event: Event, _: Hint) -> Event:
        event.pop("server_name", None)
        scrubbed: Event = self._without_secrets(event)
        return scrubbed

    def _without_secrets(self, value: Any) -> Any:  # noqa: ANN401 -- JSON is anything
        match value:
            case str():
                return masked(value, self._secrets)
            case Mapping():
                return {key: self._without_secrets(one) for key, one in value.items()}
            case list() | tuple():
                return [self._without_secrets(one) for one in value]
        return value


def _known(record: logging.LogRecord) -> dict[str, Any]:
    """What the line of the log says: structlog's own, or that of a library."""
    if isinstance(record.msg, dict):
        said = dict(record.msg)
    else:
        said = {**structlog.contextvars.get_contextvars(), "event": record.getMessage()}
    return {name: one for name, one in said.items() if name not in KEPT_BACK}


def _trouble(record: logging.LogRecord) -> Any:  # noqa: ANN401 -- the SDK takes several shapes
    """The exception, in one of the shapes in which a line may bring it."""
    found = record.msg.get("exc_info") if isinstance(record.msg, dict) else record.exc_info
    if found is True:
        found = sys.exc_info()
    return None if found in (None, False, (None, None, None)) else found
