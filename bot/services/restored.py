"""A database that was put back from a backup: what it owes may have been posted since."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.ports import Clock, Ledger
from bot.services.dispatch import slot_delivery, would_do
from bot.subscriptions import copies, protocol
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import ALL, Delivery, Kind
from bot.subscriptions.model import Subscription
from bot.subscriptions.protocol import Plan, Policy
from bot.subscriptions.ways import Way

EVER: Final = timedelta(days=3650)
"""Longer than anything waits."""

DOUBTED: Final = ALL - {Kind.CORRECTION}
"""All but edits, which may be made twice."""

MANY: Final = 1_000_000


async def doubt(ledger: Ledger, clock: Clock, policy: Policy) -> int:
    """Treat all that ``ledger`` owes by now as handed over, with the answer lost.

    So each message is looked for before it is posted, and what can't be looked for goes on as
    after a lost answer. Returns how many that are. Nothing else may work on the ledger meanwhile.

    Raises:
        TryLater: The database is away; begun again, it goes on.
    """
    now = clock.now()
    while planned := await would_do(ledger, now, policy):
        ways = await ledger.ways([one.id for one, _ in planned])
        await ledger.commit_each([_owed(one, plan, ways[one.id], now) for one, plan in planned])
    # Ready again at once: when this is cut short, nothing stays behind.
    lease = -EVER
    owed = await ledger.claim(uuid.uuid4().hex, now + EVER, lease, MANY, kinds=DOUBTED)
    for one in owed:
        if not await _is_told_apart(ledger, one):
            await ledger.commit(Change(delivery=(one, protocol.doubted(one, now))))
    return len(owed)


async def _is_told_apart(ledger: Ledger, one: Delivery) -> bool:
    """Whether ``one`` may simply be sent, since its target knows a repetition by its key."""
    way = await ledger.way(one.way) if one.way else None
    return way is not None and way.target.kind in copies.REPEATABLE


def _owed(subscription: Subscription, plan: Plan, ways: Sequence[Way], now: datetime) -> Change:
    """Everything that fell due since the backup; who was told of what was missed, nobody knows."""
    missed = [slot_delivery(subscription, slot, now) for slot in plan.missed]
    owed = [slot_delivery(subscription, plan.slot, now)] if plan.slot else []
    copied = [copies.planned(recap, way) for recap in owed for way in ways if way.is_active]
    return Change(subscription=(subscription, plan.after), new=(*missed, *owed, *copied))
