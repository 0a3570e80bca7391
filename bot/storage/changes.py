"""A change of the ledger as statements, to be executed in one transaction."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    Executable,
    bindparam,
    case,
    delete,
    exists,
    insert,
    null,
    select,
    update,
)

from bot.storage import rows, ways
from bot.storage.rows import Values
from bot.storage.schema import (
    Instant,
    attempts,
    audit,
    deliveries,
    holds,
    subscriptions,
    targets,
    workspaces,
)
from bot.storage.step import Step
from bot.storage.vault import Vault
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Delivery, State
from bot.subscriptions.model import Pause, Status, Subscription

# Made once: making a statement costs more than executing it. What is written comes with its values.
ATTEMPT: Final = insert(attempts)
ENTRY: Final = insert(audit)
PUT: Final = update(subscriptions).where(
    subscriptions.c.id == bindparam("read_id"),
    subscriptions.c.version == bindparam("read_version"),
)
ADVANCE: Final = update(deliveries).where(
    deliveries.c.id == bindparam("read_id"),
    deliveries.c.fence == bindparam("read_fence"),
    deliveries.c.state == bindparam("read_state"),
)
UNLESS_HELD: Final = ADVANCE.where(
    ~exists().where(
        holds.c.team == bindparam("held_team"), holds.c.until > bindparam("held_at", type_=Instant)
    )
)


def steps(change: Change, upsert: Any, vault: Vault) -> Iterator[Step]:  # noqa: ANN401
    """What ``change`` is made of; what may be refused for the subscription comes first.

    ``upsert`` makes an ``INSERT`` that can say what happens where the row is there already;
    ``vault`` seals the addresses of targets.
    """
    if change.subscription:
        yield _putting(*change.subscription)
    if change.delivery:
        yield _advancing(*change.delivery, change.unless_held)
    if change.recap:
        yield _advancing(*change.recap)
    if change.way:
        yield Step(ways.putting(*change.way, vault), is_guarded=True)
    yield from ways.freezing(change.copies)
    if change.new:
        yield Step(_unless_there(upsert), [rows.delivery_row(one) for one in change.new])
    if change.attempt:
        yield Step(ATTEMPT, rows.attempt_row(change.attempt))
    if change.entry:
        yield Step(ENTRY, rows.entry_row(change.entry))


@cache
def _unless_there(upsert: Any) -> Executable:  # noqa: ANN401
    statement: Executable = upsert(deliveries).on_conflict_do_nothing(index_elements=["key"])
    return statement


def _putting(before: Subscription | None, after: Subscription) -> Step:
    values = rows.subscription_row(after)
    if before is None:
        return Step(insert(subscriptions), values)
    values |= {"version": before.version + 1, "read_id": before.id, "read_version": before.version}
    return Step(PUT, values, is_guarded=True)


def _advancing(before: Delivery, after: Delivery, unless_held: datetime | None = None) -> Step:
    """Writes ``after``, unless somebody else has moved ``before`` on."""
    values = _changed(rows.delivery_row(before), rows.delivery_row(after))
    values |= {"read_id": before.id, "read_fence": before.fence, "read_state": before.state.value}
    if unless_held is None:
        return Step(ADVANCE, values, is_guarded=True)
    values |= {"held_team": before.team, "held_at": unless_held}
    return Step(UNLESS_HELD, values, is_guarded=True)


def _changed(before: Values, after: Values) -> Values:
    """The columns to write: a message is long, and it changes once."""
    changed = {name: value for name, value in after.items() if value != before[name]}
    return changed or {"state": after["state"]}


def forgetting(team: str) -> Iterator[Executable]:
    """Ends and erases what belongs to the workspace ``team``."""
    theirs = select(subscriptions.c.id).where(subscriptions.c.team == team)
    yield delete(targets).where(targets.c.subscription.in_(theirs))
    is_open = deliveries.c.ready_at.is_not(None)
    yield (
        update(deliveries)
        .where(deliveries.c.team == team)
        .values(
            state=case((is_open, State.FAILED.value), else_=deliveries.c.state),
            reason=case((is_open, Pause.INSTALL_GONE.value), else_=deliveries.c.reason),
            fence=deliveries.c.fence + 1,
            ready_at=None,
            message=null(),
        )
    )
    removed = Status.REMOVED.value
    yield (
        update(subscriptions)
        .where(subscriptions.c.team == team, subscriptions.c.status != removed)
        .values(
            status=removed,
            pause=None,
            next_day=None,
            next_due_at=None,
            version=subscriptions.c.version + 1,
        )
    )
    yield delete(holds).where(holds.c.team == team)
    yield delete(workspaces).where(workspaces.c.team == team)
