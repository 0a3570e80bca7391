"""Slack's error codes, and what each means for whoever called (docs.slack.dev, /reference/methods).

A code that is not listed here is a definite refusal that may pass: the call is made again, later
and later, until it has become too late.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import OperatorMustAct, RecapError, TryLater, Unusable
from bot.rendering.names import one_line
from bot.subscriptions.model import Pause
from bot.subscriptions.outcomes import BadMessage, Busy, Gone, NotAllowed, Outcome, Unsure

TOO_MANY: Final = 429
SERVER_ERROR: Final = 500
LONGEST_CODE: Final = 100
LONGEST_DETAILS: Final = 1_000
"""Both are whatever the other side says, and they go to a terminal and into the database."""
SLACK_ERRORS: Final = (
    SlackClientError,
    aiohttp.ClientError,
    OSError,
    asyncio.TimeoutError,
    ValueError,
    AttributeError,
)
"""Everything that a call to Slack may end with, apart from an answer.

slack_sdk raises the last two for a body that is not UTF-8, and for JSON that is no object.
"""

NEVER_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""No connection came about: Slack has certainly taken nothing."""

RATE_LIMITED: Final = frozenset({"rate_limited", "ratelimited"})
QUOTA: Final = "message_limit_exceeded"
QUOTA_WAIT: Final = 3600.0
LONGEST_WAIT: Final = 86_400.0
"""Seconds; whatever asks for more than a day is asked again after one."""

DEFAULT_WAIT: Final = 30.0
"""Seconds, where Slack names none with its 429."""

