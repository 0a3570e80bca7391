"""What whoever runs Recap sees of it, and a Socket Mode connection that lives."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from bot.playground.creatoraudit import CreatorAuditStandIn
from bot.playground.faults import Fault
from bot.playground.slack import SlackStandIn
from bot.services.readiness import NO_DATABASE
from bot.web.socket import NO_SOCKET, Patience
from tests.app.conftest import Theatre, served, settings
from tests.conftest import KEY

HOUR = 3_600.0
WATCHFUL = Patience(ping=HOUR, silence=0.3, look=0.05, again=0.3)
"""The SDK alone would notice nothing."""

TROUBLED = Patience(connect=0.3, ping=HOUR, silence=0.3, look=0.05, again=0.3, away=0.5)


async def page(address: str, path: str, bearer: str = "") -> httpx.Response:
    headers = [(b"Authorization", bearer.encode())] if bearer else []
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.get(f"{address}{path}", headers=headers)


async def figures(address: str) -> Mapping[str, float]:
    """Each sample by its name and labels."""
    text = (await page(address, "/metrics")).text
    return {
        " ".join([sample.name, ",".join(sample.labels.values())]).strip(): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def ruin(database: Path) -> None:
    """Put something in its place that is none."""
    for file in database.parent.glob("recap.db*"):
        file.unlink()
    database.mkdir()


@asynccontextmanager
async def watched(
    slack: SlackStandIn, api: CreatorAuditStandIn, folder: Path, patience: Patience
) -> AsyncIterator[Theatre]:
    """The whole app in Socket Mode, with a patience of its own."""
    database = folder / "recap.db"
    slack.ping_every = patience.look
    async with served(slack, api, "socket", database, patience=patience) as address:
        yield Theatre(slack, api, "socket", address)


async def test_ready(theatre: Theatre) -> None:
    """Every check by its name, and none that names anybody."""
    answer = await page(theatre.address, "/readyz")
    assert answer.status_code == 200
    shown = answer.json()
    assert shown["status"] == "ready"
    names = ["database", "migrations", "slots", "tick"]
    assert list(shown["checks"]) == (names if theatre.mode == "http" else [*names, "socket"])
    assert all(check["ok"] for check in shown["checks"].values())
    assert shown["checks"]["slots"] == {"ok": True, "due": 0, "oldest_seconds": None}
    assert "Acme" not in answer.text
    assert theatre.slack.workspace.team not in answer.text


async def test_not_ready(slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """A database that is gone is 503 and says what to do; the process itself is alive."""
    database = tmp_path / "recap.db"
    async with served(slack, api, "http", database) as address:
        ruin(database)
        answer = await page(address, "/readyz")
        alive = await page(address, "/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "not ready"
    assert answer.json()["checks"]["database"] == {"ok": False, "todo": NO_DATABASE}
    assert "recap.db" not in answer.text
    assert (alive.status_code, alive.json()) == (200, {"status": "ok", "mode": "http"})


async def test_metrics(theatre: Theatre) -> None:
    """What a question cost and what Slack refused, without a key or a name."""
    theatre.slack.faults.add(Fault("rate_limited", "response_url", retry_after="0"))
    await theatre.ask("7d")
    found = await figures(theatre.address)
    assert found["recap_creatoraudit_responses_total 2xx"] >= 5
    assert found["recap_creatoraudit_ratelimit_remaining"] > 0
    assert found["recap_slack_rate_limited_total"] == 1
    assert found["recap_tick_duration_seconds_count"] > 0
    assert found["recap_tick_age_seconds"] >= 0
    assert found["recap_slots_due"] == 0
    text = (await page(theatre.address, "/metrics")).text
    for secret in (KEY, theatre.slack.bot_token, theatre.slack.workspace.team, "marketing"):
        assert secret not in text


async def test_no_answer_of_creatoraudit(by_http: Theatre) -> None:
    """Connections that break are counted, too."""
    by_http.api.faults.add(Fault("reset", "/overview"))
    await by_http.ask("7d")
    assert (await figures(by_http.address))["recap_creatoraudit_responses_total none"] == 1


async def test_metrics_behind_a_token(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """Whoever does not know it reads nothing; readiness is for every load balancer."""
    given = settings(slack, api, "http", tmp_path / "recap.db")
    given = given.model_copy(update={"recap_metrics_token": SecretStr("let-me-read")})
    async with served(slack, api, "http", tmp_path / "recap.db", given=given) as address:
        for wrong in ("", "let-me-read", "Bearer nö"):
            refused = await page(address, "/metrics", wrong)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
            assert "recap_" not in refused.text
        allowed = await page(address, "/metrics", "Bearer let-me-read")
        ready = await page(address, "/readyz")
    assert allowed.status_code == ready.status_code == 200
    assert "recap_slots_due" in allowed.text


async def test_a_silent_connection_is_made_anew(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """Open, but nothing comes any more: the next one answers commands again."""
    silent = slack.faults.add(Fault("silent", "socket", times=None))
    async with watched(slack, api, tmp_path, WATCHFUL) as theatre:
        await slack.until(lambda: silent.fired >= 3)
        slack.faults.clear()
        await slack.until(lambda: slack.greeted > 0)
        assert (await theatre.ask("7d")).text.startswith("Recap: last 7 days")
        assert (await page(theatre.address, "/healthz")).json()["connected"] is True


async def test_an_address_that_expired(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """The SDK dials it for ever; a new one works."""
    async with watched(slack, api, tmp_path, WATCHFUL) as theatre:
        expired = slack.faults.add(Fault("status", "socket", status=403))
        await slack.disconnect()
        await slack.until(lambda: expired.fired == 1)
        await slack.until(lambda: slack.greeted > 1)
        assert (await theatre.ask("7d")).text.startswith("Recap: last 7 days")
        assert (await figures(theatre.address))["recap_socket_reconnects_total"] >= 1


@pytest.mark.parametrize("error", ["invalid_auth", ""])
async def test_no_connection_can_be_had(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path, error: str
) -> None:
    """After a while this process is not ready; once Slack is back, it is again."""
    async with watched(slack, api, tmp_path, TROUBLED) as theatre:
        refusing = Fault("error", "apps.connections.open", times=None, error=error)
        full = Fault("status", "socket", times=None)
        fault = slack.faults.add(refusing if error else full)
        await slack.hang_up()
        await slack.until(lambda: fault.fired >= 3)
        await asyncio.sleep(TROUBLED.away)
        answer = await page(theatre.address, "/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["socket"]["todo"] == NO_SOCKET
        slack.faults.clear()
        await slack.until(lambda: slack.greeted > 1)
        assert (await theatre.ask("7d")).text.startswith("Recap: last 7 days")
