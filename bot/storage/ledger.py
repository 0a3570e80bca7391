"""The ledger on SQLite and PostgreSQL (SQLAlchemy)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import compress
from typing import Any

from sqlalchemy import (
    ColumnElement,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.meter import SILENT, Meter
from bot.storage import rows, turns, waking, ways
from bot.storage.changes import forgetting, steps
from bot.storage.database import Database
from bot.storage.schema import (
    attempts,
    audit,
    deliveries,
    holds,
    subscriptions,
    workspaces,
)
from bot.storage.step import Step
from bot.storage.vault import Vault
from bot.subscriptions.brief import Brief
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import (
    ALL,
    LATE_NOTICE,
    UNDONE,
    Attempt,
    Delivery,
    Entry,
    Kind,
    State,
)
from bot.subscriptions.model import Status, Subscription
from bot.subscriptions.ways import Way


class SqlLedger:
    """``Ledger`` on an engine whose database has the newest tables.

    ``vault`` seals the addresses of targets; without one they stand there as they are.
    """

    def __init__(
        self, engine: AsyncEngine, vault: Vault | None = None, meter: Meter = SILENT
    ) -> None:
        self._database = Database(engine)
        self._vault = vault or Vault()
        self._meter = meter

    async def commit(self, change: Change) -> bool:
        """Write all of ``change``; False, and nothing is written, when it came too late."""
        written = await self._database.commit(self._steps(change))
        if written:
            self._meter.written(change)
        return written

    def _steps(self, change: Change) -> Sequence[Step]:
        return list(steps(change, self._database.upsert, self._vault))

    async def commit_each(self, changes: Sequence[Change]) -> Sequence[bool]:
        """Write every one of ``changes`` that does not come too late, in few transactions."""
        written = await self._database.commit_each(list(map(self._steps, changes)))
        for change in compress(changes, written):
            self._meter.written(change)
        return written

    async def claim(
        self,
        owner: str,
        now: datetime,
        lease: timedelta,
        limit: int,
        held: frozenset[str] = frozenset(),
        under_way: frozenset[str] = frozenset(),
        kinds: frozenset[Kind] = ALL,
    ) -> Sequence[Delivery]:
        """Take up to ``limit`` deliveries that are ready, in turns between workspaces."""
        ready = turns.ready(now, limit, held, under_way, kinds)
        taken = (
            update(deliveries)
            .where(deliveries.c.id.in_(ready))
            .values(turns.claimed(owner, now + lease))
            .returning(*deliveries.c)
        )
        async with self._database.writing() as connection:
            found = (await connection.execute(taken)).mappings().all()
        return sorted((rows.delivery(row) for row in found), key=lambda one: one.due_at)

    async def briefs(self, claimed: Sequence[Delivery]) -> Mapping[str, Brief]:
        """The circumstances of each of ``claimed``, by its id."""
        wanted = {one.subscription for one in claimed}
        classic = exists().where(workspaces.c.team == subscriptions.c.team).label("classic")
        theirs = select(subscriptions, classic).where(subscriptions.c.id.in_(wanted))
        found = {row["id"]: row for row in await self._database.read(theirs)}
        newest = (
            select(deliveries.c.subscription, func.max(deliveries.c.sent_at).label("sent_at"))
            .where(
                deliveries.c.subscription.in_(wanted),
                deliveries.c.kind == Kind.RECAP.value,
                deliveries.c.state == State.SENT.value,
            )
            .group_by(deliveries.c.subscription)
        )
        last = {row["subscription"]: row["sent_at"] for row in await self._database.read(newest)}
        others = await self.ways(wanted)
        known = {
            identifier: Brief(
                rows.subscription(row), last.get(identifier), row["classic"], others[identifier]
            )
            for identifier, row in found.items()
        }
        return {one.id: known.get(one.subscription, Brief()) for one in claimed}

    async def due(self, as_of: datetime, limit: int) -> Sequence[Subscription]:
        """Active subscriptions with a slot at ``as_of`` or before that is not in the ledger."""
        found = await self._database.read(turns.due(as_of, limit))
        return [rows.subscription(row) for row in found]

    async def outdated(self, rules: str, limit: int) -> Sequence[Subscription]:
        """Active subscriptions whose next slot was computed with other time-zone rules."""
        active = subscriptions.c.next_due_at.is_not(None)
        return await self._subscriptions(active, subscriptions.c.rules != rules, limit=limit)

    async def subscription(self, identifier: str) -> Subscription | None:
        """The one with this id, whatever its status."""
        found = await self._subscriptions(subscriptions.c.id == identifier)
        return found[0] if found else None

    async def of_channel(self, team: str, channel: str) -> Subscription | None:
        """The channel's own, unless it was removed."""
        found = await self._subscriptions(
            subscriptions.c.team == team,
            subscriptions.c.channel == channel,
            subscriptions.c.status != Status.REMOVED.value,
        )
        return found[0] if found else None

    async def subscriptions(self, team: str | None = None) -> Sequence[Subscription]:
        """All that were not removed, of one workspace or of all, by the name of their channel."""
        of_team = [subscriptions.c.team == team] if team else []
        return await self._subscriptions(
            subscriptions.c.status != Status.REMOVED.value,
            *of_team,
            order=[subscriptions.c.channel_name, subscriptions.c.id],
        )

    async def _subscriptions(
        self,
        *where: ColumnElement[bool],
        order: Sequence[ColumnElement[Any]] = (),
        limit: int | None = None,
    ) -> list[Subscription]:
        statement = select(subscriptions).where(*where).order_by(*order).limit(limit)
        return [rows.subscription(row) for row in await self._database.read(statement)]

    async def ways(self, subscriptions: Collection[str]) -> Mapping[str, tuple[Way, ...]]:
        """The targets of each of ``subscriptions``, by kind and address."""
        found = await self._database.read(ways.of(subscriptions))
        return ways.by_subscription(found, subscriptions, self._vault)

    async def way(self, identifier: str) -> Way | None:
        """The target with this id."""
        found = await self._database.read(ways.called(identifier))
        return next((ways.way(row, self._vault) for row in found), None)

    async def delivery(self, identifier: str) -> Delivery | None:
        """The one with this id."""
        return next(iter(await self._deliveries(deliveries.c.id == identifier)), None)

    async def keyed(self, key: str) -> Delivery | None:
        """The one with this key."""
        return next(iter(await self._deliveries(deliveries.c.key == key)), None)

    async def history(self, subscription: str, limit: int) -> Sequence[Delivery]:
        """The newest recaps of a subscription, newest first, without skips that were undone."""
        statement = (
            select(deliveries)
            .where(
                deliveries.c.subscription == subscription,
                deliveries.c.kind == Kind.RECAP.value,
                deliveries.c.reason.is_distinct_from(UNDONE),
            )
            .order_by(deliveries.c.due_at.desc(), deliveries.c.id)
            .limit(limit)
        )
        return [rows.delivery(row) for row in await self._database.read(statement)]

    async def last_sent(self, subscription: str) -> Delivery | None:
        """The newest recap of a subscription that arrived."""
        statement = (
            select(deliveries)
            .where(
                deliveries.c.subscription == subscription,
                deliveries.c.kind == Kind.RECAP.value,
                deliveries.c.state == State.SENT.value,
            )
            .order_by(deliveries.c.due_at.desc(), deliveries.c.id)
            .limit(1)
        )
        return next((rows.delivery(row) for row in await self._database.read(statement)), None)

    async def overdue(self, owed_before: datetime, limit: int) -> Sequence[Delivery]:
        """Open recaps that are owed for long and whose contact does not know it yet."""
        told = deliveries.alias()
        owed_since = func.coalesce(deliveries.c.waits_until, deliveries.c.planned_at)
        return await self._deliveries(
            deliveries.c.ready_at.is_not(None),
            deliveries.c.kind == Kind.RECAP.value,
            waking.is_worth_telling(),
            owed_since <= owed_before,
            ~exists().where(told.c.key == literal(LATE_NOTICE) + deliveries.c.id),
            limit=limit,
        )

    async def wake(self, team: str, now: datetime) -> int:
        """What waits for a key in the workspace ``team`` may be claimed now; how many that were."""
        async with self._database.writing() as connection:
            return len((await connection.execute(waking.waking(team, now))).all())

    async def keep_as_posted(self, team: str) -> None:
        """No recap of the workspace ``team`` is compared with newer numbers: they are others'."""
        async with self._database.writing() as connection:
            await connection.execute(waking.ending_corrections(team))

    async def next_ready(self) -> datetime | None:
        """When the first open delivery, other than a correction, can be claimed."""
        statement = select(func.min(deliveries.c.ready_at)).where(
            deliveries.c.ready_at.is_not(None), deliveries.c.kind != Kind.CORRECTION.value
        )
        found = await self._database.read(statement)
        instant: datetime | None = next(iter(found[0].values()))
        return instant

    async def _deliveries(
        self, *where: ColumnElement[bool], limit: int | None = None
    ) -> list[Delivery]:
        statement = select(deliveries).where(*where).order_by(deliveries.c.due_at).limit(limit)
        return [rows.delivery(row) for row in await self._database.read(statement)]

    async def hold(self, team: str, until: datetime) -> None:
        """Slack asked the whole workspace to wait; never shortens a wait that is known."""
        statement = self._database.upsert(holds).values(team=team, until=until)
        statement = statement.on_conflict_do_update(
            index_elements=["team"],
            set_={"until": statement.excluded.until},
            where=holds.c.until < statement.excluded.until,
        )
        # Past the line of the other writes: every moment counts until the others know.
        async with self._database.writing(urgent=True) as connection:
            await connection.execute(statement)

    async def held(self, now: datetime) -> dict[str, datetime]:
        """The workspaces that have to wait, and until when."""
        found = await self._database.read(select(holds).where(holds.c.until > now))
        return {row["team"]: row["until"] for row in found}

    async def refuse_data_blocks(self, team: str, now: datetime) -> None:
        """Slack took no data blocks in this workspace; since when is remembered from the first."""
        statement = self._database.upsert(workspaces).values(team=team, classic_since=now)
        async with self._database.writing() as connection:
            await connection.execute(statement.on_conflict_do_nothing(index_elements=["team"]))

    async def is_classic(self, team: str) -> bool:
        """Whether messages to this workspace have to do without data blocks."""
        found = await self._database.read(select(workspaces).where(workspaces.c.team == team))
        return bool(found)

    async def attempts(self, delivery: str) -> Sequence[Attempt]:
        """Everything that was tried, oldest first."""
        statement = select(attempts).where(attempts.c.delivery == delivery).order_by(attempts.c.id)
        return [
            Attempt(**{key: value for key, value in row.items() if key != "id"})
            for row in await self._database.read(statement)
        ]

    async def trail(self, subscription: str) -> Sequence[Entry]:
        """Who changed what, oldest first."""
        statement = select(audit).where(audit.c.subscription == subscription).order_by(audit.c.id)
        return [
            Entry(**{key: value for key, value in row.items() if key != "id"})
            for row in await self._database.read(statement)
        ]

    async def forget(self, team: str) -> None:
        """Recap was uninstalled from ``team``: end and erase what is its own."""
        async with self._database.writing() as connection:
            for statement in forgetting(team):
                await connection.execute(statement)
