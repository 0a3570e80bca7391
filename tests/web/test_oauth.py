"""The pages around installing, as a browser gets them."""

from datetime import datetime

import httpx
from starlette.applications import Starlette

from bot.errors import TryLater
from bot.services.installing import Installing
from bot.storage.memory_tenants import MemoryInstallations, MemoryOAuthStates
from bot.web.oauth import Asking, oauth_routes
from tests.services.fakes import FixedClock
from tests.services.test_installing import SCOPES, Giving
from tests.services.test_rotation import NOON

ASKING = Asking("https://slack.test/oauth/v2/authorize", "1.2", SCOPES, None)


class Away(MemoryOAuthStates):
    """A database that does not answer."""

    async def issue(self, state: str, until: datetime) -> None:  # noqa: ARG002
        raise TryLater("Recap's database does not answer. Try again in a minute.", "away")


def browser(states: MemoryOAuthStates) -> httpx.AsyncClient:
    """A browser in front of the two pages."""
    store = MemoryInstallations()
    installing = Installing(Giving(), store, states, FixedClock(NOON), SCOPES, None)
    app = Starlette(routes=oauth_routes(installing, ASKING, "/begin", "/end"))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://recap.test")


def test_where_slack_sends_people_back() -> None:
    """To the only address that the app has, where none is said."""
    assert ASKING.url("s 1") == (
        "https://slack.test/oauth/v2/authorize?client_id=1.2&scope=chat%3Awrite%2Cusers%3Aread"
        "&user_scope=&state=s+1"
    )


async def test_a_whole_installation() -> None:
    """The cookie is for this browser and this way back only, and goes at the end."""
    async with browser(MemoryOAuthStates()) as one:
        first = await one.get("/begin")
        kept = first.headers["set-cookie"]
        assert {"HttpOnly", "Secure", "SameSite=lax", "Max-Age=600"} <= set(kept.split("; "))
        assert first.headers["cache-control"] == "no-store"
        assert first.headers["referrer-policy"] == "no-referrer"
        state = one.cookies["recap-installing"]
        assert f"state={state}" in first.text
        last = await one.get("/end", params={"state": state, "code": "1"})
        assert last.status_code == 200
        assert "Without users:read some of it won&#x27;t work" in last.text
        assert "recap-installing" not in one.cookies


async def test_a_database_that_is_away() -> None:
    """A page says when to come back."""
    async with browser(Away()) as one:
        page = await one.get("/begin")
    assert page.status_code == 503
    assert "Try again in a minute." in page.text
    assert 'href="/begin"' in page.text


async def test_without_anything() -> None:
    """Somebody who opens the last page by hand."""
    async with browser(MemoryOAuthStates()) as one:
        page = await one.get("/end")
    assert page.status_code == 400
    assert "was not begun in this browser" in page.text
