"""Who may call what, and where an answer to a command or a click goes."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from bot.playground.slack_blocks import check_message
from bot.playground.slack_chat import Chat, Limits
from bot.playground.slack_conversations import Conversations
from bot.playground.slack_errors import SlackError, missing_scope
from bot.playground.slack_views import Views
from bot.playground.slack_workspace import BOT, BOT_ID, Message

if TYPE_CHECKING:
    from bot.playground.slack_server import SlackServer

Json = dict[str, Any]
USES: Final = 5
LIFETIME: Final = 30 * 60
NEEDED: Final = {
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "users.info": "users:read",
}
"""The scope of each method that always needs the same one; conversations.* check their own."""


@dataclass
class ResponseUrl:
    """Where an answer to a command or a click may go, five times within half an hour."""

    user: str
    channel: str
    made_at: float
    original: Message | None
    uses: int = 0


class SlackCalls:
    """The calls, over the stand-in's workspace and clock."""

    def __init__(self, slack: "SlackServer") -> None:
        self._slack = slack
        self._urls: dict[str, ResponseUrl] = {}
        self.limits = Limits(slack)
        self.views = Views(slack)
        chat = Chat(slack, self.limits)
        self._add = chat.add
        self.new_trigger = self.views.new_trigger
        self._methods: dict[str, Callable[[Json], Json]] = {
            "auth.test": self._auth_test,
            "apps.connections.open": self._connections_open,
            **chat.methods,
            **Conversations(slack).methods,
            **self.views.methods,
        }

    def new_response_url(self, user: str, channel: str, original: Message | None = None) -> str:
        """An address for the answers of ``user``; ``original`` is the message with the button."""
        ticket = uuid.uuid4().hex
        self._urls[ticket] = ResponseUrl(user, channel, self._slack.now(), original)
        return f"{self._slack.origin}/commands/{ticket}"

    # Web API

    def web_api(self, method: str, sent: Json, headers: Mapping[str, str]) -> web.Response:
        """The answer of one Web API method."""
        heads = {"x-oauth-scopes": ",".join(sorted(self._slack.scopes))}
        try:
            self._authorize(method, sent, headers)
            answer = {"ok": True, **self._methods.get(method, _unknown)(sent)}
        except SlackError as error:
            return web.json_response(
                error.answer, status=error.status, headers={**heads, **error.headers}
            )
        return web.json_response(answer, headers=heads)

    def _authorize(self, method: str, sent: Json, headers: Mapping[str, str]) -> None:
        token = headers.get("Authorization", "").removeprefix("Bearer ") or sent.get("token")
        if not token:
            raise SlackError("not_authed")
        if token not in {self._slack.bot_token, self._slack.app_token}:
            raise SlackError("invalid_auth")
        wanted = self._slack.app_token if method.startswith("apps.") else self._slack.bot_token
        if token != wanted:
            raise SlackError("not_allowed_token_type")
        if self._slack.revoked and token == self._slack.bot_token:
            raise SlackError("token_revoked")
        needed = NEEDED.get(method)
        if needed and needed not in self._slack.scopes:
            raise missing_scope(needed, self._slack.scopes)

    def _auth_test(self, _: Json) -> Json:
        return {
            "url": "https://acme.slack.com/",
            "team": self._slack.workspace.name,
            "user": "recap",
            "team_id": self._slack.workspace.team,
            "user_id": BOT,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    def _connections_open(self, _: Json) -> Json:
        return {"url": self._slack.new_socket_url()}

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
        if problems := check_message(text, blocks, data_blocks=self._slack.workspace.data_blocks):
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
