"""The window in which a subscription is set up: what it shows, and what is read back from it."""

import json
from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from bot.digest.periods import Period
from bot.digest.preferences import Ask, Metric, Platform, Preferences, Ranking
from bot.playground.slack_blocks import check_view
from bot.rendering import buttons, form
from bot.rendering.form import About, Filled
from bot.rendering.limits import Block, context, sections
from bot.subscriptions.model import Pause, Subscription, paused
from bot.subscriptions.schedule import Schedule, Weekday
from bot.subscriptions.zones import places
from tests.examples import subscription
from tests.rendering.checks import HOSTILE, PINGS

ONE = subscription()
FILLED = Filled(ONE.schedule, ONE.ask)
EVERYTHING = Filled(
    Schedule(frozenset(Weekday), time(23, 59), "Asia/Kolkata"),
    Ask(
        Period.QUARTER,
        Preferences(7, (Metric.SHARES, Metric.VIEWS, Metric.LIKES), Ranking.GAIN, Platform.TIKTOK),
    ),
    wait_hours=3,
)


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": True}


def inputs(view: Block) -> dict[str, Block]:
    return {
        block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"
    }


def untouched(view: Block) -> dict[str, dict[str, Any]]:
    """The ``state.values`` that Slack sends when nothing in ``view`` is changed."""
    fields = {
        "initial_options": "selected_options",
        "initial_option": "selected_option",
        "initial_time": "selected_time",
    }
    return {
        block_id: {
            element["action_id"]: {
                "type": element["type"],
                **{name: element[key] for key, name in fields.items() if key in element},
            }
        }
        for block_id, element in inputs(view).items()
    }


@pytest.mark.parametrize(
    ("existing", "title", "submit", "seen"),
    [
        (None, "Subscribe", "Subscribe", ""),
        (ONE, "Manage recap", "Save", "s1|0|09:00|Europe/Berlin|7d|5||views|all|0|active"),
    ],
)
def test_around_it(existing: Subscription | None, title: str, submit: str, seen: str) -> None:
    """New or not; what it is about travels with it."""
    view = form.view("C1", existing, FILLED)
    assert check_view(view) == []
    assert {key: value for key, value in view.items() if key != "blocks"} == {
        "type": "modal",
        "callback_id": buttons.FORM,
        "private_metadata": json.dumps({"channel": "C1", "seen": seen}),
        "title": plain(title),
        "submit": plain(submit),
        "close": plain("Cancel"),
    }
    assert form.about(view["private_metadata"]) == About("C1", seen)
    head, *asked, foot = view["blocks"]
    text = "Recap posts to <#C1> by itself. Everybody in the channel sees it."
    assert [head] == list(sections([text]))
    assert foot == context(["At most one post a day. You can change or end this at any time."])
    assert [(block["block_id"], block["label"]) for block in asked] == [
        ("days", plain("Days")),
        ("at", plain("Time")),
        ("zone", plain("Time zone")),
        ("period", plain("Window")),
        ("top", plain("Creators")),
        ("ranking", plain("Rank creators by")),
        ("metrics", plain("Headline figures")),
        ("platform", plain("Platform")),
        ("wait", plain("Wait for fresh data")),
        ("to", plain("Also send to")),
    ]
    optional = [block["block_id"] for block in asked if block.get("optional")]
    assert optional == ["ranking", "metrics", "platform", "wait", "to"]
    hints = {block["block_id"]: block["hint"]["text"] for block in asked if "hint" in block}
    assert hints == {
        "metrics": "They stand in the order in which you choose them.",
        "wait": "If fewer than 90 % of the accounts have been refreshed, the post waits this long "
        "at most.",
        "to": "One place a line: a webhook of Slack, Mattermost, Discord, Teams or any other, or "
        "an e-mail address. A line with … in it is a place that gets the recap already: leave it "
        "as it is.",
    }


def test_note() -> None:
    """Why it is shown once more stands above everything else."""
    view = form.view("C1", ONE, FILLED, note="Somebody <else> was faster.")
    assert check_view(view) == []
    assert view["blocks"][:1] == list(sections([":warning: Somebody &lt;else&gt; was faster."]))
    plainly = form.view("C1", ONE, FILLED)["blocks"]
    for shown, before in zip(view["blocks"][1:], plainly, strict=True):
        # Another id for each input: Slack would keep what was typed into the old one.
        assert ("block_id" in shown) == (shown != before)
        assert shown.get("block_id", "").partition("-")[0] == before.get("block_id", "")
        assert {**shown, "block_id": ""} == {**before, "block_id": ""}


