"""Answering a person in Slack: a recap, or a sentence that says why not. Always one of the two."""

import asyncio
import uuid
from collections.abc import Awaitable, Coroutine
from typing import Any, Final

import structlog

from bot.digest.model import Digest
from bot.digest.preferences import Ask
from bot.errors import RecapError, TryLater
from bot.ports import Modals, Reply
from bot.rendering import buttons, notices, receipt
from bot.rendering.blocks import SlackMessage, render_private, render_shared
from bot.rendering.numbers import Numbers
from bot.services.manage import DIRECT_MESSAGE, Subscriptions
from bot.services.recap import Recaps

log = structlog.get_logger(__name__)

PATIENCE: Final = 1.0
"""Seconds without an answer after which a person is told that it is being worked on."""

LONGEST: Final = 60.0
"""Seconds after which an answer is given up; the client's own budget ends well before."""

REMEMBERED: Final = 1_000
"""Presses of Share, and whether each is posted: a second one of the same recap posts nothing."""

RESTARTING: Final = "Recap is restarting and could not finish. Try again in a minute."


class Answers:
    """What becomes of a question; every method ends with a message and never raises."""

    def __init__(
        self,
        recap: Recaps,
        modals: Modals,
        numbers: Numbers,
        subscriptions: Subscriptions,
        *,
        patience: float = PATIENCE,
        longest: float = LONGEST,
    ) -> None:
        self._recap = recap
        self._modals = modals
        self._numbers = numbers
        self._subscriptions = subscriptions
        self._shared: dict[str, bool] = {}
        self._patience = patience
        self._longest = longest

    async def show(self, ask: Ask, reply: Reply, channel: str) -> None:
        """Show the recap to the person who asked in ``channel``."""
        await self._settle(ask, reply, self._show(ask, reply, channel))

    async def show_again(self, value: str, reply: Reply, channel: str) -> None:
        """Show the recap that a button's ``value`` stands for."""
        await self._settle(_known(value), reply, self._show_again(value, reply, channel))

    async def share(self, ask: Ask, reply: Reply, user: str) -> None:
        """Post the recap to the channel, in the name of the Slack user id ``user``."""
        await self._settle(ask, reply, self._share(ask, reply, user))

    async def share_once(self, value: str, reply: Reply, user: str, message: str) -> None:
        """Share the recap under whose ``message`` the button stands; a double click posts one.

        Another window that is shown in the same message is another recap.
        """
        share = f"{message} {value}"
        if share in self._shared:
            # Nothing to say while it is being posted: that one's own end is told.
            if self._shared[share]:
                await self.say(notices.already_shared(_known(value)), reply)
            return
        self._shared[share] = False
        if len(self._shared) > REMEMBERED:
            del self._shared[next(iter(self._shared))]
        if await self._settle(_known(value), reply, self._share_value(value, reply, user)):
            self._shared[share] = True
        else:
            self._shared.pop(share, None)

    async def receipt(self, value: str, reply: Reply, trigger_id: str) -> None:
        """Open the receipt that a button carries in its ``value``."""
        await self._settle(Ask(), reply, self._receipt(value, reply, trigger_id))

    async def say(self, message: SlackMessage, reply: Reply) -> None:
        """Show a message that takes no work."""
        await self._settle(Ask(), reply, reply.private(message))

    async def tell(self, work: Awaitable[SlackMessage], reply: Reply) -> None:
        """Show what ``work`` has done, or why it has not."""
        await self._settle(None, reply, self._tell(work, reply))

    async def open(self, opening: Coroutine[Any, Any, None], reply: Reply) -> None:
        """Open a window, or say why none opened."""
        await self._settle(None, reply, opening)

    async def _tell(self, work: Awaitable[SlackMessage], reply: Reply) -> None:
        await reply.done(await work)

    async def _show(self, ask: Ask, reply: Reply, channel: str) -> None:
        digest = await self._digest(ask, reply)
        subscribed = await self._is_subscribed(channel)
        await reply.private(render_private(digest, ask, self._numbers, subscribed=subscribed))

    async def _is_subscribed(self, channel: str) -> bool | None:
        """Whether ``channel`` has a subscription; None where it can have none, or nobody knows."""
        if channel.startswith(DIRECT_MESSAGE):
            return None
        try:
            return await self._subscriptions.of_channel(channel) is not None
        except RecapError as error:
            log.warning("subscription_not_read", detail=error.operator)
            return None

    async def _share(self, ask: Ask, reply: Reply, user: str) -> None:
        digest = await self._digest(ask, reply)
        message = render_shared(digest, self._numbers, shared_by=user)
        await reply.in_channel(message, note=notices.shared(ask))

    async def _show_again(self, value: str, reply: Reply, channel: str) -> None:
        await self._show(buttons.unpack(value), reply, channel)

    async def _share_value(self, value: str, reply: Reply, user: str) -> None:
        await self._share(buttons.unpack(value), reply, user)

    async def _receipt(self, value: str, reply: Reply, trigger_id: str) -> None:
        parts = receipt.unpack(value)
        try:
            await self._modals.open(trigger_id, receipt.view(parts))
        except RecapError as error:
            log.warning("modal_not_opened", detail=error.operator)
            await reply.private(notices.plain(receipt.render_receipt(parts)))

    async def _digest(self, ask: Ask, reply: Reply) -> Digest:
        work = asyncio.create_task(self._recap.digest(ask))
        outline = asyncio.create_task(self._recap.outline(ask))
        try:
            done, _ = await asyncio.wait({work}, timeout=self._patience)
            if not done:
                await reply.private(notices.working(ask))
                await self._meanwhile(work, outline, ask, reply)
            digest = await work
        finally:
            work.cancel()
            outline.cancel()
            await asyncio.gather(outline, return_exceptions=True)
        for sentence in digest.receipt.disagreements:
            log.warning("overview_disagrees", period=ask.period, detail=sentence)
        return digest

    async def _meanwhile(
        self, work: asyncio.Task[Digest], outline: asyncio.Task[Digest], ask: Ask, reply: Reply
    ) -> None:
        """Show what two calls give, where the whole takes long; it is completed in place."""
        await asyncio.wait({work}, timeout=self._patience)
        if not work.done() and outline.done() and not outline.exception():
            message = render_private(outline.result(), ask, self._numbers)
            await reply.private(message)

    async def _settle(self, ask: Ask | None, reply: Reply, work: Coroutine[Any, Any, None]) -> bool:
        """Do ``work`` and see that a failure is told; True when there was none."""
        try:
            async with asyncio.timeout(self._longest):
                await work
        except asyncio.CancelledError:
            await self._last_word(reply, notices.plain(RESTARTING))
            raise
        except TimeoutError:
            error = TryLater(
                "CreatorAudit took too long to answer. Try again in a minute.",
                f"An answer was given up after {self._longest:g} s.",
            )
            await self._refuse(error, ask, reply)
        except RecapError as error:
            await self._refuse(error, ask, reply)
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("answer_failed", reference=reference)
            await self._last_word(reply, notices.bug(reference))
        else:
            return True
        return False

    async def _refuse(self, error: RecapError, ask: Ask | None, reply: Reply) -> None:
        log.warning(
            "answer_refused",
            kind=type(error).__name__,
            detail=error.operator,
            request_id=error.request_id,
        )
        await self._last_word(reply, notices.failure(error, ask))

    async def _last_word(self, reply: Reply, message: SlackMessage) -> None:
        try:
            await reply.private(message)
        except RecapError as error:
            log.warning("answer_undelivered", detail=error.operator)


def _known(value: str) -> Ask:
    """What **Try again** asks for when a button's recap fails: the same, if it can be read."""
    try:
        return buttons.unpack(value)
    except RecapError:
        return Ask()
