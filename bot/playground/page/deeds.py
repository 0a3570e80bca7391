"""What people do on the page: each becomes what Slack would do, and a sentence about it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.listeners.commands import COMMAND
from bot.playground.page.look import Look, look
from bot.playground.page.parts import ZONES
from bot.playground.page.stage import Stage
from bot.playground.page.values import given, missing, picked
from bot.playground.page.workspace import said, whispered
from bot.playground.slack import Delivery
from bot.playground.slack_state import find
from bot.playground.slack_workspace import BOT, Message
from bot.playground.travel import next_clock_change, next_monday

Json = Mapping[str, Any]
NOTHING: Final = ""
MENTION: Final = re.compile(r"\s+@?recap\s*", re.IGNORECASE)
ADDRESS: Final = re.compile(r"(https?://[^\s<>|]*[^\s<>|.,;:!?)\]\"'*_~`])")
"""A link in what a person types, without the full stop after it."""

GONE: Final = "That is not there any more."


class NotPossibleError(Exception):
    """A person could not do that; the message says why."""


async def command(stage: Stage, asked: Json) -> str:
    """Send what was typed: a command of the app's, one of Slack's own, or a message."""
    here, text = look(stage, asked), str(asked.get("text", "")).strip()
    if not text:
        return NOTHING
    if here.at_app or here.channel.is_archived:
        raise NotPossibleError("Nobody can write here.")
    word, _, rest = text.partition(" ")
    if word == COMMAND:
        delivery = await stage.slack.command(here.person.id, here.channel.id, rest.strip())
        if delivery.error:
            _whisper(here, f"{COMMAND} failed with the error “{delivery.error}”")
    elif word in SLACKS_OWN:
        await SLACKS_OWN[word](here, text)
    elif text.startswith("/"):
        _whisper(here, f"`{word}` is not a valid command.")
    else:
        _say(here, text)
    stage.news.happened()
    return NOTHING


async def press(stage: Stage, asked: Json) -> str:
    """Press a button."""
    return await _act(stage, asked, pick=False)


async def select(stage: Stage, asked: Json) -> str:
    """Pick something in a select that tells the app at once."""
    return await _act(stage, asked, pick=True)


async def _act(stage: Stage, asked: Json, *, pick: bool) -> str:
    here = look(stage, asked)
    action, block = str(asked.get("action")), asked.get("block") or None
    thing = _thing(here, asked)
    try:
        _, element = find(thing.blocks if isinstance(thing, Message) else thing["blocks"],
                          action, block)  # fmt: skip
    except LookupError:
        # An input tells nobody until it is submitted.
        return NOTHING
    value = picked(element, asked.get("value")) if pick else None
    person = here.person.id
    if isinstance(thing, Message):
        done = stage.slack.press(person, thing, action, value=value, block_id=block)
    else:
        done = stage.slack.press_in_view(person, thing, action, block_id=block, value=value)
    return _went(await done)


def _thing(here: Look, asked: Json) -> Any:  # noqa: ANN401 -- a message, or a view as JSON
    """What the button stands in."""
    workspace, person = here.stage.slack.workspace, here.person.id
    match asked.get("where"):
        case "view":
            found: Any = next(reversed(workspace.windows.get(person, [])), None)
        case "home":
            found = workspace.homes.get(person)
        case _:
            messages = here.messages(here.channel)
            found = next((one for one in messages if one.ts == asked.get("ts")), None)
    if found is None:
        raise NotPossibleError(GONE)
    return found


async def submit(stage: Stage, asked: Json) -> str:
    """Submit the uppermost window with what was filled in."""
    here = look(stage, asked)
    view = _thing(here, {"where": "view"})
    errors = stage.slack.workspace.window_errors
    filled = given(view["blocks"], asked.get("values") or {})
    if empty := missing(view["blocks"], filled):
        errors[here.person.id] = empty
        stage.news.happened()
        return NOTHING
    try:
        went = _went(await stage.slack.submit(here.person.id, filled))
    except AssertionError as error:
        raise NotPossibleError(f"Slack could not do that: {error}.") from error
    stage.news.happened()
    return went


async def close(stage: Stage, asked: Json) -> str:
    """Close the uppermost window."""
    here = look(stage, asked)
    if stage.slack.workspace.windows.get(here.person.id):
        await stage.slack.close_window(here.person.id)
    stage.news.happened()
    return NOTHING


async def travel(stage: Stage, asked: Json) -> str:
    """Move the clock."""
    here = look(stage, asked)
    name = str(asked.get("zone"))
    zone, now = ZoneInfo(name if name in ZONES else here.person.tz), stage.clock.now()
    match asked.get("to"):
        case "now":
            to = None
        case "minute":
            to = now + timedelta(minutes=1)
        case "hour":
            to = now + timedelta(hours=1)
        case "monday":
            to = next_monday(now, zone)
        case "change":
            to = next_clock_change(now, zone)
            if to is None:
                raise NotPossibleError(f"The clocks of {zone.key} do not change.")
        case _:
            raise NotPossibleError("There is no way to that time.")
    await stage.travel(to)
    then = stage.clock.now().astimezone(zone)
    return f"It is {then:%A} {then.day} {then:%B %Y, %H:%M} in {zone.key}."


async def fault(stage: Stage, asked: Json) -> str:
    """Turn one of the faults on or off."""
    here, on = look(stage, asked), bool(asked.get("on"))
    try:
        switch = await stage.breakages.turn(str(asked.get("name")), here.channel.id, on=on)
    except LookupError:
        raise NotPossibleError("There is no such fault.") from None
    stage.news.happened()
    return f"{switch.title}: {'on' if on else 'off'}."


async def kill(stage: Stage, asked: Json) -> str:
    """Kill the app's process; it is started again."""
    del asked
    stage.app.kill()
    return "Recap's process was killed. It is started again."


