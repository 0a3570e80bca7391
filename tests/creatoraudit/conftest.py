"""The client, connected to the stand-in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.creatoraudit.client import CreatorAuditClient, open_client
from bot.playground.creatoraudit import CreatorAuditStandIn
from tests.conftest import KEY


class StandInClock:
    """Tells the stand-in's own time, so that points in time in headers agree."""

    def __init__(self, api: CreatorAuditStandIn) -> None:
        self.now = api.now


@asynccontextmanager
async def opened(
    api: CreatorAuditStandIn, *, key: str = KEY, budget: float = 20
) -> AsyncIterator[CreatorAuditClient]:
    async with open_client(key, api.base_url, StandInClock(api), budget=budget) as client:
        yield client


@pytest.fixture
async def client(api: CreatorAuditStandIn) -> AsyncIterator[CreatorAuditClient]:
    """A client for ``KEY``."""
    async with opened(api) as client:
        yield client
