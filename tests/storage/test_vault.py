"""Secrets at rest: nobody who has the database alone learns one, and no key is lost unseen."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import OperatorMustAct
from bot.storage.api_keys import SqlApiKeys
from bot.storage.canary import check_vault
from bot.storage.installations import SqlInstallations
from bot.storage.ledger import SqlLedger
from bot.storage.vault import Vault, fresh_key, is_sealed, keys_in
from bot.subscriptions.change import Change
from bot.subscriptions.targets import Target, TargetKind
from bot.subscriptions.ways import Way
from bot.tenants.api_key import ApiKey
from bot.tenants.installation import Installation
from tests.examples import NOON
from tests.storage.test_ledger import subscription

OLD, NEW, OTHER = fresh_key(), fresh_key(), fresh_key()
TOKEN, REFRESH, SECRET = "xoxb-canary-token", "xoxe-canary-refresh", "ca-canary-secret"
HOOK = Target(TargetKind.WEBHOOK, "https://hooks.example.com/in/canary-address")
CANARIES = (TOKEN, REFRESH, SECRET, "canary-address")
INSTALLATION = Installation(
    "T1", "Acme", "B1", "U1", frozenset({"commands"}), TOKEN, "U7", NOON, refresh_token=REFRESH
)
WAY = Way("w1", "s1", HOOK, "U1")
KEY = ApiKey("T1", SECRET, "Recap", "org-1", "U7", NOON)
NO_KEY = (
    "No key in RECAP_ENCRYPTION_KEYS opens {}: put back the key that it was sealed with. Nothing "
    "was overwritten."
)
LOST = (
    "No key in RECAP_ENCRYPTION_KEYS opens what this database holds: put back the key that its "
    "secrets were sealed with. Nothing was overwritten."
)


async def rows(engine: AsyncEngine) -> list[Any]:
    """All that stands in the tables of secrets, as it stands there."""
    tables = ("installations", "api_keys", "targets", "vault")
    async with engine.connect() as connection:
        return [
            list(map(tuple, await connection.execute(text(f"SELECT * FROM {table}"))))  # noqa: S608
            for table in tables
        ]


def on_disk(folder: Path) -> bytes:
    """The SQLite file and what is beside it, byte for byte."""
    return b"".join(file.read_bytes() for file in sorted(folder.glob("recap.db*")))


async def fill(engine: AsyncEngine, vault: Vault) -> None:
    await check_vault(engine, vault)
    assert await SqlInstallations(engine, vault).put(None, INSTALLATION)
    assert await SqlApiKeys(engine, vault).put(None, KEY)
    ledger = SqlLedger(engine, vault)
    assert await ledger.commit(Change(subscription=(None, subscription()), way=(None, WAY)))


def test_sealed_and_opened() -> None:
    """With each of its keys; never twice the same, so that nobody sees that two are equal."""
    sealed = Vault([OLD]).seal("a secret\nof two lines", "table/row/column")
    assert is_sealed(sealed)
    assert not is_sealed("https://example.com/")
    assert "secret" not in sealed
    for keys in ([OLD], [NEW, OLD]):
        assert Vault(keys).open(sealed, "table/row/column") == "a secret\nof two lines"
    assert Vault([OLD]).seal("a secret\nof two lines", "table/row/column") != sealed


def test_the_first_key_seals() -> None:
    """The others are there for what was sealed before."""
    both = Vault([NEW, OLD])
    assert Vault([NEW]).open(both.seal("secret", "place"), "place") == "secret"
    assert both.is_newest(both.seal("secret", "place"))
    assert not both.is_newest(Vault([OLD]).seal("secret", "place"))


@pytest.mark.parametrize("sealed", [Vault([OTHER]).seal("hush", "place"), "hush", ""])
def test_no_key_opens_it(sealed: str) -> None:
    """What to do is said, and nothing of what stands there."""
    with pytest.raises(OperatorMustAct) as caught:
        Vault([NEW, OLD]).open(sealed, "place")
    assert caught.value.operator == NO_KEY.format("place")
    assert caught.value.reader == "Recap can't read its own keys. Ask whoever runs it."


def test_a_copy_is_refused() -> None:
    """Whoever can write to the database alone gives no workspace the secret of another."""
    sealed = Vault([OLD]).seal("hush", "api_keys/T1/secret")
    with pytest.raises(OperatorMustAct) as caught:
        Vault([OLD]).open(sealed, "api_keys/T2/secret")
    assert caught.value.operator == (
        "What stands in api_keys/T2/secret was sealed for api_keys/T1/secret and copied: restore "
        "that row from a backup, or delete it."
    )


def test_without_keys() -> None:
    """Nothing is kept in clear instead."""
    assert not Vault().has_keys
    for attempt in (Vault().seal, Vault().open):
        with pytest.raises(OperatorMustAct) as caught:
            attempt("hush", "place")
        assert caught.value.operator == (
            "RECAP_ENCRYPTION_KEYS is not set, and secrets are kept sealed only: `recap keys new` "
            "makes a key. If there was one before, put it back."
        )


def test_keys_as_they_are_typed() -> None:
    """White space, and a comma too many, are nobody's intention."""
    assert keys_in(f" {NEW} ,\n{OLD},") == (NEW, OLD)
    assert keys_in(" ") == ()


