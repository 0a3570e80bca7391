"""The window in which a subscription is set up or changed, and what people put into it."""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from itertools import groupby
from typing import Any, Final

from bot.digest.periods import Period
from bot.digest.preferences import Ask, Metric, Platform, Preferences, Ranking
from bot.rendering import buttons, mrkdwn
from bot.rendering.calendar import NAMES
from bot.rendering.choices import METRICS, PLATFORMS, RANKINGS, hours
from bot.rendering.limits import (
    HINT,
    OPTION_TEXT,
    OPTIONS,
    VIEW_TITLE,
    Block,
    context,
    plain_text,
    sections,
)
from bot.rendering.ways import shown
from bot.subscriptions.model import Subscription
from bot.subscriptions.schedule import Schedule, Weekday
from bot.subscriptions.ways import Way
from bot.subscriptions.zones import places, zone_named

DAYS, AT, ZONE, PERIOD, TOP = "days", "at", "zone", "period", "top"
METRICS_SHOWN, RANKING, PLATFORM, WAIT = "metrics", "ranking", "platform", "wait"
TO = "to"
VALUE: Final = "value"
"""The action id of every element; the block id tells them apart."""

TOPS: Final = (3, 5, 10, 15, 25)
WAITS: Final = (0, 1, 2, 4, 8, 12, 24)
ALL: Final = "all"
NO_DAY: Final = "Choose at least one day."
NO_TIME: Final = "Choose a time."
NO_ZONE: Final = "Choose a time zone."
LONGEST_TEXT: Final = 3_000
"""Slack's own limit of a text input."""

TO_HINT: Final = (
    "One place a line: a webhook of Slack, Mattermost, Discord, Teams or any other, or an e-mail "
    "address. A line with … in it is a place that gets the recap already: leave it as it is."
)


@dataclass(frozen=True, slots=True)
class Filled:
    """What a person has put in."""

    schedule: Schedule
    ask: Ask
    wait_hours: int = 0
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """What the window is about; it travels in its ``private_metadata``.

    ``seen`` is the subscription as it was when the window was opened, empty for a new one.
    """

    channel: str
    seen: str


def fingerprint(subscription: Subscription | None, ways: Sequence[Way] = ()) -> str:
    """Changes whenever a person changes something that the window shows."""
    if subscription is None:
        return ""
    schedule, ask = subscription.schedule, subscription.ask
    days = "".join(str(int(day)) for day in sorted(schedule.days))
    when = (subscription.id, days, f"{schedule.at:%H:%M}", schedule.zone)
    chosen = ask.preferences
    what = (ask.period, str(chosen.top), ",".join(chosen.metrics), chosen.ranking)
    which = (chosen.platform or ALL, str(subscription.wait_hours), subscription.status)
    return "|".join([*when, *what, *which, *sorted(way.id for way in ways)])


def filled(subscription: Subscription, ways: Sequence[Way] = ()) -> Filled:
    """What the window shows of ``subscription`` and its targets."""
    to = tuple(shown(way) for way in ways)
    return Filled(subscription.schedule, subscription.ask, subscription.wait_hours, to)


def view(
    channel: str,
    subscription: Subscription | None,
    filled: Filled,
    *,
    ways: Sequence[Way] = (),
    note: str | None = None,
) -> Block:
    """The window; ``note`` says at its top why it is shown once more."""
    channel_link = f"<#{mrkdwn.escape(channel)}>"
    head = f"Recap posts to {channel_link} by itself. Everybody in the channel sees it."
    seen = fingerprint(subscription, ways)
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
    yield _ranking(filled.ask.preferences)
    yield _metrics(filled.ask.preferences)
    yield _platform(filled.ask.preferences)
    yield _wait(filled.wait_hours)
    yield _to(filled.to)


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
    options = {one.value: f"Last {one.days} days" for one in Period}
    return _input(PERIOD, "Window", _select(options, ask.period))


