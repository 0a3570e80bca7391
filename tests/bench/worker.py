"""One worker process, as ``recap worker``: ``python -m tests.bench.worker URL API SLACK …``."""

import asyncio
import sys
import zlib

from bot.clock import SystemClock
from bot.creatoraudit.client import open_client
from bot.digest.engagement import ScaleSetting
from bot.posting.messenger import SlackMessenger
from bot.posting.outbox import Outbox
from bot.posting.slack import web_client, web_session
from bot.posting.webhook import WebhookSender
from bot.rendering.numbers import Numbers
from bot.scheduling.jobs import working
from bot.scheduling.scheduler import EVERY
from bot.services.build import Builder
from bot.services.carrying import Carrying
from bot.services.deliver import Delivering
from bot.services.dispatch import Dispatcher
from bot.services.recap import RecapService
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.pace import shared_pace
from bot.storage.postgresql import conninfo
from bot.storage.queue import SqlQueue
from bot.subscriptions.deliveries import Frozen
from bot.subscriptions.outcomes import Outcome, Sighting
from bot.subscriptions.protocol import Policy
from bot.wiring.workers import PLACES, WRITERS
from tests.bench.running import KEY
from tests.services.fakes import only


class Spread(SlackMessenger):
    """Each channel is on one of several stand-ins, so that none of them is what is measured."""

    def __init__(self, messengers: list[SlackMessenger]) -> None:
        self._messengers = messengers

    def _of(self, target: str) -> SlackMessenger:
        return self._messengers[zlib.crc32(target.encode()) % len(self._messengers)]

    async def post(
        self, target: str, message: Frozen, key: str, thread: str | None = None
    ) -> Outcome:
        return await self._of(target).post(target, message, key, thread)

    async def edit(self, channel: str, ts: str, message: Frozen) -> Outcome:
        return await self._of(channel).edit(channel, ts, message)

    async def find(self, target: str, *more: object) -> Sighting:
        raise NotImplementedError(target, more)


async def main(database: str, api: str, *slacks: str) -> None:
    clock, numbers, policy = SystemClock(), Numbers(), Policy()
    async with (
        open_database(database, writers=WRITERS) as engine,
        web_session() as session,
        open_client(KEY, api, clock) as source,
    ):
        messenger = Spread(
            [SlackMessenger(web_client("xoxb-bench", slack, session), "B0") for slack in slacks]
        )
        recap = RecapService(source, clock, ScaleSetting.PERCENT)
        delivering = Delivering(
            ledger := SqlLedger(engine),
            messenger,
            Outbox(WebhookSender(clock)),
            Builder(recap, clock, numbers, policy),
            clock,
            numbers,
            policy,
            pace=shared_pace(engine),
        )
        dispatcher = Dispatcher(ledger, only(delivering), clock, numbers, policy)
        carrying = Carrying(dispatcher, ledger, SqlQueue(engine), clock, policy)
        async with working(conninfo(engine), carrying.deliver, PLACES, drain=0):
            while True:
                await carrying.tick()
                await asyncio.sleep(EVERY.total_seconds())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
