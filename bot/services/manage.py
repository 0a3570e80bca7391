"""What people do with subscriptions: every change checked, written once, and put into words."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import structlog

from bot.digest.preferences import Ask
from bot.errors import RecapError, TryLater, Unusable
from bot.ports import Clock, Ledger, Messenger, Workspace
from bot.rendering import contact
from bot.rendering import subscription as words
from bot.rendering.blocks import SlackMessage
from bot.rendering.elsewhere import shown
from bot.rendering.numbers import Numbers
from bot.services.build import frozen
from bot.services.dispatch import slot_key
from bot.subscriptions import protocol
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import (
    SKIPPED_BY_PERSON,
    UNDONE,
    Delivery,
    Entry,
    Kind,
    State,
)
from bot.subscriptions.model import (
    Managers,
    Pause,
    Status,
    Subscription,
    activated,
    paused,
    removed,
    unskipped,
    with_next_slot,
)
from bot.subscriptions.outcomes import NotAllowed
from bot.subscriptions.schedule import Schedule
from bot.subscriptions.wishes import Wish, described, merged
from bot.subscriptions.zones import UTC_NAME, rules_version

log = structlog.get_logger(__name__)

TRIES: Final = 5
"""People who change the same subscription at the same moment; each sees what the others did."""

HISTORY: Final = 5
"""Deliveries that are looked through for the newest that is due."""

OPERATOR: Final = "operator"
DIRECT_MESSAGE: Final = "D"


class Subscriptions:
    """The use cases; each returns what its person reads, or raises what it reads like.

    Args:
        ledger: Where subscriptions live.
        workspace: What can be asked of Slack.
        messenger: For the introduction in a channel.
        clock: The wall clock.
        numbers: How dates are written.
        team: Slack's id of the workspace.
        managers: Who may change what somebody else has set up.
    """

    def __init__(
        self,
        ledger: Ledger,
        workspace: Workspace,
        messenger: Messenger,
        clock: Clock,
        numbers: Numbers,
        team: str,
        *,
        managers: Managers = Managers.ANYONE,
    ) -> None:
        self._ledger = ledger
        self._workspace = workspace
        self._messenger = messenger
        self._clock = clock
        self._numbers = numbers
        self._team = team
        self._managers = managers

    # Looking things up

    async def of_channel(self, channel: str) -> Subscription | None:
        """The subscription of ``channel``, if there is one."""
        return await self._ledger.of_channel(self._team, channel)

    async def everything(self) -> Sequence[Subscription]:
        """Every subscription that was not removed."""
        return await self._ledger.subscriptions(self._team or None)

    async def named(self, identifier: str, channel: str = "") -> Subscription | None:
        """The subscription that a button means: by its id, else that of its channel."""
        return await self._ours(identifier) or await self.of_channel(channel)

    async def _ours(self, identifier: str) -> Subscription | None:
        """The subscription with this id, unless another workspace's; an operator has them all."""
        one = await self._ledger.subscription(identifier)
        return one if one and self._team in {"", one.team} else None

    async def defaults(self, user: str, ask: Ask) -> tuple[Schedule, Ask]:
        """What a new subscription of ``user`` begins with: Monday at 09:00 where they are."""
        member = await self._workspace.member(user)
        return Schedule(zone=member.zone or UTC_NAME), ask

    async def standing(self, subscription: Subscription) -> words.Standing:
        """``subscription`` with its newest delivery."""
        now = self._clock.now()
        history = await self._ledger.history(subscription.id, HISTORY)
        past = (one for one in history if one.due_at <= now or one.sent_at)
        last = next(past, None)
        tried = await self._ledger.attempts(last.id) if last and last.is_open else ()
        return words.Standing(subscription, last, tried[-1].detail if tried else None)

    async def last_sent(self, subscription: Subscription) -> Delivery | None:
        """The newest recap that arrived."""
        return await self._ledger.last_sent(subscription.id)

    async def visible(self, user: str, channel: str = "") -> Sequence[words.Standing]:
        """Every subscription that ``user``, who is in ``channel``, may see.

        Those of private channels, and of channels of which that is not known, only from within.
        """
        return [
            await self.standing(one)
            for one in await self._ledger.subscriptions(self._team)
            if await self._may_see(user, channel, one)
        ]

    async def _may_see(self, user: str, channel: str, one: Subscription) -> bool:
        if user == one.contact or channel == one.channel:
            return True
        place = await self._workspace.place(one.channel)
        if place.is_private is False and place.problem is not Pause.CHANNEL_GONE:
            return True
        return await self._workspace.is_in(user, one.channel)

    # Setting up and changing

    async def preflight(self, channel: str) -> str:
        """The name of ``channel``, if a recap can be posted there.

        Raises:
            Unusable: It can't; the sentence says the one thing to do.
        """
        if channel.startswith(DIRECT_MESSAGE):
            raise Unusable(
                "Recap posts to channels, not to direct messages. Type the command in a channel.",
                f"A subscription of the direct message {channel} was refused.",
            )
        place = await self._workspace.place(channel)
        if place.problem is not None:
            raise Unusable(words.PREFLIGHT[place.problem], f"{channel}: {place.problem}.")
        return place.name

    async def subscribe(
        self, user: str, channel: str, wish: Wish, contact_id: str | None = None
    ) -> SlackMessage:
        """Subscribe ``channel``, or change its subscription; says what holds from now on.

        ``contact_id`` is who is told of trouble when that is somebody else than ``user``.

        Raises:
            RecapError: Nothing has changed, and why.
        """
        name = await self.preflight(channel)
        existing = await self.of_channel(channel)
        if existing is not None:
            after = await self._change(
                existing.id, user, "changed", lambda one: self._wished(one, wish, name)
            )
            return words.confirmed(after, self._numbers, head="Changed. From now on:")
        zone = wish.zone or (await self._workspace.member(contact_id or user)).zone
        fresh = Subscription(
            id=uuid.uuid4().hex,
            team=self._team,
            channel=channel,
            channel_name=name,
            schedule=Schedule(zone=zone or UTC_NAME),
            ask=Ask(),
            contact=contact_id or (None if user == OPERATOR else user),
            since=self._clock.now(),
        )
        made = self._activated(merged(fresh, wish))
        entry = Entry(made.since, user, "subscribed", made.id, described(made))
        if not await self._ledger.commit(Change(subscription=(None, made), entry=entry)):
            # Somebody was faster: what they set up is changed into what this person wants.
            return await self.subscribe(user, channel, wish, contact_id)
        await self._introduce(made, user)
        log.info("subscribed", subscription=made.id, channel=channel, by=user)
        head = "Done." if zone else words.NO_ZONE_KNOWN
        return words.confirmed(made, self._numbers, head=head)

    async def _introduce(self, made: Subscription, user: str) -> None:
        """Tell the channel; that also proves that Recap may post there."""
        by = None if user == OPERATOR else user
        message = frozen(words.intro(made, by, self._numbers))
        outcome = await self._messenger.post(made.channel, message, f"intro/{made.id}")
        if isinstance(outcome, NotAllowed):
            await self._change(made.id, user, "refused", removed)
            raise Unusable(words.PREFLIGHT[outcome.pause], f"{made.channel}: {outcome.code}.")

    def _wished(self, one: Subscription, wish: Wish, name: str) -> Subscription:
        wished = replace(merged(one, wish), channel_name=name or one.channel_name)
        if wished.schedule == one.schedule and one.is_active:
            return wished
        again = self._activated(wished)
        # What is due already, and only waits for another try, is still posted.
        return replace(again, since=one.since) if one.is_active else again

    def _activated(self, one: Subscription) -> Subscription:
        return activated(one, self._clock.now(), rules_version())

    async def unsubscribe(self, user: str, one: Subscription) -> SlackMessage:
        """End the subscription for good."""
        await self._change(one.id, user, "removed", removed)
        return words.ended(one)

    async def pause(self, user: str, one: Subscription) -> SlackMessage:
        """Post nothing until somebody resumes it."""
        after = await self._change(one.id, user, "paused", lambda now: paused(now, Pause.BY_PERSON))
        return words.confirmed(after, self._numbers, head="Paused.")

    async def resume(self, user: str, one: Subscription) -> SlackMessage:
        """Go on from now; nothing that was missed is posted.

        Raises:
            Unusable: What was in the way still is.
        """
        await self.preflight(one.channel)
        after = await self._change(
            one.id, user, "resumed", lambda now: now if now.is_active else self._activated(now)
        )
        return words.confirmed(after, self._numbers, head="On again.")

    async def skip(self, user: str, one: Subscription) -> SlackMessage:
        """Leave the next post out."""
        for _ in range(TRIES):
            current = await self.current(one.id, user)
            slot = current.next_slot
            if slot is None:
                raise Unusable("It is paused, so there is nothing to skip.", "skip while paused")
            now = self._clock.now()
            left_out = Delivery(
                id=uuid.uuid4().hex,
                key=slot_key(current, slot),
                kind=Kind.RECAP,
                team=current.team,
                target=current.channel,
                due_at=slot.due_at,
                planned_at=now,
                state=State.SKIPPED,
                reason=SKIPPED_BY_PERSON,
                subscription=current.id,
                day=slot.day,
            )
            without = replace(current, skipped=current.skipped | {slot.day})
            after = with_next_slot(without, slot.due_at, rules_version())
            entry = Entry(now, user, "skipped", current.id, slot.day.isoformat())
            change = Change(subscription=(current, after), new=(left_out,), entry=entry)
            if await self._ledger.commit(change):
                return words.skipped(after, slot, self._numbers)
        raise _busy()

    async def undo_skip(self, user: str, one: Subscription, day: date) -> SlackMessage:
        """Take a skip back, as long as the post is not due yet."""
        for _ in range(TRIES):
            current = await self.current(one.id, user)
            slot = current.schedule.slot(day)
            skipped = await self._ledger.keyed(slot_key(current, slot))
            now = self._clock.now()
            if skipped is None or skipped.reason != SKIPPED_BY_PERSON or skipped.due_at <= now:
                raise Unusable("There is no skip to undo any more.", f"no skip on {day}")
            # The key goes to whoever is due on that day now; the row stays and says what was.
            undone = replace(skipped, key=f"{skipped.key}#{skipped.id}", reason=UNDONE)
            after = unskipped(current, day, now, rules_version())
            entry = Entry(now, user, "skip_undone", current.id, day.isoformat())
            change = Change(delivery=(skipped, undone), subscription=(current, after), entry=entry)
            if await self._ledger.commit(change):
                return words.confirmed(after, self._numbers, head="The skip is undone.")
        raise _busy()

    async def send_now(self, user: str, one: Subscription, nonce: str) -> SlackMessage:
        """Post a fresh recap at once; the same ``nonce`` twice posts once."""
        current = await self.current(one.id, user)
        now = self._clock.now()
        key = f"now/{current.id}/{nonce}"
        owed = Delivery(
            id=uuid.uuid4().hex,
            key=key,
            kind=Kind.RECAP,
            team=current.team,
            target=current.channel,
            due_at=now,
            planned_at=now,
            ready_at=now,
            subscription=current.id,
            asked_by=user,
        )
        entry = Entry(now, user, "sent_now", current.id)
        await self._ledger.commit(Change(new=(owed,), entry=entry))
        kept = await self._ledger.keyed(key)
        if kept is None or kept.id != owed.id:
            raise Unusable("It was sent already, or is on its way.", f"{key} is there")
        return words.said(f"A fresh recap is on its way to {contact.name(current)}.")

    async def post_again(self, user: str, delivery_id: str) -> SlackMessage:
        """Post an unconfirmed recap once more; the person has looked that it is not there."""
        delivery = await self._ledger.delivery(delivery_id)
        one = await self._ours(delivery.subscription) if delivery else None
        if delivery is None or one is None:
            raise _gone()
        await self._check(user, one)
        if delivery.state is not State.UNCONFIRMED:
            raise Unusable("It has been settled already.", f"{delivery.id} is {delivery.state}")
        now = self._clock.now()
        wanted = protocol.again(delivery, user, now)
        entry = Entry(now, user, "posted_again", one.id, delivery.key)
        if not await self._ledger.commit(Change(delivery=(delivery, wanted), entry=entry)):
            raise Unusable("It has been settled already.", f"{delivery.id} has gone on")
        way = await self._ledger.way(delivery.way) if delivery.way else None
        where = f"sent to {shown(way.target)}" if way else f"posted to {contact.name(one)}"
        return words.said(f"It is {where} again.")

    # What happens in Slack

    async def current(self, identifier: str, user: str) -> Subscription:
        """The subscription as it is now; ``Unusable`` when it is gone or ``user`` may not."""
        one = await self._ours(identifier)
        if one is None or one.status is Status.REMOVED:
            raise _gone()
        await self._check(user, one)
        return one

    async def _check(self, user: str, one: Subscription) -> None:
        if self._managers is Managers.ANYONE or user in {one.contact, OPERATOR}:
            return
        if not (await self._workspace.member(user)).is_admin:
            raise Unusable(
                "Only the person who set this subscription up and workspace admins may change it. "
                "Ask one of them.",
                f"{user} may not change {one.id}",
            )

    async def _change(
        self,
        identifier: str,
        user: str,
        action: str,
        how: Callable[[Subscription], Subscription],
    ) -> Subscription:
        """Change the subscription as it is now, whoever else changes it at the same moment."""
        for _ in range(TRIES):
            before = await self.current(identifier, user)
            after = how(before)
            if after == before:
                return before
            entry = Entry(self._clock.now(), user, action, before.id, described(after))
            woken = await self._woken(before, after)
            change = Change(delivery=woken, subscription=(before, after), entry=entry)
            if await self._ledger.commit(change):
                return replace(after, version=before.version + 1)
        raise _busy()

    async def _woken(
        self, before: Subscription, after: Subscription
    ) -> tuple[Delivery, Delivery] | None:
        """What waits for fresh data and is now to wait for another time: it looks at once."""
        if after.wait_hours == before.wait_hours:
            return None
        newest = await self._ledger.history(before.id, HISTORY)
        waiting = next(filter(protocol.may_wait, newest), None)
        return (waiting, protocol.woken(waiting, self._clock.now())) if waiting else None


def _gone() -> Unusable:
    return Unusable(
        "This subscription is gone. `/recap subscribe` sets up a new one.",
        "A button of a removed subscription was pressed.",
    )


def _busy() -> RecapError:
    return TryLater(
        "Somebody else is changing this subscription. Try again in a moment.",
        f"A subscription changed {TRIES} times while it was being changed.",
    )
