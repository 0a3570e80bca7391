"""Who comes next: workspaces take turns, so that a large one keeps no small one waiting."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, select

from bot.storage import ways
from bot.storage.rows import Values
from bot.storage.schema import deliveries, subscriptions
from bot.subscriptions.deliveries import Kind, State

SPARE: Final = 8
"""How many times more are looked at than taken: other workers may be taking the first ones."""


def ready(
    now: datetime,
    limit: int,
    held: Collection[str],
    under_way: Collection[str],
    kinds: Collection[Kind],
) -> Select[Any]:
    """The ids of up to ``limit`` deliveries that can be claimed, locked where that is possible."""
    # Only a copy stands behind others because it failed; for all else, that sorting would cost.
    failed = [ways.failed_before().label("failed")] if Kind.COPY in kinds else []
    order: list[ColumnElement[Any]] = [deliveries.c.due_at, deliveries.c.id]
    found = (
        select(*failed, _turn([deliveries.c.team, *failed], order), *order)
        .where(
            deliveries.c.ready_at <= now,
            *([deliveries.c.team.not_in(held)] if held else []),
            *([deliveries.c.id.not_in(under_way)] if under_way else []),
            deliveries.c.kind.in_([kind.value for kind in kinds]),
        )
        .subquery()
    )
    first = select(found).order_by(*found.c).limit(limit * SPARE).subquery()
    return (
        select(deliveries.c.id)
        .join(first, first.c.id == deliveries.c.id)
        # Once more, of the row as it is when it is locked.
        .where(deliveries.c.ready_at <= now)
        .order_by(*first.c)
        .limit(limit)
        # Two workers take different rows instead of waiting for each other.
        .with_for_update(of=deliveries, skip_locked=True)
    )


def due(as_of: datetime, limit: int) -> Select[Any]:
    """Up to ``limit`` subscriptions with a slot at ``as_of`` or before that is to be planned."""
    order: list[ColumnElement[Any]] = [subscriptions.c.next_due_at, subscriptions.c.id]
    found = (
        select(subscriptions.c.id, _turn([subscriptions.c.team], order))
        .where(subscriptions.c.next_due_at <= as_of)
        .subquery()
    )
    return (
        select(subscriptions)
        .join(found, found.c.id == subscriptions.c.id)
        .order_by(found.c.turn, *order)
        .limit(limit)
    )


def claimed(owner: str, until: datetime) -> Values:
    """What a claim writes: it belongs to ``owner`` until then, and to nobody who had it before."""
    posting = State.POSTING.value
    return {
        # What was being posted when its worker fell silent stays in doubt.
        "state": case((deliveries.c.state == posting, posting), else_=State.CLAIMED.value),
        "owner": owner,
        "fence": deliveries.c.fence + 1,
        "ready_at": until,
    }


def _turn(among: list[ColumnElement[Any]], order: list[ColumnElement[Any]]) -> ColumnElement[int]:
    return func.row_number().over(partition_by=among, order_by=order).label("turn")
