"""Logs: structlog for our own events and for every library's, on stderr, with secrets masked."""

import logging
import re
import sys
from collections.abc import Sequence
from typing import Final, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK: Final = "•••"
SHORTEST: Final = 6
"""A shorter secret is a placeholder, and masking it would blot out ordinary words."""

SLACK_SECRETS: Final = re.compile(
    r"\b(?:xox[a-z][.-]|xapp-)[\w.-]{8,}|https://hooks\.slack(?:-gov)?\.com/[^\s\"'\\]+"
)
"""Tokens that nobody told the log about: another workspace's, or one that somebody typed; and the
addresses at which whoever knows them may post."""

QUIET: Final = (
    "aiosqlite",
    "alembic",
    "apscheduler",
    "hishel",
    "httpcore",
    "httpx",
    "procrastinate",
    "slack_bolt",
    "slack_sdk",
    "uvicorn",
)
"""Their INFO lines hold request bodies (Bolt), every request (httpx),
every tick or every job."""

CRASH: Final = "recap.crash"
"""What ended the program: the terminal has a sentence about it, other handlers get the error."""

SILENT: Final = frozenset({"stamina", CRASH})
"""stamina warns of each retry, with all that was sent; how it ended is said once by whoever asked.
"""

NO_NEWS: Final = ("As you gave `client`", 'Execution of job "%s" skipped: maximum number')
"""Warnings about what is meant to be so: Bolt's about SLACK_BOT_TOKEN, which it finds in the
environment although it is ours, and APScheduler's about a tick that still works when the next one
is due."""


def configure(
    log_format: Literal["console", "json"], secrets: Sequence[str], *, level: int = logging.INFO
) -> None:
    """Send what is logged in this process at ``level`` or above to stderr, in ``log_format``."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendered: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if log_format == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                # Without local variables: they are long, and some of them are secrets.
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *rendered,
                _masking(secrets),
            ],
        )
    )
    handler.addFilter(_worth_reading)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _worth_reading(record: logging.LogRecord) -> bool:
    # Not by their loggers' levels: Bolt sets its own again for each class.
    if record.name in SILENT or str(record.msg).startswith(NO_NEWS):
        return False
    return record.levelno >= logging.WARNING or not record.name.startswith(QUIET)


def masked(text: str, secrets: Sequence[str]) -> str:
    """``text`` without ``secrets``, and without whatever looks like one of Slack's."""
    for secret in secrets:
        if len(secret) >= SHORTEST:
            text = text.replace(secret, MASK)
    return SLACK_SECRETS.sub(MASK, text)


def _masking(secrets: Sequence[str]) -> Processor:
    def mask(_logger: WrappedLogger, _name: str, line: EventDict | str) -> str:
        return masked(str(line), secrets)

    return mask
