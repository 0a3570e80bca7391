"""Installing Recap in a browser (docs.slack.dev, /authentication/installing-with-oauth)."""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.errors import RecapError, TryLater
from bot.rendering.install_page import (
    CONTENT_SECURITY_POLICY,
    begin_page,
    done_page,
    failed_page,
)
from bot.services.installing import STATE_LIFE, Installing

log = structlog.get_logger(__name__)

COOKIE: Final = "recap-installing"
"""Holds the state, so that only the browser that began an installation can end it."""

CANCELLED: Final = "You did not allow it in Slack, so nothing was installed."
NOT_BEGUN_HERE: Final = (
    "This installation was not begun in this browser, or too long ago. Begin it again."
)
HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""The address of the last page holds Slack's code: it goes nowhere else."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What Slack is asked for when somebody installs Recap.

    Attributes:
        authorize_url: Slack's page.
        client_id: The app's.
        scopes: What Recap wants to be granted.
        redirect_uri: Where Slack sends people back to; None for the one that the app names.
    """

    authorize_url: str
    client_id: str
    scopes: Collection[str]
    redirect_uri: str | None

    def url(self, state: str) -> str:
        """Slack's page for one installation."""
        query = {
            "client_id": self.client_id,
            "scope": ",".join(self.scopes),
            "user_scope": "",
            "state": state,
        }
        if self.redirect_uri:
            query["redirect_uri"] = self.redirect_uri
        return f"{self.authorize_url}?{urlencode(query)}"


def oauth_routes(
    installing: Installing, asking: Asking, begin_at: str, return_to: str
) -> list[Route]:
    """The two pages: ``begin_at``, and ``return_to`` where Slack sends people back."""

    async def begin(_: Request) -> Response:
        try:
            state = await installing.begin()
        except RecapError as error:
            return _failed(error)
        page = HTMLResponse(begin_page(asking.url(state)), headers=HEADERS)
        life = int(STATE_LIFE.total_seconds())
        # Lax, since the way back is a link on Slack's page.
        page.set_cookie(COOKIE, state, life, secure=True, httponly=True, samesite="lax")
        return page

    async def end(request: Request) -> Response:
        query = request.query_params
        state, code = query.get("state", ""), query.get("code", "")
        begun = request.cookies.get(COOKIE, "")
        if not state or not hmac.compare_digest(begun.encode(), state.encode()):
            return _page(failed_page(NOT_BEGUN_HERE, begin_at), 400)
        if "error" in query or not code:
            return _page(failed_page(CANCELLED, begin_at), 200)
        try:
            came = await installing.finish(state, code)
        except RecapError as error:
            return _failed(error)
        page = _page(done_page(came.installation, came.lacking), 200)
        page.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
        return page

    def _failed(error: RecapError) -> Response:
        log.warning("not_installed", detail=error.operator)
        status = 503 if isinstance(error, TryLater) else 400
        return _page(failed_page(error.reader, begin_at), status)

    return [Route(begin_at, begin), Route(return_to, end)]


def _page(html: str, status: int) -> Response:
    return HTMLResponse(html, status, headers=HEADERS)
