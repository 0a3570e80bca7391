"""A key is entered, tried with CreatorAudit's stand-in, kept, changed and removed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.creatoraudit.client import open_client
from bot.errors import KeyRefused, RecapError, ScopeMissing, TryLater, Unusable
from bot.playground.creatoraudit import ApiKey as Known
from bot.playground.creatoraudit import CreatorAuditStandIn
from bot.playground.organisation import Organisation
from bot.ports import CreatorSource, Member
from bot.rendering.keys import KeyStanding
from bot.services.keys import Foreign, Kept, Keys, Opening, Overtaken
from bot.storage.memory import MemoryLedger
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import NO_KEY, Kind, State
from bot.tenants.api_key import ApiKey
from tests.conftest import TODAY
from tests.examples import MONDAY, NOON, owed, subscription
from tests.services.fakes import FixedClock, MemorySource, MemoryWorkspace
from tests.services.key_store import MemoryApiKeys

ADMIN, OTHER, MEMBER = "UADMIN", "UOTHER", "UMEMBER"
MARKETING, SALES, READER = "ca_marketing_1", "ca_sales_1", "ca_reader_1"
NOBODY = "Nothing has changed."


class Office:
    """The use cases of one workspace; ``source`` answers where there is no stand-in."""

    def __init__(self, opening: Opening | None = None, patience: float = 15.0) -> None:
        self.store = MemoryApiKeys()
        self.ledger = MemoryLedger()
        self.clock = FixedClock()
        self.source = MemorySource()
        admin = Member(is_admin=True)
        people = {ADMIN: admin, OTHER: admin, MEMBER: Member()}
        self.workspace = MemoryWorkspace(people=people)
        self.keys = Keys(
            self.store,
            self.ledger,
            self.workspace,
            opening or self.opened,
            self.clock,
            "T1",
            patience=patience,
        )

    @asynccontextmanager
    async def opened(self, secret: str) -> AsyncIterator[CreatorSource]:
        del secret
        yield self.source

    @property
    def key(self) -> ApiKey | None:
        return self.store.kept.get("T1")

    @property
    def seen(self) -> str:
        return self.key.identity if self.key else ""

    async def enter(self, secret: str = MARKETING, *, by: str = ADMIN, **more: Any) -> Any:  # noqa: ANN401
        return await self.keys.enter(by, secret, **{"seen": self.seen, **more})

    async def refusal(self, secret: str = MARKETING, *, by: str = ADMIN) -> str:
        """Why ``secret`` is not kept; it is in no sentence."""
        kept = self.key
        with pytest.raises(RecapError) as caught:
            await self.enter(secret, by=by)
        assert not secret.strip() or secret not in f"{caught.value.reader} {caught.value!r}"
        assert self.key == kept
        return caught.value.reader


@pytest.fixture
async def office(api: CreatorAuditStandIn, organisation: Organisation) -> Office:
    """The use cases before the stand-in, which knows a few keys."""
    sales = Organisation(TODAY, seed=8, id="org_sales")
    api.keys |= {
        MARKETING: Known(organisation, "Marketing"),
        SALES: Known(sales, "Sales"),
        READER: Known(organisation, "Reader", frozenset({"read"})),
        "ca_disabled": Known(organisation, state="disabled"),
        "ca_lapsed": Known(organisation, state="lapsed"),
    }
    clock = FixedClock(api.now())
    return Office(partial(open_client, base_url=api.base_url, clock=clock))


async def test_the_first_key(office: Office) -> None:
    """Whose it is comes from CreatorAudit; who entered it is written down."""
    with capture_logs() as logs:
        entered = await office.enter(f" {MARKETING}\n")
    key = ApiKey("T1", MARKETING, "Marketing", "org_2a91c7", ADMIN, NOON)
    assert entered == Kept(key, may_write=True, woken=0)
    assert office.key == key
    (entry,) = await office.ledger.trail("T1")
    assert (entry.actor, entry.action) == (ADMIN, "key_entered")
    assert entry.detail == "Marketing org_2a91c7"
    assert MARKETING not in f"{logs} {entry} {entered}"


async def test_what_is_asked(office: Office, api: CreatorAuditStandIn) -> None:
    """As little as there is of everything that a recap needs."""
    await office.enter()
    assert [f"{one.method} {one.path}" for one in api.exchanges] == [
        "GET /whoami",
        "GET /overview",
        "GET /accounts",
        "POST /accounts/metrics",
    ]


async def test_another_key_of_the_same_organization(office: Office) -> None:
    """No question is asked."""
    await office.enter()
    office.clock.instant += timedelta(hours=1)
    entered = await office.enter(READER, by=OTHER)
    assert isinstance(entered, Kept)
    assert (entered.key.name, entered.key.entered_by, entered.may_write) == ("Reader", OTHER, False)
    assert office.key == replace(entered.key, version=1)


async def test_a_foreign_key(office: Office) -> None:
    """Somebody has to say that it is meant, and means that organization and no other."""
    await office.enter()
    before = office.key
    assert before is not None
    question = await office.enter(SALES)
    assert question == Foreign(before, "Sales", "org_sales")
    assert await office.enter(SALES, meant="org_third") == question
    assert office.key == before
    entered = await office.enter(SALES, meant="org_sales")
    assert isinstance(entered, Kept)
    assert office.key is not None
    assert office.key.organization == "org_sales"


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("ca_unknown", f"CreatorAudit does not know the key. {NOBODY}"),
        (
            "ca_disabled",
            "CreatorAudit refuses the key: it is switched off, or the subscription has ended. "
            f"{NOBODY}",
        ),
        ("ca_lapsed", f"The CreatorAudit subscription is not active. {NOBODY}"),
        ("", "Paste the key here."),
        ("xoxb-1-2-3", "This is a token of Slack's. The key comes from CreatorAudit."),
    ],
)
async def test_a_key_that_is_none(office: Office, secret: str, why: str) -> None:
    """One sentence, and the old one stays; also where there was none."""
    assert await office.refusal(secret) == why
    await office.enter()
    assert await office.refusal(secret) == why


async def test_what_is_clearly_no_key_goes_nowhere(
    office: Office, api: CreatorAuditStandIn
) -> None:
    """CreatorAudit gets no token of Slack's."""
    await office.refusal("xoxb-1-2-3")
    assert api.exchanges == []


