"""What another key of a workspace means for what is open: the ledger's statements for that."""

from datetime import datetime

from sqlalchemy import ColumnElement, Executable, update

from bot.storage.schema import deliveries
from bot.subscriptions.deliveries import KEY_REFUSED, OTHER_NUMBERS, WAITING_FOR_KEY, Kind, State


def waking(team: str, now: datetime) -> Executable:
    """Lets all of a workspace be claimed at ``now``; gives a row for each."""
    return (
        update(deliveries)
        .where(
            deliveries.c.team == team,
            deliveries.c.ready_at.is_not(None),
            deliveries.c.state == State.PLANNED.value,
            deliveries.c.reason.in_(WAITING_FOR_KEY),
        )
        .values(ready_at=now)
        .returning(deliveries.c.id)
    )


def ending_corrections(team: str) -> Executable:
    """Ends those of a workspace, but for what may be at Slack already: that was built before."""
    return (
        update(deliveries)
        .where(
            deliveries.c.team == team,
            deliveries.c.kind == Kind.CORRECTION.value,
            deliveries.c.state.in_([State.PLANNED.value, State.CLAIMED.value]),
        )
        .values(state=State.SKIPPED.value, reason=OTHER_NUMBERS, ready_at=None, owner=None)
    )


def is_worth_telling() -> ColumnElement[bool]:
    """Whether the contact of an open recap is to hear that it is late."""
    return deliveries.c.reason.is_distinct_from(KEY_REFUSED)
