"""Keys that rotate: everything is sealed anew while Recap goes on, and nothing is lost."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.console import keys as console
from bot.errors import OperatorMustAct
from bot.settings import GivenSettings
from bot.storage.api_keys import SqlApiKeys
from bot.storage.canary import check_vault
from bot.storage.engine import open_database
from bot.storage.installations import SqlInstallations
from bot.storage.ledger import SqlLedger
from bot.storage.places import BATCH
from bot.storage.resealing import reseal
from bot.storage.schema import api_keys, targets
from bot.storage.upgrade import upgrade
from bot.storage.vault import Vault, keys_in
from bot.subscriptions.change import Change
from bot.subscriptions.targets import Target, TargetKind
from tests.storage.test_ledger import subscription
from tests.storage.test_vault import INSTALLATION, KEY, NEW, OLD, WAY, fill, on_disk, rows

VALUES = 5
"""A token, what the next one is had for, a key, an address, and what remembers the keys."""


class Meddler(Vault):
    """While it opens its first value, Recap goes on."""

    def __init__(self, keys: Sequence[str], meddle: Callable[[], None]) -> None:
        super().__init__(keys)
        self._meddle: Callable[[], None] | None = meddle

    def open(self, sealed: str, bound_to: str) -> str:
        if self._meddle:
            meddle, self._meddle = self._meddle, None
            meddle()
        return super().open(sealed, bound_to)


async def all_read_with(engine: AsyncEngine, vault: Vault) -> None:
    await check_vault(engine, vault)
    assert await SqlInstallations(engine, vault).of("T1") == INSTALLATION
    assert await SqlApiKeys(engine, vault).of("T1") == KEY
    assert await SqlLedger(engine, vault).way("w1") == WAY


async def test_an_old_key_can_go(engine: AsyncEngine) -> None:
    """Once everything is sealed with the new one; a second run finds nothing to do."""
    await fill(engine, Vault([OLD]))
    both = Vault([NEW, OLD])
    assert await reseal(engine, both) == VALUES
    await all_read_with(engine, Vault([NEW]))
    after = await rows(engine)
    assert await reseal(engine, both) == 0
    assert await rows(engine) == after
    with pytest.raises(OperatorMustAct):
        await check_vault(engine, Vault([OLD]))


async def test_more_than_a_batch(engine: AsyncEngine) -> None:
    """All of them, whatever their number is."""
    old, many = Vault([OLD]), range(2 * BATCH + 1)
    some = [replace(KEY, team=f"T{number}") for number in many]
    sealed = [
        asdict(one) | {"secret": old.seal(one.secret, f"api_keys/{one.team}/secret")}
        for one in some
    ]
    async with engine.begin() as connection:
        await connection.execute(insert(api_keys), sealed)
    assert await reseal(engine, Vault([NEW, OLD])) == len(many)
    store = SqlApiKeys(engine, Vault([NEW]))
    assert [await store.of(one.team) for one in some[::BATCH]] == some[::BATCH]


async def test_addresses_from_before_there_were_keys(engine: AsyncEngine) -> None:
    """They are read as they are, sealed by whatever changes them, and all of them by a rotation."""
    other = replace(WAY, id="w2", target=Target(TargetKind.EMAIL, "ana@example.com"))
    plain = SqlLedger(engine)
    await plain.commit(Change(subscription=(None, subscription()), way=(None, WAY)))
    await plain.commit(Change(way=(None, other)))
    vault = Vault([OLD])
    await check_vault(engine, vault)
    ledger = SqlLedger(engine, vault)
    assert (await ledger.ways(["s1"]))["s1"] == (other, WAY)
    assert await ledger.commit(Change(way=(WAY, replace(WAY, pause="410"))))
    assert await plain.way("w2") == other
    with pytest.raises(OperatorMustAct, match=r"^RECAP_ENCRYPTION_KEYS is not set"):
        await plain.way("w1")
    assert await reseal(engine, vault) == 1
    assert "ana@example.com" not in repr(await rows(engine))
    assert (await ledger.ways(["s1"]))["s1"] == (other, replace(WAY, pause="410", version=1))


async def test_nothing_in_clear_is_left_behind(tmp_path: Path) -> None:
    """Once it is sealed, the file holds no trace of what stood there before."""
    async with open_database(f"sqlite:///{tmp_path}/recap.db") as engine:
        await upgrade(engine)
        plain = SqlLedger(engine)
        await plain.commit(Change(subscription=(None, subscription()), way=(None, WAY)))
    assert b"canary-address" in on_disk(tmp_path)
    async with open_database(f"sqlite:///{tmp_path}/recap.db") as engine:
        assert await reseal(engine, Vault([OLD])) == 1
    assert b"canary-address" not in on_disk(tmp_path)


async def test_a_statement_that_fails_names_no_value(engine: AsyncEngine) -> None:
    """SQLAlchemy's own words may get into a log or a report."""
    row = dict.fromkeys(targets.c.keys()) | {"address": "canary-address"}
    async with engine.connect() as connection:
        with pytest.raises(IntegrityError) as caught:
            await connection.execute(insert(targets), row)
    statement = str(caught.value).split("[SQL:", maxsplit=1)[1]
    assert "canary-address" not in statement