@pytest.mark.parametrize("user", [MEMBER, "UNKNOWN"])
async def test_only_admins(office: Office, api: CreatorAuditStandIn, user: str) -> None:
    """Others are told who may, also where Slack does not say what they are."""
    why = await office.refusal(by=user)
    assert why == (
        "Only admins and owners of this workspace may change its CreatorAudit key, and Slack does "
        "not say that you are one. Ask one of them."
    )
    await office.enter()
    asked = len(api.exchanges)
    with pytest.raises(Unusable, match=f"{user} may not change the key of T1"):
        await office.keys.remove(user, office.seen)
    assert len(api.exchanges) == asked
    assert office.key is not None


async def test_two_admins_at_once(office: Office) -> None:
    """The later one sees what the other entered, and may do it again."""
    await office.enter(by=OTHER)
    overtaken = await office.enter(READER, seen="")
    assert overtaken == Overtaken(office.key)
    office.clock.instant += timedelta(hours=1)
    assert isinstance(await office.enter(READER), Kept)


async def test_two_admins_in_the_same_moment() -> None:
    """Also where the other's comes in between the look and the write."""
    office = Office()
    theirs = ApiKey("T1", SALES, "Sales", "org_1", OTHER, NOON)
    office.store.meanwhile = [theirs]
    assert await office.enter() == Overtaken(theirs)
    office.store.meanwhile = [None]
    assert await office.enter() == Overtaken(None)
    assert office.key is None


async def test_a_key_that_is_refused_while_another_is_entered() -> None:
    """That nobody has entered, so it is in nobody's way; but nothing goes on for ever."""
    office = Office()
    await office.enter()
    assert office.key is not None
    refused = replace(office.key, refused_at=NOON, version=1)
    office.clock.instant += timedelta(hours=1)
    office.store.meanwhile = [refused]
    entered = await office.enter(READER)
    assert isinstance(entered, Kept)
    assert entered.key.refused_at is None
    again = office.key
    office.store.meanwhile = [replace(again, version=90 + n) for n in range(9)]
    assert isinstance(await office.enter(SALES), Overtaken)


async def test_what_waited_goes_out(office: Office) -> None:
    """At once."""
    await office.ledger.commit(Change(subscription=(None, subscription())))
    later = NOON + timedelta(minutes=5)
    await office.ledger.commit(Change(new=(owed(reason=NO_KEY, ready_at=later),)))
    entered = await office.enter()
    assert entered.woken == 1
    (waiting,) = office.ledger._deliveries.values()
    assert waiting.ready_at == NOON


async def test_no_post_is_corrected_with_other_numbers(office: Office) -> None:
    """A correction compares with newer numbers, which are somebody else's now."""
    await office.enter()
    await office.ledger.commit(Change(subscription=(None, subscription())))
    correction = owed(kind=Kind.CORRECTION, state=State.PLANNED, ready_at=MONDAY)
    await office.ledger.commit(Change(new=(correction,)))
    await office.enter(READER)
    assert await office.ledger.delivery(correction.id) == correction
    await office.enter(SALES, meant="org_sales")
    ended = await office.ledger.delivery(correction.id)
    assert ended is not None
    assert (ended.state, ended.reason) == (State.SKIPPED, "other_organization")


async def test_remove(office: Office) -> None:
    """For good, and written down."""
    await office.enter()
    message = await office.keys.remove(OTHER, office.seen)
    assert message.text.startswith("Recap has forgotten the key “Marketing”")
    assert office.key is None
    assert [one.action for one in await office.ledger.trail("T1")] == ["key_entered", "key_removed"]
    with pytest.raises(Unusable, match="T1 has no key to remove"):
        await office.keys.remove(ADMIN, "")


