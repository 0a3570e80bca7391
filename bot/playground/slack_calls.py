"""Who may call what, and where an answer to a command or a click goes."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from bot.playground import slack_payloads as payloads
from bot.playground.slack_blocks import check_message
from bot.playground.slack_chat import Chat, Limits
from bot.playground.slack_conversations import Conversations
from bot.playground.slack_errors import SlackError, missing_scope
from bot.playground.slack_views import Views
from bot.playground.slack_workspace import Message

if TYPE_CHECKING:
    from bot.playground.slack_teams import Team

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
    """The calls, over one workspace and the stand-in's clock."""

    def __init__(self, team: "Team") -> None:
        self._team = team
        self._urls: dict[str, ResponseUrl] = {}
        self.limits = Limits(team)
        self.views = Views(team)
        chat = Chat(team, self.limits)
        self._add = chat.add
        self.new_trigger = self.views.new_trigger
        self._methods: dict[str, Callable[[Json], Json]] = {
            "auth.revoke": self._auth_revoke,
            "auth.test": self._auth_test,
            **chat.methods,
            **Conversations(team).methods,
            **self.views.methods,
        }

    def new_response_url(self, user: str, channel: str, original: Message | None = None) -> str:
        """An address for the answers of ``user``; ``original`` is the message with the button."""
        ticket = uuid.uuid4().hex
        self._urls[ticket] = ResponseUrl(user, channel, self._team.now(), original)
        return f"{self._team.slack.origin}/commands/{ticket}"

    # Web API

    def web_api(self, method: str, sent: Json) -> Json:
        """What one Web API method answers to the team's caller.

        Raises:
            SlackError: Slack says no.
        """
        needed = NEEDED.get(method)
        if needed and needed not in self._team.scopes:
            raise missing_scope(needed, self._team.scopes)
        return self._methods.get(method, _unknown)(sent)

    def _auth_test(self, _: Json) -> Json:
        workspace, installation = self._team.workspace, self._team.caller.installation
        # A token of an organization stands for no workspace: its team is the organization.
        place = installation.enterprise or workspace
        host = f"{place.domain}.enterprise" if installation.enterprise else place.domain
        enterprise = workspace.enterprise
        return {
            "url": f"https://{host}.slack.com/",
            "team": place.name,
            "user": "recap",
            "team_id": installation.key,
            "user_id": workspace.bot,
            "bot_id": workspace.bot_id,
            **({"enterprise_id": enterprise.id} if enterprise else {}),
            "is_enterprise_install": installation.enterprise is not None,
        }

    def _auth_revoke(self, sent: Json) -> Json:
        if str(sent.get("test")).lower() in {"1", "true"}:
            return {"revoked": False}
        slack, event = self._team.slack, payloads.tokens_revoked(self._team)
        payload = payloads.callback(self._team, event)
        slack.installations.revoke(self._team.caller)
        slack.tell(payload)
        return {"revoked": True}

    # response_url

    def gave_out(self, ticket: str) -> bool:
        """Whether ``ticket`` is one of this workspace's addresses."""
        return ticket in self._urls

    def respond(self, ticket: str, sent: Json) -> web.Response:
        """What a POST to a ``response_url`` does; refusals are short texts, as Slack's are."""
        url = self._urls[ticket]
        if self._team.now() - url.made_at > LIFETIME:
            return web.Response(status=404, text="expired_url")
        if url.uses >= USES:
            return web.Response(status=404, text="used_url")
        url.uses += 1
        if sent.get("delete_original"):
            self._forget(ticket, url)
            return web.Response(text="ok")
        text, blocks = sent.get("text", ""), sent.get("blocks", [])
        if problems := check_message(text, blocks, data_blocks=self._team.workspace.data_blocks):
            return web.json_response({"ok": False, "error": problems[0]}, status=400)
        self._show(ticket, url, sent, text, blocks)
        return web.Response(text="ok")

    def _original(self, ticket: str, url: ResponseUrl) -> Message | None:
        """What ``replace_original`` means: the button's message, or the newest through this URL."""
        if url.original:
            return url.original
        made = [one for one in self._team.workspace.messages if one.made_through == ticket]
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
