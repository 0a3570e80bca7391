"""The app in a process of its own between stand-ins in this one, for whatever measures it."""

import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn, RateLimit
from bot.playground.organisation import ACCOUNTS, Organisation
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import Workspace
from tests.console.processes import started

KEY = "bench-key"
MIA, MARKETING = "U0MIA", "C0MARKETING"
LATENCY = 0.1


@dataclass(frozen=True)
class Row:
    """One measured promise."""

    what: str
    measured: str
    promised: str


@dataclass
class Bench:
    """The stand-ins and the settings of an app between them."""

    slack: SlackStandIn
    api: CreatorAuditStandIn
    folder: Path

    def settings(self, **more: str) -> dict[str, str]:
        return {
            "CREATORAUDIT_API_KEY": KEY,
            "CREATORAUDIT_BASE_URL": self.api.base_url,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": self.slack.api_url,
            "PORT": "39117",
            **more,
        }


@asynccontextmanager
async def bench(accounts: int = ACCOUNTS) -> AsyncIterator[Bench]:
    now = datetime.now(UTC)
    keys = {KEY: ApiKey(Organisation(now.date(), accounts=accounts))}
    unlimited = RateLimit(limit=1_000_000)
    async with (
        CreatorAuditStandIn(keys, now=lambda: datetime.now(UTC), rate_limit=unlimited) as api,
        SlackStandIn(Workspace.sample(), now=time.time) as slack,
    ):
        with tempfile.TemporaryDirectory() as folder:
            yield Bench(slack, api, Path(folder))


@asynccontextmanager
async def running(on: Bench, **more: str) -> AsyncIterator[tuple[float, int]]:
    """The app while it runs: seconds until it was ready, and its process id."""
    began = time.perf_counter()
    async with started(on.folder, "run", **on.settings(**more)) as process:
        assert process.stderr is not None
        while b"Recap is running" not in await process.stderr.readline():
            pass
        yield time.perf_counter() - began, process.pid


def processor_time(pid: int) -> float:
    """Seconds of processor time of a process and of all that it has started (Linux)."""
    spent = 0.0
    with suppress(FileNotFoundError, ProcessLookupError):  # one that has ended meanwhile
        numbers = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        spent = sum(map(int, numbers[11:15])) / os.sysconf("SC_CLK_TCK")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        spent += sum(processor_time(int(child)) for child in children)
    return spent


def resident(pid: int) -> float:
    """Resident memory of a process in MB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