def _top(ask: Ask) -> Block:
    counts = sorted({*TOPS, ask.preferences.top})
    options = {str(count): f"Top {count}" for count in counts}
    return _input(TOP, "Creators", _select(options, str(ask.preferences.top)))


def _select(names: Mapping[str, str], chosen: str) -> Block:
    options = {value: _option(name, value) for value, name in names.items()}
    return {
        "type": "static_select",
        "options": list(options.values()),
        "initial_option": options[chosen],
    }


def _ranking(preferences: Preferences) -> Block:
    options = {one.value: name for one, name in RANKINGS.items()}
    element = _select(options, preferences.ranking)
    return _input(RANKING, "Rank creators by", element) | {"optional": True}


def _metrics(preferences: Preferences) -> Block:
    options = {one: _option(name, one.value) for one, name in METRICS.items()}
    element: Block = {
        "type": "multi_static_select",
        "options": list(options.values()),
        "placeholder": plain_text("All of them", OPTION_TEXT),
    }
    # Slack refuses an empty list.
    if preferences.metrics:
        element["initial_options"] = [options[one] for one in preferences.metrics]
    hint = plain_text("They stand in the order in which you choose them.", HINT)
    made = _input(METRICS_SHOWN, "Headline figures", element)
    return made | {"optional": True, "hint": hint}


def _platform(preferences: Preferences) -> Block:
    options = {ALL: "All platforms"} | {one.value: name for one, name in PLATFORMS.items()}
    element = _select(options, preferences.platform or ALL)
    return _input(PLATFORM, "Platform", element) | {"optional": True}


def _wait(wait_hours: int) -> Block:
    options = {
        str(count): f"Up to {hours(count)}" if count else "Post on time"
        for count in sorted({*WAITS, wait_hours})
    }
    hint = (
        "If fewer than 90 % of the accounts have been refreshed, the post waits this long at most."
    )
    made = _input(WAIT, "Wait for fresh data", _select(options, str(wait_hours)))
    return made | {"optional": True, "hint": plain_text(hint, HINT)}


def _to(lines: Sequence[str]) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "multiline": True,
        "max_length": LONGEST_TEXT,
        "placeholder": plain_text("https://… or name@example.com", OPTION_TEXT),
    }
    # Slack refuses an empty text.
    if lines:
        element["initial_value"] = "\n".join(lines)
    made = _input(TO, "Also send to", element)
    return made | {"optional": True, "hint": plain_text(TO_HINT, HINT)}


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


def block_of(name: str, values: Mapping[str, Mapping[str, Any]]) -> str:
    """The id of the block ``name``, under which a sentence about it stands."""
    return next((block for block in values if block.partition("-")[0] == name), name)


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
    ask = Ask(Period(_chosen(values, PERIOD) or Period.WEEK), _preferences(values))
    wait_hours = int(_chosen(values, WAIT) or 0)
    to = tuple(filter(None, map(str.strip, str(_value(values, TO, "value") or "").splitlines())))
    return Filled(Schedule(days, time.fromisoformat(at), named), ask, wait_hours, to)


def _preferences(values: Mapping[str, Mapping[str, Any]]) -> Preferences:
    """What was chosen; what is left empty is as it usually is."""
    usual, platform = Preferences(), _chosen(values, PLATFORM) or ALL
    shown = _value(values, METRICS_SHOWN, "selected_options")
    return Preferences(
        top=int(_chosen(values, TOP) or usual.top),
        metrics=tuple(Metric(one["value"]) for one in shown),
        ranking=Ranking(_chosen(values, RANKING) or usual.ranking),
        platform=None if platform == ALL else Platform(platform),
    )


def _value(values: Mapping[str, Mapping[str, Any]], block: str, field: str) -> Any:  # noqa: ANN401
    return values.get(block, {}).get(VALUE, {}).get(field) or []


def _chosen(values: Mapping[str, Mapping[str, Any]], block: str) -> str | None:
    option = _value(values, block, "selected_option")
    return str(option["value"]) if option else None
