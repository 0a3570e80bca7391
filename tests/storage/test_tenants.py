"""One contract, three stores of each kind: memory, a SQLite file, a PostgreSQL server."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.ports.tenants import ApiKeys, Installations, OAuthStates
from bot.storage.api_keys import SqlApiKeys
from bot.storage.installations import SqlInstallations
from bot.storage.memory_tenants import MemoryApiKeys, MemoryInstallations, MemoryOAuthStates
from bot.storage.oauth_states import SqlOAuthStates
from bot.storage.schema import oauth_states
from bot.storage.vault import Vault, fresh_key
from bot.tenants.api_key import ApiKey
from bot.tenants.installation import Installation
from tests.examples import NOON

HOUR = timedelta(hours=1)
INSTALLATION = Installation(
    id="T1",
    name="Müller GmbH",
    app="A1",
    bot_id="B1",
    bot_user="U1",
    scopes=frozenset({"commands", "chat:write"}),
    token="xoxe.xoxb-1",
    installed_by="U7",
    installed_at=NOON,
    enterprise="E1",
    refresh_token="xoxe-1",
    expires_at=NOON + 12 * HOUR,
    rotating_until=NOON + HOUR,
)
PLAIN = Installation("T2", "Acme", "B2", "U2", frozenset(), "xoxb-2", "U8", NOON)
ORGANIZATION = replace(INSTALLATION, id="E1", name="Zeta", is_org=True)
KEY = ApiKey("T1", "ca-key-1", "Recap", "org-1", "U7", NOON)


@pytest.fixture
def vault() -> Vault:
    return Vault([fresh_key()])


@pytest.fixture
def installations(database: AsyncEngine | None, vault: Vault) -> Installations:
    return MemoryInstallations() if database is None else SqlInstallations(database, vault)


@pytest.fixture
def api_keys(database: AsyncEngine | None, vault: Vault) -> ApiKeys:
    return MemoryApiKeys() if database is None else SqlApiKeys(database, vault)


@pytest.fixture
def states(database: AsyncEngine | None) -> OAuthStates:
    return MemoryOAuthStates() if database is None else SqlOAuthStates(database)


async def test_an_installation_comes_back_as_it_was(installations: Installations) -> None:
    """Every field, of one whose tokens rotate and of one whose token stays."""
    assert await installations.put(None, INSTALLATION)
    assert await installations.put(None, PLAIN)
    assert await installations.called("T1") == INSTALLATION
    assert await installations.of("T1") == INSTALLATION
    assert await installations.of("T2") == PLAIN
    assert await installations.called("T3") is None
    assert await installations.of("T3") is None


async def test_installations_by_their_names(installations: Installations) -> None:
    """As an operator looks for them."""
    assert list(await installations.everything()) == []
    for one in (ORGANIZATION, INSTALLATION, PLAIN):
        assert await installations.put(None, one)
    assert [one.id for one in await installations.everything()] == ["T2", "T1", "E1"]


async def test_a_change_counts(installations: Installations) -> None:
    """Whoever changes an old version is refused, and so is what is put where something is."""
    assert await installations.put(None, INSTALLATION)
    newer = replace(INSTALLATION, token="xoxe.xoxb-2", refresh_token=None, expires_at=None)
    assert await installations.put(INSTALLATION, newer)
    assert await installations.called("T1") == replace(newer, version=1)
    assert not await installations.put(INSTALLATION, replace(newer, token="late"))
    assert not await installations.put(None, replace(newer, token="late"))
    assert not await installations.put(PLAIN, PLAIN), "nothing there to change"
    assert await installations.called("T1") == replace(newer, version=1)
    assert await installations.called("T2") is None


async def test_one_of_two_goes_first(installations: Installations) -> None:
    """Two that install, and two that rotate, at once."""
    other = replace(INSTALLATION, token="xoxe.xoxb-2")
    put = [installations.put(None, one) for one in (INSTALLATION, other)]
    assert sorted(await asyncio.gather(*put)) == [False, True]
    kept = await installations.called("T1")
    assert kept in (INSTALLATION, other)
    put = [installations.put(kept, replace(kept, token=token)) for token in ("third", "fourth")]
    assert sorted(await asyncio.gather(*put)) == [False, True]


async def test_an_organizations_workspaces(installations: Installations) -> None:
    """Its own installation goes before that of its organization, wherever it belongs."""
    await installations.belongs("T1", "E1")
    await installations.belongs("T3", "E1")
    await installations.belongs("T4", "E1")
    assert await installations.of("T3") is None
    assert list(await installations.teams("E1")) == []
    await installations.put(None, ORGANIZATION)
    await installations.put(None, INSTALLATION)
    assert await installations.of("T1") == INSTALLATION
    assert await installations.of("T3") == ORGANIZATION
    assert list(await installations.teams("E1")) == ["T3", "T4"]
    assert list(await installations.teams("T1")) == ["T1"]
    assert list(await installations.teams("T3")) == []
    await installations.belongs("T4", "E2")
    await installations.belongs("T4", "E2")
    assert await installations.of("T4") is None
    assert list(await installations.teams("E1")) == ["T3"]


async def test_only_an_organization_covers_others(installations: Installations) -> None:
    """One that is no organization's covers its own workspace alone."""
    await installations.put(None, replace(INSTALLATION, id="E1"))
    await installations.belongs("T3", "E1")
    assert await installations.of("T3") is None
    assert list(await installations.teams("E1")) == ["E1"]


