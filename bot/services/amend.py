"""One edit of a message that stands in Slack, made only by whoever holds the correction."""

from dataclasses import dataclass, replace

import structlog

from bot.ports import Clock, Ledger, Messenger, Pacer
from bot.services.pace import near, patiently
from bot.services.record import Record
from bot.subscriptions import protocol
from bot.subscriptions.deliveries import Delivery, Frozen
from bot.subscriptions.outcomes import BadMessage, Busy, Outcome
from bot.subscriptions.protocol import Policy

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Amended:
    """What came of an edit.

    Attributes:
        delivery: The correction, as it is in the ledger now.
        outcome: What Slack said.
        message: The form of the message that it said this of.
    """

    delivery: Delivery
    outcome: Outcome
    message: Frozen


class Amending:
    """Edits one message after the other for a correction in ``posting``."""

    def __init__(
        self,
        ledger: Ledger,
        messenger: Messenger,
        record: Record,
        clock: Clock,
        policy: Policy,
        pace: Pacer,
    ) -> None:
        self._ledger = ledger
        self._messenger = messenger
        self._record = record
        self._clock = clock
        self._policy = policy
        self._pace = pace

    async def turn(self, delivery: Delivery) -> float:
        """Wait for a turn that is near, and return 0; else at once the seconds until it may be.

        Raises:
            TryLater: The database is away.
        """
        return await near(self._pace, delivery.team, delivery.target, yields=True)

    async def amend(
        self, delivery: Delivery, ts: str, message: Frozen, *, has_turn: bool = False
    ) -> Amended:
        """Put ``message`` in the place of ours at ``ts``, in the simplest form that it takes.

        The lease begins anew with each edit: whoever fell silent in between edits nothing more.
        Who has no turn waits for it, however long: a thread is not left half corrected.

        Raises:
            TryLater: The database is away.
        """
        if await self._ledger.is_classic(delivery.team):
            message = protocol.without_data_blocks(message)
        if not has_turn:
            await patiently(self._pace, delivery.team, delivery.target)
        ours = replace(delivery, ready_at=self._clock.now() + self._policy.lease)
        if not await self._record.begin(delivery, ours):
            return Amended(delivery, Busy("not ours, or the workspace has to wait"), message)
        outcome, message = await self._edit(ours, ts, message)
        await self._record.hold(ours.team, outcome)
        return Amended(ours, outcome, message)

    async def _edit(self, delivery: Delivery, ts: str, message: Frozen) -> tuple[Outcome, Frozen]:
        while True:
            outcome = await self._messenger.edit(delivery.target, ts, message)
            simpler = protocol.simpler(message) if isinstance(outcome, BadMessage) else None
            if simpler is None:
                return outcome, message
            log.error("blocks_refused", delivery=delivery.id, outcome=outcome)
            if protocol.are_data_blocks_refused(message, outcome):
                await self._ledger.refuse_data_blocks(delivery.team, self._clock.now())
            message = simpler
