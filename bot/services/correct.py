"""A post whose numbers were not complete, corrected where it stands once they are fuller."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, repeat
from typing import Final

from bot.digest.model import Digest
from bot.digest.ranking import MOVEMENT
from bot.errors import RecapError
from bot.ports import Clock, Ledger, Messenger, Pacer
from bot.rendering import mrkdwn, timing
from bot.services import sequels
from bot.services.amend import Amended, Amending
from bot.services.build import Builder, Work
from bot.services.record import Record, attempt, wait_of
from bot.subscriptions import corrections, protocol
from bot.subscriptions.brief import Brief
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Delivery, Frozen, State, lateness
from bot.subscriptions.outcomes import BadMessage, Gone, Outcome, Sent
from bot.subscriptions.protocol import End, Policy

SUPERSEDED: Final = Frozen(mrkdwn.literal(timing.SUPERSEDED))


@dataclass(frozen=True, slots=True)
class _Done:
    """How far the edits have come.

    Attributes:
        delivery: The correction, as it is in the ledger now.
        outcome: ``Sent`` where all were made that can be; else what stopped them.
        stale: Whether a reply stands in the thread as it was before.
    """

    delivery: Delivery
    outcome: Outcome
    stale: bool = False


class Correcting:
    """Takes claimed corrections on.

    An edit needs no looking for: made twice it leaves the same message, and where the message is
    gone it brings none back. What is to stand in the post and in its thread is frozen and committed
    before the first of them is touched, so that whoever claims a correction that was cut short
    makes the same edits and then says so, once.
    """

    def __init__(
        self,
        ledger: Ledger,
        messenger: Messenger,
        builder: Builder,
        record: Record,
        clock: Clock,
        policy: Policy,
        pace: Pacer,
    ) -> None:
        self._ledger = ledger
        self._amending = Amending(ledger, messenger, record, clock, policy, pace)
        self._builder = builder
        self._record = record
        self._clock = clock
        self._policy = policy

    async def correct(self, delivery: Delivery, brief: Brief, work: Work) -> Delivery:
        """Compare the post with the numbers of now, and correct it where it is off.

        Raises:
            TryLater: The database is away; what was begun is finished later.
        """
        recap = await self._recap(delivery)
        thread = await self._thread(recap)
        if delivery.state is State.POSTING:
            return await self._finish(delivery, recap, thread)
        now = self._clock.now()
        step = protocol.next_step(delivery, brief.subscription, now, self._policy)
        if isinstance(step, End):
            after = corrections.looked_enough(delivery, step.reason)
            return await self._record.commit(Change(delivery=(delivery, after)))
        if any(reply.is_open for reply in thread):
            # What is not there yet can't be edited, and would come with the old numbers.
            after = protocol.put_off(delivery, now)
            return await self._record.commit(Change(delivery=(delivery, after)))
        wanted = await self._compare(delivery, recap, brief, work)
        if isinstance(wanted, Delivery):
            return wanted
        ours = corrections.begun(delivery, wanted)
        if not await self._record.begin(delivery, ours):
            return await self._record.wait(delivery)
        return await self._carry_out(ours, recap, thread)

    async def _recap(self, delivery: Delivery) -> Delivery:
        recap = await self._ledger.keyed(delivery.key.removesuffix(sequels.CORRECTION))
        assert recap is not None  # noqa: S101 -- they came into the ledger together
        return recap

    async def _thread(self, recap: Delivery) -> list[Delivery]:
        """The replies to ``recap``, but for the lines of earlier corrections."""
        found: list[Delivery] = []
        while one := await self._ledger.keyed(sequels.reply_key(recap.key, len(found) + 1)):
            found.append(one)
        return found

    async def _compare(
        self, delivery: Delivery, recap: Delivery, brief: Brief, work: Work
    ) -> Frozen | Delivery:
        """What is to stand there from now on; ``delivery`` settled or put off where nothing is."""
        posted = delivery.message or recap.message
        assert posted is not None  # noqa: S101 -- it was posted
        assert posted.provisional is not None  # noqa: S101 -- there is no correction without
        try:
            digest = await self._builder.once_more(posted.provisional, work)
        except RecapError as error:
            now = self._clock.now()
            after = protocol.put_off(delivery, now, wait_of(error))
            return await self._record.not_built(delivery, after, error, now)
        changed = corrections.changed(posted.headline, digest.sums)
        lacks = {part.part for part in digest.missing} - {*posted.provisional.missing, MOVEMENT}
        if changed and not lacks:
            return self._builder.corrected(posted, digest, brief, changed)
        # What was posted in full is not replaced by less; but CreatorAudit's own ranking, which
        # alone says who moved, is of other days from midnight on.
        after = corrections.compared(
            delivery,
            complete=bool(digest.sums) and not lacks and _is_complete(digest),
            next_look=digest.next_look,
            now=self._clock.now(),
            policy=self._policy,
        )
        return await self._record.commit(Change(delivery=(delivery, after)))

    async def _finish(
        self, delivery: Delivery, recap: Delivery, thread: Sequence[Delivery]
    ) -> Delivery:
        """Go on where somebody else was cut short, whatever became of the subscription since."""
        if lateness(delivery, self._clock.now()) > self._policy.notice_life:
            after = protocol.ended(delivery, State.FAILED, protocol.TOO_LATE)
            return await self._record.commit(Change(delivery=(delivery, after)))
        return await self._carry_out(delivery, recap, thread)

    async def _carry_out(
        self, delivery: Delivery, recap: Delivery, thread: Sequence[Delivery]
    ) -> Delivery:
        """Make the edits of a ``delivery`` in ``posting``, and say in the thread that they are."""
        assert delivery.message is not None  # noqa: S101 -- committed with ``posting``
        assert delivery.thread is not None  # noqa: S101 -- the post that it corrects
        if wait := await self._amending.turn(delivery):
            later = corrections.in_line(delivery, self._clock.now(), wait)
            return await self._record.commit(Change(delivery=(delivery, later)))
        began = self._clock.now()
        post = await self._amending.amend(
            delivery, delivery.thread, delivery.message, has_turn=True
        )
        done = _Done(post.delivery, post.outcome)
        if isinstance(post.outcome, Sent):
            done = await self._amend_thread(post, post.outcome, thread)
        now = self._clock.now()
        tried = attempt(done.delivery, began, now, "edit", done.outcome)
        if not isinstance(done.outcome, Sent):
            after = corrections.after_edit(done.delivery, done.outcome, now)
            return await self._record.commit(Change(delivery=(done.delivery, after), attempt=tried))
        after = corrections.edited(done.delivery, done.outcome, post.message, now, self._policy)
        change = Change(
            delivery=(done.delivery, after),
            recap=(recap, _told(recap, post.message)),
            new=(
                _line(recap, done, post.message, now),
                *sequels.further(recap, thread, post.message.replies, now),
            ),
            attempt=tried,
        )
        return await self._record.commit(change)

    async def _amend_thread(self, post: Amended, there: Sent, thread: Sequence[Delivery]) -> _Done:
        """Put the new details in the place of the old ones; what is gone is left gone."""
        done = _Done(post.delivery, there)
        wanted = chain(post.message.replies, repeat(SUPERSEDED))
        for reply, message in zip(thread, wanted, strict=False):
            if reply.ts is None:
                # Nobody knows whether an unconfirmed one is there, still less where.
                done = replace(done, stale=done.stale or reply.state is State.UNCONFIRMED)
                continue
            came = await self._amending.amend(done.delivery, reply.ts, message)
            done = replace(done, delivery=came.delivery)
            match came.outcome:
                case Sent() | Gone(code="message_not_found"):
                    pass
                case Gone() | BadMessage():
                    done = replace(done, stale=True)
                case trouble:
                    return replace(done, outcome=trouble)
        return done


def _told(recap: Delivery, message: Frozen) -> Delivery:
    """``recap`` as it was posted, with what was corrected in it since."""
    assert recap.message is not None  # noqa: S101 -- it was posted
    return replace(recap, message=replace(recap.message, corrections=message.corrections))


def _line(recap: Delivery, done: _Done, message: Frozen, now: datetime) -> Delivery:
    """What the thread is told of the newest correction."""
    line = message.corrections[-1]
    if done.stale:
        line = f"{line} {timing.DETAILS_OF_BEFORE}"
    # One claim records one change at most, so that its number makes the key unique.
    key = f"{recap.key}/corrected/{done.delivery.fence}"
    return sequels.reply(recap, key, Frozen(mrkdwn.literal(line)), now)


def _is_complete(digest: Digest) -> bool:
    return digest.coverage is not None and digest.coverage.is_complete
