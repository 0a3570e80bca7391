"""A backup of the running app is put back after Monday's post: the post stays the only one."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.errors import OperatorMustAct
from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn
from bot.playground.organisation import Organisation
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import Workspace
from bot.services.restored import doubt
from bot.storage.backup import back_up, unmark
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.subscriptions.protocol import Policy
from tests.app.conftest import MARKETING, SATURDAY, Journey, Travels, served, some_ticks
from tests.app.test_subscriptions_in_slack import MONDAY_BERLIN, subscribe
from tests.conftest import KEY


@asynccontextmanager
async def journeys(organisation: Organisation, database: Path) -> AsyncIterator[Journey]:
    """Slack, CreatorAudit and a clock that outlive the app, which each test starts itself."""
    clock = Travels()
    clock.to(SATURDAY)
    async with (
        CreatorAuditStandIn({KEY: ApiKey(organisation)}, now=clock.now) as api,
        SlackStandIn(Workspace.sample(), now=lambda: clock.now().timestamp()) as slack,
    ):
        yield Journey(slack, api, "socket", "", clock, database)


def put_back(backup: Path, database: Path) -> None:
    """``database`` is gone, with the files beside it."""
    for file in database.parent.glob(f"{database.name}*"):
        file.unlink()
    shutil.copy(backup, database)


async def restored(journey: Journey) -> int:
    """As ``recap restored``, in the journey's time."""
    async with open_database(f"sqlite:///{journey.database}") as engine:
        count = await doubt(SqlLedger(engine), journey.clock, Policy())
        await unmark(engine)
    return count


async def test_no_second_post(organisation: Organisation, tmp_path: Path) -> None:
    """It is found by its key in the channel's history; the next date comes as always."""
    database, backup = tmp_path / "recap.db", tmp_path / "backup.db"
    async with journeys(organisation, database) as journey:
        async with served(journey.slack, journey.api, "socket", database, journey.clock):
            await subscribe(journey)
            back_up(database, backup)
            journey.clock.to(MONDAY_BERLIN)
            await journey.posts(MARKETING, 2)
        put_back(backup, database)
        with pytest.raises(OperatorMustAct, match="run `recap restored` once"):
            async with served(journey.slack, journey.api, "socket", database, journey.clock):
                pass
        journey.clock.to(MONDAY_BERLIN.replace(minute=10))
        assert await restored(journey) == 1
        async with served(journey.slack, journey.api, "socket", database, journey.clock):
            await journey.calls("conversations.history")
            await some_ticks()
            journey.clock.to(MONDAY_BERLIN.replace(minute=11))
            await some_ticks()
            assert len(await journey.posts(MARKETING, 2)) == 2
            status = await journey.ask("status")
            assert "The recap of Mon, Nov 23 at 09:00 was sent at 09:10." in status.text
            journey.clock.to(MONDAY_BERLIN.replace(day=30))
            assert len(await journey.posts(MARKETING, 3)) == 3
