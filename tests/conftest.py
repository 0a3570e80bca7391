"""The stand-ins, ready to be asked, for every test."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest

from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn
from bot.playground.organisation import Organisation
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import Workspace

TODAY = date(2026, 11, 23)
KEY = "key-recap-1"


@pytest.fixture(scope="session")
def organisation() -> Organisation:
    """The seeded organization behind ``KEY``."""
    return Organisation(TODAY)


@pytest.fixture
async def api(organisation: Organisation) -> AsyncIterator[CreatorAuditStandIn]:
    """CreatorAudit's stand-in; its days are those of November 2026, its seconds are real."""
    started = datetime.now(UTC)  # noqa: TID251 -- rate-limit windows run in real time
    offset = datetime(2026, 11, 23, 9, 0, tzinfo=UTC) - started
    keys = {KEY: ApiKey(organisation)}
    async with CreatorAuditStandIn(
        keys,
        now=lambda: datetime.now(UTC) + offset,  # noqa: TID251
    ) as api:
        yield api


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    """Slack's stand-in with a workspace of its own."""

    def now() -> float:
        return datetime.now(UTC).timestamp()  # noqa: TID251 -- Bolt checks signatures in real time

    async with SlackStandIn(Workspace.sample(), now=now) as slack:
        yield slack
