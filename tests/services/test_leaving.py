"""What is left of a workspace that Recap is no longer in."""

from datetime import timedelta

import pytest

from bot.errors import OperatorMustAct, TryLater
from bot.services import leaving
from bot.services.leaving import Leaving, persist
from bot.storage.memory import MemoryLedger
from bot.storage.memory_tenants import MemoryApiKeys, MemoryInstallations
from bot.subscriptions.change import Change
from bot.subscriptions.model import Status
from bot.tenants.api_key import ApiKey
from bot.tenants.installation import Installation
from tests.services.test_rotation import NOON, installed
from tests.storage.test_ledger import subscription

ONCE_MORE = (0.0, 0.0)
LATER = NOON + timedelta(hours=1)


class Office:
    """A workspace with everything that it can have."""

    def __init__(self) -> None:
        self.ledger, self.keys = MemoryLedger(), MemoryApiKeys()
        self.installations = MemoryInstallations()
        self.stopped: list[str] = []
        self.leaving = Leaving(self.ledger, self.installations, self.keys, self.stop)

    async def stop(self, team: str) -> None:
        self.stopped.append(team)

    async def fill(self, one: Installation, *teams: str) -> None:
        assert await self.installations.put(None, one)
        for team in teams:
            await self.installations.belongs(team, one.id)
        for number, team in enumerate(teams or (one.id,)):
            key = ApiKey(team, "ca_1", "Recap", "org_1", "U1", NOON)
            assert await self.keys.put(None, key)
            added = Change(subscription=(None, subscription(f"s{number}", f"C{number}", team)))
            assert await self.ledger.commit(added)

    async def status(self, identifier: str = "s0") -> Status:
        found = await self.ledger.subscription(identifier)
        assert found
        return found.status


async def test_revoked() -> None:
    """Its subscriptions stop; it still says which workspace it was."""
    office = Office()
    await office.fill(installed())
    await office.leaving.revoked("T1", LATER)
    kept = await office.installations.called("T1")
    assert kept
    assert (kept.token, kept.refresh_token, kept.expires_at) == ("", None, None)
    assert office.stopped == ["T1"]
    assert await office.keys.of("T1") is not None
    await office.leaving.uninstalled("T1", LATER)
    assert await office.status() is Status.REMOVED
    assert await office.keys.of("T1") is None


async def test_uninstalled() -> None:
    """All of it goes, and what comes later finds nothing."""
    office = Office()
    await office.fill(installed())
    await office.leaving.uninstalled("T1", LATER)
    await office.leaving.revoked("T1", LATER)
    assert await office.installations.called("T1") is None
    assert await office.keys.of("T1") is None
    assert await office.status() is Status.REMOVED
    assert office.stopped == []


async def test_an_organization() -> None:
    """Each of its workspaces; one that is taken out leaves the others alone."""
    office = Office()
    await office.fill(installed(id="E1", is_org=True, enterprise="E1"), "T1", "T2")
    await office.leaving.taken_out(["T1"])
    assert (await office.status("s0"), await office.status("s1")) == (
        Status.REMOVED,
        Status.ACTIVE,
    )
    await office.leaving.uninstalled("E1", LATER)
    assert await office.status("s1") is Status.REMOVED
    assert await office.keys.of("T2") is None


async def test_what_is_newer_than_the_event() -> None:
    """It was installed again since."""
    office = Office()
    await office.fill(installed(installed_at=LATER))
    await office.leaving.revoked("T1", NOON)
    await office.leaving.uninstalled("T1", NOON)
    kept = await office.installations.called("T1")
    assert kept
    assert kept.token
    assert await office.status() is Status.ACTIVE


class Sealed(MemoryInstallations):
    """Nothing in it can be read any more."""

    async def called(self, identifier: str) -> Installation | None:
        raise OperatorMustAct("Ask.", f"No key opens {identifier}.")


async def test_one_that_can_not_be_read() -> None:
    """No reason to keep it."""
    office = Office()
    office.installations = Sealed()
    office.leaving = Leaving(office.ledger, office.installations, office.keys, office.stop)
    await office.fill(installed())
    await office.leaving.uninstalled("T1", LATER)
    assert await office.installations.everything() == []
    with pytest.raises(OperatorMustAct):
        await office.leaving.revoked("T1", LATER)


@pytest.mark.parametrize(
    ("failing", "tries", "is_left"), [(0, 1, True), (2, 3, True), (3, 3, False)]
)
async def test_a_database_that_is_away(
    monkeypatch: pytest.MonkeyPatch, failing: int, tries: int, *, is_left: bool
) -> None:
    """Slack does not say it again, so what has to go is tried again for a while."""
    monkeypatch.setattr(leaving, "AGAIN", ONCE_MORE)
    office, tried = Office(), list[str]()
    await office.fill(installed())

    async def leave() -> None:
        tried.append("T1")
        if len(tried) <= failing:
            raise TryLater("Try again.", "locked")
        await office.leaving.uninstalled("T1", LATER)

    try:
        await persist(leave)
    except TryLater:
        assert not is_left
    assert len(tried) == tries
    assert (await office.keys.of("T1") is None) is is_left