@pytest.mark.parametrize("key", [NEW, OLD], ids=["new", "old"])
async def test_what_is_rotated_meanwhile(tmp_path: Path, key: str) -> None:
    """A token that Slack has just given is kept, whichever key it was sealed with."""
    file = tmp_path / "recap.db"
    newer = Vault([key]).seal("xoxb-newer", "installations/T1/token")

    def meddle() -> None:
        with closing(sqlite3.connect(file)) as other, other:
            other.execute("UPDATE installations SET token = ?, version = 1", [newer])

    async with open_database(f"sqlite:///{file}") as engine:
        await upgrade(engine)
        await fill(engine, Vault([OLD]))
        count = await reseal(engine, Meddler([NEW, OLD], meddle))
        assert count == (VALUES if key == OLD else VALUES - 1)
        kept = await SqlInstallations(engine, Vault([NEW])).of("T1")
        assert kept == replace(INSTALLATION, token="xoxb-newer", version=1)


async def test_interrupted_and_run_again(engine: AsyncEngine) -> None:
    """Both keys fit until the end, since what remembers them is sealed anew at last."""
    await fill(engine, Vault([OLD]))

    class Struck(Vault):
        def seal(self, secret: str, bound_to: str) -> str:
            if bound_to.startswith("api_keys/"):
                raise asyncio.CancelledError
            return super().seal(secret, bound_to)

    with pytest.raises(asyncio.CancelledError):
        await reseal(engine, Struck([NEW, OLD]))
    await all_read_with(engine, Vault([NEW, OLD]))
    for key in (OLD, NEW):
        with pytest.raises(OperatorMustAct):
            await check_vault(engine, Vault([key]))
    assert await reseal(engine, Vault([NEW, OLD])) == VALUES - 2
    await all_read_with(engine, Vault([NEW]))


async def test_what_no_key_opens_is_left(engine: AsyncEngine) -> None:
    """A rotation says what to put back, and what it was stays as it is."""
    await fill(engine, Vault([OLD]))
    before = await rows(engine)
    with pytest.raises(OperatorMustAct, match=r"installations/T1/token: put back the key"):
        await reseal(engine, Vault([NEW]))
    assert await rows(engine) == before


async def test_a_key_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    """The key alone on stdout, another one every time; on stderr, what to do with it."""
    await console.new()
    await console.new()
    printed = capsys.readouterr()
    first, second = printed.out.splitlines()
    assert first != second
    assert keys_in(first) == (first,)
    assert "before those that are there" in printed.err
    assert first not in printed.err


async def test_rotating_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says how many values, and which keys may go."""
    address = f"sqlite:///{tmp_path}/recap.db"
    async with open_database(address) as engine:
        await upgrade(engine)
        await fill(engine, Vault([OLD]))

    async def said(*keys: str) -> str:
        values = {"database_url": address, "recap_encryption_keys": ",".join(keys)}
        await console.rotate(GivenSettings.model_validate(values))
        return capsys.readouterr().out

    assert await said(NEW, OLD) == (
        "5 values are now sealed with the first key, as all the others are.\n"
        "Key 2 in RECAP_ENCRYPTION_KEYS may go, once every process of Recap runs with the new "
        "first key.\n"
    )
    with pytest.raises(OperatorMustAct, match=r"^No key in RECAP_ENCRYPTION_KEYS opens what"):
        await said(OLD)
    assert await said(NEW) == "Every value is sealed with the first key already.\n"
    assert (await said(NEW, OLD, OLD)).endswith(
        "Keys 2 to 3 in RECAP_ENCRYPTION_KEYS may go, once every process of Recap runs with the "
        "new first key.\n"
    )
    other = tmp_path / "other.db"
    address = f"sqlite:///{other}"
    async with open_database(address) as engine:
        await upgrade(engine)
        await check_vault(engine, Vault([OLD]))
    assert (await said(NEW, OLD)).startswith("1 value is now sealed with the first key, as all")
    with pytest.raises(OperatorMustAct, match=r"^RECAP_ENCRYPTION_KEYS is not set: `recap keys"):
        await console.rotate(GivenSettings(database_url=address))
