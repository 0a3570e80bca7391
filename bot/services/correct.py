"""A post whose numbers were not complete, corrected where it stands once they are fuller."""

import asyncio
from dataclasses import replace

import structlog

from bot.digest.model import Digest
from bot.digest.ranking import MOVEMENT
from bot.errors import RecapError
from bot.ports import Clock, Ledger, Messenger
from bot.rendering import mrkdwn
from bot.services import sequels
from bot.services.build import Builder, Work
from bot.services.pace import Pace
from bot.services.record import Record, attempt, wait_of
from bot.subscriptions import corrections, protocol
from bot.subscriptions.brief import Brief
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Delivery, Frozen
from bot.subscriptions.outcomes import BadMessage, Outcome, Sent
from bot.subscriptions.protocol import End, Policy

log = structlog.get_logger(__name__)


class Correcting:
    """Takes claimed corrections on.

    An edit needs no looking for: made twice it leaves the same message, and where the message is
    gone it brings none back. So nothing is committed before it but that the correction is ours.
    """

    def __init__(
        self,
        ledger: Ledger,
        messenger: Messenger,
        builder: Builder,
        record: Record,
        clock: Clock,
        policy: Policy,
        pace: Pace,
    ) -> None:
        self._ledger = ledger
        self._messenger = messenger
        self._builder = builder
        self._record = record
        self._clock = clock
        self._policy = policy
        self._pace = pace

    async def correct(self, delivery: Delivery, brief: Brief, work: Work) -> Delivery:
        """Compare the post with the numbers of now, and correct it where it is off.

        Raises:
            TryLater: The database is away; all of it is done again later.
        """
        now = self._clock.now()
        step = protocol.next_step(delivery, brief.subscription, now, self._policy)
        if isinstance(step, End):
            after = corrections.looked_enough(delivery, step.reason)
            return await self._record.commit(Change(delivery=(delivery, after)))
        recap, posted = await self._posted(delivery)
        assert posted.provisional is not None  # noqa: S101 -- there is no correction without
        try:
            digest = await self._builder.once_more(posted.provisional, work)
        except RecapError as error:
            after = protocol.put_off(delivery, now, wait_of(error))
            return await self._record.not_built(delivery, after, error, now)
        changed = corrections.changed(posted.headline, digest.sums)
        lacks = {part.part for part in digest.missing} - {*posted.provisional.missing, MOVEMENT}
        if not changed or lacks:
            # What was posted in full is not replaced by less; but CreatorAudit's own ranking, which
            # alone says who moved, is of other days from midnight on.
            complete = bool(digest.sums) and not lacks and _is_complete(digest)
            after = self._compared(delivery, digest, complete=complete)
            return await self._record.commit(Change(delivery=(delivery, after)))
        return await self._change(delivery, recap, posted, digest, changed, brief)

    async def _posted(self, delivery: Delivery) -> tuple[Delivery, Frozen]:
        recap = await self._ledger.keyed(delivery.key.removesuffix(sequels.CORRECTION))
        assert recap is not None  # noqa: S101 -- they came into the ledger together
        assert recap.message is not None  # noqa: S101 -- it was posted
        return recap, recap.message

    async def _change(
        self,
        delivery: Delivery,
        recap: Delivery,
        posted: Frozen,
        digest: Digest,
        changed: tuple[str, ...],
        brief: Brief,
    ) -> Delivery:
        assert brief.subscription is not None  # noqa: S101 -- next_step has looked
        message, line = self._builder.corrected(posted, digest, brief.subscription, changed)
        if brief.classic:
            message = protocol.without_data_blocks(message)
        asked = asyncio.get_running_loop().time()
        await asyncio.sleep(self._pace.turn(delivery.team, delivery.target, asked))
        began = self._clock.now()
        ours = replace(delivery, ready_at=began + self._policy.lease)
        if not await self._record.begin(delivery, ours):
            return await self._record.wait(delivery)
        outcome, message = await self._edit(ours, message)
        await self._record.hold(ours.team, outcome)
        now = self._clock.now()
        tried = attempt(ours, began, now, "edit", outcome)
        if not isinstance(outcome, Sent):
            after = corrections.after_edit(ours, outcome, now)
            return await self._record.commit(Change(delivery=(ours, after), attempt=tried))
        there = replace(ours, posted_in=outcome.channel, ts=outcome.ts, sent_at=now)
        after = self._compared(there, digest, complete=_is_complete(digest))
        # One claim records one change at most, so that its number makes the line's key unique.
        key = f"{recap.key}/corrected/{ours.fence}"
        said = sequels.reply(recap, key, Frozen(mrkdwn.literal(line)), now)
        change = Change(
            delivery=(ours, after),
            recap=(recap, replace(recap, message=message)),
            new=(said,),
            attempt=tried,
        )
        return await self._record.commit(change)

    async def _edit(self, delivery: Delivery, message: Frozen) -> tuple[Outcome, Frozen]:
        """Put ``message`` into the post's place, in the simplest form that it takes."""
        assert delivery.thread is not None  # noqa: S101 -- the post that it corrects
        while True:
            outcome = await self._messenger.edit(delivery.target, delivery.thread, message)
            simpler = protocol.simpler(message) if isinstance(outcome, BadMessage) else None
            if simpler is None:
                return outcome, message
            log.error("blocks_refused", delivery=delivery.id, outcome=outcome)
            if protocol.are_data_blocks_refused(message, outcome):
                await self._ledger.refuse_data_blocks(delivery.team, self._clock.now())
            message = simpler

    def _compared(self, delivery: Delivery, digest: Digest, *, complete: bool) -> Delivery:
        return corrections.compared(
            delivery,
            complete=complete,
            next_look=digest.next_look,
            now=self._clock.now(),
            policy=self._policy,
        )


def _is_complete(digest: Digest) -> bool:
    return digest.coverage is not None and digest.coverage.is_complete
