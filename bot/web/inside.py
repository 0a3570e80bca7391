"""``/readyz`` and ``/metrics``: for the machines of whoever runs Recap, not for the outside."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.services.readiness import Check, Readiness
from bot.web.metrics import Metrics

READY: Final = "/readyz"
METRICS: Final = "/metrics"
Page = Callable[[Request], Awaitable[Response]]


def inside(readiness: Readiness, metrics: Metrics, token: str | None = None) -> list[Route]:
    """The routes; with a ``token``, only whoever knows it reads the metrics."""
    return [Route(READY, _ready(readiness)), Route(METRICS, _metrics(readiness, metrics, token))]


def _ready(readiness: Readiness) -> Page:
    async def ready(_: Request) -> Response:
        checks = await readiness.look()
        is_ready = not any(check.todo for check in checks)
        body = {
            "status": "ready" if is_ready else "not ready",
            "checks": {check.name: _shown(check) for check in checks},
        }
        return JSONResponse(body, status_code=200 if is_ready else 503)

    return ready


def _shown(check: Check) -> dict[str, object]:
    todo = {"todo": check.todo} if check.todo else {}
    return {"ok": not check.todo, **check.facts, **todo}


def _metrics(readiness: Readiness, metrics: Metrics, token: str | None) -> Page:
    async def show(request: Request) -> Response:
        if token and not _is_known(request.headers.get("authorization", ""), token):
            headers = {"WWW-Authenticate": "Bearer"}
            return PlainTextResponse("The bearer token is wrong.", 401, headers=headers)
        body, kind = metrics.page(await readiness.backlog(), request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": kind})

    return show


def _is_known(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
