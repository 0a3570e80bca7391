"""The real app between the stand-ins, in Socket Mode and over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
import uvicorn

from bot.console.serve import Server, listen
from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn
from bot.playground.organisation import Organisation
from bot.playground.slack import Delivery, SlackStandIn
from bot.playground.slack_workspace import Message, Workspace
from bot.ports import Clock
from bot.rendering.sentences import COUNTING
from bot.scheduling.scheduler import EVERY
from bot.settings import GivenSettings, Settings
from bot.storage.vault import fresh_key
from bot.web.socket import Patience
from bot.wiring import open_app
from tests.conftest import KEY

Mode = Literal["socket", "http"]
MIA, KOFI = "U0MIA", "U0KOFI"
MARKETING = "C0MARKETING"
SATURDAY = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SEALED_WITH = fresh_key()
TICK = timedelta(seconds=0.1)


async def some_ticks() -> None:
    """Long enough for whatever would come without being asked for."""
    await asyncio.sleep(8 * TICK.total_seconds())


def is_pending(message: Message) -> bool:
    """Whether more is to come in its place: a busy machine gets to see what is shown meanwhile."""
    return "Working on" in message.text or COUNTING in message.text


@dataclass
class Theatre:
    """Slack, CreatorAudit, and Recap between them."""

    slack: SlackStandIn
    api: CreatorAuditStandIn
    mode: Mode
    address: str

    async def ask(self, text: str, *, user: str = MIA, channel: str = MARKETING) -> Message:
        """Type ``/recap text`` and wait for the final answer."""
        seen = len(self.slack.workspace.messages)
        delivery = await self.slack.command(user, channel, text)
        assert delivery.error is None
        return await self.newest(after=seen)

    async def press(self, message: Message, action_id: str, *, user: str = MIA) -> Delivery:
        """Press a button and wait until the app has called Slack and works on nothing more."""
        calls = len(self.slack.traffic)
        delivery = await self.slack.press(user, message, action_id)
        assert delivery.error is None
        await self.slack.until(lambda: len(self.slack.traffic) > calls and not is_pending(message))
        return delivery

    async def newest(self, *, after: int) -> Message:
        """The newest message behind the first ``after``, once nothing is pending.

        Replies in threads don't count: those of a post come when its channel may have them.
        """

        def found() -> Message | None:
            new = [one for one in self.slack.workspace.messages[after:] if one.thread_ts is None]
            return new[-1] if new and not is_pending(new[-1]) else None

        await self.slack.until(lambda: found() is not None)
        newest = found()
        assert newest
        return newest


def settings(
    slack: SlackStandIn,
    api: CreatorAuditStandIn,
    mode: Mode,
    database: Path,
    *,
    own_key: bool = False,
) -> Settings:
    """What a person would have put into ``.env``."""
    how = (
        {"slack_app_token": slack.app_token}
        if mode == "socket"
        else {"slack_signing_secret": slack.signing_secret}
    )
    return GivenSettings.model_validate(
        {
            "creatoraudit_base_url": api.base_url,
            "slack_bot_token": slack.bot_token,
            "slack_api_url": slack.api_url,
            "database_url": f"sqlite:///{database}",
            # Where tests receive what goes elsewhere than to Slack.
            "recap_webhook_hosts": "127.0.0.1",
            **(
                {"recap_encryption_keys": SEALED_WITH} if own_key else {"creatoraudit_api_key": KEY}
            ),
            **how,
        }
    )


@asynccontextmanager
async def served(  # noqa: PLR0913 -- each test has its own reason for another
    slack: SlackStandIn,
    api: CreatorAuditStandIn,
    mode: Mode,
    database: Path,
    clock: Clock | None = None,
    every: timedelta = TICK,
    *,
    own_key: bool = False,
    patience: Patience | None = None,
    given: Settings | None = None,
) -> AsyncIterator[str]:
    """The app, connected and served on a free port; yields its address.

    With ``own_key`` the workspace enters a CreatorAudit key itself.
    """
    given = given or settings(slack, api, mode, database, own_key=own_key)
    async with running(given, clock, every, patience) as address:
        if mode == "http":
            slack.request_url = f"{address}/slack/events"
        else:
            await slack.until(lambda: slack.connected)
        yield address


@asynccontextmanager
async def running(
    given: Settings, clock: Clock | None, every: timedelta = TICK, patience: Patience | None = None
) -> AsyncIterator[str]:
    """The app as in a process of its own; yields its address."""
    with listen(0) as sock:
        async with open_app(given, clock=clock, every=every, patience=patience) as app:
            config = uvicorn.Config(app.web, log_config=None, access_log=False, lifespan="off")
            server = Server(config)
            task = asyncio.create_task(server.serve(sockets=[sock]))
            try:
                yield f"http://127.0.0.1:{sock.getsockname()[1]}"
            finally:
                server.should_exit = True
                await task


@pytest.fixture(params=["socket", "http"])
async def theatre(
    request: pytest.FixtureRequest, slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> AsyncIterator[Theatre]:
    """The whole app, once in each mode."""
    mode: Mode = request.param
    async with served(slack, api, mode, tmp_path / "recap.db") as address:
        yield Theatre(slack, api, mode, address)


@dataclass
class Travels:
    """The machine's clock, moved to wherever a test wants to be."""

    offset: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset  # noqa: TID251 -- time goes on

    def to(self, instant: datetime) -> None:
        self.offset = instant - datetime.now(UTC)  # noqa: TID251


@dataclass
class Journey(Theatre):
    """A theatre whose clock a test moves; the stand-ins live by the same clock."""

    clock: Travels
    database: Path

    async def posts(self, channel: str, count: int) -> list[Message]:
        """What the whole channel sees, once there are ``count`` messages and no more come."""
        slack = self.slack

        def seen() -> list[Message]:
            found = slack.workspace.seen_by("nobody", channel)
            return [message for message in found if message.thread_ts is None]

        await slack.until(lambda: len(seen()) >= count)
        return seen()

    async def calls(self, *methods: str) -> None:
        """Wait until the app has made one more call of each of ``methods``."""
        before = len(self.slack.traffic)
        await self.slack.until(
            lambda: {*methods} <= {call.method for call in self.slack.traffic[before:]}
        )


@pytest.fixture
async def journey(organisation: Organisation, tmp_path: Path) -> AsyncIterator[Journey]:
    """The whole app in Socket Mode on a Saturday, in a time of its own."""
    clock, database = Travels(), tmp_path / "recap.db"
    clock.to(SATURDAY)
    keys = {KEY: ApiKey(organisation)}
    async with (
        CreatorAuditStandIn(keys, now=clock.now) as api,
        SlackStandIn(Workspace.sample(), now=lambda: clock.now().timestamp()) as slack,
        served(slack, api, "socket", database, clock) as address,
    ):
        yield Journey(slack, api, "socket", address, clock, database)


@pytest.fixture
async def by_socket(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> AsyncIterator[Theatre]:
    """The whole app in Socket Mode, for what does not depend on the mode."""
    async with served(slack, api, "socket", tmp_path / "recap.db") as address:
        yield Theatre(slack, api, "socket", address)


@pytest.fixture
async def by_http(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> AsyncIterator[Theatre]:
    """The whole app over HTTP, as quiet as it is when nothing is due."""
    async with served(slack, api, "http", tmp_path / "recap.db", every=EVERY) as address:
        yield Theatre(slack, api, "http", address)
