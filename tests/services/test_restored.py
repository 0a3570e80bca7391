"""A backup is put back: what was posted since is found, and nothing comes a second time."""

import copy
from datetime import timedelta

from bot.services.restored import doubt
from bot.storage.memory import MemoryLedger
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import State
from bot.subscriptions.outcomes import Hidden
from bot.subscriptions.targets import Target
from bot.subscriptions.ways import Way, paused
from tests.services.post_office import MONDAY, SATURDAY, PostOffice, subscription
from tests.services.test_copying import CHAT, HOOK, MAIL, states

LATER = timedelta(minutes=10)


async def opened(*targets: Target) -> tuple[PostOffice, MemoryLedger]:
    """An office with one subscription of these targets, and its backup of Saturday."""
    office = PostOffice()
    await office.keep(subscription())
    for number, target in enumerate(targets):
        assert await office.ledger.commit(Change(way=(None, Way(f"w{number}", "s1", target, "U1"))))
    return office, copy.deepcopy(office.ledger)


async def put_back(office: PostOffice, backup: MemoryLedger) -> int:
    """Go on with ``backup``; returns how many messages are looked for."""
    vars(office.ledger).update(copy.deepcopy(vars(backup)))
    return await doubt(office.ledger, office.clock, office.policy)


async def test_posted_since() -> None:
    """The slot is found in the channel, and not posted again."""
    office, backup = await opened()
    await office.tick()
    office.clock.instant += LATER
    assert await put_back(office, backup) == 1
    await office.tick()
    assert (office.recap.state, office.recap.ts) == (State.SENT, "1.0")
    assert office.messenger.looked == [("C1", "s1/2026-11-23", MONDAY)]
    assert len(office.posts()) == 1
    office.clock.instant += timedelta(days=7)
    await office.tick()
    assert len(office.posts()) == 2


async def test_nobody_said_so() -> None:
    """Why the step is needed: a database that knows nothing of a post makes it again."""
    office, backup = await opened()
    await office.tick()
    vars(office.ledger).update(vars(backup))
    await office.tick()
    assert len(office.posts()) == 2


async def test_not_posted_since() -> None:
    """What isn't there in two looks is posted, late."""
    office, backup = await opened()
    office.clock.instant += LATER
    await put_back(office, backup)
    await office.tick()
    assert office.posts() == []
    await office.later(seconds=20)
    assert len(office.messenger.looked) == 2
    assert len(office.posts()) == 1


async def test_an_old_backup() -> None:
    """Every date since is looked for; what isn't there and is too old counts as missed."""
    office, backup = await opened()
    await office.tick()
    office.clock.instant = MONDAY + timedelta(days=14)
    assert await put_back(office, backup) == 3
    await office.tick()
    await office.later(seconds=20)
    assert [one.state for one in office.recaps()] == [State.SENT, State.MISSED, State.SENT]
    assert len(office.posts()) == 2
    assert [one.key for one in office.notices()] == [
        f"notice/missed/{office.recaps()[1].id}/{office.recaps()[1].fence}"
    ]


async def test_what_was_on_its_way() -> None:
    """A notice that waited when the backup was made may have come since."""
    office, _ = await opened()
    office.clock.instant = SATURDAY
    await office.edit(since=SATURDAY - timedelta(days=30))
    office.clock.instant = MONDAY + timedelta(days=3)
    await office.dispatcher._plan(office.clock.now())
    backup = copy.deepcopy(office.ledger)
    await office.tick()
    assert len(office.posts("U1")) == 1
    assert await put_back(office, backup) == 1
    await office.tick()
    await office.later(minutes=1)
    assert len(office.posts("U1")) == 1
    assert office.notice.state is State.SENT


async def test_nobody_can_tell() -> None:
    """Where the channel can't be read, the contact decides."""
    office, backup = await opened()
    await office.tick()
    office.messenger.sightings = [Hidden("missing_scope")]
    await put_back(office, backup)
    await office.tick()
    assert office.recap.state is State.UNCONFIRMED
    assert len(office.posts()) == 1
    assert office.posts("U1")[0].startswith("Slack did not confirm the recap")


async def test_copies() -> None:
    """What can tell a repetition gets it with the same key; of a chat, the contact decides."""
    office, backup = await opened(HOOK, CHAT, MAIL)
    await office.tick()
    keys = sorted(key for _, _, key in office.sender.sent)
    await put_back(office, backup)
    await office.tick()
    await office.later(minutes=1)
    assert states(office) == ["sent", "unconfirmed", "sent"]
    assert sorted(key for _, _, key in office.sender.sent) == sorted([*keys, keys[0], keys[2]])


async def test_a_paused_target() -> None:
    """It gets nothing, and nobody is asked."""
    office, backup = await opened(CHAT)
    (way,) = (await backup.ways(["s1"]))["s1"]
    await backup.commit(Change(way=(way, paused(way, "gone", SATURDAY))))
    assert await put_back(office, backup) == 1
    assert office.copies() == []


async def test_nothing_owed() -> None:
    """A backup of a minute ago."""
    office, _ = await opened()
    await office.tick()
    assert await put_back(office, copy.deepcopy(office.ledger)) == 0
    await office.tick()
    assert len(office.posts()) == 1