async def test_what_is_removed_is_gone(installations: Installations) -> None:
    """Of an organization also who belonged to it; what is gone already is fine."""
    for one in (INSTALLATION, ORGANIZATION):
        await installations.put(None, one)
    await installations.belongs("T1", "E1")
    await installations.remove("T1")
    assert await installations.called("T1") is None
    assert await installations.of("T1") == ORGANIZATION
    await installations.remove("E1")
    await installations.remove("E1")
    assert await installations.of("T1") is None
    await installations.put(None, ORGANIZATION)
    assert await installations.of("T1") is None
    assert not await installations.put(INSTALLATION, INSTALLATION)


async def test_a_key_comes_back_as_it_was(api_keys: ApiKeys) -> None:
    """Every field; one workspace never sees the key of another."""
    assert await api_keys.of("T1") is None
    refused = replace(KEY, team="T2", secret="ca-key-2", refused_at=NOON + HOUR)
    assert await api_keys.put(None, KEY)
    assert await api_keys.put(None, refused)
    assert await api_keys.of("T1") == KEY
    assert await api_keys.of("T2") == refused


async def test_two_admins_at_once(api_keys: ApiKeys) -> None:
    """One of them is told that the other one was faster."""
    other = replace(KEY, secret="ca-key-2", entered_by="U8")
    put = [api_keys.put(None, one) for one in (KEY, other)]
    assert sorted(await asyncio.gather(*put)) == [False, True]
    kept = await api_keys.of("T1")
    assert kept in (KEY, other)
    put = [api_keys.put(kept, replace(kept, secret=secret)) for secret in ("third", "fourth")]
    assert sorted(await asyncio.gather(*put)) == [False, True]
    newest = await api_keys.of("T1")
    assert newest is not None
    assert (newest.version, newest.secret in {"third", "fourth"}) == (1, True)
    assert not await api_keys.put(kept, KEY)


async def test_a_removed_key_is_gone(api_keys: ApiKeys) -> None:
    """For good; what is gone already is fine."""
    await api_keys.put(None, KEY)
    await api_keys.remove("T1")
    await api_keys.remove("T1")
    assert await api_keys.of("T1") is None
    assert not await api_keys.put(KEY, KEY)


async def test_a_state_is_used_once(states: OAuthStates) -> None:
    """Not twice, not after its end, and not by who made it up."""
    await states.issue("first", NOON + HOUR)
    await states.issue("second", NOON + HOUR)
    assert not await states.use("third", NOON)
    assert not await states.use("second", NOON + HOUR)
    used = await asyncio.gather(*(states.use("first", NOON) for _ in range(3)))
    assert sorted(used) == [False, False, True]
    assert not await states.use("first", NOON)
    assert await states.use("second", NOON + HOUR - timedelta(seconds=1))


async def test_old_states_go(engine: AsyncEngine) -> None:
    """Nobody came back with them; what is still good stays."""
    states = SqlOAuthStates(engine)
    for hours in (0, 1, 24):
        await states.issue(f"state {hours}", NOON + hours * HOUR)
    await states.issue("newest", NOON + 24 * HOUR + HOUR)
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(oauth_states)) == 3
    assert await states.use("state 1", NOON)


def test_a_token_is_exchanged_in_time() -> None:
    """Long before its end; one that has none stays."""
    end = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    one = replace(INSTALLATION, expires_at=end, rotating_until=end)
    assert one.ends_soon(end - 2 * HOUR)
    assert not one.ends_soon(end - 2 * HOUR - timedelta(seconds=1))
    assert one.has_ended(end)
    assert not one.has_ended(end - timedelta(seconds=1))
    assert one.is_being_rotated(end - timedelta(seconds=1))
    assert not one.is_being_rotated(end)
    assert not any((PLAIN.ends_soon(end), PLAIN.has_ended(end), PLAIN.is_being_rotated(end)))