def test_what_can_be_chosen() -> None:
    """Seven days, any minute, three windows, and a top or a wait that holds stays on offer."""
    elements = inputs(form.view("C1", None, EVERYTHING))
    week = [
        {"text": plain(name), "value": str(number)}
        for number, name in enumerate(
            ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
        )
    ]
    tops = [{"text": plain(f"Top {n}"), "value": str(n)} for n in (3, 5, 7, 10, 15, 25)]
    windows = [{"text": plain(f"Last {n} days"), "value": f"{n}d"} for n in (7, 30, 90)]
    ranks = [
        {"text": plain(text), "value": text.lower()} for text in ("Views", "Gain", "Engagement")
    ]
    figures = [
        {"text": plain(text), "value": text.lower().replace(" ", "_")}
        for text in (
            *("Views", "Likes", "Followers", "Engagement rate", "Comments", "Shares"),
            *("Active accounts", "Account videos", "Tracked videos"),
        )
    ]
    platforms = [
        {"text": plain(text), "value": value}
        for text, value in (
            ("All platforms", "all"),
            ("Instagram", "instagram"),
            ("TikTok", "tiktok"),
        )
    ]
    waits = [
        {"text": plain("Post on time"), "value": "0"},
        {"text": plain("Up to 1 hour"), "value": "1"},
        *({"text": plain(f"Up to {n} hours"), "value": str(n)} for n in (2, 3, 4, 8, 12, 24)),
    ]
    zone = elements.pop("zone")
    assert elements == {
        "days": {
            "action_id": "value",
            "type": "checkboxes",
            "options": week,
            "initial_options": week,
        },
        "at": {"action_id": "value", "type": "timepicker", "initial_time": "23:59"},
        "period": {
            "action_id": "value",
            "type": "static_select",
            "options": windows,
            "initial_option": windows[2],
        },
        "top": {
            "action_id": "value",
            "type": "static_select",
            "options": tops,
            "initial_option": tops[2],
        },
        "ranking": {
            "action_id": "value",
            "type": "static_select",
            "options": ranks,
            "initial_option": ranks[1],
        },
        "metrics": {
            "action_id": "value",
            "type": "multi_static_select",
            "options": figures,
            "placeholder": plain("All of them"),
            "initial_options": [figures[5], figures[0], figures[1]],
        },
        "platform": {
            "action_id": "value",
            "type": "static_select",
            "options": platforms,
            "initial_option": platforms[2],
        },
        "wait": {
            "action_id": "value",
            "type": "static_select",
            "options": waits,
            "initial_option": waits[3],
        },
        "to": {
            "action_id": "value",
            "type": "plain_text_input",
            "multiline": True,
            "max_length": 3_000,
            "placeholder": plain("https://… or name@example.com"),
        },
    }
    assert zone["initial_option"] == {"text": plain("Asia/Kolkata"), "value": "Asia/Kolkata"}


def test_what_is_chosen_where_nothing_differs() -> None:
    """All figures, by views, on every platform, on time."""
    view = form.view("C1", ONE, form.filled(ONE))
    elements = inputs(view)
    assert "initial_options" not in elements["metrics"]
    chosen = [elements[one]["initial_option"]["value"] for one in ("ranking", "platform", "wait")]
    assert chosen == ["views", "all", "0"]
    assert form.read(untouched(view)) == FILLED


def test_filled() -> None:
    """Whoever manages a subscription finds it as it is."""
    one = replace(
        ONE, schedule=EVERYTHING.schedule, ask=EVERYTHING.ask, wait_hours=EVERYTHING.wait_hours
    )
    assert form.filled(one) == EVERYTHING


def test_zones() -> None:
    """By continent, each once, with spaces for the eye."""
    groups = inputs(form.view("C1", None, FILLED))["zone"]["option_groups"]
    options = [option for group in groups for option in group["options"]]
    assert sorted(option["value"] for option in options) == sorted(places())
    labels = [group["label"]["text"] for group in groups]
    assert sorted(set(labels)) == [
        "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
        "Indian", "Pacific", "UTC",
    ]  # fmt: skip
    for group in groups:
        for option in group["options"]:
            assert option["value"].partition("/")[0] == group["label"]["text"]
    assert {"text": plain("America/New York"), "value": "America/New_York"} in options


@pytest.mark.parametrize("zone", ["Asia/Calcutta", "Etc/GMT+5", "US/Pacific", "GMT"])
def test_a_zone_that_is_not_on_the_map(zone: str) -> None:
    """It is on offer as well, since it is the one that holds; nothing else is lost for it."""
    filled = replace(FILLED, schedule=Schedule(zone=zone))
    view = form.view("C1", ONE, filled)
    assert check_view(view) == []
    element = inputs(view)["zone"]
    options = [one["value"] for group in element["option_groups"] for one in group["options"]]
    assert sorted(options) == sorted([*places(), zone])
    assert element["initial_option"]["value"] == zone


def test_every_zone_comes_back_as_it_was() -> None:
    """Opened and sent off untouched, the window changes nothing, wherever people live."""
    for zone in (*places(), "Asia/Calcutta", "Etc/GMT+5"):
        filled = replace(EVERYTHING, schedule=replace(EVERYTHING.schedule, zone=zone))
        view = form.view("C1", None, filled)
        assert check_view(view) == []
        assert form.read(untouched(view)) == filled


