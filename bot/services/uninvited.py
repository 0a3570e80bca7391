"""What becomes of a delivery in a workspace where Recap is not installed any more."""

from datetime import datetime
from typing import Final

from bot.services.tidings import pausing
from bot.subscriptions import protocol
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Delivery, Kind, State
from bot.subscriptions.model import Pause, Subscription
from bot.subscriptions.outcomes import Busy, NotAllowed
from bot.subscriptions.protocol import End, Look, Policy

NOT_INSTALLED: Final = "not_installed"
GONE: Final = NotAllowed(Pause.INSTALL_GONE, NOT_INSTALLED)


def uninvited(
    delivery: Delivery, subscription: Subscription | None, now: datetime, policy: Policy
) -> Change:
    """Settle ``delivery``, and stop its subscription until Recap is installed again."""
    settled = (delivery, _after(delivery, subscription, now, policy))
    if subscription is None:
        return Change(delivery=settled)
    return pausing(settled, subscription, GONE, now)


def _after(
    delivery: Delivery, subscription: Subscription | None, now: datetime, policy: Policy
) -> Delivery:
    match protocol.next_step(delivery, subscription, now, policy):
        case Look():
            # Slack may have it: with another token that can be seen.
            return protocol.after_look(delivery, Busy(NOT_INSTALLED), now, policy)
        case End(state, reason):
            return protocol.ended(delivery, state, reason)
    if delivery.kind is Kind.NOTICE:
        return protocol.after_post(delivery, GONE, now, policy)
    return protocol.ended(delivery, State.SKIPPED, Pause.INSTALL_GONE.value)
