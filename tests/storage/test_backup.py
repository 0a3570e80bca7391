"""A copy of a SQLite file in use, and the mark that keeps it from being used by mistake."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.errors import OperatorMustAct
from bot.storage.backup import back_up, file_of, unmark
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.upgrade import make_ready, upgrade
from bot.subscriptions.change import Change
from tests.services.post_office import subscription


def files(folder: Path) -> dict[str, int]:
    """What is in ``folder``, and who may do what with it."""
    return {one.name: stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()}


async def test_while_somebody_writes(tmp_path: Path) -> None:
    """The copy is of one moment, in one file that only its owner can read."""
    source, target = tmp_path / "recap.db", tmp_path / "backup?#.db"
    async with open_database(f"sqlite:///{source}") as engine:
        await upgrade(engine)
        ledger = SqlLedger(engine)
        assert await ledger.commit(Change(subscription=(None, subscription())))
        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM subscriptions"))
            back_up(source, target)
    assert files(tmp_path) == {"backup?#.db": 0o600, "recap.db": files(tmp_path)["recap.db"]}
    with closing(sqlite3.connect(target)) as copied:
        assert copied.execute("SELECT id FROM subscriptions").fetchall() == [("s1",)]


async def test_marked(tmp_path: Path) -> None:
    """A copy is refused until somebody has been through it; the original never is."""
    source, target = tmp_path / "recap.db", tmp_path / "backup.db"
    async with open_database(f"sqlite:///{source}") as engine:
        await make_ready(engine)
        back_up(source, target)
        await make_ready(engine)
    async with open_database(f"sqlite:///{target}") as engine:
        with pytest.raises(OperatorMustAct) as caught:
            await make_ready(engine)
        assert caught.value.operator == (
            "The database is a backup, and knows nothing of what was posted since: run "
            "`recap restored` once, then start again."
        )
        await unmark(engine)
        await make_ready(engine)


async def test_nothing_to_unmark(postgres: str) -> None:
    """PostgreSQL's dumps have no mark."""
    async with open_database(postgres) as engine:
        await unmark(engine)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Not even with the same data."""
    source, target = tmp_path / "recap.db", tmp_path / "backup.db"
    sqlite3.connect(source).close()
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(OperatorMustAct) as caught:
        back_up(source, target)
    assert caught.value.operator == f"{target} exists already: name another file."
    assert target.read_text(encoding="utf-8") == "mine"


def test_nowhere_to_write(tmp_path: Path) -> None:
    """A folder that is not there is not made."""
    with pytest.raises(OperatorMustAct, match=r"can't be written: No such file or directory\."):
        back_up(tmp_path / "recap.db", tmp_path / "none" / "backup.db")


@pytest.mark.parametrize("content", [None, b"no database" * 100])
def test_nothing_to_copy(tmp_path: Path, content: bytes | None) -> None:
    """No file, or another program's: nothing is left where the copy would be."""
    source, target = tmp_path / "recap.db", tmp_path / "backup.db"
    if content:
        source.write_bytes(content)
    with pytest.raises(OperatorMustAct, match=r"recap\.db can't be backed up: "):
        back_up(source, target)
    assert not target.exists()
    assert source.exists() is bool(content)


def test_file_of() -> None:
    """What there is to copy."""
    assert file_of("sqlite:////data/recap.db") == Path("/data/recap.db")
    assert file_of("postgresql://recap@host/recap") is None
