"""The buttons that mean a subscription; each is checked against what holds when it is pressed."""

from collections.abc import Awaitable, Callable
from datetime import date

from bot.errors import Unusable
from bot.ports import Reply
from bot.rendering import buttons
from bot.rendering import ways as words
from bot.rendering.blocks import SlackMessage
from bot.services.manage import Subscriptions
from bot.services.ways import Ways
from bot.subscriptions.model import Subscription


class Presses:
    """What pressing a button does; it returns what is shown, or raises why nothing was done."""

    def __init__(self, subscriptions: Subscriptions, ways: Ways) -> None:
        self._subscriptions = subscriptions
        self._ways = ways
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

    async def choose(self, value: str, user: str, reply: Reply) -> None:
        """Do what was chosen in the menu beside a target, and say in ``reply`` what came of it.

        Raises:
            RecapError: It was not done, and why.
        """
        action, _, identifier = value.partition(" ")
        if action == words.TRY:
            # The right to open a window ends after three seconds; a target may take longer.
            await reply.private(words.TRYING)
            await reply.private(await self._ways.try_out(user, identifier))
        elif action == words.RESUME:
            await reply.done(await self._ways.resume(user, identifier))
        else:
            await reply.done(await self._ways.remove(user, identifier))


def _gone() -> Unusable:
    # A new one each time: a raised error gathers frames, and one for all would keep them for ever.
    return Unusable(
        "This subscription is gone. `/recap subscribe` sets up a new one.",
        "A button of a removed subscription was pressed.",
    )
