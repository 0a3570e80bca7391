"""The window in which a subscription is set up or changed, and what people put into it."""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from itertools import groupby
from typing import Any, Final

from bot.digest.periods import Period
from bot.digest.preferences import Ask, Preferences
from bot.rendering import buttons, mrkdwn
from bot.rendering.calendar import NAMES
from bot.rendering.limits import (
    OPTION_TEXT,
    OPTIONS,
    VIEW_TITLE,
    Block,
    context,
    plain_text,
    sections,
)
from bot.subscriptions.model import Subscription
from bot.subscriptions.schedule import Schedule, Weekday
from bot.subscriptions.zones import places, zone_named

DAYS, AT, ZONE, PERIOD, TOP = "days", "at", "zone", "period", "top"
VALUE: Final = "value"
"""The action id of every element; the block id tells them apart."""

TOPS: Final = (3, 5, 10, 15, 25)
NO_DAY: Final = "Choose at least one day."
NO_TIME: Final = "Choose a time."
NO_ZONE: Final = "Choose a time zone."


@dataclass(frozen=True, slots=True)
class Filled:
    """What a person has put in."""

    schedule: Schedule
    ask: Ask


@dataclass(frozen=True, slots=True)
class About:
    """What the window is about; it travels in its ``private_metadata``.

    ``seen`` is the subscription as it was when the window was opened, empty for a new one.
    """

    channel: str
    seen: str


def fingerprint(subscription: Subscription | None) -> str:
    """Changes whenever a person changes something that the window shows."""
    if subscription is None:
        return ""
    schedule, ask = subscription.schedule, subscription.ask
    days = "".join(str(int(day)) for day in sorted(schedule.days))
    parts = (subscription.id, days, f"{schedule.at:%H:%M}", schedule.zone, ask.period)
    return "|".join([*parts, str(ask.preferences.top), subscription.status])


def view(
    channel: str,
    subscription: Subscription | None,
    filled: Filled,
    *,
    note: str | None = None,
) -> Block:
    """The window; ``note`` says at its top why it is shown once more."""
    channel_link = f"<#{mrkdwn.escape(channel)}>"
    head = f"Recap posts to {channel_link} by itself. Everybody in the channel sees it."
    seen = fingerprint(subscription)
    # Slack keeps what was typed into a block whose id stays the same.
    again = f"-{zlib.crc32(seen.encode()):x}" if note else ""
    return {
        "type": "modal",
        "callback_id": buttons.FORM,
        "private_metadata": json.dumps({"channel": channel, "seen": seen}),
        "title": plain_text("Manage recap" if subscription else "Subscribe", VIEW_TITLE),
        "submit": plain_text("Save" if subscription else "Subscribe", VIEW_TITLE),
        "close": plain_text("Cancel", VIEW_TITLE),
        "blocks": [
            *sections([f":warning: {mrkdwn.escape(note)}"] if note else []),
            *sections([head]),
            *(one | {"block_id": f"{one['block_id']}{again}"} for one in _inputs(filled)),
            context(["At most one post a day. You can change or end this at any time."]),
        ],
    }


def _inputs(filled: Filled) -> Iterator[Block]:
    yield _days(filled.schedule)
    yield _at(filled.schedule)
    yield _zone(filled.schedule)
    yield _period(filled.ask)
    yield _top(filled.ask)


def _input(block_id: str, label: str, element: Block) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain_text(label, OPTION_TEXT),
        "element": {"action_id": VALUE, **element},
    }


def _option(text: str, value: str) -> Block:
    return {"text": plain_text(text, OPTION_TEXT), "value": value}


def _days(schedule: Schedule) -> Block:
    options = {day: _option(name, str(int(day))) for day, name in NAMES.items()}
    element = {
        "type": "checkboxes",
        "options": list(options.values()),
        "initial_options": [options[day] for day in sorted(schedule.days)],
    }
    return _input(DAYS, "Days", element)


