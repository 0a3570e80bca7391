"""The window in which an admin enters the CreatorAudit key of the workspace."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, Final

import structlog

from bot.errors import RecapError
from bot.ports import Modals, Reply
from bot.rendering import keys as words
from bot.rendering import mrkdwn
from bot.rendering.keys import About
from bot.rendering.limits import Block
from bot.services.keys import Entered, Foreign, Kept, Keys
from bot.services.windows import Windows

log = structlog.get_logger(__name__)

SHOWN_WITHIN: Final = 1.0
"""Seconds in which Slack shows what a submission was answered with. That answer and our own calls
come to Slack on different ways: a result that came first would be replaced by "is asked", for good.
"""


class KeyForm:
    """Opens the window, and says what becomes of what is typed into it.

    A key is read from the window itself each time, so that it never travels in anything else.
    """

    def __init__(
        self,
        keys: Keys,
        modals: Modals,
        windows: Windows,
        *,
        shown_within: float = SHOWN_WITHIN,
    ) -> None:
        self._keys = keys
        self._modals = modals
        self._windows = windows
        self._shown_within = shown_within

    async def open(self, trigger_id: str) -> None:
        """Open the window for whoever has just pressed the button.

        Raises:
            RecapError: Slack does not open it.
        """
        current = await self._keys.current()
        about = About(current.identity if current else "")
        await self._modals.open(trigger_id, words.form(about))

    async def remove(self, user: str, seen: str, reply: Reply) -> None:
        """Forget the key whose identity is ``seen``, and say so in ``reply``.

        Raises:
            RecapError: It is still there, or there is none, and why.
        """
        await reply.done(await self._keys.remove(user, seen))

    async def submitted(
        self, user: str, metadata: str, values: Mapping[str, Mapping[str, Any]]
    ) -> Block | str:
        """What is shown next: a window, or a sentence below what was typed."""
        about = words.about(metadata)
        try:
            entered = await self._keys.enter(
                user, words.typed(values), seen=about.seen, meant=about.organization
            )
        except RecapError as error:
            log.warning("key_not_kept", by=user, detail=error.operator)
            return error.reader
        return _window(entered, about)

    async def follow(
        self, user: str, view: Mapping[str, Any], submitting: Awaitable[Block | str]
    ) -> None:
        """Show in ``view``, which says that CreatorAudit is asked, and in the Home what came of it.

        What was typed is gone from there, so after a refusal it has to be typed once more.
        """
        shown, _ = await asyncio.gather(submitting, asyncio.sleep(self._shown_within))
        if isinstance(shown, str):
            shown = words.form(words.about(view["private_metadata"]), mrkdwn.escape(shown))
        try:
            await self._modals.update(view["id"], shown)
        except RecapError as error:
            # It may have been closed; the Home says whose key it is.
            log.info("key_window_not_updated", detail=error.operator)
        await self._windows.show_home(user)


def _window(entered: Entered, about: About) -> Block:
    match entered:
        case Kept(key, may_write, woken):
            return words.kept(key, may_write=may_write, woken=woken)
        case Foreign(before, name, organization):
            question = words.foreign(before, name, organization)
            return words.form(About(about.seen, organization), question)
    now = entered.now
    return words.form(About(now.identity if now else ""), words.overtaken(now))
