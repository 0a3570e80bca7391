"""A change of the ledger as statements, to be executed in one transaction."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    Executable,
    Update,
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


def steps(change: Change, upsert: Any, vault: Vault) -> Iterator[Step]:  # noqa: ANN401
    """What ``change`` is made of; what may be refused for the subscription comes first.

    ``upsert`` makes an ``INSERT`` that can say what happens where the row is there already;
    ``vault`` seals the addresses of targets.
    """
    if change.subscription:
        yield _putting(*change.subscription)
    if change.delivery:
        statement = _advancing(*change.delivery)
        if change.unless_held:
            team = change.delivery[0].team
            waits = (holds.c.team == team) & (holds.c.until > change.unless_held)
            statement = statement.where(~exists().where(waits))
        yield Step(statement, is_guarded=True)
    if change.recap:
        yield Step(_advancing(*change.recap), is_guarded=True)
    if change.way:
        yield Step(ways.putting(*change.way, vault), is_guarded=True)
    yield from map(Step, ways.freezing(change.copies))
    if change.new:
        unless_there = upsert(deliveries).on_conflict_do_nothing(index_elements=["key"])
        yield Step(unless_there, [rows.delivery_row(one) for one in change.new])
    if change.attempt:
        yield Step(insert(attempts), [rows.attempt_row(change.attempt)])
    if change.entry:
        yield Step(insert(audit), [rows.entry_row(change.entry)])


def _putting(before: Subscription | None, after: Subscription) -> Step:
    values = rows.subscription_row(after)
    if before is None:
        return Step(insert(subscriptions), [values])
    statement = (
        update(subscriptions)
        .where(subscriptions.c.id == before.id, subscriptions.c.version == before.version)
        .values(values | {"version": before.version + 1})
    )
    return Step(statement, is_guarded=True)


def _advancing(before: Delivery, after: Delivery) -> Update:
    """Writes ``after``, unless somebody else has moved ``before`` on."""
    return (
        update(deliveries)
        .where(
            deliveries.c.id == before.id,
            deliveries.c.fence == before.fence,
            deliveries.c.state == before.state.value,
        )
        .values(_changed(rows.delivery_row(before), rows.delivery_row(after)))
    )


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
