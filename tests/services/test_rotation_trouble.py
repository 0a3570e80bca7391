"""Tokens that end, and processes that come to grief while they renew one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bot.errors import NotInstalled, TryLater
from bot.services.leaving import Leaving
from bot.services.rotation import TURN, Rotation
from bot.storage.memory import MemoryLedger
from bot.storage.memory_tenants import MemoryApiKeys, MemoryInstallations
from bot.tenants.installation import Installation
from tests.examples import NOON
from tests.services.fakes import FixedClock

HOUR = timedelta(hours=1)
ONE = Installation(
    "T1",
    "Acme",
    "B1",
    "U1",
    frozenset(),
    "token-1",
    "U7",
    NOON,
    refresh_token="refresh-1",
    expires_at=NOON + 12 * HOUR,
)
AWAY = TryLater("away", "The database is away.")


@dataclass
class SingleUse:
    """``OAuth`` that takes each refresh token once; ``meanwhile`` happens before it answers."""

    used: set[str | None] = field(default_factory=set)
    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def installed(self, code: str, redirect_uri: str | None, now: datetime) -> Installation:
        raise NotImplementedError

    async def renewed(self, one: Installation, now: datetime) -> Installation:
        if one.refresh_token in self.used:
            raise NotInstalled("gone", "invalid_refresh_token")
        self.used.add(one.refresh_token)
        following = len(self.used) + 1
        if self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        return replace(
            one,
            token=f"token-{following}",
            refresh_token=f"refresh-{following}",
            expires_at=now + 12 * HOUR,
        )


class Office:
    """One installation whose token ends in an hour."""

    def __init__(self) -> None:
        self.store, self.oauth = MemoryInstallations(), SingleUse()
        self.clock = FixedClock(NOON + 11 * HOUR)

    async def good(self) -> Installation:
        return await Rotation(self.store, self.oauth, self.clock).good(await self.kept())

    async def kept(self) -> Installation:
        found = await self.store.called("T1")
        assert found
        return found


@pytest.fixture
async def office() -> Office:
    office = Office()
    assert await office.store.put(None, ONE)
    return office


async def test_a_process_that_dies_with_the_new_token(office: Office) -> None:
    """The old one is used for as long as it is good; from then on it has to be installed again."""
    office.oauth.used.add("refresh-1")
    for _ in range(2):
        assert (await office.good()).token == "token-1"
        office.clock.instant += TURN
    office.clock.instant = NOON + 12 * HOUR
    with pytest.raises(NotInstalled):
        await office.good()
    assert (await office.kept()).token == ""


@pytest.mark.parametrize("hours", [0, 1])
async def test_a_process_that_is_stopped_with_the_new_token(office: Office, hours: int) -> None:
    """Another one has had its turn in vain, before or after the old token's end: it is kept."""

    async def another() -> None:
        office.clock.instant += max(TURN, hours * HOUR)
        try:
            assert (await office.good()).token == "token-1"
        except NotInstalled:
            assert hours

    office.oauth.meanwhile = another
    assert (await office.good()).token == "token-2"
    kept = await office.kept()
    assert (kept.token, kept.refresh_token, kept.rotating_until) == ("token-2", "refresh-2", None)


@pytest.mark.parametrize("newer", [{"refresh_token": "r-3"}, {"installed_at": NOON + HOUR}])
async def test_something_newer(office: Office, newer: dict[str, object]) -> None:
    """What was had first does not take its place."""
    expected = replace(ONE, token="newer", **newer)  # type: ignore[arg-type]

    async def another() -> None:
        assert await office.store.put(await office.kept(), expected)

    office.oauth.meanwhile = another
    await office.good()
    assert (await office.kept()).token == "newer"


async def test_uninstalled_meanwhile(office: Office) -> None:
    """Nothing of it comes back."""

    async def another() -> None:
        await office.store.remove("T1")

    office.oauth.meanwhile = another
    await office.good()
    assert await office.store.called("T1") is None


@pytest.mark.parametrize("times", [1, 9])
async def test_the_database_is_away(
    office: Office, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can't be had again is written down as soon as it can be."""
    monkeypatch.setattr("bot.services.rotation.RECORD_PAUSES", (0.0, 0.0))
    put = office.store.put

    async def unreliable(before: Installation | None, after: Installation) -> bool:
        nonlocal times
        if after.token != "token-1" and times:
            times -= 1
            raise AWAY
        return await put(before, after)

    office.store.put = unreliable  # type: ignore[method-assign]
    if times > 2:
        with pytest.raises(TryLater):
            await office.good()
    else:
        assert (await office.good()).token == "token-2"
        assert (await office.kept()).token == "token-2"


@pytest.mark.parametrize("is_new", [False, True])
async def test_revoked_in_the_middle_of_something(office: Office, *, is_new: bool) -> None:
    """The token goes all the same, unless it was just given by a new installation."""
    stopped: list[str] = []
    put = office.store.put

    async def stop(team: str) -> None:
        stopped.append(team)

    async def overtaken(before: Installation | None, after: Installation) -> bool:
        office.store.put = put  # type: ignore[method-assign]
        at = NOON + 20 * HOUR if is_new else NOON
        assert await put(before, replace(ONE, token="other", installed_at=at))
        return await put(before, after)

    office.store.put = overtaken  # type: ignore[method-assign]
    leaving = Leaving(MemoryLedger(), office.store, MemoryApiKeys(), stop)
    await leaving.revoked("T1", NOON + 10 * HOUR)
    assert (await office.kept()).token == ("other" if is_new else "")
    assert stopped == ([] if is_new else ["T1"])