@pytest.mark.parametrize(
    "wrong",
    ["password", NEW[:-1], f"{NEW}x", "é" * 44, f"{OLD} {NEW}"],
    ids=["a word", "cut", "too long", "other letters", "no comma"],
)
def test_no_key_at_all(wrong: str) -> None:
    """Which one it is, and how to have one; never what it was."""
    with pytest.raises(ValueError, match=r"^key 2 in it is none; `recap keys new`") as caught:
        keys_in(f"{OLD},{wrong}")
    assert wrong not in str(caught.value)


async def test_the_first_keys_are_remembered(engine: AsyncEngine) -> None:
    """From then on they have to be there, with newer ones or without."""
    await check_vault(engine, Vault())
    assert await rows(engine) == [[], [], [], []]
    await check_vault(engine, Vault([OLD]))
    remembered = await rows(engine)
    await check_vault(engine, Vault([OLD]))
    await check_vault(engine, Vault([NEW, OLD]))
    for vault in (Vault([NEW]), Vault([NEW, OTHER])):
        with pytest.raises(OperatorMustAct) as caught:
            await check_vault(engine, vault)
        assert caught.value.operator == LOST
    with pytest.raises(OperatorMustAct) as caught:
        await check_vault(engine, Vault())
    assert caught.value.operator == (
        "RECAP_ENCRYPTION_KEYS is not set, but this database holds sealed secrets: put back the "
        "keys that they were sealed with."
    )
    assert await rows(engine) == remembered


async def test_a_lost_key(engine: AsyncEngine) -> None:
    """Everything that would read or change a secret says what to put back, and changes nothing."""
    await fill(engine, Vault([OLD]))
    before = await rows(engine)
    for vault in (Vault([NEW]), Vault()):
        with pytest.raises(OperatorMustAct):
            await check_vault(engine, vault)
        installations, keys = SqlInstallations(engine, vault), SqlApiKeys(engine, vault)
        for attempt in (installations.of, installations.called, keys.of):
            with pytest.raises(OperatorMustAct, match=r"put .*back"):
                await attempt("T1")
        with pytest.raises(OperatorMustAct, match=r"put .*back"):
            await installations.everything()
        with pytest.raises(OperatorMustAct, match=r"put .*back"):
            await SqlLedger(engine, vault).ways(["s1"])
    installations, keys = SqlInstallations(engine, Vault([NEW])), SqlApiKeys(engine, Vault([NEW]))
    assert not await installations.put(None, INSTALLATION)
    assert not await keys.put(None, KEY)
    assert await rows(engine) == before
    assert await SqlInstallations(engine, Vault([NEW, OLD])).of("T1") == INSTALLATION
    assert await SqlApiKeys(engine, Vault([NEW, OLD])).of("T1") == KEY


