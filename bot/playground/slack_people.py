"""What people and admins do in a workspace of the stand-in, and how the app hears of it."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from yarl import URL

from bot.playground import slack_payloads as payloads
from bot.playground.slack_oauth import Consent
from bot.playground.slack_state import fill, find
from bot.playground.slack_workspace import Channel, Message

if TYPE_CHECKING:
    from bot.playground.slack_installs import Installation
    from bot.playground.slack_teams import Team
    from bot.playground.slack_traffic import Delivery

Json = dict[str, Any]


class People(ABC):
    """The people of one workspace.

    Attributes:
        here: That workspace.
    """

    here: "Team"

    @abstractmethod
    async def deliver(self, kind: str, payload: Json, retry_num: int = 0) -> "Delivery":
        """Hand ``payload`` to the app and wait until it has acknowledged it, or not."""

    @property
    def installation(self) -> "Installation":
        """The installation that hears what happens here.

        Raises:
            AssertionError: The app was never installed here.
        """
        installation = self.here.installation
        if installation is None:
            raise AssertionError(f"the app is not installed in {self.here.workspace.team}")
        return installation

    # Commands, clicks and windows.

    async def command(
        self, user: str, channel: str, text: str, command: str = "/recap"
    ) -> "Delivery":
        """Type ``command`` with ``text``; returns when the app has acknowledged it, or not."""
        payload = {
            **payloads.command(self.here, user, channel),
            "command": command,
            "text": text,
            "response_url": self.here.calls.new_response_url(user, channel),
            "trigger_id": self.here.calls.new_trigger(user, channel),
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
    ) -> "Delivery":
        """Press the button ``action_id`` under ``message``, or pick ``value`` in the select.

        Args:
            user: Who does it.
            message: Where it stands.
            action_id: Which element.
            value: What a select holds afterwards, such as ``{"selected_option": {...}}``.
            block_id: Which block, where several hold the same ``action_id``.
        """
        block, element = find(message.blocks, action_id, block_id)
        channel = self.here.workspace.channels[message.channel]
        payload: Json = {
            "type": "block_actions",
            **payloads.person(self.here, user),
            **payloads.message(message, channel.name),
            "response_url": self.here.calls.new_response_url(user, message.channel, message),
            "trigger_id": self.here.calls.new_trigger(user, message.channel),
            "actions": [payloads.action(block, element, value, self.here.now())],
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
    ) -> "Delivery":
        """Press a button of a window or of an App Home, or pick ``value`` in its select."""
        block, element = find(view["blocks"], action_id, block_id)
        action = payloads.action(block, element, value, self.here.now())
        held = view["state"]["values"].get(block["block_id"], {})
        if action_id in held:
            held[action_id] = {key: action[key] for key in held[action_id]}
        payload: Json = {
            "type": "block_actions",
            **payloads.in_view(self.here, user),
            "container": {"type": "view", "view_id": view["id"]},
            "view": view,
            "trigger_id": self.here.calls.new_trigger(user),
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

    async def submit(self, user: str, values: dict[str, Json]) -> "Delivery":
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
            **payloads.in_view(self.here, user),
            "trigger_id": self.here.calls.new_trigger(user),
            "view": view,
            "response_urls": [],
        }
        name = view["id"]
        delivery = await self.deliver("interactive", payload)
        if delivery.error is None:
            self.here.calls.views.follow(user, name, delivery.answer)
        return delivery

    async def close_window(self, user: str) -> "Delivery | None":
        """Close the uppermost window of ``user``; the app hears of it only when it wants to."""
        view = self._uppermost(user)
        windows = self.here.workspace.windows[user]
        windows[:] = [] if view["clear_on_close"] else windows[:-1]
        self.here.workspace.window_errors.pop(user, None)
        if not view["notify_on_close"]:
            return None
        payload: Json = {
            "type": "view_closed",
            **payloads.in_view(self.here, user),
            "view": view,
            "is_cleared": view["clear_on_close"],
        }
        return await self.deliver("interactive", payload)

    def _uppermost(self, user: str) -> Json:
        windows = self.here.workspace.windows.get(user)
        if not windows:
            raise AssertionError(f"{user} has no window open")
        return windows[-1]

    # Events.

    async def event(
        self, event: Json, *, event_id: str | None = None, retry_num: int = 0
    ) -> "Delivery":
        """Tell the app of ``event``, or again with the ``event_id`` of the first time."""
        payload = payloads.callback(self.here, event, event_id or "")
        return await self.deliver("events_api", payload, retry_num)

    async def open_home(self, user: str) -> "Delivery":
        """Open the app's Home tab."""
        return await self.event(payloads.home_opened(user, self.here.workspace.homes.get(user)))

    async def archive(self, channel: str) -> "Delivery":
        """Archive a channel."""
        found = self.here.workspace.channels[channel]
        found.is_archived = True
        return await self.event(payloads.of_channel(found, "archive", self._somebody(found)))

    async def unarchive(self, channel: str) -> "Delivery":
        """Bring an archived channel back."""
        found = self.here.workspace.channels[channel]
        found.is_archived = False
        return await self.event(payloads.of_channel(found, "unarchive", self._somebody(found)))

    async def rename(self, channel: str, name: str) -> "Delivery":
        """Give a channel another name; its id stays."""
        found = self.here.workspace.channels[channel]
        found.name = name
        return await self.event(payloads.of_channel(found, "rename", self._somebody(found)))

    async def make_private(self, channel: str) -> None:
        """Make a public channel private; its id stays, and the app hears nothing."""
        self.here.workspace.channels[channel].is_private = True

    async def remove_bot(self, channel: str) -> "Delivery":
        """Take the bot out of a channel."""
        found = self.here.workspace.channels[channel]
        found.members.discard(self.here.workspace.bot)
        return await self.event(payloads.of_channel(found, "left", self._somebody(found)))

    async def invite_bot(self, channel: str) -> "Delivery":
        """Invite the bot to a channel."""
        found = self.here.workspace.channels[channel]
        found.members.add(self.here.workspace.bot)
        return await self.event(payloads.joined(self.here, found, self._somebody(found)))

    # Installing.

    async def install(
        self,
        user: str,
        address: str,
        *,
        org_wide: bool = False,
        without: frozenset[str] = frozenset(),
        denies: bool = False,
    ) -> str:
        """Open the app's link to Slack, and let the app in.

        Args:
            user: Who does it.
            address: Where the app sends people: ``.../oauth/v2/authorize?...``.
            org_wide: For the whole organization, which adds it to no workspace yet.
            without: Scopes that are optional and not granted.
            denies: Press Cancel instead.

        Returns:
            Where Slack sends the browser: the app's address with ``code`` and ``state``.

        Raises:
            AssertionError: Slack shows an error, or nobody could do it.
        """
        query = URL(address).raw_query_string
        await self.here.slack.open_page(query)
        if user not in self.here.workspace.people:
            raise AssertionError(f"{user} is not in {self.here.workspace.team}")
        oauth, asked = self.here.slack.oauth, dict(URL(address).query)
        if denies:
            return oauth.deny(asked)
        return oauth.allow(
            Consent(self.here.workspace, user, org_wide=org_wide, without=without), asked
        )

    async def add_app(self) -> "Delivery":
        """Add the organization's app to this workspace, as an admin of the organization does."""
        team = self.here.workspace.team
        self._of_organization().teams.add(team)
        return await self.event({"type": "team_access_granted", "team_ids": [team]})

    async def take_app_out(self) -> "Delivery":
        """Take the organization's app out of this workspace, before the app hears of it."""
        team = self.here.workspace.team
        event = {"type": "team_access_revoked", "team_ids": [team]}
        payload = payloads.callback(self.here, event)
        self._of_organization().teams.discard(team)
        return await self.deliver("events_api", payload)

    async def uninstall(
        self, *, revoked_first: bool = False, answers: str = "token_revoked"
    ) -> "tuple[Delivery, Delivery]":
        """Remove the app, its token dead before the app hears of it.

        Args:
            revoked_first: Tell of the tokens before the app; Slack promises no order.
            answers: What the token answers from now on; ``account_inactive`` is said, too.

        Returns:
            How the app took ``app_uninstalled``, and ``tokens_revoked``.
        """
        events: list[Json] = [{"type": "app_uninstalled"}, payloads.tokens_revoked(self.here)]
        gone, revoked = (payloads.callback(self.here, event) for event in events)
        self._end(answers)
        if revoked_first:
            second = await self.deliver("events_api", revoked)
            return await self.deliver("events_api", gone), second
        return await self.deliver("events_api", gone), await self.deliver("events_api", revoked)

    async def revoke(self) -> "Delivery":
        """Revoke the tokens without removing the app."""
        payload = payloads.callback(self.here, payloads.tokens_revoked(self.here))
        self._end("token_revoked")
        return await self.deliver("events_api", payload)

    def _end(self, error: str) -> None:
        self.here.slack.installations.end(self.installation, error)

    def _of_organization(self) -> "Installation":
        found = self.here.slack.installations.of_organization(self.here.workspace)
        if found is None:
            raise AssertionError("the app is in no organization of this workspace")
        return found

    def _somebody(self, channel: Channel) -> str:
        """A person who may have done it."""
        return min(
            channel.members - {self.here.workspace.bot}, default=min(self.here.workspace.people)
        )
