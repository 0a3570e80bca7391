"""What Slack tells the app: of clicks, of windows, and of what happens in the workspace."""

import copy
from typing import Any, Final

from bot.playground.slack_state import chosen, initial
from bot.playground.slack_workspace import APP, BOT, Channel, Message, Workspace

Json = dict[str, Any]

SHOWN: Final = {"button": ("text", "value", "url", "style")}
"""What of an element stands in an action; of the others it is the rest of these."""
SHOWN_OF_OTHERS: Final = ("placeholder", "initial_option", "initial_options", "initial_time")


def person(workspace: Workspace, user: str) -> Json:
    """Who did it, as every interaction says it."""
    name = workspace.people[user].name.lower()
    team = {"id": workspace.team, "domain": "acme"}
    return {
        "team": team,
        "user": {"id": user, "username": name, "name": name, "team_id": workspace.team},
        "api_app_id": APP,
        "token": "deprecated",
        "enterprise": None,
        "is_enterprise_install": False,
    }


def element(found: Json) -> Json:
    """An element as it stands in an action, before a person has picked anything."""
    keys = SHOWN.get(found["type"], SHOWN_OF_OTHERS)
    shown = ("type", "action_id", *keys, "confirm")
    return {key: found[key] for key in shown if key in found}


def action(block: Json, found: Json, value: Json | None, at: float) -> Json:
    """What ``actions[0]`` says: the element, and what was picked.

    Raises:
        AssertionError: A button was given a value, or another element none.
    """
    if (found["type"] == "button") != (value is None):
        raise AssertionError(f"a {found['type']} is pressed with{'out' * (not value)} a value")
    picked = chosen(found, value) if value is not None else {}
    place = {"block_id": block.get("block_id", "b1"), "action_ts": f"{at:.6f}"}
    return {**element(found), **picked, **place}


def message(shown: Message, name: str) -> Json:
    """Where a click under a message happened."""
    payload: Json = {
        "container": {
            "type": "message",
            "message_ts": shown.ts,
            "channel_id": shown.channel,
            "is_ephemeral": shown.ephemeral_to is not None,
        },
        "channel": {"id": shown.channel, "name": name},
        "state": {"values": initial(shown.blocks)},
    }
    if shown.ephemeral_to is None:
        payload["message"] = {
            "type": "message",
            "ts": shown.ts,
            "text": shown.text,
            "user": shown.user,
            "bot_id": shown.bot_id,
            "app_id": shown.app_id,
            "blocks": shown.blocks,
        }
    return payload


def callback(workspace: Workspace, event: Json, event_id: str, at: float) -> Json:
    """The wrapper of an event."""
    return {
        "token": "deprecated",
        "team_id": workspace.team,
        "api_app_id": APP,
        "event": {"event_ts": f"{at:.6f}", **event},
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(at),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.team,
                "user_id": BOT,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def home_opened(user: str, view: Json | None) -> Json:
    """A person has opened the app's Home tab."""
    event: Json = {
        "type": "app_home_opened",
        "user": user,
        "channel": f"D{user[1:]}",
        "tab": "home",
    }
    return {**event, "view": copy.deepcopy(view)} if view else event


def of_channel(channel: Channel, what: str, by: str) -> Json:
    """``channel_*``, or ``group_*`` when the channel is private."""
    event = f"{'group' if channel.is_private else 'channel'}_{what}"
    match what:
        case "rename":
            names = {"name": channel.name, "name_normalized": channel.name}
            kind = {"is_channel": not channel.id.startswith("G"), "is_mpim": False}
            return {"type": event, "channel": {"id": channel.id, **names, **kind, "created": 1}}
        case "left":
            return {"type": event, "channel": channel.id, "actor_id": by}
        case _:
            return {"type": event, "channel": channel.id, "user": by}


def joined(workspace: Workspace, channel: Channel, inviter: str) -> Json:
    """The bot has been invited."""
    return {
        "type": "member_joined_channel",
        "user": BOT,
        "channel": channel.id,
        "channel_type": "G" if channel.is_private else "C",
        "team": workspace.team,
        "inviter": inviter,
    }
