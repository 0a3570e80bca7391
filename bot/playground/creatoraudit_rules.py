"""What each endpoint of CreatorAudit's API answers, and what it refuses (docs.creatoraudit.com)."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, Final, NoReturn

from bot.playground.organisation import PRESETS, Day, Organisation

Json = dict[str, Any]
TITLES: Final = {status.value: status.phrase for status in HTTPStatus}


class ApiError(Exception):
    """A refusal, as an RFC 9457 problem."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: list[Json] | None = None,
        body: Any = None,  # noqa: ANN401 -- whatever a fault replaces the problem with
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.body = body
        self.media_type = "application/problem+json"

    def problem(self, instance: str, request_id: str) -> Json:
        """The body."""
        whole: Json = {
            "type": f"urn:creatoraudit:error:{self.code.lower().replace('_', '-')}",
            "title": TITLES[self.status],
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "instance": instance,
            "request_id": request_id,
        }
        if self.errors:
            whole["errors"] = self.errors
        return whole


@dataclass(frozen=True)
class Asked:
    """An authorized request."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes
    now: datetime
    organisation: Organisation | None
    key_name: str
    scopes: frozenset[str]
    max_batch: int

    @property
    def whose(self) -> Organisation:
        """The organization behind the key; the open endpoints have none and never ask."""
        if self.organisation is None:
            raise ApiError(401, "UNAUTHORIZED", "The API key is missing or invalid.")
        return self.organisation


def answer(asked: Asked, headers: dict[str, str], base_url: str) -> Json:
    """The body for ``asked``; a ``Link`` goes into ``headers``.

    Raises:
        ApiError: The request is refused.
    """
    accepted = asked.headers.get("Accept", "*/*")
    if not any(kind in accepted for kind in ("*/*", "application/*", "application/json")):
        raise ApiError(406, "NOT_ACCEPTABLE", "This API produces JSON only.")
    endpoint = ENDPOINTS.get((asked.method, asked.path))
    if endpoint is None:
        raise ApiError(404, "NOT_FOUND", "No such resource.")
    if asked.method == "POST":
        _check_write(asked)
    whole = endpoint(asked)
    if cursor := whole.get("pagination", {}).get("next_cursor"):
        headers["Link"] = f'<{base_url}{asked.path}?cursor={cursor}>; rel="next"'
    return whole


def _check_write(asked: Asked) -> None:
    if "json" not in asked.headers.get("Content-Type", ""):
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Send application/json.")
    if not asked.scopes & {"write", "admin"}:
        raise ApiError(403, "INSUFFICIENT_SCOPE", "This key lacks the scope 'write'.")


def _invalid(field: str, message: str) -> NoReturn:
    raise ApiError(422, "VALIDATION_ERROR", message, errors=[{"field": field, "message": message}])


def _health(_: Asked) -> Json:
    return {"data": {"status": "ok"}}


def _meta(_: Asked) -> Json:
    return {
        "data": {
            "type": "api_meta",
            "api_version": "v2",
            "status": "current",
            "deprecation": None,
            "sunset": None,
        }
    }


def _whoami(asked: Asked) -> Json:
    return {
        "data": {
            "type": "whoami",
            "organization_id": asked.whose.id,
            "api_key_name": asked.key_name,
        }
    }


def _overview(asked: Asked) -> Json:
    return {"data": asked.whose.overview(_preset(asked), asked.now.date())}


def _top(asked: Asked) -> Json:
    limit = _limit(asked, default=10, largest=25)
    return {"data": asked.whose.top_creators(_preset(asked), asked.now.date(), limit)}


def _preset(asked: Asked) -> str:
    period = asked.query.get("period", "7d")
    if period not in PRESETS:
        _invalid("period", "period must be one of 7d, 30d, 90d")
    return period


def _limit(asked: Asked, *, default: int, largest: int) -> int:
    text = asked.query.get("limit", str(default))
    if not text.isdecimal() or not 1 <= int(text) <= largest:
        _invalid("limit", f"limit must be between 1 and {largest}")
    return int(text)


def _accounts(asked: Asked) -> Json:
    filters = {
        name: asked.query[name] for name in ("platform", "creator_id", "q") if name in asked.query
    }
    rows = asked.whose.account_rows(asked.now)
    if platform := filters.get("platform"):
        if platform not in {"instagram", "tiktok"}:
            _invalid("platform", "platform must be instagram or tiktok")
        rows = [row for row in rows if row["platform"] == platform]
    if creator := filters.get("creator_id"):
        rows = [row for row in rows if row["creator_id"] == creator]
    if text := filters.get("q"):
        rows = [row for row in rows if text.lower() in str(row["username"]).lower()]
    return _page(asked, rows, filters)


def _creators(asked: Asked) -> Json:
    rows: list[Json] = [
        {"id": creator.id, "name": creator.name, "type": "creator", "is_active": True}
        for creator in sorted(asked.whose.creators, key=lambda creator: creator.name)
    ]
    return _page(asked, rows, {})


def _page(asked: Asked, rows: list[Json], filters: Mapping[str, str]) -> Json:
    """A page of ``rows``; a cursor is tied to the filter that it was made for."""
    limit = _limit(asked, default=50, largest=200)
    tied_to = json.dumps([asked.path, dict(filters)])
    start = _position(asked.query.get("cursor"), tied_to)
    following = start + limit
    more = following < len(rows)
    pagination: Json = {
        "next_cursor": _cursor(following, tied_to) if more else None,
        "has_next": more,
        "limit": limit,
    }
    if asked.query.get("include_total") == "true":
        pagination["total_count"] = len(rows)
    return {"data": rows[start:following], "pagination": pagination, "filters": dict(filters)}


def _cursor(position: int, tied_to: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([position, tied_to]).encode()).decode()


def _position(cursor: str | None, tied_to: str) -> int:
    if cursor is None:
        return 0
    try:
        position, made_for = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, binascii.Error):
        _invalid("cursor", "cursor can't be read")
    if made_for != tied_to:
        _invalid("cursor", "cursor belongs to another filter or sort")
    return int(position)


def _account_metrics(asked: Asked) -> Json:
    body = _body(asked)
    ids = body.get("account_ids")
    if not isinstance(ids, list) or not ids:
        _invalid("account_ids", "account_ids must be a list of ids")
    if len(ids) > asked.max_batch:
        _invalid("account_ids", f"account_ids takes at most {asked.max_batch} items")
    start, end = _range(asked, body)
    tracked = {account.id: account for account in asked.whose.tracked}
    return {
        "data": {
            one: _metrics(asked.whose.total(tracked[one], start, end))
            for one in map(str, ids)
            if one in tracked
        },
        "meta": {
            "period": body.get("period", "30d"),
            "start_date": start.isoformat(),
            "end_date": end.isoformat(),
            "days": (end - start).days + 1,
            "not_found": [one for one in map(str, ids) if one not in tracked],
        },
    }


def _metrics(total: Day) -> Json:
    return {
        "views": total.views,
        "plays": total.plays,
        "likes": total.likes,
        "comments": total.comments,
        "shares": total.shares,
        "engagement": total.engagement,
    }


def _body(asked: Asked) -> Json:
    try:
        body = json.loads(asked.content)
    except ValueError:
        raise ApiError(400, "BAD_REQUEST", "The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise ApiError(400, "BAD_REQUEST", "The body must be an object.")
    return body


def _range(asked: Asked, body: Json) -> tuple[date, date]:
    period = body.get("period", "30d")
    if period in PRESETS:
        return asked.whose.window(period, asked.now.date())
    if period != "custom":
        _invalid("period", "period must be one of 7d, 30d, 90d, custom")
    try:
        start = date.fromisoformat(str(body.get("start_date")))
        end = date.fromisoformat(str(body.get("end_date")))
    except ValueError:
        _invalid("start_date", "start_date and end_date are required for custom")
    if start > end:
        _invalid("end_date", "end_date must not be before start_date")
    return start, end


ENDPOINTS: Final[dict[tuple[str, str], Callable[[Asked], Json]]] = {
    ("GET", "/health"): _health,
    ("GET", "/meta"): _meta,
    ("GET", "/whoami"): _whoami,
    ("GET", "/overview"): _overview,
    ("GET", "/creators/top"): _top,
    ("GET", "/creators"): _creators,
    ("GET", "/accounts"): _accounts,
    ("POST", "/accounts/metrics"): _account_metrics,
}
