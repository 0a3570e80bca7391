"""The windows and the Home that Recap shows: what is in them, and what becomes of it."""

import asyncio
import uuid
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog

from bot.digest.preferences import Ask, Platform
from bot.errors import OperatorMustAct, RecapError, Unusable
from bot.ports import Messenger, Modals
from bot.rendering import buttons, form, home, notices
from bot.rendering.blocks import SlackMessage
from bot.rendering.keys import KeyStanding
from bot.rendering.limits import Block
from bot.rendering.numbers import Numbers
from bot.rendering.ways import also
from bot.services.keys import Keys
from bot.services.manage import Subscriptions
from bot.services.recap import Recaps
from bot.services.ways import Ways
from bot.subscriptions.model import Subscription
from bot.subscriptions.schedule import Schedule
from bot.subscriptions.ways import Way
from bot.subscriptions.wishes import Wish

log = structlog.get_logger(__name__)

LOOK_UP: Final = 1.0
"""Seconds to learn a person's zone: the right to open a window ends after three."""

CHANGED_MEANWHILE: Final = (
    "Somebody else has changed this subscription meanwhile. This is what it is now: look at it and "
    "save again."
)


@dataclass(frozen=True, slots=True)
class Done:
    """It is saved; ``message`` says what holds now."""

    channel: str
    message: SlackMessage


@dataclass(frozen=True, slots=True)
class Anew:
    """The form has to be looked at once more."""

    view: Block


Saved = Done | Anew | dict[str, str]
"""The last is a sentence for each block that can't be saved as it is."""


