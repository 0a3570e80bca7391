"""What each endpoint of CreatorAudit's API answers, and what it refuses (docs.creatoraudit.com)."""

from collections.abc import Callable
from typing import Final

from bot.playground import creatoraudit_batches as batches
from bot.playground import creatoraudit_lists as lists
from bot.playground.creatoraudit_asked import ApiError, Asked, Json
from bot.playground.organisation import PRESETS

ACCOUNT: Final = "/accounts/"


def answer(asked: Asked, headers: dict[str, str]) -> Json:
    """The body for ``asked``; a ``Link`` goes into ``headers``.

    Raises:
        ApiError: The request is refused.
    """
    accepted = asked.headers.get("Accept", "*/*")
    if not any(kind in accepted for kind in ("*/*", "application/*", "application/json")):
        raise ApiError(406, "NOT_ACCEPTABLE", "This API produces JSON only.")
    whole = _endpoint(asked)(asked)
    if pagination := whole.get("pagination"):
        headers["Link"] = lists.links(asked, pagination)
    return whole


def _endpoint(asked: Asked) -> Callable[[Asked], Json]:
    endpoint = ENDPOINTS.get((asked.method, asked.path))
    if endpoint is None and asked.method == "GET" and asked.path.startswith(ACCOUNT):
        endpoint = _account
    if endpoint is None:
        raise ApiError(404, "NOT_FOUND", "No such resource.")
    if asked.method == "POST":
        _check_write(asked)
    return endpoint


def _check_write(asked: Asked) -> None:
    if "json" not in asked.headers.get("Content-Type", ""):
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Send application/json.")
    if not asked.scopes & {"write", "admin"}:
        raise ApiError(403, "INSUFFICIENT_SCOPE", "This key lacks the scope 'write'.")


def _health(_: Asked) -> Json:
    return {"data": {"status": "ok"}}


def _meta(asked: Asked) -> Json:
    return {
        "data": {
            "type": "api_meta",
            "api_version": "v2",
            "status": "current",
            "docs_url": f"{asked.base_url}/docs",
            "openapi_url": f"{asked.base_url}/openapi.json",
            "whoami_url": f"{asked.base_url}/whoami",
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
    return {"data": asked.whose.overview(_preset(asked), asked.now.date(), asked.now)}


def _top(asked: Asked) -> Json:
    limit = asked.limit(default=10, largest=25)
    today = asked.now.date()
    return {"data": asked.whose.top_creators(_preset(asked), today, limit, asked.now)}


def _preset(asked: Asked) -> str:
    return asked.choice("period", tuple(PRESETS), "7d")


def _account(asked: Asked) -> Json:
    return lists.account(asked, asked.path.removeprefix(ACCOUNT))


ENDPOINTS: Final[dict[tuple[str, str], Callable[[Asked], Json]]] = {
    ("GET", "/health"): _health,
    ("GET", "/meta"): _meta,
    ("GET", "/whoami"): _whoami,
    ("GET", "/overview"): _overview,
    ("GET", "/creators/top"): _top,
    ("GET", "/creators"): lists.CREATORS.answer,
    ("GET", "/accounts"): lists.ACCOUNTS.answer,
    ("GET", "/videos"): lists.VIDEOS.answer,
    ("GET", "/account-videos"): lists.POSTS.answer,
    ("GET", "/search"): lists.search,
    ("POST", "/accounts/metrics"): batches.account_metrics,
    ("POST", "/videos/metrics"): batches.video_metrics,
    ("POST", "/videos/deltas"): batches.video_deltas,
    ("POST", "/account-videos/metrics"): batches.account_video_metrics,
}
