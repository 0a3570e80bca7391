"""Slack's ways back to a person: ``response_url`` and ``chat.postEphemeral`` (slack_sdk).

No client here retries by itself: slack_sdk's default handler repeats a POST after a reset
connection, which posts twice when only the answer was lost.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import stamina
import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient
from slack_sdk.webhook.webhook_response import WebhookResponse

from bot.errors import RecapError, TryLater, Unusable
from bot.meter import SILENT, SLACK, Meter
from bot.posting.codes import SLACK_ERRORS, TOO_MANY, refused
from bot.proxies import proxy_for
from bot.rendering.blocks import SlackMessage
from bot.rendering.names import one_line

log = structlog.get_logger(__name__)

TIMEOUT: Final = 10
TRIES: Final = 3
LONGEST_WAIT: Final = 10.0
"""Seconds that a person waits for Slack; a longer ``Retry-After`` is not sat out."""

LOOK_FIRST: Final = (
    "Slack did not confirm the post. Look in the channel before you share the recap again."
)


def web_session(meter: Meter = SILENT) -> aiohttp.ClientSession:
    """For ``web_client``: with a session of our own, slack_sdk does without its time-out."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    return aiohttp.ClientSession(timeout=timeout, trace_configs=[_metered(meter)])


def _metered(meter: Meter) -> aiohttp.TraceConfig:
    """Tells ``meter`` of each call: its method, and whether Slack refused it as one too many."""

    async def begun(_session: object, call: Any, begin: aiohttp.TraceRequestStartParams) -> None:  # noqa: ANN401
        # The path of a response_url is a secret.
        _, is_method, method = begin.url.path.rpartition("/api/")
        call.doing = meter.doing(SLACK, method if is_method else "response_url")
        call.doing.__enter__()

    async def ended(_session: object, call: Any, end: aiohttp.TraceRequestEndParams) -> None:  # noqa: ANN401
        if end.response.status == TOO_MANY:
            meter.slack_busy()
        call.doing.__exit__(None, None, None)

    async def failed(
        _session: object,
        call: Any,  # noqa: ANN401
        end: aiohttp.TraceRequestExceptionParams,
    ) -> None:
        with contextlib.suppress(type(end.exception)):
            call.doing.__exit__(type(end.exception), end.exception, None)

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(begun)
    trace.on_request_end.append(ended)
    trace.on_request_exception.append(failed)
    return trace


def web_client(
    token: str | None, base_url: str, session: aiohttp.ClientSession | None = None
) -> AsyncWebClient:
    """A Web API client that never repeats a call by itself.

    Raises:
        OperatorMustAct: The environment names a proxy that can't be used.
    """
    proxy = proxy_for(base_url)
    client = AsyncWebClient(
        token=token, base_url=base_url, session=session, timeout=TIMEOUT, retry_handlers=[]
    )
    # Not as an argument: None would mean HTTPS_PROXY, whatever NO_PROXY says.
    client.proxy = proxy
    return client


@dataclass(frozen=True, slots=True)
class Person:
    """Where somebody stands: for the answer that can't go back through its ``response_url``."""

    channel: str
    user: str