async def open_home(stage: Stage, asked: Json) -> str:
    """Open the app's Home tab."""
    return _went(await stage.slack.open_home(look(stage, asked).person.id))


async def follow(stage: Stage, asked: Json) -> str:
    """Go to a channel: what is in it has been seen."""
    here = look(stage, asked)
    # Where the person may not be, they see another channel, and have not asked to.
    if here.place == asked.get("channel"):
        here.read()
        stage.news.happened()
    return NOTHING


async def unarchive(stage: Stage, asked: Json) -> str:
    """Bring the channel back."""
    channel = look(stage, asked).channel
    if not channel.is_archived:
        raise NotPossibleError("The channel is not archived.")
    return _went(await stage.slack.unarchive(channel.id))


async def _invite(here: Look, text: str) -> None:
    if not MENTION.fullmatch(text.removeprefix("/invite")):
        _whisper(here, "Only Recap can be invited here: `/invite @Recap`.")
    elif BOT in here.channel.members:
        _whisper(here, "Recap is already in this channel.")
    else:
        await here.stage.slack.invite_bot(here.channel.id)


async def _remove(here: Look, text: str) -> None:
    del text
    if BOT in here.channel.members:
        await here.stage.slack.remove_bot(here.channel.id)
    else:
        _whisper(here, "Recap is not in this channel.")


async def _archive(here: Look, text: str) -> None:
    del text
    await here.stage.slack.archive(here.channel.id)


SLACKS_OWN: Final[Mapping[str, Callable[[Look, str], Awaitable[None]]]] = {
    "/invite": _invite,
    "/remove": _remove,
    "/archive": _archive,
}
DEEDS: Final[Mapping[str, Callable[[Stage, Json], Awaitable[str]]]] = {
    "command": command,
    "press": press,
    "select": select,
    "submit": submit,
    "close": close,
    "travel": travel,
    "fault": fault,
    "kill": kill,
    "open-home": open_home,
    "follow": follow,
    "unarchive": unarchive,
}
"""Everything that the page can ask for, by the last part of its address."""


def _went(delivery: Delivery) -> str:
    return f"Slack says: {delivery.error}" if delivery.error else NOTHING


def _say(here: Look, text: str) -> None:
    messages = here.stage.slack.workspace.messages
    at = here.stage.clock.now().timestamp()
    messages.append(said(here.channel.id, here.person.id, _kept(text), at, len(messages)))


def _whisper(here: Look, text: str) -> None:
    messages = here.stage.slack.workspace.messages
    at = here.stage.clock.now().timestamp()
    messages.append(whispered(here.channel.id, here.person.id, text, at, len(messages)))


def _kept(text: str) -> str:
    """``text`` as Slack keeps what a person types: escaped, and its addresses as links."""
    parts = ADDRESS.split(text)
    return "".join(
        f"<{_escaped(part)}>" if place % 2 else _escaped(part) for place, part in enumerate(parts)
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
