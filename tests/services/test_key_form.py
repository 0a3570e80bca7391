"""The window for a key: what it says next, also where CreatorAudit takes its time."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.digest.facts import Identity
from bot.errors import KeyRefused, OperatorMustAct, RecapError, Unusable
from bot.playground.slack_blocks import check_view
from bot.ports import Member
from bot.rendering.keys import About, about
from bot.rendering.limits import Block
from bot.rendering.numbers import Numbers
from bot.services.key_form import KeyForm
from bot.services.ways import Ways
from bot.services.windows import Windows
from tests.services.fakes import MemoryModals, MemoryReply, MemorySender, subscriptions
from tests.services.test_keyed import Keyed
from tests.services.test_keys import ADMIN, MARKETING, MEMBER, OTHER, SALES, Office

DEAD = KeyRefused("r", "o", why="CreatorAudit does not know the key.", said="401")


class House(Office):
    """An office with windows."""

    def __init__(self) -> None:
        super().__init__()
        self.workspace.people[MEMBER] = Member()
        self.modals = MemoryModals()
        keyed = Keyed(ledger=self.ledger, clock=self.clock, store=self.store)
        keyed.sources[MARKETING] = self.source
        keyed.sources[SALES] = self.source
        people = subscriptions(self.ledger, self.workspace, keyed.messenger, self.clock)
        ways = Ways(self.ledger, people, MemorySender(), self.clock)
        windows = Windows(
            people, self.modals, keyed.messenger, keyed.served, Numbers(), ways, self.keys
        )
        self.windows = windows
        self.form = KeyForm(self.keys, self.modals, windows, shown_within=0)

    @property
    def window(self) -> Block:
        """The newest window, which Slack takes."""
        view = self.modals.opened[-1][1]
        assert check_view(view) == []
        return view

    def sent(self, view: Block, secret: str, *, by: str = ADMIN) -> Any:  # noqa: ANN401
        """Send ``view`` off with ``secret`` in it."""
        values = {"key": {"value": {"type": "plain_text_input", "value": secret}}}
        return self.form.submitted(by, view["private_metadata"], values)

    @property
    def home(self) -> str:
        """The newest Home, which Slack takes."""
        view = self.modals.homes[-1][1]
        assert check_view(view) == []
        return str(view)


def first(view: Any) -> str:  # noqa: ANN401
    assert check_view(view) == []
    return str(view["blocks"][0]["text"]["text"])


async def test_a_key_is_entered() -> None:
    """The window says whose it is, and so does the Home; the key itself is in neither."""
    house = House()
    await house.form.open("trigger")
    kept = await house.sent(house.window, MARKETING)
    assert first(kept) == "Recap uses the key “Recap” of the organization `org_1` from now on."
    await house.windows.show_home(ADMIN)
    assert "Connected to CreatorAudit with the key “Recap”." in house.home
    assert "Key “Recap” of the organization `org_1`, entered by <@UADMIN>" in house.home
    assert "recap_remove_key" in house.home
    await house.windows.show_home(MEMBER)
    assert "recap_remove_key" not in house.home
    assert MARKETING not in f"{house.modals} {kept}"


async def test_no_key_yet() -> None:
    """The Home says what to do."""
    house = House()
    await house.windows.show_home(ADMIN)
    assert "Recap has no CreatorAudit key yet." in house.home
    assert "Enter key" in house.home


async def test_a_key_that_is_refused_in_use() -> None:
    """The Home is how it is learned, and says so at once."""
    house = House()
    await house.form.open("trigger")
    await house.sent(house.window, MARKETING)
    house.source.identity = DEAD
    await house.windows.show_home(ADMIN)
    assert "CreatorAudit has refused it since" in house.home


async def test_a_key_that_is_not_kept() -> None:
    """A sentence below what was typed, which stays there."""
    house = House()
    await house.form.open("trigger")
    house.source.identity = DEAD
    with capture_logs() as logs:
        said = await house.sent(house.window, MARKETING)
    assert said == "CreatorAudit does not know the key. Nothing has changed."
    assert MARKETING not in str(logs)


async def test_a_foreign_key_is_asked_about() -> None:
    """In the same window; sent off once more it is kept."""
    house = House()
    await house.form.open("trigger")
    await house.sent(house.window, MARKETING)
    await house.form.open("trigger")
    house.source.identity = Identity("org_sales", "Sales")
    question = await house.sent(house.window, SALES)
    assert first(question).startswith(":warning: This is the key “Sales” of the organization")
    assert about(question["private_metadata"]).organization == "org_sales"
    assert SALES not in str(question)
    kept = await house.sent(question, SALES)
    assert first(kept).startswith("Recap uses the key “Sales”")


async def test_two_admins_at_once() -> None:
    """The later one sees what the other did, and may do it again."""
    house = House()
    await house.form.open("trigger")
    mine = house.window
    await house.form.open("trigger")
    await house.sent(house.window, MARKETING, by=OTHER)
    again = await house.sent(mine, SALES)
    assert first(again) == (
        ":warning: Somebody has entered a key meanwhile: the key “Recap” of the organization "
        "`org_1`. Send this off again to put yours in its place."
    )
    assert first(await house.sent(again, SALES)).startswith("Recap uses the key")
    await house.form.open("trigger")
    mine = house.window
    house.store.kept = {}
    again = await house.sent(mine, SALES)
    assert first(again).startswith(":warning: Somebody has removed the key meanwhile.")
    assert about(again["private_metadata"]) == About()


async def shown(house: House, came: Block | str) -> Block:
    """What ``follow`` shows of ``came``."""
    await house.form.open("trigger")
    future: asyncio.Future[Block | str] = asyncio.get_running_loop().create_future()
    future.set_result(came)
    await house.form.follow(ADMIN, house.window | {"id": "V1"}, future)
    ((window, view),) = house.modals.updated
    assert window == "V1"
    return view


async def test_what_takes_longer() -> None:
    """The window shows what came of it; after a refusal the key has to be typed once more."""
    house = House()
    view = await shown(house, {"type": "modal", "blocks": []})
    assert view == {"type": "modal", "blocks": []}
    assert len(house.modals.homes) == 1
    house = House()
    view = await shown(house, "It is <wrong>.")
    assert first(view) == ":warning: It is &lt;wrong&gt;."
    assert about(view["private_metadata"]) == About()


async def test_a_window_that_was_closed_meanwhile() -> None:
    """The Home shows it all the same."""
    house = House()

    async def gone(*_: object) -> None:
        raise Unusable("It is gone.", "not_found")

    house.modals.update = gone  # type: ignore[assignment,method-assign]
    future: asyncio.Future[Block | str] = asyncio.get_running_loop().create_future()
    future.set_result({})
    await house.form.follow(ADMIN, {"id": "V1"}, future)
    assert len(house.modals.homes) == 1


async def test_a_key_that_can_not_be_decrypted() -> None:
    """The Home says so and shows the rest; a new key is refused, so that nothing is overwritten."""
    house = House()
    await house.form.open("trigger")
    view = house.window
    lost = OperatorMustAct("Recap can't open the key any more. Ask whoever runs it.", "no key fits")

    async def closed(_: str) -> None:
        raise lost

    house.store.of = closed  # type: ignore[assignment,method-assign]
    with capture_logs() as logs:
        await house.windows.show_home(ADMIN)
    assert "Recap can't open the key any more." in house.home
    assert "No channel that you can see is subscribed." in house.home
    assert [line["event"] for line in logs] == ["key_not_read"]
    assert await house.sent(view, MARKETING) == lost.reader
    assert house.store.kept == {}


async def test_remove() -> None:
    """Done where the button stands, or not."""
    house, reply = House(), MemoryReply()
    await house.form.open("trigger")
    await house.sent(house.window, MARKETING)
    await house.form.remove(ADMIN, house.seen, reply)
    assert reply.sentences[0].startswith("Recap has forgotten the key “Recap”")
    with pytest.raises(RecapError):
        await house.form.remove(ADMIN, "", reply)
