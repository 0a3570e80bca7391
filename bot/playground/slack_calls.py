"""What each call of the app does to the workspace, and what Slack refuses."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from bot.playground.slack_blocks import check_message, check_view
from bot.playground.slack_workspace import BOT, Message

if TYPE_CHECKING:
    from bot.playground.slack import SlackStandIn

Json = dict[str, Any]
USES: Final = 5
LIFETIME: Final = 30 * 60
TRIGGER_LIFETIME: Final = 3.0
NEEDED: Final = {
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
}


class SlackError(Exception):
    """``ok: false``."""

    def __init__(self, error: str, **more: Any) -> None:  # noqa: ANN401 -- JSON is anything
        super().__init__(error)
        self.answer: Json = {"ok": False, "error": error, **more}


@dataclass
class ResponseUrl:
    """Where an answer to a command or a click may go, five times within half an hour."""

    user: str
    channel: str
    made_at: float
    original: Message | None
    uses: int = 0


@dataclass
class Trigger:
    """The right to open one window, for three seconds."""

    user: str
    made_at: float
    used: bool = False


class SlackCalls:
    """The calls, over the stand-in's workspace and clock."""

    def __init__(self, slack: "SlackStandIn") -> None:
        self._slack = slack
        self._urls: dict[str, ResponseUrl] = {}
        self._triggers: dict[str, Trigger] = {}
        self._methods: dict[str, Callable[[Json], Json]] = {
            "auth.test": self._auth_test,
            "apps.connections.open": self._connections_open,
            "chat.postMessage": self._post_message,
            "chat.postEphemeral": self._post_ephemeral,
            "views.open": self._views_open,
        }

    def new_response_url(self, user: str, channel: str, original: Message | None = None) -> str:
        """An address for the answers of ``user``; ``original`` is the message with the button."""
        ticket = uuid.uuid4().hex
        self._urls[ticket] = ResponseUrl(user, channel, self._slack.now(), original)
        return f"{self._slack.origin}/commands/{ticket}"

    def new_trigger(self, user: str) -> str:
        """A ``trigger_id``."""
        name = f"{uuid.uuid4().hex}.{user}"
        self._triggers[name] = Trigger(user, self._slack.now())
        return name

    # Web API

    def web_api(self, method: str, sent: Json, headers: Mapping[str, str]) -> web.Response:
        """The answer of one Web API method."""
        try:
            self._authorize(method, sent, headers)
            answer = {"ok": True, **self._methods.get(method, _unknown)(sent)}
        except SlackError as error:
            answer = error.answer
        scopes = ",".join(sorted(self._slack.scopes))
        return web.json_response(answer, headers={"x-oauth-scopes": scopes})

    def _authorize(self, method: str, sent: Json, headers: Mapping[str, str]) -> None:
        token = headers.get("Authorization", "").removeprefix("Bearer ") or sent.get("token")
        if not token:
            raise SlackError("not_authed")
        if token not in {self._slack.bot_token, self._slack.app_token}:
            raise SlackError("invalid_auth")
        wanted = self._slack.app_token if method.startswith("apps.") else self._slack.bot_token
        if token != wanted:
            raise SlackError("not_allowed_token_type")
        needed = NEEDED.get(method)
        if needed and needed not in self._slack.scopes:
            provided = ",".join(sorted(self._slack.scopes))
            raise SlackError("missing_scope", needed=needed, provided=provided)

    def _auth_test(self, _: Json) -> Json:
        return {
            "url": "https://acme.slack.com/",
            "team": self._slack.workspace.name,
            "user": "recap",
            "team_id": self._slack.workspace.team,
            "user_id": BOT,
            "bot_id": "B0RECAP",
            "is_enterprise_install": False,
        }

    def _connections_open(self, _: Json) -> Json:
        return {"url": self._slack.new_socket_url()}

    def _post_message(self, sent: Json) -> Json:
        message = self._accept(sent, ephemeral_to=None)
        return {"channel": message.channel, "ts": message.ts}

    def _post_ephemeral(self, sent: Json) -> Json:
        if sent.get("user") not in self._slack.workspace.people:
            raise SlackError("user_not_in_channel")
        message = self._accept(sent, ephemeral_to=sent["user"])
        return {"message_ts": message.ts}

    def _accept(self, sent: Json, *, ephemeral_to: str | None) -> Message:
        channel = self._slack.workspace.channels.get(str(sent.get("channel")))
        if channel is None or (channel.is_private and BOT not in channel.members):
            raise SlackError("channel_not_found")
        if channel.is_archived:
            raise SlackError("is_archived")
        if BOT not in channel.members:
            raise SlackError("not_in_channel")
        text, blocks = sent.get("text", ""), sent.get("blocks", [])
        _refuse(check_message(text, blocks))
        return self._add(channel.id, text, blocks, ephemeral_to)

    def _add(
        self, channel: str, text: str, blocks: list[Json], to: str | None, through: str = ""
    ) -> Message:
        message = Message(
            self._slack.next_ts(), channel, text, blocks, ephemeral_to=to, made_through=through
        )
        self._slack.workspace.messages.append(message)
        return message

    def _views_open(self, sent: Json) -> Json:
        trigger = self._triggers.get(str(sent.get("trigger_id")))
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("trigger_exchanged")
        if self._slack.now() - trigger.made_at > TRIGGER_LIFETIME:
            raise SlackError("trigger_expired")
        _refuse(check_view(sent.get("view")))
        trigger.used = True
        self._slack.workspace.windows.setdefault(trigger.user, []).append(sent["view"])
        return {"view": {"id": f"V{uuid.uuid4().hex[:8].upper()}", **sent["view"]}}

    # response_url

    def respond(self, ticket: str, sent: Json) -> web.Response:
        """What a POST to a ``response_url`` does; refusals are short texts, as Slack's are."""
        url = self._urls.get(ticket)
        if url is None or self._slack.now() - url.made_at > LIFETIME:
            return web.Response(status=404, text="expired_url")
        if url.uses >= USES:
            return web.Response(status=404, text="used_url")
        url.uses += 1
        if sent.get("delete_original"):
            self._forget(ticket, url)
            return web.Response(text="ok")
        text, blocks = sent.get("text", ""), sent.get("blocks", [])
        if problems := check_message(text, blocks):
            return web.json_response({"ok": False, "error": problems[0]}, status=400)
        self._show(ticket, url, sent, text, blocks)
        return web.Response(text="ok")

    def _original(self, ticket: str, url: ResponseUrl) -> Message | None:
        """What ``replace_original`` means: the button's message, or the newest through this URL."""
        if url.original:
            return url.original
        made = [one for one in self._slack.workspace.messages if one.made_through == ticket]
        return made[-1] if made else None

    def _forget(self, ticket: str, url: ResponseUrl) -> None:
        if original := self._original(ticket, url):
            original.deleted = True

    def _show(
        self, ticket: str, url: ResponseUrl, sent: Json, text: str, blocks: list[Json]
    ) -> None:
        original = self._original(ticket, url)
        if sent.get("replace_original") and original and not original.deleted:
            original.text, original.blocks, original.edited = text, blocks, True
            return
        public = sent.get("response_type") == "in_channel"
        self._add(url.channel, text, blocks, None if public else url.user, ticket)


def _unknown(_: Json) -> Json:
    raise SlackError("unknown_method")


def _refuse(problems: list[str]) -> None:
    if not problems:
        return
    known = {"no_text", "msg_too_long", "msg_blocks_too_long"}
    code = next((problem for problem in problems if problem in known), "invalid_blocks")
    raise SlackError(code, response_metadata={"messages": [f"[ERROR] {one}" for one in problems]})
