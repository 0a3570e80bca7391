"""A workspace with a CreatorAudit key of its own, as its people meet it."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.listeners import keys as listener
from bot.playground import slack_payloads as payloads
from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn
from bot.playground.faults import Fault
from bot.playground.organisation import Organisation
from bot.playground.slack import Delivery, SlackStandIn
from bot.playground.slack_workspace import Message, Person, Workspace
from bot.rendering import buttons
from tests.app.conftest import (
    KOFI,
    MARKETING,
    MIA,
    SATURDAY,
    Journey,
    Mode,
    Theatre,
    Travels,
    served,
)
from tests.app.test_subscriptions_in_slack import (
    MONDAY_BERLIN,
    accepted,
    home,
    subscribe,
    window,
)
from tests.conftest import KEY, TODAY

ADA = "U0ADA"
FIRST, SECOND, SALES, READER, DISABLED = (
    "ca_first_1234",
    "ca_second_1234",
    "ca_sales_1234",
    "ca_reader_1234",
    "ca_disabled_1234",
)
SECRETS = (FIRST, SECOND, SALES, READER, DISABLED, "ca_unknown_1234")


@dataclass
class Office(Journey):
    """A journey whose workspace has keys of its own; Mia and Ada are admins."""

    async def type(self, secret: str, user: str = MIA) -> None:
        """Open the window from the Home, and send it off with ``secret``."""
        await self.open(user)
        await self.send(secret, user)
        await self.checked(user)

    async def checked(self, user: str = MIA) -> None:
        """Wait until CreatorAudit has said what it thinks of the key."""
        await self.slack.until(lambda: "CreatorAudit is asked" not in self.said(user))

    async def open(self, user: str = MIA) -> None:
        self.slack.workspace.windows.pop(user, None)
        shown = await home(self, user)
        accepted(await self.slack.press_in_view(user, shown, buttons.CHANGE_KEY))
        await window(self, user)

    async def send(self, secret: str, user: str = MIA) -> str:
        """Send the window off with ``secret``; what the app answers at once."""
        delivery = await self.slack.submit(user, {"key": {"value": secret}})
        accepted(delivery)
        return delivery.answer

    def said(self, user: str = MIA) -> str:
        """What the uppermost window says first."""
        view = self.slack.workspace.windows[user][-1]
        return str(view["blocks"][0]["text"]["text"])

    def problem(self, user: str = MIA) -> str:
        """The sentence below the input."""
        return self.slack.workspace.window_errors[user]["key"]


@asynccontextmanager
async def opened(
    mode: Mode, organisation: Organisation, folder: Path, clock: Travels
) -> AsyncIterator[Office]:
    """The whole app, without a key in its settings."""
    database = folder / "recap.db"
    workspace = Workspace.sample()
    workspace.people[MIA] = replace(workspace.people[MIA], is_admin=True)
    workspace.people[ADA] = Person(ADA, "Ada", is_admin=True)
    known = {
        KEY: ApiKey(organisation, "The operator's"),
        FIRST: ApiKey(organisation, "First"),
        SECOND: ApiKey(organisation, "Second"),
        SALES: ApiKey(Organisation(TODAY, seed=8, id="org_sales"), "Sales"),
        READER: ApiKey(organisation, "Reader", frozenset({"read"})),
        DISABLED: ApiKey(organisation, "Off", state="disabled"),
    }
    async with (
        CreatorAuditStandIn(known, now=clock.now) as api,
        SlackStandIn(workspace, now=lambda: clock.now().timestamp()) as slack,
        served(slack, api, mode, database, clock, own_key=True) as address,
    ):
        yield Office(slack, api, mode, address, clock, database)
    operators = f"Bearer {KEY}"
    assert all(one.headers["authorization"] != operators for one in api.exchanges)


@pytest.fixture(params=["socket", "http"])
async def office(
    request: pytest.FixtureRequest, organisation: Organisation, tmp_path: Path
) -> AsyncIterator[Office]:
    """In each mode, in real time."""
    async with opened(request.param, organisation, tmp_path, Travels()) as office:
        yield office


@pytest.fixture
async def on_saturday(organisation: Organisation, tmp_path: Path) -> AsyncIterator[Office]:
    """In Socket Mode, in a time of its own."""
    clock = Travels()
    clock.to(SATURDAY)
    async with opened("socket", organisation, tmp_path, clock) as office:
        yield office


async def test_a_key_is_entered(office: Office) -> None:
    """Before it there is a sentence, after it there are numbers; the Home says whose."""
    answer = await office.ask("7d")
    assert answer.text == (
        "Recap has no CreatorAudit key yet. An admin of this workspace enters one in the Home of "
        "Recap."
    )
    shown = json.dumps(await home(office, KOFI))
    assert "An admin of the workspace enters one here" in shown
    assert buttons.CHANGE_KEY not in shown
    await office.type(f" {FIRST} ")
    assert (
        office.said() == "Recap uses the key “First” of the organization `org_2a91c7` from now on."
    )
    assert (await office.ask("7d")).text.startswith("Recap: last 7 days")
    shown = json.dumps(await home(office, KOFI), ensure_ascii=False)
    assert "Connected to CreatorAudit with the key “First”." in shown
    assert f"Ask <@{MIA}> or another admin of this workspace to change it." in shown


async def test_keys_that_are_not_kept(office: Office) -> None:
    """A sentence below the input; the key that was there goes on working."""
    await office.type(FIRST)
    await office.open()
    for secret, why in (
        ("ca_unknown_1234", "CreatorAudit does not know the key. Nothing has changed."),
        (
            DISABLED,
            "CreatorAudit refuses the key: it is switched off, or the subscription has ended. "
            "Nothing has changed.",
        ),
        ("xoxb-1234", "This is a token of Slack's. The key comes from CreatorAudit."),
    ):
        await office.send(secret)
        assert office.problem() == why
    await office.send(READER)
    await office.checked()
    assert "until it gets the scope `write`" in office.said()
    assert (await office.ask("7d")).text.startswith("Recap: last 7 days")


def numbers(recap: Message) -> list[str]:
    """The lines that differ from organization to organization, without the time of day."""
    return recap.text.splitlines()[1:3]


async def test_a_foreign_key(office: Office) -> None:
    """A question first, in the same window, which keeps what was typed."""
    await office.type(FIRST)
    own = numbers(await office.ask("7d"))
    await office.type(SALES)
    assert "This is the key “Sales” of the organization `org_sales`." in office.said()
    assert numbers(await office.ask("7d")) == own
    accepted(await office.slack.submit(MIA, {}))
    await office.checked()
    assert (
        office.said() == "Recap uses the key “Sales” of the organization `org_sales` from now on."
    )
    assert numbers(await office.ask("7d")) != own


async def test_two_admins_at_once(office: Office) -> None:
    """The later one is told, and sends it off once more."""
    await office.open(MIA)
    await office.open(ADA)
    await office.send(FIRST, MIA)
    await office.send(SECOND, ADA)
    await office.checked(ADA)
    assert office.said(ADA).startswith(
        ":warning: Somebody has entered a key meanwhile: the key “First”"
    )
    accepted(await office.slack.submit(ADA, {}))
    await office.checked(ADA)
    assert office.said(ADA).startswith("Recap uses the key “Second”")


async def test_remove(office: Office) -> None:
    """The Home shows it."""
    await office.type(FIRST)
    shown = await home(office)
    accepted(await office.slack.press_in_view(MIA, shown, buttons.REMOVE_KEY))
    await office.slack.until(lambda: "Enter key" in str(office.slack.workspace.homes[MIA]))
    with sqlite3.connect(office.database) as database:
        assert database.execute("SELECT count(*) FROM api_keys").fetchone() == (0,)
    assert (await office.ask("7d")).text.startswith("Recap has no CreatorAudit key yet.")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Slack waits for a tenth of the time."""
    with monkeypatch.context() as patched:
        patched.setattr(listener, "ANSWER_WITHIN", 0.2)
        yield


