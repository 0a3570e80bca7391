"""An installation from its beginning to its end, whoever else is about one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.errors import TryLater, Unusable
from bot.services.installing import Installing
from bot.storage.memory_tenants import MemoryInstallations, MemoryOAuthStates
from bot.tenants.installation import Installation
from tests.services.fakes import FixedClock
from tests.services.test_rotation import NOON, Slack, installed

SCOPES = ("chat:write", "users:read")


class Giving(Slack):
    """Gives an installation for every code."""

    async def installed(self, code: str, redirect_uri: str | None, now: datetime) -> Installation:  # noqa: ARG002
        return installed(token=f"xoxb-{code}", installed_at=now)


class Contested(MemoryInstallations):
    """Somebody else is faster, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    async def put(self, before: Installation | None, after: Installation) -> bool:
        if self.times:
            self.times -= 1
            return False
        return await super().put(before, after)


def installing(store: MemoryInstallations, clock: FixedClock | None = None) -> Installing:
    clock = clock or FixedClock(NOON)
    return Installing(Giving(), store, MemoryOAuthStates(), clock, SCOPES, None)


async def test_kept() -> None:
    """What Slack gave, and what it did not."""
    store = MemoryInstallations()
    work = installing(store)
    came = await work.finish(await work.begin(), "1")
    assert came.lacking == ("users:read",)
    kept = await store.called("T1")
    assert kept
    assert kept == replace(came.installation, version=kept.version)


async def test_installed_again() -> None:
    """The newest one stays, whichever version there was."""
    store = Contested(1)
    work = installing(store)
    for code in ("1", "2", "3"):
        await work.finish(await work.begin(), code)
    kept: Sequence[Installation] = await store.everything()
    assert [one.token for one in kept] == ["xoxb-3"]


async def test_too_many_at_once() -> None:
    """One sentence, and no loop without an end."""
    work = installing(Contested(5))
    with pytest.raises(TryLater, match="changed 5 times"):
        await work.finish(await work.begin(), "1")


async def test_states() -> None:
    """Each ends one installation, within ten minutes."""
    clock = FixedClock(NOON)
    work = installing(MemoryInstallations(), clock)
    first, second = await work.begin(), await work.begin()
    assert first != second
    await work.finish(first, "1")
    clock.instant += timedelta(minutes=10)
    for state in (first, second, "", "made up"):
        with pytest.raises(Unusable, match="unknown, used or over"):
            await work.finish(state, "2")
