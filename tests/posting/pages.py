"""Answers that Slack should never give: what a proxy, a gateway or a bad day may put in between."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.faults import Fault
from bot.posting.slack import web_client, web_session

JSON = "application/json"


@dataclass(frozen=True)
class Page:
    """One answer, as it goes over the wire."""

    body: str | bytes = "<html><body>An error page</body></html>"
    status: int = 200
    kind: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)


BROKEN = {
    "a page": Page(),
    "broken JSON": Page('{"ok": true, "ts"', kind=JSON),
    "plain text": Page("ok", kind="text/plain"),
    "a JSON list": Page('["ok"]', kind=JSON),
    "a JSON text": Page('"ok"', kind=JSON),
    "null": Page("null", kind=JSON),
    "nothing at all": Page("", kind=JSON),
    "JSON that is no UTF-8": Page(b'{"ok": true, "ts": "\xff"}', kind=JSON),
    "text that is no UTF-8": Page(b"\xff", kind="text/plain"),
    "a refusal without a reason": Page('{"ok": false}', kind=JSON),
}
"""HTTP 200 with something that no app can read."""


def named(case: object) -> str:
    """How a case of a table with faults is called; what is expected of it is not in the name."""
    return f"{case.kind} {case.error or case.status}" if isinstance(case, Fault) else ""


@asynccontextmanager
async def answering(
    page: Page, others: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[AsyncWebClient, list[str]]]:
    """A client of a server that answers ``page``, and the methods that were called.

    Args:
        page: What it answers.
        others: Methods that get an answer of their own, in JSON.
    """
    called: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        method = request.match_info["method"]
        called.append(method)
        if others and method in others:
            return web.Response(text=others[method], content_type=JSON)
        body = page.body.encode() if isinstance(page.body, str) else page.body
        return web.Response(
            body=body, status=page.status, content_type=page.kind, headers=page.headers
        )

    app = web.Application()
    app.router.add_route("*", "/api/{method}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
        async with web_session() as session:
            yield web_client("xoxb-any", url, session), called
    finally:
        await runner.cleanup()
