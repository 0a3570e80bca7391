"""The verbs of ``/recap`` that mean the subscription of a channel."""

from enum import StrEnum

from bot.rendering import subscription as words
from bot.rendering.blocks import SlackMessage
from bot.rendering.numbers import Numbers
from bot.rendering.ways import also
from bot.services.manage import DIRECT_MESSAGE, Subscriptions
from bot.services.recap import Recaps
from bot.services.ways import Ways
from bot.subscriptions.model import Subscription


class Verb(StrEnum):
    """What can be done with the subscription of a channel, besides setting it up."""

    UNSUBSCRIBE = "unsubscribe"
    PAUSE = "pause"
    RESUME = "resume"
    SKIP = "skip"
    LIST = "list"
    LAST = "last"
    STATUS = "status"


class Orders:
    """Carries the verbs out; what they return is shown to whoever typed them."""

    def __init__(
        self, subscriptions: Subscriptions, recap: Recaps, numbers: Numbers, ways: Ways
    ) -> None:
        self._subscriptions = subscriptions
        self._ways = ways
        self._recap = recap
        self._numbers = numbers

    async def do(self, verb: Verb, user: str, channel: str) -> SlackMessage:
        """Do ``verb`` with the subscription of ``channel``.

        Raises:
            RecapError: It was not done, and why.
        """
        if verb is Verb.LIST:
            return words.listing(await self._subscriptions.visible(user, channel), self._numbers)
        one = await self._subscriptions.of_channel(channel)
        if one is None:
            return words.none_here(can_subscribe=not channel.startswith(DIRECT_MESSAGE))
        if verb is Verb.LAST:
            return await self._last(one)
        if verb is Verb.STATUS:
            standing = await self._subscriptions.standing(one)
            status = words.status(standing, await self._recap.connection(), self._numbers)
            return also(status, await self._ways.of(one))
        changes = {
            Verb.UNSUBSCRIBE: self._subscriptions.unsubscribe,
            Verb.PAUSE: self._subscriptions.pause,
            Verb.RESUME: self._subscriptions.resume,
            Verb.SKIP: self._subscriptions.skip,
        }
        return await changes[verb](user, one)

    async def _last(self, one: Subscription) -> SlackMessage:
        last = await self._subscriptions.last_sent(one)
        if last is None:
            return words.said(words.NONE_SENT)
        return words.delivered(last, one.schedule, self._numbers)
