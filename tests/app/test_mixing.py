"""Two workspaces in one database: no button, window or answer of one reaches into the other."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.console import subscriptions as console
from bot.errors import OperatorMustAct
from bot.listeners.actions import SUBSCRIPTION_BUTTONS
from bot.playground import slack_payloads as payloads
from bot.playground.organisation import Organisation
from bot.playground.slack import Elsewhere
from bot.playground.slack_workspace import Enterprise
from bot.rendering import buttons, ways
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Delivery, Kind, State
from bot.subscriptions.targets import parse_target
from bot.subscriptions.ways import Way
from bot.wiring import open_stores
from tests.app.test_installing import (
    NORTH,
    SOUTH,
    Fair,
    message_texts,
    opened,
    settings,
    subscribe,
    two,
)

HOOK = "https://chat.example.com/hooks/belongs-to-the-south"
THEIRS = ("subscriptions", "targets", "deliveries", "audit")


@dataclass
class Neighbours:
    """North, whose people press; South, whose ids they have found out."""

    fair: Fair
    north: Elsewhere
    south: Elsewhere
    subscription: str
    delivery: str = "0" * 32
    way: str = "1" * 32

    async def press(self, action: dict[str, Any]) -> None:
        """Press what Recap has never put there, and wait for what is said of it."""
        said = len(message_texts(self.north))
        payload = {
            "type": "block_actions",
            **payloads.person(self.north.here, "U0MIANORTH"),
            "container": {"type": "message", "channel_id": "C0MARKETINGNORTH", "message_ts": "1.2"},
            "response_url": self.north.here.calls.new_response_url(
                "U0MIANORTH", "C0MARKETINGNORTH"
            ),
            "trigger_id": self.north.here.calls.new_trigger("U0MIANORTH", "C0MARKETINGNORTH"),
            "actions": [{"block_id": "b", "action_ts": "1.2", **action}],
        }
        delivery = await self.north.deliver("interactive", payload)
        assert delivery.error is None
        await self.fair.slack.until(lambda: len(message_texts(self.north)) > said)

    def of_the_south(self) -> list[list[tuple[Any, ...]]]:
        """All that South has in the database."""
        with sqlite3.connect(self.fair.database) as database:
            return [
                database.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()  # noqa: S608
                for table in THEIRS
            ]


@pytest.fixture
async def neighbours(tmp_path: Path, organisation: Organisation) -> AsyncIterator[Neighbours]:
    """South is subscribed, has a target, and a post that nobody could confirm."""
    async with opened(tmp_path, organisation, "socket") as fair:
        north, south = await two(fair)
        await subscribe(fair, south, SOUTH)
        async with open_stores(settings(fair.slack, fair.api, fair.database)) as stores:
            (one,) = await stores.ledger.subscriptions()
            found = Neighbours(fair, north, south, one.id)
            now = fair.clock.now()
            doubtful = Delivery(
                id=found.delivery,
                key=f"{one.id}/of-old",
                kind=Kind.RECAP,
                team=one.team,
                target=one.channel,
                due_at=now,
                planned_at=now,
                state=State.UNCONFIRMED,
                subscription=one.id,
            )
            way = Way(found.way, one.id, parse_target(HOOK), "U0MIASOUTH")
            assert await stores.ledger.commit(Change(new=(doubtful,)))
            assert await stores.ledger.commit(Change(way=(None, way)))
        yield found


async def test_buttons_with_ids_of_another_workspace(neighbours: Neighbours) -> None:
    """Each is answered as if there were no such thing, and changes nothing there."""
    before = neighbours.of_the_south()
    for name in SUBSCRIPTION_BUTTONS:
        values = {
            buttons.POST_AGAIN: neighbours.delivery,
            buttons.UNDO_SKIP: f"{neighbours.subscription} 2026-11-23",
            buttons.SEND_NOW: f"{neighbours.subscription} nonce",
        }
        value = values.get(name, neighbours.subscription)
        await neighbours.press({"type": "button", "action_id": name, "value": value})
        assert "This subscription is gone." in neighbours.north.workspace.messages[-1].text
    for verb in (ways.TRY, ways.RESUME, ways.REMOVE):
        chosen = {"value": f"{verb} {neighbours.way}", "text": {"type": "plain_text", "text": "–"}}
        await neighbours.press(
            {"type": "overflow", "action_id": buttons.WAY, "selected_option": chosen}
        )
        await neighbours.fair.slack.until(
            lambda: "is gone." in neighbours.north.workspace.messages[-1].text
        )
    assert neighbours.of_the_south() == before
    assert SOUTH not in message_texts(neighbours.north)
    assert "chat.example.com" not in message_texts(neighbours.north)


async def test_lists_of_another_workspace(neighbours: Neighbours) -> None:
    """Neither the list nor the Home nor the status knows what there is next door."""
    fair, north = neighbours.fair, neighbours.north
    for text in ("list", "status", "last", "pause"):
        said = (await fair.ask(north, text, NORTH)).text
        assert "/recap subscribe" in said
    await north.open_home("U0MIANORTH")
    assert SOUTH not in message_texts(north)


async def test_a_request_that_names_no_workspace(
    tmp_path: Path, organisation: Organisation
) -> None:
    """Two organizations that say nothing of their workspaces don't get one between them."""
    async with opened(tmp_path, organisation, "socket") as fair:
        fair.slack.org_ready = True
        east = fair.place("EAST", Enterprise())
        await fair.install(east, org_wide=True)
        await east.add_app()
        payload = {
            "type": "view_submission",
            **payloads.in_view(east.here, "U0MIAEAST"),
            "user": {"id": "U0MIAEAST"},
            "view": {"type": "modal", "callback_id": buttons.KEY_FORM, "private_metadata": ""},
        }
        with capture_logs() as logs:
            await east.deliver("interactive", payload)
        assert "not_installed" in [one["event"] for one in logs]
        with sqlite3.connect(fair.database) as database:
            assert database.execute("SELECT * FROM members WHERE team = ''").fetchall() == []


async def test_a_channel_of_two_workspaces_in_the_terminal(
    neighbours: Neighbours, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that two have is not guessed at; an id is one workspace's, with its own token."""
    fair = neighbours.fair
    await subscribe(fair, neighbours.north, NORTH)
    given = settings(fair.slack, fair.api, fair.database)
    with pytest.raises(OperatorMustAct, match="#marketing is in several workspaces"):
        await console.change(given, "#marketing", "pause")
    await console.change(given, "C0MARKETINGSOUTH", "pause")
    await console.change(given, "C0MARKETINGSOUTH", "resume")
    said = capsys.readouterr().out
    assert "Paused." in said
    assert "On again." in said
    with pytest.raises(OperatorMustAct, match="--workspace has to name one of these"):
        await console.add(given, "C0MARKETINGSOUTH", [], None)
