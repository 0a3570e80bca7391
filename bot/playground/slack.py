"""A stand-in for Slack over real HTTP and WebSocket, as strict as Slack itself.

It keeps a workspace, answers the Web API, delivers what people and admins do through Socket Mode
or as signed HTTP requests, and takes answers at ``response_url``. What goes wrong on demand stands
in ``slack_server.py``.
"""

import copy
import uuid
from typing import Any

from bot.playground import slack_payloads as payloads
from bot.playground.slack_server import ACK_SECONDS, Delivery, SlackServer, Traffic
from bot.playground.slack_state import fill, find
from bot.playground.slack_workspace import APP, BOT, Channel, Message

__all__ = ["ACK_SECONDS", "Delivery", "SlackStandIn", "Traffic"]

Json = dict[str, Any]


class SlackStandIn(SlackServer):
    """What people and admins do in the workspace, and how the app hears of it."""

    # Commands, clicks and windows.

    async def command(
        self, user: str, channel: str, text: str, command: str = "/recap"
    ) -> Delivery:
        """Type ``command`` with ``text``; returns when the app has acknowledged it, or not."""
        payload = {
            "token": "deprecated",
            "team_id": self.workspace.team,
            "team_domain": "acme",
            "channel_id": channel,
            "channel_name": self.workspace.channels[channel].name,
            "user_id": user,
            "user_name": self.workspace.people[user].name.lower(),
            "command": command,
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": self._calls.new_response_url(user, channel),
            "trigger_id": self._calls.new_trigger(user, channel),
        }
        return await self.deliver("slash_commands", payload)

    async def press(
        self,
        user: str,
        message: Message,
        action_id: str,
        *,
        value: Json | None = None,
        block_id: str | None = None,
    ) -> Delivery:
        """Press the button ``action_id`` under ``message``, or pick ``value`` in the select.

        Args:
            user: Who does it.
            message: Where it stands.
            action_id: Which element.
            value: What a select holds afterwards, such as ``{"selected_option": {...}}``.
            block_id: Which block, where several hold the same ``action_id``.
        """
        block, element = find(message.blocks, action_id, block_id)
        channel = self.workspace.channels[message.channel]
        payload: Json = {
            "type": "block_actions",
            **payloads.person(self.workspace, user),
            **payloads.message(message, channel.name),
            "response_url": self._calls.new_response_url(user, message.channel, message),
            "trigger_id": self._calls.new_trigger(user, message.channel),
            "actions": [payloads.action(block, element, value, self.now())],
        }
        return await self.deliver("interactive", payload)

    async def press_in_view(
        self,
        user: str,
        view: Json,
        action_id: str,
        *,
        block_id: str | None = None,
        value: Json | None = None,
    ) -> Delivery:
        """Press a button of a window or of an App Home, or pick ``value`` in its select."""
        block, element = find(view["blocks"], action_id, block_id)
        action = payloads.action(block, element, value, self.now())
        held = view["state"]["values"].get(block["block_id"], {})
        if action_id in held:
            held[action_id] = {key: action[key] for key in held[action_id]}
        payload: Json = {
            "type": "block_actions",
            **payloads.person(self.workspace, user),
            "container": {"type": "view", "view_id": view["id"]},
            "view": view,
            "trigger_id": self._calls.new_trigger(user),
            "actions": [action],
        }
        return await self.deliver("interactive", payload)

    async def delete_message(self, message: Message) -> None:
        """Delete ``message`` as an admin does; the app hears nothing."""
        message.deleted = True

    def button(
        self, message: Message, action_id: str, block_id: str | None = None
    ) -> dict[str, Any]:
        """The button as it stands in the message, with what it asks before it acts."""
        return payloads.element(find(message.blocks, action_id, block_id)[1])

    async def submit(self, user: str, values: dict[str, Json]) -> Delivery:
        """Submit the uppermost window of ``user``, and do what the app's answer says.

        Args:
            user: Who does it.
            values: What they changed by ``block_id``, such as ``{"selected_time": "09:00"}``;
                all else is as the app preset it.

        Raises:
            AssertionError: A person could not fill it in like that, or Slack could not follow the
                answer.
        """
        view = self._uppermost(user)
        view["state"]["values"] = fill(view, values)
        payload: Json = {
            "type": "view_submission",
            **payloads.person(self.workspace, user),
            "trigger_id": self._calls.new_trigger(user),
            "view": view,
            "response_urls": [],
        }
        name = view["id"]
        delivery = await self.deliver("interactive", payload)
        if delivery.error is None:
            self._calls.views.follow(user, name, delivery.answer)
        return delivery

    async def close_window(self, user: str) -> Delivery | None:
        """Close the uppermost window of ``user``; the app hears of it only when it wants to."""
        view = self._uppermost(user)
        windows = self.workspace.windows[user]
        windows[:] = [] if view["clear_on_close"] else windows[:-1]
        self.workspace.window_errors.pop(user, None)
        if not view["notify_on_close"]:
            return None
        payload: Json = {
            "type": "view_closed",
            **payloads.person(self.workspace, user),
            "view": view,
            "is_cleared": view["clear_on_close"],
        }
        return await self.deliver("interactive", payload)

    def _uppermost(self, user: str) -> Json:
        windows = self.workspace.windows.get(user)
        if not windows:
            raise AssertionError(f"{user} has no window open")
        return windows[-1]

    # Events.

    async def event(
        self, event: Json, *, event_id: str | None = None, retry_num: int = 0
    ) -> Delivery:
        """Tell the app of ``event``, or again with the ``event_id`` of the first time."""
        name = event_id or f"Ev{uuid.uuid4().hex[:9].upper()}"
        payload = payloads.callback(self.workspace, copy.deepcopy(event), name, self.now())
        return await self.deliver("events_api", payload, retry_num)

    async def open_home(self, user: str) -> Delivery:
        """Open the app's Home tab."""
        return await self.event(payloads.home_opened(user, self.workspace.homes.get(user)))

    async def archive(self, channel: str) -> Delivery:
        """Archive a channel."""
        found = self.workspace.channels[channel]
        found.is_archived = True
        return await self.event(payloads.of_channel(found, "archive", self._somebody(found)))

    async def unarchive(self, channel: str) -> Delivery:
        """Bring an archived channel back."""
        found = self.workspace.channels[channel]
        found.is_archived = False
        return await self.event(payloads.of_channel(found, "unarchive", self._somebody(found)))

    async def rename(self, channel: str, name: str) -> Delivery:
        """Give a channel another name; its id stays."""
        found = self.workspace.channels[channel]
        found.name = name
        return await self.event(payloads.of_channel(found, "rename", self._somebody(found)))

    async def make_private(self, channel: str) -> None:
        """Make a public channel private; its id stays, and the app hears nothing."""
        self.workspace.channels[channel].is_private = True

    async def remove_bot(self, channel: str) -> Delivery:
        """Take the bot out of a channel."""
        found = self.workspace.channels[channel]
        found.members.discard(BOT)
        return await self.event(payloads.of_channel(found, "left", self._somebody(found)))

    async def invite_bot(self, channel: str) -> Delivery:
        """Invite the bot to a channel."""
        found = self.workspace.channels[channel]
        found.members.add(BOT)
        return await self.event(payloads.joined(self.workspace, found, self._somebody(found)))

    async def uninstall(self) -> tuple[Delivery, Delivery]:
        """Remove the app: its bot token is dead before the app hears of it."""
        self.revoked = True
        revoked: Json = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT]}}
        return await self.event({"type": "app_uninstalled"}), await self.event(revoked)

    def _somebody(self, channel: Channel) -> str:
        """A person who may have done it."""
        return min(channel.members - {BOT}, default=min(self.workspace.people))