@pytest.mark.parametrize("remembers", [True, False])
async def test_a_key_that_only_some_are_sealed_with(
    engine: AsyncEngine, *, remembers: bool
) -> None:
    """It is missed at the start and not when that one is needed; nothing is settled by others."""
    await fill(engine, Vault([OLD]))
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM vault"))
    if remembers:
        await check_vault(engine, Vault([NEW, OLD]))
    before = await rows(engine)
    with pytest.raises(OperatorMustAct) as caught:
        await check_vault(engine, Vault([NEW]))
    assert caught.value.operator == NO_KEY.format("installations/T1/token")
    assert await rows(engine) == before


async def test_the_faster_start_settles_the_keys(engine: AsyncEngine) -> None:
    """Of two that begin with different ones, one goes on."""
    checks = [check_vault(engine, Vault([key])) for key in (OLD, NEW)]
    ended = await asyncio.gather(*checks, return_exceptions=True)
    (refused,) = filter(None, ended)
    assert isinstance(refused, OperatorMustAct)
    assert refused.operator == LOST


async def test_without_keys_nothing_is_kept(engine: AsyncEngine) -> None:
    """One sentence instead of a token in clear; where there is none, that is said as ever."""
    installations, keys = SqlInstallations(engine, Vault()), SqlApiKeys(engine, Vault())
    assert await installations.of("T1") is None
    assert await keys.of("T1") is None
    for work in (installations.put(None, INSTALLATION), keys.put(None, KEY)):
        with pytest.raises(OperatorMustAct, match=r"^RECAP_ENCRYPTION_KEYS is not set"):
            await work
    assert await rows(engine) == [[], [], [], []]


@pytest.mark.parametrize(
    "copied",
    [
        "UPDATE installations SET token = (SELECT token FROM installations WHERE id = 'T2') "
        "WHERE id = 'T1'",
        "UPDATE installations SET token = refresh_token WHERE id = 'T1'",
    ],
)
async def test_a_row_that_was_copied(engine: AsyncEngine, copied: str) -> None:
    """A token of another workspace, or another one of its own, is not used."""
    vault = Vault([OLD])
    store = SqlInstallations(engine, vault)
    await store.put(None, INSTALLATION)
    other = Installation("T2", "Other", "B2", "U2", frozenset(), "xoxb-other", "U8", NOON)
    await store.put(None, other)
    async with engine.begin() as connection:
        await connection.execute(text(copied))
    with pytest.raises(OperatorMustAct, match=r"sealed for installations/T[12]/[a-z_]+ and copied"):
        await store.of("T1")
    assert await store.of("T2") == other


async def test_nothing_in_clear(
    engine: AsyncEngine, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Not in what is printed, logged, said or stored."""
    caplog.set_level(logging.DEBUG)
    await fill(engine, Vault([OLD]))
    said = [repr(INSTALLATION), repr(KEY), repr(await rows(engine))]
    said += [repr(SqlInstallations(engine, Vault([OLD]))), repr(Vault([OLD]))]
    for vault in (Vault([NEW]), Vault()):
        keys, ledger = SqlApiKeys(engine, vault), SqlLedger(engine, vault)
        for read in (SqlInstallations(engine, vault).of("T1"), keys.of("T1"), ledger.way("w1")):
            with pytest.raises(OperatorMustAct) as caught:
                await read
            said += [repr(caught.value), caught.value.operator, caught.value.reader]
    said.append(caplog.text)
    stored = on_disk(tmp_path)
    for canary in (*CANARIES, OLD, NEW):
        assert all(canary not in one for one in said)
        assert canary.encode() not in stored
