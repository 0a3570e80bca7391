"""Recaps with the key that a workspace has at that moment."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import pytest
from structlog.testing import capture_logs

from bot.digest.engagement import ScaleSetting
from bot.digest.facts import Identity
from bot.digest.periods import Period
from bot.digest.preferences import Ask
from bot.errors import KeyNeeded, KeyRefused, TryLater
from bot.ports import CreatorSource
from bot.rendering.numbers import Numbers
from bot.services.build import Builder
from bot.services.deliver import Delivering
from bot.services.keyed import KeyedRecaps, KeyWatch, WatchedSource
from bot.services.recap import RecapService
from bot.subscriptions.deliveries import Delivery, Kind, State
from bot.tenants.api_key import ApiKey
from tests.examples import overview
from tests.services.fakes import MemorySource
from tests.services.key_store import MemoryApiKeys
from tests.services.post_office import MONDAY, SATURDAY, PostOffice, subscription

WHY = "CreatorAudit does not know the key."
DEAD = KeyRefused("reader", "operator", why=WHY, said="CreatorAudit answered 401")
NONE_YET = (
    "Recap has no CreatorAudit key yet. An admin of this workspace enters one in the Home of Recap."
)
REFUSED = f"{WHY} An admin of this workspace enters one that works in the Home of Recap."


def key(called: str = "ca_1", *, version: int = 0) -> ApiKey:
    return ApiKey(
        "T1", called, f"Key {called}", f"org_{called}", "UADMIN", SATURDAY, version=version
    )


@dataclass
class Keyed(PostOffice):
    """A post office of a workspace with a key of its own; each secret has its own answers."""

    store: MemoryApiKeys = field(default_factory=MemoryApiKeys)
    sources: dict[str, MemorySource] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.served = KeyedRecaps(
            KeyWatch(self.store, self.ledger, self.clock, "T1"),
            self.opening,
            partial(RecapService, clock=self.clock, scale=ScaleSetting.PERCENT),
        )
        builder = Builder(self.served, self.clock, Numbers(), self.policy, self.thread)
        self.delivering = Delivering(
            self.ledger,
            self.messenger,
            self.sender,
            builder,
            self.clock,
            Numbers(),
            self.policy,
            pace=self.pace,
        )
        self.dispatcher = self.another()

    @asynccontextmanager
    async def opening(self, secret: str) -> AsyncIterator[CreatorSource]:
        self.opened.append(secret)
        yield self.sources[secret]
        self.closed.append(secret)

    def enter(self, entered: ApiKey | None) -> None:
        """An admin enters a key, or removes it."""
        self.store.kept = {"T1": entered} if entered else {}
        if entered:
            source = MemorySource(identity=Identity(entered.organization, entered.name))
            self.sources.setdefault(entered.secret, source)

    @property
    def key(self) -> ApiKey:
        return self.store.kept["T1"]

    def owed(self) -> Sequence[Delivery]:
        """All recaps in the ledger."""
        return self._kind(Kind.RECAP)

    def recap_state(self) -> tuple[State, str | None]:
        (one,) = self.owed()
        return one.state, one.reason

    async def views(self) -> int | float | None:
        """Total views as a person in the workspace sees them."""
        digest = await self.served.digest(Ask())
        return digest.figures[0].current


def with_views(source: MemorySource, views: int) -> None:
    source.numbers = overview(current={"total_views": views}, previous={"total_views": 1})


async def test_no_key() -> None:
    """One sentence for everybody who asks; nothing is opened."""
    office = Keyed()
    with pytest.raises(KeyNeeded) as caught:
        await office.served.digest(Ask())
    assert (caught.value.reader, caught.value.is_refused) == (NONE_YET, False)
    assert await office.served.connection() == NONE_YET
    assert office.opened == []


async def test_each_question() -> None:
    """With the key, by one client."""
    office = Keyed()
    office.enter(key())
    assert (await office.served.outline(Ask())).partial
    await office.served.digest(Ask())
    since, day = MONDAY, MONDAY.date()
    await office.served.edition(Ask(), since=since, day=day)
    assert await office.served.connection() == "Connected to CreatorAudit with the key “Key ca_1”."
    assert (office.opened, office.closed) == (["ca_1"], [])
    await office.served.close()
    await office.served.close()
    assert office.closed == ["ca_1"]


async def test_another_key_shows_its_own_numbers() -> None:
    """Also those that were asked for a moment ago; the old client is closed."""
    office = Keyed()
    office.enter(key("ca_1"))
    with_views(office.sources["ca_1"], 100)
    assert await office.views() == 100
    edition = await office.served.edition(Ask(), since=MONDAY, day=MONDAY.date())
    office.enter(key("ca_2"))
    with_views(office.sources["ca_2"], 200)
    assert await office.views() == 200
    newer = await office.served.edition(Ask(), since=MONDAY, day=MONDAY.date())
    assert [edition.figures[0].current, newer.figures[0].current] == [100, 200]
    assert (office.opened, office.closed) == (["ca_1", "ca_2"], ["ca_1"])


async def test_what_was_begun_is_finished_with_the_same_key() -> None:
    """A recap in the making is of one key from its first question to its last."""
    office = Keyed()
    office.enter(key("ca_1"))
    first = office.sources["ca_1"]
    with_views(first, 100)
    first.gate = asyncio.Event()
    begun = asyncio.create_task(office.views())
    for _ in range(10):
        await asyncio.sleep(0)
    assert first.asked
    office.enter(key("ca_2"))
    with_views(office.sources["ca_2"], 200)
    assert await office.views() == 200
    assert office.closed == []
    first.gate.set()
    assert await begun == 100
    assert office.closed == ["ca_1"]


async def test_a_key_that_was_removed() -> None:
    """What is open for it is closed with the next question."""
    office = Keyed()
    office.enter(key())
    await office.views()
    office.enter(None)
    with pytest.raises(KeyNeeded):
        await office.views()
    assert office.closed == ["ca_1"]


async def test_a_refused_key_is_marked_and_told_once() -> None:
    """Whoever entered it hears of it, however many meet it; posts wait and nobody else is told."""
    office = Keyed()
    office.enter(key())
    await office.keep(subscription(), subscription("s2", "C2", contact="U2"))
    office.sources["ca_1"].numbers = DEAD
    with capture_logs() as logs:
        for _ in range(12):
            await office.later(minutes=5)
    assert office.key.refused_at is not None
    assert office.key.version == 1
    assert office.notice.target == "UADMIN"
    assert office.posts("UADMIN") == [
        "Recap can show no numbers in this workspace with the key “Key ca_1” of the organization "
        f"`org_ca_1`. {WHY}"
    ]
    assert [office.posts(one) for one in ("C1", "C2", "U1", "U2")] == [[], [], [], []]
    assert {one.reason for one in office.owed()} == {"key_refused"}
    assert [line["event"] for line in logs].count("key_refused") == 1
    attempts = await office.ledger.attempts(office.owed()[0].id)
    assert attempts[0].detail == (
        "CreatorAudit answered 401. An admin of the workspace T1 enters a key in Home."
    )
    everything = f"{logs} {office.ledger!r} {office.messenger!r} {office.served._current!r}"
    assert "'ca_1'" not in everything


async def test_rotated_without_a_missed_post() -> None:
    """A working key wakes what waited; it says how late it is."""
    office = Keyed()
    office.enter(key())
    await office.keep(subscription())
    office.sources["ca_1"].numbers = DEAD
    await office.later(minutes=0)
    await office.later(minutes=7)
    assert office.posts() == []
    office.enter(key("ca_2", version=5))
    assert await office.ledger.wake("T1", office.clock.now()) == 1
    await office.tick()
    assert office.posts() == ["7 minutes late: this was due on Mon, Nov 23 at 09:00."]
    assert (office.recap_state(), office.key.refused_at) == ((State.SENT, None), None)


async def test_a_key_that_is_switched_on_again() -> None:
    """The first answer says so: it counts as working, and what waited goes out with it."""
    office = Keyed()
    office.enter(key())
    await office.keep(subscription())
    office.sources["ca_1"].numbers = DEAD
    await office.later(minutes=0)
    assert office.key == replace(key(), refused_at=MONDAY, version=1)
    # Another process, which has not met the refusal itself, notices as well.
    office.served._current = None
    office.sources["ca_1"].numbers = overview()
    assert await office.served.connection() != REFUSED
    assert office.key == replace(key(), version=2)
    await office.tick()
    assert office.recap_state() == (State.SENT, None)
    assert office.key == replace(key(), version=2)


async def test_refused_once_more() -> None:
    """That is news."""
    office = Keyed()
    office.enter(key())
    await office.keep(subscription())
    for _ in range(2):
        office.sources["ca_1"].identity = DEAD
        assert await office.served.connection() == REFUSED
        office.sources["ca_1"].identity = Identity("org_1", "Marketing")
        assert "Marketing" in await office.served.connection()
    assert len(office.notices()) == 2


async def test_nobody_is_told_where_nothing_is_posted() -> None:
    """Whoever asks reads it; there is no post to worry about."""
    office = Keyed()
    office.enter(key())
    office.sources["ca_1"].numbers = DEAD
    with pytest.raises(KeyNeeded) as caught:
        await office.views()
    assert (caught.value.reader, caught.value.is_refused) == (REFUSED, True)
    assert office.notices() == []
    assert office.key.refused_at == MONDAY


async def test_a_part_that_the_key_is_refused_for() -> None:
    """It is left out with the workspace's own sentence, not the operator's."""
    office = Keyed()
    office.enter(key())
    office.sources["ca_1"].tracked = DEAD
    digest = await office.served.digest(Ask())
    assert {part.because for part in digest.missing} == {REFUSED}


async def test_no_key_is_told_to_each_contact() -> None:
    """Nobody has heard of it otherwise; a key wakes it as well."""
    office = Keyed()
    office.enter(None)
    await office.keep(subscription())
    for _ in range(8):
        await office.later(minutes=5)
    assert office.recap_state() == (State.PLANNED, "no_key")
    assert len(office.posts("U1")) == 1
    assert await office.ledger.wake("T1", office.clock.now()) == 1


async def test_what_has_changed_meanwhile_is_left_alone() -> None:
    """A refusal, or an answer, of a key that is not the workspace's any more says nothing."""
    office = Keyed()
    watch = KeyWatch(office.store, office.ledger, office.clock, "T1")
    await office.keep(subscription())
    await watch.refused("ca_1", DEAD)
    await watch.works("ca_1")
    office.enter(key("ca_2"))
    await watch.refused("ca_1", DEAD)
    await watch.works("ca_1")
    await watch.works("ca_2")
    assert office.key == key("ca_2")
    assert office.notices() == []


