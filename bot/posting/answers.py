"""What the answer to a webhook means for its message.

Slack's own list of answers is at api.slack.com, /changelog/2016-05-17-changes-to-errors-for-
incoming-webhooks; a Discord answer names its wait in seconds, with a fraction, also in its JSON
(docs.discord.com, /topics/rate-limits).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from bot.posting.codes import SERVER_ERROR, TOO_MANY
from bot.rendering.names import one_line
from bot.subscriptions.outcomes import BadMessage, Busy, Refused, Result, Sent, Unsure
from bot.subscriptions.targets import Target, TargetKind

LONGEST_CODE: Final = 80
REPEATED: Final = 8
"""Characters in a row of an address that nobody's words hold by accident."""

LONGEST_WAIT: Final = 7 * 86_400.0
"""Seconds. No recap is sent when it is a week late, so a longer wait changes nothing."""

DEFAULT_WAIT: Final = 30.0
"""Seconds, where a 429 names none."""

OK: Final = range(200, 300)
REDIRECTS: Final = range(300, 400)
REQUEST_TIMEOUT: Final = 408
CONFLICT: Final = 409
TOO_EARLY: Final = 425
NOT_IMPLEMENTED: Final = 501
BAD_MESSAGE: Final = frozenset({400, 413, 422})
DEAD_WEBHOOKS: Final = frozenset(
    {
        "web.incoming_webhook.invalid.app_error",  # Mattermost: it was deleted
        "invalid_token",  # Slack
        "no_service",
        "no_team",
        "WorkflowTriggerIsNotEnabled",  # Teams: its owner switched it off
    }
)
"""What some say with a 400 although no other message would be taken either."""

CODES: Final = ("code", "id", "error", "message")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the header's names in lower case, and the beginning of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def result_of(answer: Answer, target: Target, now: datetime) -> Result:
    """What became of the message that ``answer`` was for."""
    status, said = answer.status, _data(answer.body)
    code = _code(answer, said, target)
    if status in OK:
        return Sent(target.host, _message_id(target, said))
    if status in {TOO_MANY, TOO_EARLY}:
        return Busy(code, wait=wait_of(answer, said, now))
    if status in {REQUEST_TIMEOUT, CONFLICT} or _is_server_error(status):
        return Unsure(code)
    if status in BAD_MESSAGE and not _names_dead_webhook(said):
        return BadMessage(code)
    return Refused("redirect" if status in REDIRECTS else code)


def wait_of(answer: Answer, said: object, now: datetime) -> float:
    """Seconds to wait before the next try: the longest of what ``answer`` asks for."""
    header = answer.headers.get("retry-after", "").strip()
    named = [_seconds(header), _until(header, now)]
    if isinstance(said, dict):
        named.append(_seconds(said.get("retry_after")))
    known = [seconds for seconds in named if seconds is not None]
    return max(known, default=DEFAULT_WAIT)


def _seconds(value: object) -> float | None:
    try:
        seconds = float(str(value))
    except ValueError:
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else None


def _until(header: str, now: datetime) -> float | None:
    try:
        instant = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    known = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return _seconds(math.ceil((known - now).total_seconds()))


def _is_server_error(status: int) -> bool:
    return status >= SERVER_ERROR and status != NOT_IMPLEMENTED


def _names_dead_webhook(said: object) -> bool:
    return bool(DEAD_WEBHOOKS.intersection(_words(said)))


def _words(said: object) -> list[str]:
    """The error codes in ``said``, whatever their service calls them."""
    if isinstance(said, dict):
        return [word for name in CODES if name in said for word in _words(said[name])]
    return [str(said)] if isinstance(said, str | int) else []


def _code(answer: Answer, said: object, target: Target) -> str:
    words = next((word for word in _words(said) if word.strip()), "")
    if not words or _repeats(words, target.address):
        return str(answer.status)
    return f"{answer.status} {one_line(words, LONGEST_CODE)}"


def _repeats(words: str, address: str) -> bool:
    """Whether ``words`` hold a part of ``address`` behind its host: whoever reads it may post."""
    split = urlsplit(address)
    secret = unquote(f"{split.path}?{split.query}").casefold()
    said = unquote(words).casefold()
    ends = range(REPEATED, len(secret) + 1)
    return any(secret[end - REPEATED : end] in said for end in ends)


def _data(body: bytes) -> object:
    """JSON where ``body`` is that, else its text."""
    text = body.decode("utf-8", "replace")
    try:
        data: object = json.loads(text)
    except (ValueError, RecursionError):
        # A page for people says nothing in a line.
        return "" if text.lstrip().startswith("<") else text
    return data


def _message_id(target: Target, said: Any) -> str:  # noqa: ANN401 -- JSON is anything
    if target.kind is not TargetKind.DISCORD or not isinstance(said, dict):
        return ""
    return one_line(str(said["id"]), LONGEST_CODE) if said.get("id") else ""
