"""Nothing secret of a workspace stands in the log, in Slack, in the metrics or in the database."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Sequence
from datetime import timedelta

import aiohttp
import pytest
import structlog

from bot import logs
from bot.playground.creatoraudit import ApiKey
from bot.playground.faults import Fault
from bot.playground.slack import Elsewhere
from bot.rendering import buttons
from bot.wiring import open_stores
from tests.app.conftest import SEALED_WITH
from tests.app.test_installing import (
    KEYS,
    NORTH,
    Fair,
    _to_monday,
    eventually,
    fair,
    message_texts,
    settings,
    subscribe,
    two,
)

__all__ = ["fair"]

pytestmark = pytest.mark.usefixtures("restored_logging")

REFUSED = "ca_of_nobody_1234"


def configure(secrets: Sequence[str]) -> None:
    """Log as ``recap run`` does, without a trace in the loggers that other tests use."""
    logs.configure("json", secrets)
    structlog.configure(cache_logger_on_first_use=False)


async def _open_window(fair: Fair, north: Elsewhere) -> None:
    await north.open_home("U0MIANORTH")
    north.workspace.windows.clear()
    await north.press_in_view("U0MIANORTH", north.workspace.homes["U0MIANORTH"], buttons.CHANGE_KEY)
    await fair.slack.until(lambda: bool(north.workspace.windows.get("U0MIANORTH")))


async def _troubles(fair: Fair, north: Elsewhere) -> None:
    """All that may go wrong with secrets at hand."""
    await _open_window(fair, north)
    await north.submit("U0MIANORTH", {"key": {"value": REFUSED}})
    fair.api.keys[KEYS[NORTH]] = ApiKey(fair.api.keys[KEYS[NORTH]].organisation, state="disabled")
    await fair.ask(north, "7d", NORTH)
    # Slack refuses the renewal of a token, and then an installation.
    fair.slack.faults.add(Fault("error", "oauth.v2.access", times=2, error="invalid_refresh_token"))
    fair.clock.offset += timedelta(hours=11)
    await fair.ask(north, "help", NORTH)
    link, cookie = await fair.begin()
    state = re.search(r"state=([^&]+)", link)
    assert state
    query = f"code=c0de-c0de&state={state.group(1)}"
    assert (await fair.page(f"/slack/oauth_redirect?{query}", cookie))[0] == 400


async def change(fair: Fair, statement: str) -> None:
    """Change the database behind Recap's back, as soon as its own writing is done."""

    def is_changed() -> bool:
        try:
            # Without waiting: Recap needs this very thread to come to an end.
            with sqlite3.connect(fair.database, timeout=0.0, isolation_level=None) as database:
                database.execute(statement)
        except sqlite3.OperationalError:
            return False
        return True

    await eventually(is_changed)


async def _bugs(fair: Fair, north: Elsewhere) -> None:
    """A table is gone, and somebody's button has no user."""
    button = {"type": "button", "action_id": buttons.PAUSE, "block_id": "b", "value": "x"}
    nobody = {"type": "block_actions", "team": {"id": "T0NORTH"}, "actions": [button]}
    await north.deliver("interactive", nobody)
    await _open_window(fair, north)
    await change(fair, "ALTER TABLE api_keys RENAME TO lost")
    await north.command("U0MIANORTH", "C0MARKETINGNORTH", "7d")
    await north.submit("U0MIANORTH", {"key": {"value": KEYS[NORTH]}})
    await change(fair, "ALTER TABLE lost RENAME TO api_keys")
    (window,) = north.workspace.windows["U0MIANORTH"]
    # What Slack itself keeps of what was typed.
    del window["state"]


async def test_nothing_secret_is_seen(fair: Fair, capsys: pytest.CaptureFixture[str]) -> None:
    """Installed, renewed, refused, with a bug and without a database, and uninstalled."""
    given = settings(fair.slack, fair.api, fair.database)
    configure(given.secrets)
    fair.slack.rotates = True
    north, south = await two(fair)
    tokens = {north.bot_token, south.bot_token}
    await subscribe(fair, north, NORTH)
    await _troubles(fair, north)
    tokens |= {north.bot_token, south.bot_token}
    await _bugs(fair, north)
    async with (
        aiohttp.ClientSession() as operator,
        operator.get(f"{fair.address}/metrics") as answer,
    ):
        metrics = await answer.text()
    await north.uninstall()
    await eventually(lambda: fair.count("installations") == 1)
    async with open_stores(given) as stores:
        everything = [*await stores.installations.everything(), await stores.keys.of("T0SOUTH")]
    printed = capsys.readouterr().err
    assert "Traceback" in printed
    seen = [printed, metrics, repr(everything), message_texts(north), message_texts(south)]
    secrets = {*tokens, *KEYS.values(), REFUSED, SEALED_WITH, fair.slack.client_secret, "c0de-c0de"}
    with sqlite3.connect(fair.database) as database:
        dump = "\n".join(database.iterdump())
    for secret in secrets:
        assert len(secret) > 8
        for one in (*seen, dump):
            assert secret not in one
    assert not re.search(r"xox[a-z][.-]", "".join(seen))
    assert [json.loads(line) for line in printed.splitlines()]


async def test_uninstalled_in_the_middle_of_a_delivery(
    fair: Fair, capsys: pytest.CaptureFixture[str]
) -> None:
    """Slack is still about to answer: nothing is left claimed, no text is left, nothing crashes."""
    configure(())
    north, _ = await two(fair)
    await subscribe(fair, north, NORTH)
    fair.slack.faults.add(Fault("slow", "chat.postMessage", seconds=1.5))
    fair.clock.to(fair.clock.now().replace(hour=9, minute=0) + _to_monday(fair))
    await eventually(lambda: "posting" in _states(fair))
    await north.uninstall()
    await eventually(lambda: fair.count("installations") == 1)
    await asyncio.sleep(3.0)
    with sqlite3.connect(fair.database) as database:
        found = database.execute("SELECT ready_at, message FROM deliveries").fetchall()
        held = database.execute("SELECT * FROM holds").fetchall()
    assert set(found) <= {(None, None), (None, "null")}
    assert held == []
    assert not {"planned", "claimed", "posting"} & set(_states(fair))
    assert "Traceback" not in capsys.readouterr().err


def _states(fair: Fair) -> list[str]:
    with sqlite3.connect(fair.database) as database:
        return [one for (one,) in database.execute("SELECT state FROM deliveries")]