async def test_another_process_is_faster() -> None:
    """It has told already, and it has woken what waited."""
    office = Keyed()
    watch = KeyWatch(office.store, office.ledger, office.clock, "T1")
    office.enter(key())
    refused = replace(key(), refused_at=MONDAY, version=1)
    office.store.meanwhile = [refused]
    await watch.refused("ca_1", DEAD)
    assert office.key == refused
    works = replace(key(), version=2)
    office.store.meanwhile = [works]
    with capture_logs() as logs:
        await watch.works("ca_1")
    assert office.key == works
    assert logs == []


async def test_a_database_that_is_away() -> None:
    """What CreatorAudit says is more than what can't be written down of it."""
    office = Keyed()
    office.enter(key())
    office.store.is_away = True
    watch = KeyWatch(office.store, office.ledger, office.clock, "T1")
    source = WatchedSource(MemorySource(numbers=DEAD), "ca_1", watch)
    with capture_logs() as logs:
        with pytest.raises(KeyNeeded):
            await source.overview(Period.WEEK)
        await source.whoami()
    assert [line["event"] for line in logs] == ["refusal_not_kept", "recovery_not_kept"]
    assert await office.served.connection() == "Recap's database does not answer."
    with pytest.raises(TryLater):
        await office.views()


async def test_every_question_is_handed_on() -> None:
    """As it was asked."""
    office = Keyed()
    watch = KeyWatch(office.store, office.ledger, office.clock, "T1")
    plain, asked = MemorySource(), MemorySource()
    for source in (plain, WatchedSource(asked, "ca_1", watch)):
        await source.whoami()
        await source.overview(Period.MONTH)
        await source.top_creators(Period.MONTH)
        await source.accounts(at_most=3)
        await source.account_metrics(["a"], Period.MONTH)
        await source.videos(at_most=4)
        await source.video_metrics(["b"], Period.MONTH)
        await source.account_videos(at_most=5)
        await source.account_video_metrics(["c"], ["d"], Period.MONTH)
    assert asked.asked == plain.asked
    assert len(asked.asked) == 9