@pytest.mark.usefixtures("hurried")
async def test_creatoraudit_that_takes_its_time(office: Office) -> None:
    """The window says so in time, and what came of it later."""
    for secret, said in (
        (FIRST, "Recap uses the key “First”"),
        (DISABLED, ":warning: CreatorAudit refuses the key"),
    ):
        await office.open()
        slow = office.api.faults.add(Fault("slow", "/whoami", times=None, seconds=0.6))
        assert "CreatorAudit is asked about the key" in await office.send(secret)
        slow.times = 0
        await office.slack.until(lambda said=said: office.said().startswith(said))  # type: ignore[misc]
    await office.slack.until(lambda: "“First”" in str(office.slack.workspace.homes[MIA]))
    await office.send(SECOND)
    await office.slack.until(lambda: office.said().startswith("Recap uses the key “Second”"))


async def test_an_answer_that_is_nearly_in_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came of it stays, though Slack learns a little late that CreatorAudit is asked."""
    deliver = office.slack.deliver

    async def late(kind: str, payload: dict[str, Any]) -> Delivery:
        delivery = await deliver(kind, payload)
        await asyncio.sleep(0.2)
        return delivery

    monkeypatch.setattr(listener, "ANSWER_WITHIN", 0.0)
    await office.open()
    monkeypatch.setattr(office.slack, "deliver", late)
    assert "CreatorAudit is asked about the key" in await office.send(FIRST)
    await office.slack.until(lambda: office.said().startswith("Recap uses the key “First”"))


async def test_rotated_without_a_missed_post(on_saturday: Office) -> None:
    """The old key dies on Monday: one message to who entered it, and the post once there is one."""
    office = on_saturday
    await office.type(FIRST)
    await subscribe(office)
    office.api.keys[FIRST] = replace(office.api.keys[FIRST], state="disabled")
    office.clock.to(MONDAY_BERLIN)
    told = f"D{MIA[1:]}"
    (message,) = await office.posts(told, 1)
    assert message.text.splitlines() == [
        "Recap can show no numbers in this workspace with the key “First” of the organization "
        "`org_2a91c7`. CreatorAudit refuses the key: it is switched off, or the subscription has "
        "ended.",
        "Posts wait, and come late once it works again or you enter another one.",
    ]
    assert "CreatorAudit refuses the key; an admin" in (await office.ask("status")).text
    office.slack.workspace.windows.clear()
    accepted(await office.slack.press(MIA, message, buttons.CHANGE_KEY))
    await office.slack.until(lambda: bool(office.slack.workspace.windows.get(MIA)))
    await office.send(SECOND)
    assert "The post that has waited for it will be sent now." in json.dumps(
        office.slack.workspace.windows[MIA][-1]
    )
    _, post = await office.posts(MARKETING, 2)
    assert "Recap: last 7 days" in post.text
    assert len(await office.posts(told, 1)) == 1


async def test_the_key_is_nowhere(office: Office) -> None:
    """Not in a log, a message, a window, a Home, or the database; whatever was done with it."""
    with capture_logs() as logs:
        await subscribe(office)
        for secret in SECRETS:
            await office.type(secret)
        accepted(await office.slack.submit(MIA, {}))
        office.api.faults.add(Fault("reset", "/whoami", times=9))
        await office.ask("7d")
        await office.ask("status")
        await office.ask("7d share")
        await home(office)
        await home(office, KOFI)
    calls = [one for one in office.slack.traffic if not one.method.startswith("auth.")]
    seen = f"{logs} {calls} {office.slack.workspace.messages} {office.slack.workspace.homes}"
    files = b"".join(one.read_bytes() for one in office.database.parent.glob("recap.db*"))
    for secret in SECRETS:
        assert secret not in seen
        assert secret.encode() not in files
    for view in office.slack.workspace.windows[MIA]:
        assert not any(secret in _without_state(view) for secret in SECRETS)


def _without_state(view: dict[str, Any]) -> str:
    """A window as the app made it; what was typed is in its state, and only there."""
    return json.dumps({key: value for key, value in view.items() if key != "state"})


async def test_a_home_from_before(by_socket: Theatre) -> None:
    """Since then whoever runs Recap sets the key: a sentence, and nothing changes."""
    slack = by_socket.slack
    await slack.open_home(MIA)
    await slack.until(lambda: MIA in slack.workspace.homes)
    shown = slack.workspace.homes[MIA]
    for action in (buttons.CHANGE_KEY, buttons.REMOVE_KEY):
        button = {"type": "button", "action_id": action, "value": "seen"}
        shown["blocks"] = [{"type": "actions", "block_id": "old", "elements": [button]}]
        slack.workspace.windows.clear()
        accepted(await slack.press_in_view(MIA, shown, action))
        await slack.until(lambda: "Whoever runs Recap sets" in str(slack.workspace.windows))
    view = {"id": "V1", "type": "modal", "callback_id": buttons.KEY_FORM}
    filled = {"private_metadata": "", "state": {"values": {"key": {"value": {"value": FIRST}}}}}
    sent = {"type": "view_submission", **payloads.in_view(slack.here, MIA), "view": view | filled}
    delivery = await slack.deliver("interactive", sent)
    assert "Whoever runs Recap sets" in delivery.answer
