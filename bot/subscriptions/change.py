"""One change of the ledger: all of it happens, or nothing of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.subscriptions.deliveries import Attempt, Delivery, Entry, Frozen
from bot.subscriptions.model import Subscription
from bot.subscriptions.ways import Way


@dataclass(frozen=True, slots=True)
class Change:
    """What is written together.

    Attributes:
        delivery: As it was read and as it shall be; refused when its fence has moved on.
        recap: The same of the delivery that this one corrects.
        subscription: The same, refused when its version has moved on; None as the first makes a
            new one, refused when its channel has one already.
        way: A target as it was read and as it shall be, refused when its version has moved on;
            None as the first adds it, refused when its subscription has it already; None as the
            second removes it.
        copies: Messages for planned deliveries, by their keys; what has one already keeps it, and
            what gets one may go at once.
        unless_held: When given, the delivery is also refused while its workspace has to wait at
            that instant.
        new: Deliveries to add; one whose key is in the ledger already is left as it is.
        attempt: A row for what was tried.
        entry: A line for the audit trail.
    """

    delivery: tuple[Delivery, Delivery] | None = None
    recap: tuple[Delivery, Delivery] | None = None
    subscription: tuple[Subscription | None, Subscription] | None = None
    way: tuple[Way | None, Way | None] | None = None
    copies: Mapping[str, Frozen] = field(default_factory=dict)
    unless_held: datetime | None = None
    new: tuple[Delivery, ...] = ()
    attempt: Attempt | None = None
    entry: Entry | None = None
