"""Rows of the tables ↔ our types."""

from datetime import date, time
from typing import Any

from sqlalchemy import RowMapping

from bot.digest.periods import Period
from bot.digest.preferences import Ask, Preferences
from bot.subscriptions.deliveries import Delivery, Frozen, Kind, State
from bot.subscriptions.model import Pause, Status, Subscription
from bot.subscriptions.schedule import Schedule, Slot, Weekday

Values = dict[str, Any]


def subscription_row(one: Subscription) -> Values:
    """``one`` as columns."""
    schedule, upcoming = one.schedule, one.next_slot
    return {
        "id": one.id,
        "team": one.team,
        "channel": one.channel,
        "channel_name": one.channel_name,
        "days": sum(1 << day for day in schedule.days),
        "at_minute": schedule.at.hour * 60 + schedule.at.minute,
        "zone": schedule.zone,
        "period": one.ask.period.value,
        "top": one.ask.preferences.top,
        "contact": one.contact,
        "since": one.since,
        "status": one.status.value,
        "pause": one.pause and one.pause.value,
        "last_day": one.last_day,
        "skipped": [day.isoformat() for day in sorted(one.skipped)],
        "next_day": upcoming and upcoming.day,
        "next_due_at": upcoming and upcoming.due_at,
        "rules": one.rules,
        "version": one.version,
    }


def subscription(row: RowMapping) -> Subscription:
    """The subscription in ``row``."""
    days = frozenset(day for day in Weekday if row["days"] >> day & 1)
    hour, minute = divmod(row["at_minute"], 60)
    due_at = row["next_due_at"]
    return Subscription(
        id=row["id"],
        team=row["team"],
        channel=row["channel"],
        channel_name=row["channel_name"],
        schedule=Schedule(days, time(hour, minute), row["zone"]),
        ask=Ask(Period(row["period"]), Preferences(row["top"])),
        contact=row["contact"],
        since=row["since"],
        status=Status(row["status"]),
        pause=Pause(row["pause"]) if row["pause"] else None,
        last_day=row["last_day"],
        skipped=frozenset(map(date.fromisoformat, row["skipped"] or ())),
        next_slot=Slot(row["next_day"], due_at) if due_at else None,
        rules=row["rules"],
        version=row["version"],
    )


def delivery_row(one: Delivery) -> Values:
    """``one`` as columns."""
    message = one.message
    return {
        "id": one.id,
        "key": one.key,
        "kind": one.kind.value,
        "team": one.team,
        "target": one.target,
        "subscription": one.subscription,
        "day": one.day,
        "due_at": one.due_at,
        "planned_at": one.planned_at,
        "state": one.state.value,
        "reason": one.reason,
        "asked_by": one.asked_by,
        "owner": one.owner,
        "fence": one.fence,
        "ready_at": one.ready_at,
        "tries": one.tries,
        "message": message and {"text": message.text, "blocks": list(message.blocks)},
        "posting_at": one.posting_at,
        "handed_at": one.handed_at,
        "absent_at": one.absent_at,
        "posted_in": one.posted_in,
        "ts": one.ts,
        "sent_at": one.sent_at,
    }


def delivery(row: RowMapping) -> Delivery:
    """The delivery in ``row``."""
    message = row["message"]
    values = dict(row) | {
        "kind": Kind(row["kind"]),
        "state": State(row["state"]),
        "message": message and Frozen(message["text"], tuple(message["blocks"])),
    }
    return Delivery(**values)