async def test_remove_what_another_admin_has_just_entered(office: Office) -> None:
    """It is not what the button stood beside."""
    await office.enter()
    seen = office.seen
    office.clock.instant += timedelta(hours=1)
    await office.enter(READER, by=OTHER)
    with pytest.raises(Unusable) as caught:
        await office.keys.remove(ADMIN, seen)
    assert caught.value.reader.startswith("Somebody has entered another key meanwhile.")
    assert office.key is not None


async def test_standing(office: Office) -> None:
    """The key for everybody, the buttons for admins."""
    assert await office.keys.standing(MEMBER) == KeyStanding(None, is_admin=False)
    await office.enter()
    assert await office.keys.standing(ADMIN) == KeyStanding(office.key, is_admin=True)


# What a stand-in would take long to do


async def test_creatoraudit_that_is_slow() -> None:
    """Given up in time; the old one stays."""
    office = Office(patience=0.01)
    office.source.stuck = "GET /whoami"
    why = await office.refusal()
    assert why == "CreatorAudit took too long to answer. Try again in a minute."


async def test_creatoraudit_that_is_away() -> None:
    """Without its word no key is kept."""
    office = Office()
    office.source.identity = TryLater("CreatorAudit is having trouble. Try again.", "503")
    assert await office.refusal() == "CreatorAudit is having trouble. Try again."


AWAY, ODD = TryLater("Try again.", "503"), Unusable("Unreadable.", "odd")
LIMITED = ScopeMissing("scope", "403 INSUFFICIENT_SCOPE")
OFF = KeyRefused("r", "o", why="It is off.", said="403")


@pytest.mark.parametrize(
    ("trouble", "may_write"),
    [
        ({"numbers": AWAY}, True),
        ({"numbers": ODD}, True),
        ({"tracked": AWAY}, True),
        ({"tracked": LIMITED}, False),
        ({"tracked": ()}, True),
        ({"metrics": ODD}, True),
        ({"metrics": LIMITED}, False),
    ],
)
async def test_parts_that_are_in_trouble(trouble: dict[str, Any], may_write: bool) -> None:  # noqa: FBT001
    """CreatorAudit knows the key; only a missing scope says something of it."""
    office = Office()
    for name, answer in trouble.items():
        setattr(office.source, name, answer)
    entered = await office.enter()
    assert isinstance(entered, Kept)
    assert entered.may_write is may_write


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (
            {"numbers": LIMITED},
            "This key may not read the numbers. Give it the scope `read` and enter it again.",
        ),
        ({"numbers": OFF}, f"It is off. {NOBODY}"),
        ({"metrics": OFF}, f"It is off. {NOBODY}"),
    ],
)
async def test_keys_that_make_no_recap(trouble: dict[str, Any], why: str) -> None:
    """Though CreatorAudit said whose they are."""
    office = Office()
    for name, answer in trouble.items():
        setattr(office.source, name, answer)
    assert await office.refusal() == why


async def test_a_key_of_nobody_knows_whom() -> None:
    """Without organizations there is nothing to ask; no post is corrected, to be safe."""
    office = Office()
    office.source.identity = replace(await _identity(office), organization_id=None)
    assert isinstance(await office.enter(), Kept)
    assert office.key is not None
    assert office.key.organization == ""
    correction = owed(kind=Kind.CORRECTION, state=State.PLANNED, ready_at=MONDAY)
    await office.ledger.commit(Change(subscription=(None, subscription())))
    await office.ledger.commit(Change(new=(correction,)))
    office.clock.instant += timedelta(hours=1)
    assert isinstance(await office.enter(SALES), Kept)
    ended = await office.ledger.delivery(correction.id)
    assert ended is not None
    assert ended.state is State.SKIPPED


async def _identity(office: Office) -> Any:  # noqa: ANN401
    return (await office.source.whoami()).value


async def test_a_database_that_goes_away_in_the_middle() -> None:
    """The key is kept; what waits wakes by itself, and the log says who did it."""
    office = Office()

    async def away(*_: object) -> int:
        raise TryLater("Recap's database does not answer.", "locked")

    office.ledger.wake = away  # type: ignore[assignment,method-assign]
    office.ledger.commit = away  # type: ignore[assignment,method-assign]
    with capture_logs() as logs:
        entered = await office.enter()
    assert entered.woken == 0
    assert office.key is not None
    assert [line["event"] for line in logs] == ["key_entered", "not_in_the_trail", "not_woken"]


async def test_many_at_once(office: Office) -> None:
    """Of ten who enter the first key in the same moment, one has entered it."""
    entered = await asyncio.gather(*(office.enter(seen="") for _ in range(10)))
    assert sum(isinstance(one, Kept) for one in entered) == 1
    assert sum(isinstance(one, Overtaken) for one in entered) == 9
