"""What a worker has to know before it takes a delivery on."""

from dataclasses import dataclass
from datetime import datetime

from bot.subscriptions.model import Subscription
from bot.subscriptions.ways import Way


@dataclass(frozen=True, slots=True)
class Brief:
    """The circumstances of one delivery.

    Attributes:
        subscription: What it belongs to; None when that is not there any more.
        last_sent_at: When the newest recap of the subscription arrived; None before the first.
        classic: Whether the subscription's workspace refuses data blocks.
        ways: The targets of the subscription beside its channel.
    """

    subscription: Subscription | None = None
    last_sent_at: datetime | None = None
    classic: bool = False
    ways: tuple[Way, ...] = ()
