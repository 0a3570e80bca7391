"""What happens to a channel, and what that means for its subscription."""

import pytest

from bot.ports import Place
from bot.rendering.numbers import Numbers
from bot.services.happenings import Happenings
from bot.subscriptions.change import Change
from bot.subscriptions.model import Pause, Subscription
from tests.services.fakes import MemoryWorkspace
from tests.services.post_office import PostOffice, subscription


class House(PostOffice):
    """A post office that hears what happens."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.workspace = MemoryWorkspace()
        self.events = Happenings(self.ledger, self.workspace, self.clock, Numbers(), "T1")

    async def one(self) -> Subscription:
        found = await self.ledger.subscription("s1")
        assert found
        return found

    async def told(self) -> list[str]:
        """What the contact has read, first lines, oldest first."""
        await self.tick()
        return self.posts("U1")


PAUSED = "The recap for #name-C1 is paused: "


@pytest.mark.parametrize(
    ("why", "sentence"),
    [
        (Pause.ARCHIVED, "the channel is archived."),
        (Pause.NOT_IN_CHANNEL, "Recap is not in the channel."),
        (Pause.CHANNEL_GONE, "Slack no longer shows Recap the channel."),
    ],
)
async def test_stopped(why: Pause, sentence: str) -> None:
    """Paused with its reason, one message; the same event twice says nothing more."""
    house = House()
    await house.keep(subscription())
    for _ in range(2):
        await house.events.stopped("C1", why)
    assert (await house.one()).pause is why
    assert await house.told() == [PAUSED + sentence]
    (entry,) = await house.ledger.trail("s1")
    assert (entry.actor, entry.detail) == ("slack", f"{why} #name-C1")


async def test_a_pause_of_a_person_stays_theirs() -> None:
    """An event never takes over what somebody has decided."""
    house = House()
    await house.keep(subscription())
    await house.edit("s1", status="paused", pause=Pause.BY_PERSON, next_slot=None)
    await house.events.stopped("C1", Pause.ARCHIVED)
    await house.events.unarchived("C1")
    await house.events.joined("C1")
    assert (await house.one()).pause is Pause.BY_PERSON
    assert await house.told() == []


async def test_unarchived() -> None:
    """The posts go on by themselves, from now on."""
    house = House()
    await house.keep(subscription())
    await house.events.stopped("C1", Pause.ARCHIVED)
    await house.events.unarchived("C1")
    one = await house.one()
    assert one.is_active
    assert one.since == house.clock.now()
    assert sorted(await house.told()) == [
        "The recap for #name-C1 goes on. Next: Mon, Nov 30 at 09:00.",
        PAUSED + "the channel is archived.",
    ]


async def test_unarchived_without_recap() -> None:
    """Slack takes apps out of an archived channel: then that is what is in the way."""
    house = House()
    await house.keep(subscription())
    await house.events.stopped("C1", Pause.ARCHIVED)
    house.workspace.places["C1"] = Place(problem=Pause.NOT_IN_CHANNEL)
    await house.events.unarchived("C1")
    assert (await house.one()).pause is Pause.NOT_IN_CHANNEL
    assert PAUSED + "Recap is not in the channel." in await house.told()


@pytest.mark.parametrize("why", [Pause.NOT_IN_CHANNEL, Pause.CHANNEL_GONE])
async def test_joined(why: Pause) -> None:
    """Invited again, it goes on."""
    house = House()
    await house.keep(subscription())
    await house.events.stopped("C1", why)
    await house.events.joined("C1")
    assert (await house.one()).is_active


async def test_joined_an_archived_channel() -> None:
    """What is in the way is something else."""
    house = House()
    await house.keep(subscription())
    await house.events.stopped("C1", Pause.ARCHIVED)
    await house.events.joined("C1")
    assert (await house.one()).pause is Pause.ARCHIVED


async def test_renamed() -> None:
    """The name follows; nobody needs to be told."""
    house = House()
    await house.keep(subscription())
    await house.events.renamed("C1", "growth")
    assert (await house.one()).channel_name == "growth"
    assert await house.told() == []


async def test_install_gone() -> None:
    """Every subscription of this workspace stops, and no other's."""
    house = House()
    await house.keep(subscription(), subscription("s2", "C2"))
    await house.events.install_gone()
    assert {one.pause for one in await house.ledger.subscriptions("T1")} == {Pause.INSTALL_GONE}
    assert len(house.notices()) == 2


async def test_channels_without_a_subscription() -> None:
    """Most events mean nothing to us."""
    house = House()
    await house.events.stopped("C9", Pause.ARCHIVED)
    await house.events.renamed("C9", "x")
    assert house.notices() == []


async def test_somebody_edits_meanwhile() -> None:
    """It is read again; after five times it is left to the next post to find out."""
    house = House()
    await house.keep(subscription())
    commit, refused = house.ledger.commit, [1, 1]

    async def overtaken(change: Change) -> bool:
        return False if refused and refused.pop() else await commit(change)

    house.ledger.commit = overtaken  # type: ignore[method-assign]
    await house.events.stopped("C1", Pause.ARCHIVED)
    assert (await house.one()).pause is Pause.ARCHIVED
    refused += [1] * 5
    await house.events.unarchived("C1")
    assert (await house.one()).pause is Pause.ARCHIVED
