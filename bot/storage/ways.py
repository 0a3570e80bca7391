"""The targets of subscriptions, and what goes there: the ledger's statements for them."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Executable,
    RowMapping,
    Select,
    Text,
    bindparam,
    case,
    delete,
    insert,
    select,
    update,
)

from bot.storage.places import place
from bot.storage.rows import Values, frozen_row
from bot.storage.schema import deliveries, targets
from bot.storage.step import Step
from bot.storage.vault import Vault, is_sealed
from bot.subscriptions.deliveries import Frozen, Kind, State
from bot.subscriptions.targets import Target, TargetKind
from bot.subscriptions.ways import Way

# A message that is not there is JSON's null, and none at all in very old rows.
FREEZE: Final = (
    update(deliveries)
    .where(
        deliveries.c.key == bindparam("copy"),
        deliveries.c.state.in_([State.PLANNED.value, State.CLAIMED.value]),
        deliveries.c.message.is_(None) | (deliveries.c.message.cast(Text) == "null"),
    )
    .values(
        message=bindparam("message"),
        ready_at=case(
            (deliveries.c.state == State.PLANNED.value, deliveries.c.planned_at),
            else_=deliveries.c.ready_at,
        ),
    )
)


def putting(before: Way | None, after: Way | None, vault: Vault) -> Executable:
    """Adds, changes or removes one; gives no row where somebody else has changed it since."""
    if before is None:
        assert after is not None  # noqa: S101 -- a change has one of the two
        return insert(targets).values(_row(after, vault)).returning(targets.c.id)
    unchanged = (targets.c.id == before.id) & (targets.c.version == before.version)
    if after is None:
        return delete(targets).where(unchanged).returning(targets.c.id)
    version = before.version + 1
    values = _row(after, vault) | {"version": version}
    return update(targets).where(unchanged).values(values).returning(targets.c.id)


def of(subscriptions: Collection[str]) -> Select[Any]:
    """Those of ``subscriptions``."""
    return select(targets).where(targets.c.subscription.in_(subscriptions))


def called(identifier: str) -> Select[Any]:
    """The one with this id."""
    return select(targets).where(targets.c.id == identifier)


def way(row: RowMapping, vault: Vault) -> Way:
    """The one in ``row``.

    Raises:
        OperatorMustAct: Its address is sealed, and no key of ``vault`` opens it.
    """
    address = row["address"]
    if is_sealed(address):
        address = vault.open(address, place(targets.c.address, row["id"]))
    return Way(
        id=row["id"],
        subscription=row["subscription"],
        target=Target(TargetKind(row["kind"]), address),
        added_by=row["added_by"],
        pause=row["pause"],
        paused_at=row["paused_at"],
        version=row["version"],
    )


def by_subscription(
    rows: Collection[RowMapping], subscriptions: Collection[str], vault: Vault
) -> Mapping[str, tuple[Way, ...]]:
    """The ways in ``rows`` of each of ``subscriptions``, in the order in which people see them."""
    # Not the database's order: there, addresses are sealed.
    ways = sorted((way(row, vault) for row in rows), key=_turn)
    return {
        one: tuple(way for way in ways if way.subscription == one) for one in set(subscriptions)
    }


def failed_before() -> ColumnElement[int]:
    """How often a copy was tried; nothing else is ordered by that."""
    return case((deliveries.c.kind == Kind.COPY.value, deliveries.c.tries), else_=0)


def freezing(copies: Mapping[str, Frozen]) -> Iterator[Step]:
    """Writes messages into deliveries that have none yet, by their keys: they may go at once."""
    for key, message in copies.items():
        yield Step(FREEZE, {"copy": key, "message": frozen_row(message)})


def _turn(one: Way) -> tuple[str, str]:
    return one.target.kind, one.target.address


def _row(one: Way, vault: Vault) -> Values:
    address = one.target.address
    if vault.has_keys:
        address = vault.seal(address, place(targets.c.address, one.id))
    return {
        "id": one.id,
        "subscription": one.subscription,
        "identity": one.identity,
        "kind": one.target.kind.value,
        "address": address,
        "added_by": one.added_by,
        "pause": one.pause,
        "paused_at": one.paused_at,
        "version": one.version,
    }
