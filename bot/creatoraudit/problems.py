"""What went wrong, as an error that says what to do: for the reader and for the operator."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import httpx

from bot.creatoraudit.backoff import parse_retry_after
from bot.errors import KeyRefused, OperatorMustAct, RecapError, ScopeMissing, TryLater, Unusable
from bot.tenants.api_key import MADE_AT

UNREADABLE: Final = (
    "CreatorAudit answered in a way that Recap can't read. "
    "Ask whoever runs Recap to look at its log."
)
LONGEST_DETAIL: Final = 200
MINUTE: Final = 60
HOURS_FROM: Final = 120 * MINUTE


def from_response(response: httpx.Response, question: str, now: datetime) -> RecapError:
    """The error that a refused ``question`` means (docs.creatoraudit.com, /api-reference/errors).

    ``code`` and ``request_id`` may be missing, and the body may be no JSON at all.
    """
    body = _problem(response)
    status = response.status_code
    code = _text(body.get("code"))
    request_id = _text(body.get("request_id")) or response.headers.get("x-request-id")
    said = (
        f"CreatorAudit answered {status}{f' {code}' if code else ''} to {question}{_detail(body)}"
    )
    if status == httpx.codes.TOO_MANY_REQUESTS:
        wait = parse_retry_after(response.headers.get("retry-after"), now)
        return rate_limited(wait, said, request_id)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.NOT_MODIFIED:
        wait = parse_retry_after(response.headers.get("retry-after"), now)
        return TryLater(
            f"CreatorAudit is having trouble. Try again {_in(wait)}.",
            f"{said}.",
            request_id=request_id,
            retry_after=wait,
        )
    if status == httpx.codes.UNAUTHORIZED:
        return KeyRefused(
            "CreatorAudit does not accept Recap's key. Ask whoever runs Recap to check it.",
            f"{said}. Set CREATORAUDIT_API_KEY to a key from {MADE_AT}.",
            why="CreatorAudit does not know the key.",
            said=said,
            request_id=request_id,
        )
    if status == httpx.codes.FORBIDDEN:
        return _forbidden(code, body, said, request_id)
    return _refused(status, said, request_id)


def _forbidden(
    code: str, body: Mapping[str, Any], said: str, request_id: str | None
) -> OperatorMustAct:
    if code == "INSUFFICIENT_SCOPE":
        return ScopeMissing(
            "Recap's CreatorAudit key may not read this part. Ask whoever runs Recap to widen it.",
            f"{said}. Give the key the scope that it lacks at {MADE_AT}.",
            request_id=request_id,
        )
    if code == "QUOTA_EXCEEDED":
        return OperatorMustAct(
            "CreatorAudit's quota is used up. Ask whoever manages the account there.",
            f"{said}. The organization's quota has to be raised at CreatorAudit.",
            request_id=request_id,
        )
    if "subscription" in str(body.get("detail", "")).lower():
        why = "The CreatorAudit subscription is not active."
        reader = f"{why} Ask whoever manages it to renew it."
        fix = "The organization's subscription has to be renewed at CreatorAudit."
    else:
        off = "it is switched off, or the subscription has ended."
        why = f"CreatorAudit refuses the key: {off}"
        reader = f"CreatorAudit refuses Recap's key: {off} Ask whoever runs Recap."
        fix = f"Switch the key on again at {MADE_AT}, or renew the subscription."
    return KeyRefused(reader, f"{said}. {fix}", why=why, said=said, request_id=request_id)


def _refused(status: int, said: str, request_id: str | None) -> Unusable:
    if httpx.codes.is_redirect(status):
        fix = "CREATORAUDIT_BASE_URL must be the address that answers itself."
    elif status == httpx.codes.NOT_FOUND:
        fix = "Check CREATORAUDIT_BASE_URL."
    else:
        fix = "Recap's question does not fit the API; look for a newer version of Recap."
    return Unusable(
        "CreatorAudit did not accept Recap's question. Ask whoever runs Recap to look at its log.",
        f"{said}. {fix}",
        request_id=request_id,
    )


def rate_limited(wait: float | None, operator: str, request_id: str | None = None) -> TryLater:
    """The API asks to slow down, for ``wait`` seconds if it says so."""
    return TryLater(
        f"CreatorAudit asks Recap to slow down. Try again {_in(wait)}.",
        f"{operator}. It asks to wait {_in(wait).removeprefix('in ')}.",
        request_id=request_id,
        retry_after=wait,
    )


def unreachable(question: str, error: Exception) -> TryLater:
    """The network failed, or the connection ended before the answer did."""
    return TryLater(
        "CreatorAudit could not be reached. Try again in a few minutes.",
        f"{question} failed: {type(error).__name__}. Check the network and CREATORAUDIT_BASE_URL.",
    )


def too_slow(question: str, budget: float) -> TryLater:
    """The time budget is used up."""
    return TryLater(
        "CreatorAudit took too long to answer. Try again in a few minutes.",
        f"{question} had no complete answer within {budget:g} s.",
    )


def not_json(response: httpx.Response, question: str) -> TryLater:
    """A web page, say a proxy's, or a torn body came instead of JSON."""
    kind = _text(response.headers.get("content-type")) or "no content type"
    return TryLater(
        "Something between Recap and CreatorAudit answered in its place. "
        "Try again in a few minutes.",
        f"{question} was answered with {response.status_code} and {kind} instead of JSON. "
        "Check CREATORAUDIT_BASE_URL and any proxy in between.",
        request_id=response.headers.get("x-request-id"),
    )


def unreadable(question: str, keys: list[str]) -> Unusable:
    """JSON came, but in a shape that holds nothing to print."""
    seen = ", ".join(_text(key)[:40] for key in sorted(keys)[:20]) or "none"
    return Unusable(
        UNREADABLE,
        f"{question} has no data that Recap can read. Keys seen: {seen}.",
    )


def repeating(question: str) -> Unusable:
    """A cursor came back that was sent already, so the pages would never end."""
    return Unusable(UNREADABLE, f"{question} repeats its pages, so the list has no end.")


def bad_address() -> OperatorMustAct:
    """The address of the API is one that httpx does not take."""
    return OperatorMustAct(
        "Recap is not set up yet. Ask whoever runs it.",
        "CREATORAUDIT_BASE_URL can't be used: the host in it is not a possible one.",
    )


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _detail(body: Mapping[str, Any]) -> str:
    parts = [_text(body.get("detail"))]
    errors = body.get("errors")
    parts += [
        f"{_text(error.get('field'))} {_text(error['message'])}".strip()
        for error in (errors if isinstance(errors, list) else [])
        if isinstance(error, dict) and error.get("message")
    ]
    said = "; ".join(filter(None, parts))[:LONGEST_DETAIL].rstrip(".")
    return f" ({said})" if said else ""


def _text(value: object) -> str:
    """``value`` as printable text on one line, cut to a length that no log minds."""
    text = "" if value is None else str(value)
    return "".join(c for c in text[:LONGEST_DETAIL] if c.isprintable()).strip()


def _in(wait: float | None) -> str:
    if wait is None:
        return "in a few minutes"
    if wait <= MINUTE:
        seconds = max(1, math.ceil(wait))
        return f"in {seconds} second{'s' if seconds > 1 else ''}"
    if wait <= HOURS_FROM:
        return f"in {math.ceil(wait / MINUTE)} minutes"
    return f"in {math.ceil(wait / MINUTE / MINUTE)} hours"