IN_DOUBT: Final = frozenset(
    {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
)
"""Slack says of these that part of the operation may have succeeded."""

INSTALL_GONE: Final = frozenset(
    {
        "access_denied",
        "accesslimited",
        "account_inactive",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_authed",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
BAD_MESSAGE: Final = frozenset(
    {
        "invalid_arguments",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "markdown_text_conflict",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
    }
)
THREAD_GONE: Final = frozenset(
    {
        "cannot_reply_to_message",
        "message_not_found",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
        "thread_not_found",
    }
)
"""Of a reply: the channel may take other messages all the same."""

NOT_EDITABLE: Final = frozenset({"cant_update_message", "edit_window_closed", "message_not_found"})
"""Of an edit: somebody deleted the message, or the workspace limits how long it may be changed."""

PAUSES: Final[Mapping[str, Pause]] = {
    "is_archived": Pause.ARCHIVED,
    "is_inactive": Pause.ARCHIVED,  # how chat.update says it
    "not_in_channel": Pause.NOT_IN_CHANNEL,
    "channel_not_found": Pause.CHANNEL_GONE,
    "restricted_action": Pause.MAY_NOT_POST,
    "restricted_action_non_threadable_channel": Pause.MAY_NOT_POST,
    "restricted_action_read_only_channel": Pause.MAY_NOT_POST,
    "restricted_action_thread_locked": Pause.MAY_NOT_POST,
    "restricted_action_thread_only_channel": Pause.MAY_NOT_POST,
    "ekm_access_denied": Pause.MAY_NOT_POST,
    "cannot_reply_to_message": Pause.MAY_NOT_POST,
    # To one person.
    "cannot_dm_bot": Pause.MAY_NOT_POST,
    "messages_tab_disabled": Pause.MAY_NOT_POST,
    "user_disabled": Pause.MAY_NOT_POST,
    "user_not_found": Pause.MAY_NOT_POST,
    # One that has ended is renewed (bot.services.rotation); until then it is as if Slack were busy.
    **dict.fromkeys(INSTALL_GONE - {"token_expired"}, Pause.INSTALL_GONE),
}


def outcome_of(error: Exception, gone: frozenset[str] = frozenset()) -> Outcome:
    """What became of a post or an edit that ended with ``error``.

    ``gone`` are the codes that mean what was replied to or edited, and not the channel.
    """
    if isinstance(error, NEVER_SENT):
        return Busy(f"{type(error).__name__}: no connection to Slack")
    if not isinstance(error, SlackApiError):
        return Unsure(type(error).__name__)
    return _refusal(error, gone)


def _refusal(error: SlackApiError, gone: frozenset[str]) -> Outcome:
    code, status = code_of(error), status_of(error)
    if status == TOO_MANY or code in RATE_LIMITED:
        return Busy(code, wait=retry_after(error) or DEFAULT_WAIT, hold=True)
    if code == QUOTA:
        return Busy(code, wait=retry_after(error) or QUOTA_WAIT, hold=True)
    if status >= SERVER_ERROR or code in IN_DOUBT or not _has_code(error):
        return Unsure(code)
    if code in gone:
        return Gone(code)
    if code in BAD_MESSAGE:
        return BadMessage(code, details(error))
    return NotAllowed(PAUSES[code], code) if code in PAUSES else Busy(code)


def _has_code(error: SlackApiError) -> bool:
    """Whether Slack itself has refused; a page that somebody else put in between has no code."""
    return "error" in _body(error) or 400 <= status_of(error) < SERVER_ERROR  # noqa: PLR2004


def refused(method: str, error: Exception) -> RecapError:
    """What a failed Web API call means for a person who waits for it."""
    if isinstance(error, SlackApiError):
        return _said_no(method, error)
    # aiohttp's own word for an impossible address is a ValueError, too.
    if isinstance(error, ValueError | AttributeError) and not isinstance(
        error, aiohttp.ClientError
    ):
        return _somebody_else(method, "something")
    return TryLater(
        "Slack could not be reached. Try again in a minute.",
        f"{method} failed: {type(error).__name__}. Check SLACK_API_URL and the network.",
    )


def _said_no(method: str, error: SlackApiError) -> RecapError:
    code, status = code_of(error), status_of(error)
    operator = f"{method} was refused by Slack: {code}."
    if code in INSTALL_GONE:
        return OperatorMustAct(
            "Recap may not do that in this workspace any more. Ask whoever runs Recap to "
            "reinstall it.",
            operator,
        )
    if code in RATE_LIMITED or code in IN_DOUBT or status == TOO_MANY:
        return TryLater("Slack is busy. Try again in a minute.", operator)
    if "error" not in _body(error):
        return _somebody_else(method, f"HTTP {status} and something")
    return Unusable("Slack did not accept Recap's answer. Type `/recap` again.", operator)


def _somebody_else(method: str, what: str) -> TryLater:
    """A proxy's page, say, or the answer of a server that is not Slack."""
    return TryLater(
        "Something between Recap and Slack answered in its place. Try again in a few minutes.",
        f"{method} was answered with {what} that is not Slack's JSON. "
        "Check SLACK_API_URL and any proxy.",
    )


def code_of(error: SlackApiError) -> str:
    """Slack's error code; the HTTP status where a page came instead of JSON."""
    return one_line(str(_body(error).get("error") or status_of(error)), LONGEST_CODE)


def details(error: SlackApiError) -> str:
    """What Slack says about the part of a message that it does not like, with JSON pointers."""
    metadata = _body(error).get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    said = " ".join(map(str, messages)) if isinstance(messages, list) else ""
    return one_line(said, LONGEST_DETAILS) if said else ""


def status_of(error: SlackApiError) -> int:
    """The HTTP status; slack_sdk hands over aiohttp's own answer where the body was no JSON."""
    answer: Any = error.response
    return int(getattr(answer, "status_code", 0) or getattr(answer, "status", 0))


def retry_after(error: SlackApiError) -> float | None:
    """Seconds that Slack asked for; None where it named none."""
    headers = getattr(error.response, "headers", None) or {}
    value = {str(key).lower(): value for key, value in headers.items()}.get("retry-after")
    return min(float(value), LONGEST_WAIT) if value and str(value).isdecimal() else None


def _body(error: SlackApiError) -> Mapping[str, Any]:
    data = getattr(error.response, "data", None)
    return data if isinstance(data, dict) else {}