class ResponseUrl:
    """A ``Reply`` through the ``response_url`` of a slash command or a button.

    It takes at most five messages within 30 minutes (docs.slack.dev, /interactivity). When Slack
    no longer accepts it, a private answer goes by ``chat.postEphemeral`` instead.

    Args:
        url: The ``response_url``.
        person: Who is answered, and in which channel.
        client: For ``chat.postEphemeral``.
        replaces: True when there is a private message to replace: the one with the button. A
            message that everybody sees is never replaced.
        from_button: True for a button's URL, whose original is always the message it stands in.
    """

    def __init__(
        self,
        url: str,
        person: Person,
        client: AsyncWebClient,
        *,
        replaces: bool = False,
        from_button: bool = False,
    ) -> None:
        self._url = url
        self._person = person
        self._client = client
        self._replaces = replaces
        self._from_button = from_button
        self._retrying = stamina.AsyncRetryingCaller(attempts=TRIES, timeout=None, wait_max=2)

    async def private(self, message: SlackMessage) -> None:
        """Show ``message`` in place of the last private one; repeated until Slack confirms."""
        try:
            await self._retrying(_again, self._send_private, _body(message))
        except Unusable as error:
            log.info("response_url_gone", detail=error.operator)
            await self._post_ephemeral(message)
        self._replaces = self._replaces or not self._from_button

    async def _send_private(self, body: dict[str, Any]) -> None:
        try:
            await self._send(
                body | {"response_type": "ephemeral", "replace_original": self._replaces}
            )
        except _UnsureError:
            # Slack may have taken it: the next one takes its place, or it would be seen twice.
            self._replaces = self._replaces or not self._from_button
            raise

    async def done(self, message: SlackMessage) -> None:
        """Show that what the person asked for has been done."""
        await self.private(message)

    async def in_channel(self, message: SlackMessage, *, note: SlackMessage) -> None:
        """Post ``message`` once for everybody; ``note`` replaces the private message, if any.

        A command's private message goes before the post and a button's after it: what a command's
        URL replaces is the newest message sent through it, and that must not be the post.
        """
        if self._replaces and not self._from_button:
            await self._quietly({"delete_original": True})
            self._replaces = False
        body = _body(message) | {"response_type": "in_channel", "replace_original": False}
        try:
            await self._send(body)
        except _UnsureError as error:
            raise TryLater(LOOK_FIRST, error.operator) from error
        except asyncio.CancelledError as error:
            # A stop or a time-out: "try again" alone would invite a second post.
            raise TryLater(LOOK_FIRST, "A post was given up before Slack confirmed it.") from error
        if self._replaces:
            # The post is there: a stop meanwhile must not say that it could not be finished.
            with contextlib.suppress(asyncio.CancelledError):
                await self._quietly(
                    _body(note) | {"response_type": "ephemeral", "replace_original": True}
                )

    async def _quietly(self, body: dict[str, Any]) -> None:
        try:
            await self._send(body)
        except RecapError as error:
            log.warning("private_message_left", detail=error.operator)

    async def _send(self, body: dict[str, Any]) -> None:
        webhook = AsyncWebhookClient(
            self._url, timeout=TIMEOUT, session=self._client.session, retry_handlers=[]
        )
        webhook.proxy = proxy_for(self._url)
        try:
            response = await webhook.send_dict(body)
        except SLACK_ERRORS as error:
            # Only where no connection came about is it certain that Slack has taken nothing.
            kind = TryLater if isinstance(error, aiohttp.ClientConnectorError) else _UnsureError
            raise kind(
                "Slack could not be reached. Try again in a minute.",
                f"POST to a response_url failed: {type(error).__name__}.",
            ) from error
        _check(response)

    async def _post_ephemeral(self, message: SlackMessage) -> None:
        try:
            await self._client.chat_postEphemeral(
                channel=self._person.channel,
                user=self._person.user,
                text=message.text,
                blocks=list(message.blocks),
            )
        except SLACK_ERRORS as error:
            raise refused("chat.postEphemeral", error) from error


def _body(message: SlackMessage) -> dict[str, Any]:
    return {
        "text": message.text,
        "blocks": list(message.blocks),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _check(response: WebhookResponse) -> None:
    status, body = response.status_code, one_line(str(response.body) or "–", 100)
    if status < 300:  # noqa: PLR2004 -- any 2xx
        return
    detail = f"A response_url answered {status}: {body}"
    if status == TOO_MANY:
        wait = {key.lower(): value for key, value in response.headers.items()}.get("retry-after")
        seconds = float(wait) if wait and wait.isdecimal() else None
        raise TryLater("Slack is busy. Try again in a minute.", detail, retry_after=seconds)
    if status >= 500:  # noqa: PLR2004 -- any 5xx
        raise _UnsureError("Slack is having trouble. Try again in a minute.", detail)
    raise Unusable("Slack no longer takes an answer to that command. Type `/recap` again.", detail)


class _UnsureError(TryLater):
    """It is not known whether Slack took the message."""


def _again(error: Exception) -> bool | float:
    """Whether to send a private message again, and after how many seconds if Slack said so."""
    if not isinstance(error, TryLater):
        return False
    if error.retry_after is None:
        return True
    return error.retry_after if error.retry_after <= LONGEST_WAIT else False
