"""The buttons that mean a subscription; each is checked against what holds when it is pressed."""

from collections.abc import Awaitable, Callable
from datetime import date

from bot.errors import Unusable
from bot.rendering import buttons
from bot.rendering.blocks import SlackMessage
from bot.services.manage import Subscriptions
from bot.subscriptions.model import Subscription


class Presses:
    """What pressing a button does; it returns what is shown, or raises why nothing was done."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions
        self._simple: dict[str, Callable[[str, Subscription], Awaitable[SlackMessage]]] = {
            buttons.UNSUBSCRIBE: subscriptions.unsubscribe,
            buttons.PAUSE: subscriptions.pause,
            buttons.RESUME: subscriptions.resume,
            buttons.SKIP: subscriptions.skip,
        }

    async def press(self, action_id: str, value: str, user: str) -> SlackMessage:
        """Do what the button ``action_id`` with ``value`` stands for.

        Raises:
            RecapError: It was not done, and why.
        """
        if action_id == buttons.POST_AGAIN:
            return await self._subscriptions.post_again(user, value)
        identifier, _, rest = value.partition(" ")
        one = await self._subscriptions.named(identifier)
        if one is None:
            raise _gone()
        if action_id == buttons.SEND_NOW:
            return await self._subscriptions.send_now(user, one, rest)
        if action_id == buttons.UNDO_SKIP:
            return await self._subscriptions.undo_skip(user, one, date.fromisoformat(rest))
        return await self._simple[action_id](user, one)


def _gone() -> Unusable:
    # A new one each time: a raised error gathers frames, and one for all would keep them for ever.
    return Unusable(
        "This subscription is gone. `/recap subscribe` sets up a new one.",
        "A button of a removed subscription was pressed.",
    )
