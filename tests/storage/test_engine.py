"""Opening the database, on a real SQLite file and a real PostgreSQL."""

import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.errors import OperatorMustAct
from bot.storage.engine import check, open_database
from bot.storage.upgrade import make_ready


async def test_sqlite(tmp_path: Path) -> None:
    """A new file, in write-ahead mode, with nothing left behind by the check."""
    async with open_database(f"sqlite:///{tmp_path}/recap.db") as engine:
        assert (await check(engine)).startswith("sqlite 3.")
        async with engine.connect() as connection:
            assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
            assert await connection.scalar(text("SELECT count(*) FROM sqlite_master")) == 0


async def test_sqlite_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """The sentence says what SQLite said."""
    with pytest.raises(OperatorMustAct) as caught:
        async with open_database(f"sqlite:///{tmp_path}/none/recap.db") as engine:
            await check(engine)
    assert caught.value.operator == "DATABASE_URL can't be used: unable to open database file."


async def test_sqlite_that_is_no_database(tmp_path: Path) -> None:
    """A file of something else is not overwritten."""
    other = tmp_path / "notes.txt"
    other.write_text("not a database, but long enough to be taken for one" * 20)
    with pytest.raises(OperatorMustAct, match="file is not a database"):
        async with open_database(f"sqlite:///{other}") as engine:
            await check(engine)
    assert other.read_text().startswith("not a database")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("sqlite:///a.db?timeout=abc", "could not convert string to float: 'abc'"),
        ("sqlite:///a.db?check_same_thread=9", "String is not true/false: '9'"),
        ("sqlite:///a%00b", "embedded null byte"),
    ],
)
async def test_sqlite_with_impossible_options(address: str, why: str) -> None:
    """They are the operator's to mend, and no bug."""
    with pytest.raises(OperatorMustAct) as caught:
        async with open_database(address):
            pass
    assert caught.value.operator == f"DATABASE_URL can't be used: {why}."


async def test_postgresql_with_an_impossible_option() -> None:
    """Its driver says so when it is first asked to connect."""
    with pytest.raises(OperatorMustAct, match=r'DATABASE_URL .* invalid connection option "foo"'):
        async with open_database("postgresql://127.0.0.1:1/recap?foo=1") as engine:
            await make_ready(engine)


async def test_postgresql(postgres: str) -> None:
    """Both spellings of its scheme; the check leaves no table behind."""
    for address in (postgres, postgres.replace("postgresql://", "postgres://")):
        async with open_database(address) as engine:
            assert (await check(engine)).startswith("postgresql ")
            async with engine.connect() as connection:
                found = await connection.scalar(text("SELECT to_regclass('recap_doctor')"))
                assert found is None


async def test_postgresql_that_is_not_there() -> None:
    """Nobody listens on port 1."""
    with pytest.raises(OperatorMustAct, match=r"DATABASE_URL can't be used: .*refused"):
        async with open_database("postgresql://recap:hush@127.0.0.1:1/recap") as engine:
            await check(engine)


async def test_postgresql_without_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra that brings it is named."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(OperatorMustAct) as caught:
        async with open_database("postgresql://recap@127.0.0.1/recap"):
            pass
    assert caught.value.operator == (
        "DATABASE_URL names PostgreSQL, but psycopg is not installed: "
        "pip install 'creatoraudit-recap[postgres]'."
    )
