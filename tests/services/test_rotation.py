"""Tokens that end are exchanged in time, once, and what came of it is kept."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.errors import NotInstalled, RecapError, TryLater
from bot.services import rotation
from bot.services.rotation import Rotation
from bot.storage.memory_tenants import MemoryInstallations
from bot.tenants.installation import Installation
from tests.services.fakes import FixedClock

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
AWAY = TryLater("Later.", "away")
GONE = NotInstalled("Gone.", "gone")


def installed(**changes: object) -> Installation:
    made = Installation(
        id="T1",
        name="Acme",
        bot_id="B1",
        bot_user="U1",
        scopes=frozenset({"chat:write"}),
        token="xoxe.xoxb-1",
        installed_by="U2",
        installed_at=NOON - 12 * HOUR,
        refresh_token="xoxe-1",
        expires_at=NOON + HOUR,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class Slack:
    """Gives the next token; ``trouble`` is what it says instead, call by call."""

    trouble: list[RecapError] = field(default_factory=list)
    used: list[str | None] = field(default_factory=list)

    async def installed(self, code: str, redirect_uri: str | None, now: datetime) -> Installation:
        raise NotImplementedError

    async def renewed(self, one: Installation, now: datetime) -> Installation:
        self.used.append(one.refresh_token)
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble.pop(0)
        number = len(self.used) + 1
        return replace(
            one,
            token=f"xoxe.xoxb-{number}",
            refresh_token=f"xoxe-{number}",
            expires_at=now + 12 * HOUR,
        )


@dataclass
class Store(MemoryInstallations):
    """One that is away for the next ``away`` writes."""

    away: int = 0

    async def put(self, before: Installation | None, after: Installation) -> bool:
        if self.away and after.rotating_until is None:
            self.away -= 1
            raise AWAY
        return await super().put(before, after)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits as long as in life."""
    monkeypatch.setattr(rotation, "WAIT", 0.001)
    monkeypatch.setattr(rotation, "RECORD_PAUSES", (0.001, 0.001))


async def opened(one: Installation) -> tuple[Store, Slack, Rotation]:
    store, slack = Store(), Slack()
    assert await store.put(None, one)
    return store, slack, Rotation(store, slack, FixedClock(NOON))


@pytest.mark.parametrize(
    "one",
    [
        installed(expires_at=NOON + 3 * HOUR),
        installed(expires_at=None),
        installed(refresh_token=None),
    ],
    ids=["good for long", "without an end", "that can't be renewed"],
)
async def test_a_token_that_stays(one: Installation) -> None:
    """Slack is not asked for another one."""
    _, slack, tokens = await opened(one)
    assert await tokens.good(one) == one
    assert slack.used == []


async def test_a_token_that_ends_soon() -> None:
    """The next one is kept, with what the one after it is had for."""
    store, slack, tokens = await opened(installed())
    renewed = await tokens.good(installed())
    assert renewed == await store.called("T1")
    assert (renewed.token, renewed.refresh_token) == ("xoxe.xoxb-2", "xoxe-2")
    assert (renewed.expires_at, renewed.rotating_until) == (NOON + 12 * HOUR, None)
    assert await tokens.good(renewed) == renewed
    assert slack.used == ["xoxe-1"]


async def test_many_at_once() -> None:
    """One of them asks Slack; all have a good token in the end."""
    store, slack, tokens = await opened(installed(expires_at=NOON))
    found = await asyncio.gather(*(tokens.good(installed(expires_at=NOON)) for _ in range(10)))
    assert {one.token for one in found} == {"xoxe.xoxb-2"}
    assert slack.used == ["xoxe-1"]
    assert await store.called("T1") == found[0]


async def test_somebody_else_is_about_it() -> None:
    """As long as the old one is good, nobody waits."""
    busy = installed(rotating_until=NOON + timedelta(seconds=20))
    _, slack, tokens = await opened(busy)
    assert await tokens.good(busy) == busy
    assert slack.used == []


async def test_somebody_else_does_not_finish() -> None:
    """Nobody waits for ever; when the other's turn is over, the next one takes it."""
    busy = installed(expires_at=NOON, rotating_until=NOON + timedelta(seconds=20))
    store, slack, tokens = await opened(busy)
    with pytest.raises(TryLater, match="has not done so"):
        await tokens.good(busy)
    later = Rotation(store, slack, FixedClock(NOON + timedelta(seconds=20)))
    assert (await later.good(busy)).token == "xoxe.xoxb-2"


async def test_uninstalled_meanwhile() -> None:
    """What is gone can't be renewed."""
    store, _, tokens = await opened(installed(expires_at=NOON))
    await store.remove("T1")
    with pytest.raises(NotInstalled, match="not installed in T1"):
        await tokens.good(installed(expires_at=NOON))


@pytest.mark.parametrize("trouble", [AWAY, GONE], ids=["away", "gone"])
@pytest.mark.parametrize("ended", [False, True], ids=["good", "ended"])
async def test_slack_gives_none(trouble: RecapError, *, ended: bool) -> None:
    """A token that is still good is used meanwhile; the log says what is in the way."""
    one = installed(expires_at=NOON if ended else NOON + HOUR)
    _, slack, tokens = await opened(one)
    slack.trouble = [trouble]
    with capture_logs() as logs:
        if ended:
            with pytest.raises(type(trouble)):
                await tokens.good(one)
        else:
            assert (await tokens.good(one)).token == one.token
    assert [line["event"] for line in logs] == ["token_not_renewed"]


@pytest.mark.parametrize("away", [1, 2])
async def test_a_database_that_is_away_meanwhile(away: int) -> None:
    """Slack gives a token once: it is written down as soon as that is possible."""
    store, _, tokens = await opened(installed())
    store.away = away
    renewed = await tokens.good(installed())
    assert await store.called("T1") == renewed


async def test_a_database_that_stays_away() -> None:
    """Then nobody may believe that it is kept."""
    store, _, tokens = await opened(installed())
    store.away = 3
    with pytest.raises(TryLater):
        await tokens.good(installed())
