"""A process that does nothing but deliver.

It is started as ``python -m tests.faults.worker URL SLACK API STYLE MAIL``.

``ledger`` is the product's own way, ``queue`` the one with which several machines share the work on
PostgreSQL. The two others are what programs of this kind usually do, for
comparison in the benchmark: ``record`` posts and then writes that down; ``blind`` claims first, and
hands a message over again whenever it has no good answer.
"""

import asyncio
import contextlib
import sys
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

from bot.clock import SystemClock
from bot.creatoraudit.client import open_client
from bot.digest.engagement import ScaleSetting
from bot.errors import TryLater
from bot.playground.slack import SlackStandIn
from bot.ports import Route
from bot.posting.mail import MailSender
from bot.posting.mailing import MailTargets
from bot.posting.messenger import SlackMessenger
from bot.posting.outbox import Outbox
from bot.posting.slack import web_client, web_session
from bot.posting.smtp import Security, SmtpServer
from bot.posting.webhook import WebhookSender
from bot.rendering.numbers import Numbers
from bot.scheduling.jobs import working
from bot.services.build import Builder
from bot.services.carrying import Carrying
from bot.services.deliver import Delivering
from bot.services.dispatch import Dispatcher, slot_delivery
from bot.services.pace import Pace
from bot.services.recap import RecapService
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.postgresql import conninfo
from bot.storage.queue import SqlQueue
from bot.subscriptions import protocol
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Delivery, Frozen
from bot.subscriptions.mailbox import Mailbox
from bot.subscriptions.outcomes import Busy, Sent, Unsure
from bot.subscriptions.pace import Rate
from bot.subscriptions.protocol import Policy
from bot.subscriptions.zones import rules_version
from tests.services.fakes import only

POLICY = Policy(
    lease=timedelta(seconds=4), copy_lease=timedelta(seconds=4), settle=timedelta(seconds=1)
)
"""Shorter than the product's, so that a run takes minutes and not hours; nothing else differs."""

SILENT = timedelta(seconds=3)
"""As much shorter than the lease as the product's own."""

AT_ONCE = 20
PLACES = {Route.SLACK: AT_ONCE, Route.CORRECTIONS: 5, Route.ELSEWHERE: 5}
EVERY = 0.1
KEY = "faults"


async def main(database: str, slack: str, api: str, style: str, mail_port: str = "0") -> None:
    clock = SystemClock()
    async with (
        open_database(database) as engine,
        web_session() as session,
        open_client(KEY, api, clock) as source,
        AsyncExitStack() as stack,
    ):
        ledger = SqlLedger(engine)
        messenger = SlackMessenger(web_client(SlackStandIn.bot_token, slack, session), "B0RECAP")
        if style in {"record", "blind"}:
            await Naive(ledger, messenger, clock, blind=style == "blind").run()
        recap = RecapService(source, clock, ScaleSetting.PERCENT)
        pace = Pace(Rate(burst=1_000_000))
        builder = Builder(recap, clock, Numbers(), POLICY)
        sender = Outbox(WebhookSender(clock, {"127.0.0.1"}), _mail(mail_port))
        delivering = Delivering(
            ledger, messenger, sender, builder, clock, Numbers(), POLICY, pace=pace
        )
        worker = Dispatcher(ledger, only(delivering), clock, Numbers(), POLICY, at_once=AT_ONCE)
        tick: Callable[[], Awaitable[None]] = worker.tick
        if style == "queue":
            queue = SqlQueue(engine, silent=SILENT)
            carrying = Carrying(worker, ledger, queue, clock, POLICY, carried_for=POLICY.lease)
            tick = carrying.tick
            await stack.enter_async_context(
                working(conninfo(engine), carrying.deliver, PLACES, drain=0)
            )
        while True:
            await tick()
            await asyncio.sleep(EVERY)


def _mail(port: str) -> MailTargets:
    """What hands mails in at a server of this machine."""
    server = SmtpServer("localhost", int(port), Security.NONE)
    return MailTargets(MailSender(server, "acme.example"), Mailbox("recap@acme.example"))


class Naive:
    """What is usually done; it uses the same tables and the same calls."""

    def __init__(
        self, ledger: SqlLedger, messenger: SlackMessenger, clock: SystemClock, *, blind: bool
    ) -> None:
        self._ledger = ledger
        self._messenger = messenger
        self._clock = clock
        self._blind = blind

    async def run(self) -> None:
        while True:
            with contextlib.suppress(TryLater):
                await (self._claim_and_post() if self._blind else self._post_and_record())
            await asyncio.sleep(EVERY)

    async def _post_and_record(self) -> None:
        """Look up what is due, post it, write down that it was posted."""
        now = self._clock.now()
        for one in await self._ledger.due(now, AT_ONCE):
            assert one.next_slot is not None
            owed = slot_delivery(one, one.next_slot, now)
            outcome = await self._post(owed)
            if not isinstance(outcome, Sent):
                continue
            after = protocol.plan(one, now, POLICY, rules_version()).after
            done = protocol.sent(owed, outcome, now)
            await self._ledger.commit(Change(subscription=(one, after), new=(done,)))

    async def _claim_and_post(self) -> None:
        """Claim what is due, post it, and again until there is a good answer."""
        now = self._clock.now()
        for one in await self._ledger.due(now, AT_ONCE):
            assert one.next_slot is not None
            after = protocol.plan(one, now, POLICY, rules_version()).after
            owed = slot_delivery(one, one.next_slot, now)
            await self._ledger.commit(Change(subscription=(one, after), new=(owed,)))
        owner = uuid.uuid4().hex
        claimed = await self._ledger.claim(owner, now, POLICY.lease, AT_ONCE)
        await asyncio.gather(*(self._once(one) for one in claimed))

    async def _once(self, one: Delivery) -> None:
        outcome = await self._post(one)
        now = self._clock.now()
        match outcome:
            case Sent():
                after = protocol.sent(one, outcome, now)
            case Busy(wait=wait):
                after = protocol.put_off(replace(one, tries=0), now, wait)
            case Unsure():
                after = protocol.put_off(replace(one, tries=0), now)
            case _:
                return
        await self._ledger.commit(Change(delivery=(one, after)))

    async def _post(self, one: Delivery) -> object:
        return await self._messenger.post(one.target, Frozen("Recap: last 7 days"), one.key)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