NO_DAY, NO_TIME, NO_ZONE = "Choose at least one day.", "Choose a time.", "Choose a time zone."
MISSING = {
    "days": {"value": {"selected_options": []}},
    "at": {"value": {"selected_time": None}},
    "zone": {"value": {"selected_option": None}},
    "period": {"value": {"selected_option": None}},
    "top": {"value": {"selected_option": None}},
    "ranking": {"value": {"selected_option": None}},
    "metrics": {"value": {"selected_options": []}},
    "platform": {"value": {"selected_option": None}},
    "wait": {"value": {"selected_option": None}},
}
OPTIONAL = {key: MISSING[key] for key in list(MISSING)[3:]}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, EVERYTHING),
        ({"days": MISSING["days"]}, {"days": NO_DAY}),
        ({"at": MISSING["at"]}, {"at": NO_TIME}),
        ({"zone": MISSING["zone"]}, {"zone": NO_ZONE}),
        ({"zone": {"value": {"selected_option": {"value": "Mars/Olympus"}}}}, {"zone": NO_ZONE}),
        (MISSING, {"days": NO_DAY, "at": NO_TIME, "zone": NO_ZONE}),
        ({"days": {}, "at": {"other": {}}}, {"days": NO_DAY, "at": NO_TIME}),
        (OPTIONAL, Filled(EVERYTHING.schedule, Ask(Period.WEEK, Preferences(5)))),
        (
            {"metrics": {"value": {"selected_options": [{"value": "likes"}, {"value": "views"}]}}},
            replace(
                EVERYTHING,
                ask=Ask(
                    Period.QUARTER,
                    replace(EVERYTHING.ask.preferences, metrics=(Metric.LIKES, Metric.VIEWS)),
                ),
            ),
        ),
        (
            {"platform": {"value": {"selected_option": {"value": "all"}}}},
            replace(
                EVERYTHING,
                ask=Ask(Period.QUARTER, replace(EVERYTHING.ask.preferences, platform=None)),
            ),
        ),
        (
            {"wait": {"value": {"selected_option": {"value": "24"}}}},
            replace(EVERYTHING, wait_hours=24),
        ),
        (
            {"days": {"value": {"selected_options": [{"value": "6"}, {"value": "0"}]}}},
            replace(
                EVERYTHING,
                schedule=replace(EVERYTHING.schedule, days=frozenset({Weekday.SUN, Weekday.MON})),
            ),
        ),
        (
            {"zone": {"value": {"selected_option": {"value": "europe/berlin"}}}},
            replace(EVERYTHING, schedule=replace(EVERYTHING.schedule, zone="Europe/Berlin")),
        ),
    ],
)
def test_read(changed: dict[str, Any], found: object) -> None:
    """What was put in, or a sentence beneath each part that is missing."""
    view = form.view("C1", None, EVERYTHING)
    assert form.read({**untouched(view), **changed}) == found


def test_read_nothing() -> None:
    """A window of another version has none of the parts."""
    assert form.read({}) == {"days": NO_DAY, "at": NO_TIME, "zone": NO_ZONE}


@pytest.mark.parametrize(
    "other",
    [
        replace(ONE, schedule=replace(ONE.schedule, days=frozenset({Weekday.TUE}))),
        replace(ONE, schedule=replace(ONE.schedule, at=time(9, 1))),
        replace(ONE, schedule=replace(ONE.schedule, zone="Europe/Paris")),
        replace(ONE, ask=Ask(Period.MONTH)),
        replace(ONE, ask=Ask(Period.WEEK, Preferences(6))),
        replace(ONE, ask=Ask(Period.WEEK, Preferences(metrics=(Metric.VIEWS,)))),
        replace(ONE, ask=Ask(Period.WEEK, Preferences(ranking=Ranking.GAIN))),
        replace(ONE, ask=Ask(Period.WEEK, Preferences(platform=Platform.TIKTOK))),
        replace(ONE, wait_hours=1),
        replace(ONE, id="s2"),
        paused(ONE, Pause.BY_PERSON),
    ],
)
def test_fingerprint_changes(other: Subscription) -> None:
    """Everything that the window shows, and whether it is on."""
    assert form.fingerprint(other) not in {form.fingerprint(ONE), form.fingerprint(None)}


def test_another_order_of_the_figures_is_a_change() -> None:
    """The headline reads differently."""
    orders = ((Metric.VIEWS, Metric.LIKES), (Metric.LIKES, Metric.VIEWS))
    seen = {
        form.fingerprint(replace(ONE, ask=Ask(Period.WEEK, Preferences(metrics=order))))
        for order in orders
    }
    assert len(seen) == 2


def test_fingerprint_stays() -> None:
    """A post that went out meanwhile is nobody's change."""
    posted = replace(
        ONE,
        last_day=date(2026, 11, 23),
        next_slot=ONE.schedule.slot(date(2026, 11, 30)),
        version=9,
        channel_name="renamed",
    )
    assert form.fingerprint(posted) == form.fingerprint(ONE)
    assert form.fingerprint(None) == ""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str) -> None:
    """Neither a note nor an id makes a window that Slack refuses, or that pings."""
    view = form.view(name, replace(ONE, channel_name=name), FILLED, note=name)
    assert check_view(view) == []
    assert not PINGS.search(str(view["blocks"]))
    assert form.about(view["private_metadata"]).channel == name
