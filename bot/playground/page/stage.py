"""The stand-ins, the real app in its own process, and the time that all of them share."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.playground.creatoraudit import ApiKey
from bot.playground.organisation import Organisation
from bot.playground.page.faults import KEY, Breakages, KillingFaults
from bot.playground.page.journal import Journal, WatchedCreatorAudit, WatchedSlack
from bot.playground.page.news import News
from bot.playground.page.process import AppProcess
from bot.playground.page.workspace import acme
from bot.playground.travel import TravelClock

DATABASE: Final = "recap.db"


@dataclass(frozen=True)
class Stage:
    """Everything that the page shows and moves.

    Attributes:
        seen: How many messages each person has seen of a channel, by both ids.
    """

    clock: TravelClock
    news: News
    journal: Journal
    slack: WatchedSlack
    api: WatchedCreatorAudit
    app: AppProcess
    breakages: Breakages
    database: Path
    seen: dict[tuple[str, str], int] = field(default_factory=dict)

    async def travel(self, instant: datetime | None) -> None:
        """Go on from ``instant``, everybody at once; None is the machine's own time."""
        if instant is None:
            self.clock.come_back()
        else:
            self.clock.travel(instant)
        await self.app.tell_time()
        self.news.happened()


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """A stage of its own, with the app connected."""
    clock, news = TravelClock(), News()
    journal, faults = Journal(clock.now, news), KillingFaults()
    keys = {KEY: ApiKey(Organisation(clock.now().date()))}
    with tempfile.TemporaryDirectory(prefix="recap-demo-") as folder:
        async with (
            WatchedCreatorAudit(keys, clock.now, journal=journal) as api,
            WatchedSlack(
                acme(clock.now()), lambda: clock.now().timestamp(), faults=faults, journal=journal
            ) as slack,
        ):
            database = Path(folder) / DATABASE
            app = AppProcess(_settings(slack, api, database), Path(folder), lambda: clock.ahead)
            faults.kill, app.changed = app.kill, news.happened
            async with app.running():
                await slack.until(lambda: slack.connected)
                breakages = Breakages(slack, api)
                stage = Stage(clock, news, journal, slack, api, app, breakages, database)
                _nothing_new(stage)
                yield stage


def _nothing_new(stage: Stage) -> None:
    """Everybody has seen what was there before the app came."""
    workspace = stage.slack.workspace
    for person in workspace.people:
        for channel in workspace.channels:
            stage.seen[person, channel] = len(workspace.seen_by(person, channel))


def _settings(slack: WatchedSlack, api: WatchedCreatorAudit, database: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": f"sqlite:///{database}",
        "CREATORAUDIT_API_KEY": KEY,
        "CREATORAUDIT_BASE_URL": api.base_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
    }
