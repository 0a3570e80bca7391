"""Rows of the tables ↔ our types."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import RowMapping

from bot.digest.periods import Period, Window
from bot.digest.preferences import Ask, Metric, Platform, Preferences, Ranking
from bot.digest.snapshots import Followers, Snapshot, Standing
from bot.subscriptions.deliveries import (
    Attempt,
    Delivery,
    Entry,
    Frozen,
    Kind,
    Provisional,
    State,
)
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
        **_ask_row(one.ask),
        "wait_hours": one.wait_hours,
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
        ask=_ask(row),
        wait_hours=row["wait_hours"],
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


def _ask_row(ask: Ask) -> Values:
    preferences = ask.preferences
    return {
        "period": ask.period.value,
        "top": preferences.top,
        "metrics": ",".join(preferences.metrics),
        "ranking": preferences.ranking.value,
        "platform": preferences.platform and preferences.platform.value,
    }


def _ask(row: Mapping[Any, Any]) -> Ask:
    preferences = Preferences(
        top=row["top"],
        metrics=tuple(map(Metric, filter(None, row["metrics"].split(",")))),
        ranking=Ranking(row["ranking"]),
        platform=Platform(row["platform"]) if row["platform"] else None,
    )
    return Ask(Period(row["period"]), preferences)


def delivery_row(one: Delivery) -> Values:
    """``one`` as columns."""
    return {
        "id": one.id,
        "key": one.key,
        "kind": one.kind.value,
        "team": one.team,
        "target": one.target,
        "subscription": one.subscription,
        "thread": one.thread,
        "day": one.day,
        "due_at": one.due_at,
        "planned_at": one.planned_at,
        "state": one.state.value,
        "reason": one.reason,
        "asked_by": one.asked_by,
        "owner": one.owner,
        "fence": one.fence,
        "ready_at": one.ready_at,
        "waits_until": one.waits_until,
        "tries": one.tries,
        "message": one.message and frozen_row(one.message),
        "posting_at": one.posting_at,
        "handed_at": one.handed_at,
        "absent_at": one.absent_at,
        "posted_in": one.posted_in,
        "ts": one.ts,
        "sent_at": one.sent_at,
        "way": one.way,
    }


def delivery(row: RowMapping) -> Delivery:
    """The delivery in ``row``."""
    message = row["message"]
    values = dict(row) | {
        "kind": Kind(row["kind"]),
        "state": State(row["state"]),
        "message": message and _frozen(message),
    }
    return Delivery(**values)


def frozen_row(message: Frozen) -> Values:
    """``message`` as JSON; what is empty is left out, as it was before there was more."""
    more = {
        "classic": list(message.classic),
        "replies": [frozen_row(reply) for reply in message.replies],
        "headline": dict(message.headline),
        "provisional": message.provisional and _provisional_row(message.provisional),
        "corrections": list(message.corrections),
        "payload": dict(message.payload),
    }
    whole = {"text": message.text, "blocks": list(message.blocks)}
    return whole | {key: value for key, value in more.items() if value}


def _provisional_row(one: Provisional) -> Values:
    return {
        **_ask_row(one.ask),
        "day": one.day.isoformat(),
        "refreshed": one.refreshed,
        "look_at": one.look_at.isoformat(),
        "missing": list(one.missing),
        "late": one.late,
        "waited": one.waited,
        "last": one.last,
    }


def _provisional(row: Values) -> Provisional:
    return Provisional(
        ask=_ask(row),
        day=date.fromisoformat(row["day"]),
        refreshed=row["refreshed"],
        look_at=datetime.fromisoformat(row["look_at"]),
        missing=tuple(row["missing"]),
        late=row["late"],
        waited=row["waited"],
        last=row["last"],
    )


def _frozen(row: Values) -> Frozen:
    provisional = row.get("provisional")
    return Frozen(
        text=row["text"],
        blocks=tuple(row["blocks"]),
        classic=tuple(row.get("classic", ())),
        replies=tuple(map(_frozen, row.get("replies", ()))),
        headline=row.get("headline", {}),
        provisional=provisional and _provisional(provisional),
        corrections=tuple(row.get("corrections", ())),
        payload=row.get("payload", {}),
    )


def attempt_row(attempt: Attempt) -> Values:
    """``attempt`` as columns."""
    return {
        "delivery": attempt.delivery,
        "fence": attempt.fence,
        "began_at": attempt.began_at,
        "ended_at": attempt.ended_at,
        "outcome": attempt.outcome,
        "detail": attempt.detail,
    }


def entry_row(entry: Entry) -> Values:
    """``entry`` as columns."""
    return {
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "subscription": entry.subscription,
        "detail": entry.detail,
    }


def snapshot_row(one: Snapshot) -> Values:
    """``one`` as columns."""
    return {
        "organization": one.organization,
        "period": one.period.value,
        "ended_on": one.window.end,
        "began_on": one.window.start,
        "taken_at": one.taken_at,
        "refreshed": one.refreshed,
        "totals": dict(one.totals),
        "standings": [
            {"key": standing.key, "name": standing.name, "views": standing.views}
            for standing in one.standings
        ],
    }


def snapshot(row: RowMapping) -> Snapshot:
    """The snapshot in ``row``."""
    return Snapshot(
        organization=row["organization"],
        period=Period(row["period"]),
        window=Window(row["began_on"], row["ended_on"]),
        taken_at=row["taken_at"],
        refreshed=row["refreshed"],
        totals=row["totals"],
        standings=tuple(Standing(**standing) for standing in row["standings"]),
    )


def followers_row(one: Followers) -> Values:
    """``one`` as columns."""
    return {"organization": one.organization, "day": one.day, "counts": dict(one.counts)}


def followers(row: RowMapping) -> Followers:
    """The count in ``row``."""
    return Followers(row["organization"], row["day"], row["counts"])