def _at(schedule: Schedule) -> Block:
    return _input(AT, "Time", {"type": "timepicker", "initial_time": f"{schedule.at:%H:%M}"})


def _zone(schedule: Schedule) -> Block:
    names = places()
    shown = names if schedule.zone in names else (schedule.zone, *names)
    element = {
        "type": "static_select",
        "option_groups": list(_groups(shown)),
        "initial_option": _option(_spaced(schedule.zone), schedule.zone),
    }
    return _input(ZONE, "Time zone", element)


def _groups(names: Sequence[str]) -> list[Block]:
    """The zones by continent; Slack takes a hundred in a group."""
    groups: dict[str, list[str]] = {}
    for continent, members in groupby(names, key=lambda name: name.partition("/")[0]):
        groups.setdefault(continent, []).extend(members)
    return [
        {
            "label": plain_text(continent, OPTION_TEXT),
            "options": [_option(_spaced(name), name) for name in part],
        }
        for continent, members in groups.items()
        for part in _parts(members)
    ]


def _parts(members: list[str]) -> list[list[str]]:
    return [members[start : start + OPTIONS] for start in range(0, len(members), OPTIONS)]


def _spaced(zone: str) -> str:
    return zone.replace("_", " ")


def _period(ask: Ask) -> Block:
    options = {one: _option(f"Last {one.days} days", one.value) for one in Period}
    element = {
        "type": "static_select",
        "options": list(options.values()),
        "initial_option": options[ask.period],
    }
    return _input(PERIOD, "Window", element)


def _top(ask: Ask) -> Block:
    counts = sorted({*TOPS, ask.preferences.top})
    options = {count: _option(f"Top {count}", str(count)) for count in counts}
    element = {
        "type": "static_select",
        "options": list(options.values()),
        "initial_option": options[ask.preferences.top],
    }
    return _input(TOP, "Creators", element)


def about(metadata: str) -> About:
    """What a window was about."""
    fields = json.loads(metadata)
    return About(str(fields["channel"]), str(fields["seen"]))


def read(values: Mapping[str, Mapping[str, Any]]) -> Filled | dict[str, str]:
    """What was put into the window, from its ``state.values``; or a sentence for each mistake."""
    ids = {block.partition("-")[0]: block for block in values}
    mistakes_or_filled = _read({name: values[block] for name, block in ids.items()})
    if isinstance(mistakes_or_filled, Filled):
        return mistakes_or_filled
    return {ids.get(name, name): sentence for name, sentence in mistakes_or_filled.items()}


def first_block(values: Mapping[str, Mapping[str, Any]]) -> str:
    """The id of the block under which a sentence about the whole window stands."""
    return next((block for block in values if block.partition("-")[0] == DAYS), DAYS)


def _read(values: Mapping[str, Mapping[str, Any]]) -> Filled | dict[str, str]:
    days = frozenset(Weekday(int(one["value"])) for one in _value(values, DAYS, "selected_options"))
    at, zone = _value(values, AT, "selected_time"), _chosen(values, ZONE)
    named = zone_named(zone or "")
    mistakes = {
        block: sentence
        for block, sentence, missing in (
            (DAYS, NO_DAY, not days),
            (AT, NO_TIME, not at),
            (ZONE, NO_ZONE, named is None),
        )
        if missing
    }
    if mistakes or named is None:
        return mistakes
    period, top = _chosen(values, PERIOD), _chosen(values, TOP)
    ask = Ask(Period(period or Period.WEEK), Preferences(int(top or Preferences().top)))
    return Filled(Schedule(days, time.fromisoformat(at), named), ask)


def _value(values: Mapping[str, Mapping[str, Any]], block: str, field: str) -> Any:  # noqa: ANN401
    return values.get(block, {}).get(VALUE, {}).get(field) or []


def _chosen(values: Mapping[str, Mapping[str, Any]], block: str) -> str | None:
    option = _value(values, block, "selected_option")
    return str(option["value"]) if option else None
