"""A request to CreatorAudit's stand-in, what can be wrong with it, and the refusal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, NoReturn

from bot.playground.organisation import Organisation

Json = dict[str, Any]
TITLES: Final = {status.value: status.phrase for status in HTTPStatus}
PLATFORMS: Final = ("instagram", "tiktok")
LONGEST_NUMBER: Final = 9


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
    base_url: str

    @property
    def whose(self) -> Organisation:
        """The organization behind the key; the open endpoints have none and never ask."""
        if self.organisation is None:
            raise ApiError(401, "UNAUTHORIZED", "The API key is missing or invalid.")
        return self.organisation

    def limit(self, *, default: int, largest: int) -> int:
        """How many rows are asked for."""
        text = self.query.get("limit", str(default))
        readable = text.isdecimal() and len(text) <= LONGEST_NUMBER
        if not readable or not 1 <= int(text) <= largest:
            invalid("limit", f"limit must be between 1 and {largest}")
        return int(text)

    def flag(self, name: str) -> bool | None:
        """A parameter that is true or false; None where it is not sent."""
        return None if name not in self.query else self.choice(name, ("true", "false")) == "true"

    def choice(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """A parameter that must be one of ``allowed``."""
        text = self.query.get(name, default)
        if text is None or text not in allowed:
            invalid(name, f"{name} must be one of {', '.join(allowed)}")
        return text

    def body(self) -> Json:
        """The JSON object that was sent."""
        try:
            body = json.loads(self.content)
        except (ValueError, RecursionError):
            raise ApiError(400, "BAD_REQUEST", "The body is not valid JSON.") from None
        if not isinstance(body, dict):
            raise ApiError(400, "BAD_REQUEST", "The body must be an object.")
        return body


def invalid(field: str, message: str) -> NoReturn:
    """Refuse with 422, which names the field."""
    raise ApiError(422, "VALIDATION_ERROR", message, errors=[{"field": field, "message": message}])
