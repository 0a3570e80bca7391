"""What the contact of a subscription is told, as deliveries of their own."""

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from bot.rendering import contact
from bot.rendering.blocks import SlackMessage
from bot.rendering.numbers import Numbers
from bot.services.build import frozen
from bot.services.record import RECAP
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Attempt, Delivery, Entry, Kind, State
from bot.subscriptions.model import Pause, Subscription, paused
from bot.subscriptions.outcomes import NotAllowed
from bot.subscriptions.schedule import Slot

log = structlog.get_logger(__name__)

NO_CONTACT: Final = "no_contact"


def notice(
    key: str,
    subscription: Subscription,
    message: SlackMessage,
    now: datetime,
    to: str | None = None,
) -> Delivery:
    """A message to the contact, once for ever for ``key``; without a contact it is only kept.

    ``to`` is who is told instead: of trouble that stops ``subscription`` and others with it.
    """
    contact_id = to or subscription.contact
    if contact_id is None:
        log.warning("nobody_to_tell", subscription=subscription.id, key=key, text=message.text)
    return Delivery(
        id=uuid.uuid4().hex,
        key=key,
        kind=Kind.NOTICE,
        team=subscription.team,
        target=contact_id or "",
        due_at=now,
        planned_at=now,
        state=State.PLANNED if contact_id else State.SKIPPED,
        reason=None if contact_id else NO_CONTACT,
        ready_at=now if contact_id else None,
        subscription=subscription.id,
        message=frozen(message),
    )


def pause_notice(subscription: Subscription, pause: Pause, now: datetime) -> Delivery:
    """Tells the contact that ``subscription``, as it was until now, is paused."""
    key = f"notice/paused/{subscription.id}/{subscription.version}"
    return notice(key, subscription, contact.paused(subscription, pause), now)


def pausing(
    delivery: tuple[Delivery, Delivery],
    subscription: Subscription,
    refused: NotAllowed,
    now: datetime,
    tried: Attempt | None = None,
) -> Change:
    """Settles ``delivery``, stops its subscription and tells the contact, all or nothing."""
    change = Change(delivery=delivery, attempt=tried)
    if not subscription.is_active:
        return change
    return replace(
        change,
        subscription=(subscription, paused(subscription, refused.pause)),
        new=(pause_notice(subscription, refused.pause, now),),
        entry=Entry(now, RECAP, "paused", subscription.id, refused.code),
    )


def told(
    before: Delivery,
    after: Delivery,
    subscription: Subscription | None,
    numbers: Numbers,
    now: datetime,
) -> tuple[Delivery, ...]:
    """What the contact is told of how the recap ``before`` became ``after``.

    Of what stands in the thread of a recap nobody is told: the recap itself is there.
    """
    if subscription is None or after.kind is not Kind.RECAP:
        return ()
    match after.state:
        case State.UNCONFIRMED:
            message = contact.unconfirmed(subscription, after, numbers)
        case State.MISSED:
            slot = Slot(after.day or after.due_at.date(), after.due_at)
            message = contact.missed(subscription, (slot,), 1, numbers)
        case State.FAILED if subscription.is_active:
            message = contact.failed(subscription, after)
        case _:
            return ()
    key = f"notice/{after.state}/{after.id}/{before.fence}"
    return (notice(key, subscription, message, now),)