class Windows:
    """The form of a subscription, and the Home of a person."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        modals: Modals,
        messenger: Messenger,
        recap: Recaps,
        numbers: Numbers,
        ways: Ways,
        keys: Keys | None = None,
    ) -> None:
        self._ways = ways
        self._keys = keys
        self._subscriptions = subscriptions
        self._modals = modals
        self._messenger = messenger
        self._recap = recap
        self._numbers = numbers

    async def open_form(self, trigger_id: str, user: str, channel: str, ask: Ask) -> None:
        """Open the form for ``channel``: its subscription, or what a new one begins with.

        Raises:
            RecapError: Slack does not open it, or ``channel`` can't have one.
        """
        existing = await self._subscriptions.of_channel(channel)
        ways = await self._ways_of(existing)
        if existing is not None:
            filled = form.filled(existing, ways)
        else:
            filled = form.Filled(*await self._defaults(user, ask))
        await self._modals.open(trigger_id, form.view(channel, existing, filled, ways=ways))

    async def open_for_button(self, trigger_id: str, user: str, channel: str, value: str) -> None:
        """Open the form that a button means: by the subscription in its value, or its channel.

        Raises:
            RecapError: As ``open_form``.
        """
        one = await self._subscriptions.named(value, channel)
        await self.open_form(trigger_id, user, one.channel if one else channel, _ask(value))

    async def _defaults(self, user: str, ask: Ask) -> tuple[Schedule, Ask]:
        try:
            async with asyncio.timeout(LOOK_UP):
                return await self._subscriptions.defaults(user, ask)
        except TimeoutError:
            return Schedule(), ask

    async def submitted(
        self, user: str, metadata: str, values: Mapping[str, Mapping[str, Any]]
    ) -> Saved:
        """Save the form: done, what is wrong with it, or the form anew."""
        filled = form.read(values)
        if isinstance(filled, dict):
            return filled
        try:
            return await self._save(user, form.about(metadata), filled)
        except RecapError as error:
            log.info("form_refused", detail=error.operator)
            return {form.block_of(form.DAYS, values): error.reader}
        except ValueError as error:
            return {form.block_of(form.TO, values): str(error)}

    async def _save(self, user: str, about: form.About, filled: form.Filled) -> Saved:
        existing = await self._subscriptions.of_channel(about.channel)
        ways = await self._ways_of(existing)
        if form.fingerprint(existing, ways) != about.seen:
            current = form.filled(existing, ways) if existing else filled
            view = form.view(about.channel, existing, current, ways=ways, note=CHANGED_MEANWHILE)
            return Anew(view)
        wanted = self._ways.wanted(filled.to, ways)
        done = await self._subscriptions.subscribe(user, about.channel, _wish(filled))
        one = await self._subscriptions.of_channel(about.channel)
        if one is None:
            # Somebody has ended it again in this moment.
            return Done(about.channel, done)
        await self._ways.change(user, one, wanted)
        return Done(about.channel, also(done, await self._ways.of(one)))

    async def _ways_of(self, existing: Subscription | None) -> tuple[Way, ...]:
        return await self._ways.of(existing) if existing else ()

    async def confirm(self, user: str, channel: str, saving: Awaitable[Saved]) -> None:
        """Tell ``user`` in ``channel`` what came of ``saving``, and show it in the Home."""
        saved = await saving
        match saved:
            case Done(message=message):
                pass
            case Anew():
                message = notices.plain(CHANGED_MEANWHILE)
            case _:
                message = notices.plain("\n".join(saved.values()))
        try:
            await self._messenger.whisper(channel, user, message)
        except RecapError as error:
            # The introduction in the channel, or the Home, says the same.
            log.info("confirmation_not_shown", detail=error.operator)
        await self.show_home(user)

    async def show_home(self, user: str, seen: str | None = None) -> None:
        """Draw the Home of ``user`` anew; ``seen`` is the hash of the one that was looked at."""
        try:
            if not await self._modals.publish(user, await self._home(user), seen):
                # Something newer is shown already: draw what holds now, whatever that was.
                await self._modals.publish(user, await self._home(user))
        except RecapError as error:
            log.warning("home_not_shown", detail=error.operator)

    async def _home(self, user: str) -> Block:
        standings = await self._subscriptions.visible(user)
        connection = await self._recap.connection()
        # After the question above: that may be how it is learned that the key is refused.
        key = await self._key(user)
        ways = await self._ways.of_all([one.subscription for one in standings])
        nonce = uuid.uuid4().hex
        return home.view(standings, connection, self._numbers, nonce=nonce, ways=ways, key=key)

    async def _key(self, user: str) -> KeyStanding | None:
        """The key, where each workspace has its own and it can be read."""
        try:
            return await self._keys.standing(user) if self._keys else None
        except OperatorMustAct as error:
            # It can't be decrypted: the first line of the Home says so, and the rest is no worse.
            log.warning("key_not_read", detail=error.operator)
            return None


def _wish(filled: form.Filled) -> Wish:
    """Everything that stands in the form is wanted, also where it is as it usually is."""
    schedule, chosen = filled.schedule, filled.ask.preferences
    return Wish(
        days=schedule.days,
        at=schedule.at,
        zone=schedule.zone,
        period=filled.ask.period,
        top=chosen.top,
        metrics=chosen.metrics,
        ranking=chosen.ranking,
        platforms=frozenset({chosen.platform} if chosen.platform else Platform),
        wait_hours=filled.wait_hours,
    )


def _ask(value: str) -> Ask:
    """The recap under which the button stood, as the default of a new subscription."""
    try:
        return buttons.unpack(value)
    except RecapError:
        return Ask()


class FromHome:
    """A ``Reply`` to somebody who pressed a button in the Home: the Home itself shows what is done.

    Args:
        windows: Draws the Home.
        modals: Opens a window for what went wrong.
        user: Slack's id of the person.
        trigger_id: The right to open that window.
    """

    def __init__(self, windows: Windows, modals: Modals, user: str, trigger_id: str) -> None:
        self._windows = windows
        self._modals = modals
        self._user = user
        self._trigger_id = trigger_id
        self._opened = ""

    async def private(self, message: SlackMessage) -> None:
        """Show ``message`` in a window, which a second one takes the place of."""
        if self._opened:
            await self._modals.update(self._opened, notices.window(message))
        else:
            self._opened = await self._modals.open(self._trigger_id, notices.window(message))

    async def done(self, message: SlackMessage) -> None:  # noqa: ARG002 -- the Home says it
        """Draw the Home anew."""
        await self._windows.show_home(self._user)

    async def in_channel(self, message: SlackMessage, *, note: SlackMessage) -> None:  # noqa: ARG002
        """A Home belongs to no channel."""
        raise Unusable("Share a recap from the channel that it is for.", "share from a Home")
