"""What people do with the targets of a subscription beside its channel."""

import asyncio
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from bot.errors import TryLater, Unusable
from bot.ports import Clock, Ledger, TargetSender
from bot.rendering import ways as words
from bot.rendering.blocks import SlackMessage
from bot.rendering.chats.trial import render_trial
from bot.services.manage import Subscriptions
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Entry
from bot.subscriptions.model import Subscription
from bot.subscriptions.outcomes import Unsure
from bot.subscriptions.targets import Target, masked
from bot.subscriptions.ways import Wanted, Way, resumed, wanted

PATIENCE: Final = 15.0


class Ways:
    """Adds, tries, resumes and removes targets; who may change a subscription may change these.

    Args:
        ledger: Where they are kept.
        subscriptions: Knows who may change what.
        sender: Takes messages there.
        clock: The wall clock.
        own_hosts: Hosts of whoever runs Recap, which may be private.
        patience: Seconds that a test may take.
    """

    def __init__(
        self,
        ledger: Ledger,
        subscriptions: Subscriptions,
        sender: TargetSender,
        clock: Clock,
        own_hosts: Collection[str] = (),
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._patience = patience
        self._ledger = ledger
        self._subscriptions = subscriptions
        self._sender = sender
        self._clock = clock
        self._own_hosts = own_hosts

    async def of(self, one: Subscription) -> tuple[Way, ...]:
        """The targets of ``one``."""
        return (await self.of_all([one]))[one.id]

    async def of_all(self, some: Sequence[Subscription]) -> Mapping[str, tuple[Way, ...]]:
        """The targets of each of ``some``, by its id."""
        return await self._ledger.ways([one.id for one in some])

    def wanted(self, lines: Sequence[str], ways: Sequence[Way]) -> Wanted:
        """What ``lines`` ask for, each a target of ``ways`` as it is shown, or a new address.

        Raises:
            ValueError: One of them is neither; the sentence says which line, and why.
        """
        return wanted(lines, ways, self._own_hosts)

    async def change(self, user: str, one: Subscription, what: Wanted) -> None:
        """Leave ``one`` with the targets that are wanted.

        Raises:
            RecapError: Not all of it was done, and why.
        """
        await self._subscriptions.current(one.id, user)
        for way in what.dropped:
            await self._commit(user, "target_removed", way, (way, None))
        for target in what.added:
            way = Way(uuid.uuid4().hex, one.id, target, user)
            await self._commit(user, "target_added", way, (None, way))

    async def add(self, user: str, one: Subscription, targets: Sequence[Target]) -> None:
        """Give ``one`` these targets as well; those that it has stay as they are."""
        known = {way.identity for way in await self.of(one)}
        ways = [Way(uuid.uuid4().hex, one.id, target, user) for target in targets]
        new = tuple(way.target for way in ways if way.identity not in known)
        await self.change(user, one, Wanted(added=new))

    async def remove(self, user: str, identifier: str) -> SlackMessage:
        """Send nothing there any more."""
        way = await self._way(user, identifier)
        await self._commit(user, "target_removed", way, (way, None))
        return words.removed(way)

    async def resume(self, user: str, identifier: str) -> SlackMessage:
        """Send the next recap there again; what was due meanwhile is not sent."""
        way = await self._way(user, identifier)
        if not way.is_active:
            await self._commit(user, "target_resumed", way, (way, resumed(way)))
        return words.resumed(way)

    async def try_out(self, user: str, identifier: str) -> SlackMessage:
        """Send a message that says what it is for, and say what came back."""
        way = await self._way(user, identifier)
        one = await self._subscriptions.current(way.subscription, user)
        now = self._clock.now()
        payload = render_trial(way.target.kind, words.trial(one), now)
        key = f"trial/{way.id}/{uuid.uuid4().hex}"
        try:
            async with asyncio.timeout(self._patience):
                result = await self._sender.send(way.target, payload, key)
        except TimeoutError:
            result = Unsure("no answer in time")
        entry = Entry(
            now, user, "target_tried", one.id, f"{masked(way.target)}: {type(result).__name__}"
        )
        await self._ledger.commit(Change(entry=entry))
        return words.tried(way, result)

    async def _way(self, user: str, identifier: str) -> Way:
        way = await self._ledger.way(identifier)
        if way is None:
            raise Unusable(
                "This target is gone. *Edit* shows where else the recap goes.",
                f"{identifier} is no target any more",
            )
        await self._subscriptions.current(way.subscription, user)
        return way

    async def _commit(
        self, user: str, action: str, way: Way, change: tuple[Way | None, Way | None]
    ) -> None:
        entry = Entry(self._clock.now(), user, action, way.subscription, masked(way.target))
        if not await self._ledger.commit(Change(way=change, entry=entry)):
            raise TryLater(
                "Somebody else has changed where this recap goes. Look at it and try again.",
                f"{action} of {way.id} came too late",
            )
