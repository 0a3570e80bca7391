"""The page over HTTP: whole, in parts, and what people do on it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from bot.playground.page.deeds import DEEDS, NotPossibleError
from bot.playground.page.journal import indented
from bot.playground.page.look import look
from bot.playground.page.news import within
from bot.playground.page.parts import PARTS, SILENT, page, part, versions
from bot.playground.page.stage import Stage

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
THEMES: Final = frozenset({"light", "dark"})
LOOK_AGAIN: Final = 0.4
"""Seconds until the ledger is read again, which tells nobody that it has changed."""

TOGETHER: Final = 0.05
"""Seconds in which several things that happen are one."""

STATIC: Final = Path(__file__).parent / "static"
FOREIGN_HOST: Final = "This page is for this machine only: the address names another host."
FOREIGN_ORIGIN: Final = "Only this page itself may ask for that, not another site."


class PageServer:
    """The routes, over one stage.

    Args:
        stage: What is shown.
        host: Where it listens; requests for another host are refused.
    """

    def __init__(self, stage: Stage, host: str) -> None:
        self._stage = stage
        self._host = host
        self.app = web.Application(middlewares=[self._guard])
        self.app.add_routes(
            [
                web.get("/", self._page),
                web.get("/events", self._events),
                web.get("/part/{name}", self._part),
                web.get("/body/{number}", self._body),
                web.post("/do/{deed}", self._do),
                web.static("/static", STATIC),
            ]
        )

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _is_ours(request.host, self._host):
            return web.Response(status=403, text=FOREIGN_HOST, headers=HEADERS)
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"http://{request.host}":
            return web.Response(status=403, text=FOREIGN_ORIGIN, headers=HEADERS)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(HEADERS)
            raise
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    async def _page(self, request: web.Request) -> web.Response:
        theme = request.query.get("theme", "")
        html = page(look(self._stage, request.query), theme if theme in THEMES else "")
        return web.Response(text=html, content_type="text/html")

    async def _part(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in PARTS:
            raise web.HTTPNotFound(text="There is no such part of the page.")
        html = part(name, look(self._stage, request.query))
        return web.Response(text=html, content_type="text/html")

    async def _body(self, request: web.Request) -> web.Response:
        """What one request sent and was answered."""
        number = request.match_info["number"]
        found = self._stage.journal.find(int(number)) if number.isdecimal() else None
        if found is None:
            raise web.HTTPNotFound(text="That request is not kept any more.")
        tag = f"ETag: {found.etag}\n" if found.etag else ""
        text = {"sent": found.sent, "answer": f"{tag}{indented(found.answer)}"}
        return web.json_response(text)

    async def _do(self, request: web.Request) -> web.Response:
        deed = DEEDS.get(request.match_info["deed"])
        if deed is None:
            raise web.HTTPNotFound(text="Nobody can do that here.")
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="Say it in JSON.")
        try:
            asked = await request.json()
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            raise web.HTTPBadRequest(text="That is no JSON object.")
        try:
            return web.json_response({"said": await deed(self._stage, asked)})
        except NotPossibleError as error:
            return web.json_response({"said": str(error)}, status=409)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Tell the page which of its regions look different now, as they change."""
        stream = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        known: dict[str, int] = {}
        names: Iterable[str] = PARTS
        with self._stage.news.listening() as news, contextlib.suppress(ConnectionError):
            await stream.prepare(request)
            while True:
                current = versions(look(self._stage, request.query), names)
                changed = [name for name in current if current[name] != known.get(name)]
                if changed:
                    await stream.write(f"data: {json.dumps(changed)}\n\n".encode())
                known |= current
                names = PARTS if await within(news, LOOK_AGAIN) else SILENT
                await asyncio.sleep(TOGETHER)
        return stream


def _is_ours(asked: str, host: str) -> bool:
    """Whether ``asked``, a Host header, names this server.

    A name that somebody made lead here is refused; an address can't be made to.
    """
    try:
        name = urlsplit(f"//{asked}").hostname or ""
    except ValueError:
        return False
    if name in {"localhost", host}:
        return True
    try:
        return ip_address(name).is_loopback or not ip_address(host).is_loopback
    except ValueError:
        return False


@asynccontextmanager
async def serving(stage: Stage, host: str, port: int) -> AsyncIterator[str]:
    """Serve the page; yields its address.

    Raises:
        OSError: The port is taken, or the host is not one of this machine.
    """
    runner = web.AppRunner(PageServer(stage, host).app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        taken = runner.addresses[0][1]
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 -- as people say it
        yield f"http://{f'[{shown}]' if ':' in shown else shown}:{taken}/"
    finally:
        await runner.cleanup()
