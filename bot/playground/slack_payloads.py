"""What Slack tells the app: of clicks, of windows, and of what happens in the workspace."""

import copy
import uuid
from typing import TYPE_CHECKING, Any, Final

from bot.playground.slack_state import chosen, initial
from bot.playground.slack_workspace import APP, Channel, Message

if TYPE_CHECKING:
    from bot.playground.slack_teams import Team

Json = dict[str, Any]

SHOWN: Final = {"button": ("text", "value", "url", "style")}
"""What of an element stands in an action; of the others it is the rest of these."""
SHOWN_OF_OTHERS: Final = ("placeholder", "initial_option", "initial_options", "initial_time")


def command(team: "Team", user: str, channel: str) -> Json:
    """Who typed a command, and where."""
    workspace, enterprise = team.workspace, team.workspace.enterprise
    organization = (
        {"enterprise_id": enterprise.id, "enterprise_name": enterprise.name} if enterprise else {}
    )
    return {
        "token": "deprecated",
        "team_id": workspace.team,
        "team_domain": workspace.domain,
        **organization,
        "channel_id": channel,
        "channel_name": workspace.channels[channel].name,
        "user_id": user,
        "user_name": workspace.people[user].name.lower(),
        "api_app_id": APP,
        "is_enterprise_install": str(_org_wide(team)).lower(),
    }


def person(team: "Team", user: str) -> Json:
    """Who did it, as every interaction says it."""
    workspace, enterprise = team.workspace, team.workspace.enterprise
    name = workspace.people[user].name.lower()
    shown = {"id": workspace.team, "domain": workspace.domain}
    if enterprise:
        shown |= {"enterprise_id": enterprise.id, "enterprise_name": enterprise.name}
    return {
        "team": shown,
        "user": {"id": user, "username": name, "name": name, "team_id": workspace.team},
        "api_app_id": APP,
        "token": "deprecated",
        "enterprise": {"id": enterprise.id, "name": enterprise.name} if enterprise else None,
        "is_enterprise_install": _org_wide(team),
    }


def in_view(team: "Team", user: str) -> Json:
    """Who did something in a window or in an App Home.

    An organization's installation is told no ``team``: only the user and the view say which.
    """
    said = person(team, user)
    return {**said, "team": None} if _org_wide(team) else said


def _org_wide(team: "Team") -> bool:
    return team.installation is not None and team.installation.enterprise is not None


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


def callback(team: "Team", event: Json, event_id: str = "") -> Json:
    """The wrapper of an event; a new one gets an id of its own."""
    workspace, enterprise = team.workspace, team.workspace.enterprise
    at = team.now()
    return {
        "token": "deprecated",
        "team_id": workspace.team,
        **({"enterprise_id": enterprise.id} if enterprise else {}),
        "api_app_id": APP,
        "event": {"event_ts": f"{at:.6f}", **copy.deepcopy(event)},
        "type": "event_callback",
        "event_id": event_id or f"Ev{uuid.uuid4().hex[:9].upper()}",
        "event_time": int(at),
        "authorizations": [
            {
                "enterprise_id": enterprise.id if enterprise else None,
                "team_id": workspace.team,
                "user_id": workspace.bot,
                "is_bot": True,
                "is_enterprise_install": _org_wide(team),
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


def tokens_revoked(team: "Team") -> Json:
    """The bot's tokens are dead; they are named by their bot."""
    return {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.workspace.bot]}}


def joined(team: "Team", channel: Channel, inviter: str) -> Json:
    """The bot has been invited."""
    return {
        "type": "member_joined_channel",
        "user": team.workspace.bot,
        "channel": channel.id,
        "channel_type": "G" if channel.is_private else "C",
        "team": team.workspace.team,
        "inviter": inviter,
    }
