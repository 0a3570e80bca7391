"""What goes over the wires between Slack, Recap and CreatorAudit, in the order of its beginning."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final

from aiohttp import web

from bot.playground.creatoraudit import PREFIX, CreatorAuditStandIn
from bot.playground.page.news import News
from bot.playground.slack import Delivery, SlackStandIn

Json = dict[str, Any]
KEPT: Final = 400
"""Requests; older ones are forgotten."""

NO_ANSWER: Final = "no answer"
TO_RECAP: Final = "Slack → Recap"
TO_SLACK: Final = "Recap → Slack"
TO_CREATORAUDIT: Final = "Recap → CreatorAudit"


@dataclass
class Entry:
    """One request and what became of it.

    Attributes:
        number: Its place in the order, from 1 on.
        at: When it began, by the demo's clock.
        way: Who asked whom.
        title: Method and path, or what the person did.
        status: What came of it; empty while nobody knows yet.
        fine: False where something went wrong.
        seconds: How long it took.
        etag: The tag of the answer, where it has one.
        sent: What was sent, as text.
        answer: What came back, as text.
    """

    number: int
    at: datetime
    way: str
    title: str
    sent: str
    status: str = ""
    fine: bool = True
    seconds: float | None = None
    etag: str = ""
    answer: str = ""


class Journal:
    """The newest requests."""

    def __init__(self, now: Callable[[], datetime], news: News) -> None:
        self._now = now
        self._news = news
        self._began: dict[int, float] = {}
        self._count = 0
        self.entries: list[Entry] = []

    def begin(self, way: str, title: str, sent: str = "") -> Entry:
        """Write down that a request has begun."""
        self._count += 1
        entry = Entry(self._count, self._now(), way, title, sent)
        self._began[entry.number] = perf_counter()
        self.entries = [*self.entries[1 - KEPT :], entry]
        self._news.happened()
        return entry

    def end(self, entry: Entry, status: str, *, fine: bool, answer: str = "") -> None:
        """Write down what became of it."""
        entry.seconds = perf_counter() - self._began.pop(entry.number)
        entry.status, entry.fine, entry.answer = status, fine, answer
        self._news.happened()

    def find(self, number: int) -> Entry | None:
        """The request with that number, as long as it is kept."""
        return next((one for one in self.entries if one.number == number), None)


def _nobody() -> Journal:
    return Journal(lambda: datetime.fromtimestamp(0, UTC), News())


@dataclass
class WatchedSlack(SlackStandIn):
    """Slack's stand-in, with everything that it sends and receives in a journal."""

    journal: Journal = field(default_factory=_nobody)

    async def deliver(self, kind: str, payload: Json, retry_num: int = 0) -> Delivery:
        """Hand ``payload`` to the app, and write down how the app took it."""
        entry = self.journal.begin(TO_RECAP, _did(kind, payload), pretty(payload))
        delivery = await super().deliver(kind, payload, retry_num)
        status = delivery.error or "acknowledged"
        answer = "" if delivery.answer == '""' else delivery.answer
        self.journal.end(entry, status, fine=not delivery.error, answer=answer)
        return delivery

    async def _answer(
        self,
        request: web.Request,
        method: str,
        sent: Json,
        accept: Callable[[], web.Response],
    ) -> web.StreamResponse:
        public = {key: value for key, value in sent.items() if key != "token"}
        entry = self.journal.begin(TO_SLACK, f"POST {method}", pretty(public))
        try:
            response = await super()._answer(request, method, sent, accept)
        except asyncio.CancelledError:
            self.journal.end(entry, NO_ANSWER, fine=False)
            raise
        body = response.body if isinstance(response, web.Response) else b""
        text = body.decode() if isinstance(body, bytes) else ""
        error = _slacks_error(text)
        status = f"{response.status} {error}".strip()
        self.journal.end(entry, status, fine=not error and response.status < BAD, answer=text)
        return response


BAD: Final = 400
"""The first HTTP status that means a failure."""


@dataclass
class WatchedCreatorAudit(CreatorAuditStandIn):
    """CreatorAudit's stand-in, with every request in a journal."""

    journal: Journal = field(default_factory=_nobody)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path_qs.removeprefix(PREFIX)
        sent = (await request.read()).decode()
        asked = request.headers.get("If-None-Match")
        head = f"If-None-Match: {asked}\n\n" if asked else ""
        entry = self.journal.begin(TO_CREATORAUDIT, f"{request.method} {path}", f"{head}{sent}")
        try:
            response = await super()._handle(request)
        except asyncio.CancelledError:
            self.journal.end(entry, NO_ANSWER, fine=False)
            raise
        entry.etag = response.headers.get("ETag", "")
        body = response.body if isinstance(response, web.Response) else b""
        text = body.decode() if isinstance(body, bytes) else ""
        self.journal.end(entry, str(response.status), fine=response.status < BAD, answer=text)
        return response


def pretty(value: object) -> str:
    """``value`` as JSON that people can read."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def indented(text: str) -> str:
    """``text`` with its JSON laid out, where it is JSON."""
    try:
        return pretty(json.loads(text))
    except ValueError:
        return text


def _slacks_error(body: str) -> str:
    """What stands in ``error`` of a refusal."""
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    refused = isinstance(answer, dict) and answer.get("ok") is False
    return str(answer.get("error")) if refused else ""


def _did(kind: str, payload: Json) -> str:
    """What a payload is about, in a few words."""
    match kind, payload.get("type"):
        case "slash_commands", _:
            return f"command {payload['command']} {payload['text']}".strip()
        case "events_api", _:
            return f"event {payload['event']['type']}"
        case _, "block_actions":
            return f"press {payload['actions'][0]['action_id']}"
        case _, other:
            return str(other).replace("_", " ")
