"""The CreatorAudit key of a workspace: entered, tried before it is kept, and removed."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

import structlog

from bot.digest.facts import Identity
from bot.digest.periods import Period
from bot.errors import KeyRefused, RecapError, ScopeMissing, TryLater, Unusable
from bot.ports import ApiKeys, Clock, CreatorSource, Ledger, Workspace
from bot.rendering import keys as words
from bot.rendering.blocks import SlackMessage
from bot.rendering.keys import KeyStanding
from bot.rendering.names import one_line
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Entry
from bot.tenants.api_key import ApiKey, read_secret

log = structlog.get_logger(__name__)

Opening = Callable[[str], AbstractAsyncContextManager[CreatorSource]]
"""Opens the way to CreatorAudit with a key."""

PATIENCE: Final = 15.0
LONGEST_NAME: Final = 200
TRIES: Final = 5
"""Changes that Recap itself may make of a key while somebody enters another one."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The key is in use; ``woken`` posts that waited for one go out now.

    ``may_write`` is False for a key without the scope that sums over accounts and posts need.
    """

    key: ApiKey
    may_write: bool
    woken: int


@dataclass(frozen=True, slots=True)
class Foreign:
    """The key shows other numbers than ``before``: somebody has to say that this is meant."""

    before: ApiKey
    name: str
    organization: str


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody has changed the key since it was looked at; ``now`` is what there is, if any."""

    now: ApiKey | None


Entered = Kept | Foreign | Overtaken


class Keys:
    """The use cases; only admins of the workspace change anything.

    Args:
        store: Where the key is kept.
        ledger: What waits for a key, and the audit trail.
        workspace: Knows who is an admin.
        opening: Asks CreatorAudit with a key that is not kept yet.
        clock: The wall clock.
        team: Slack's id of the workspace.
        patience: Seconds that trying a key may take.
    """

    def __init__(
        self,
        store: ApiKeys,
        ledger: Ledger,
        workspace: Workspace,
        opening: Opening,
        clock: Clock,
        team: str,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._workspace = workspace
        self._opening = opening
        self._clock = clock
        self._team = team
        self._patience = patience

    async def current(self) -> ApiKey | None:
        """The key, whether it works or not."""
        return await self._store.of(self._team)

    async def standing(self, user: str) -> KeyStanding:
        """The key as ``user`` may see it."""
        member = await self._workspace.member(user)
        return KeyStanding(await self.current(), member.is_admin)

    async def enter(self, user: str, text: str, *, seen: str, meant: str = "") -> Entered:
        """Try what ``user`` typed, and keep it in the place of the key whose identity is ``seen``.

        ``meant`` is the organization that the user has said to be the right one, though it is
        another than before.

        Raises:
            RecapError: It is not kept, and why; whatever was there stays.
        """
        secret = _read(text)
        await self._check(user)
        before = await self.current()
        if _identity(before) != seen:
            return Overtaken(before)
        identity, may_write = await self._tried(secret)
        organization, name = _known(identity.organization_id), _known(identity.api_key_name)
        if before and _differ(before.organization, organization) and organization != meant:
            return Foreign(before, name, organization)
        key = ApiKey(self._team, secret, name, organization, user, self._clock.now())
        await self._leave_alone(before, key)
        for _ in range(TRIES):
            if await self._store.put(before, key):
                await self._leave_alone(before, key)
                return Kept(key, may_write, await self._follow(user, key))
            before = await self.current()
            if _identity(before) != seen:
                break
        return Overtaken(before)

    async def remove(self, user: str, seen: str) -> SlackMessage:
        """Forget the key whose identity is ``seen``.

        Raises:
            RecapError: It is still there, or there is none, and why.
        """
        await self._check(user)
        key = await self.current()
        if key is None:
            raise Unusable("There is no key any more.", f"{self._team} has no key to remove")
        if key.identity != seen:
            raise Unusable(
                "Somebody has entered another key meanwhile. Open the Home again to see which.",
                f"the key of {self._team} was changed before it was removed",
            )
        await self._store.remove(self._team)
        await self._note(user, "key_removed", key)
        return words.removed(key)

    async def _check(self, user: str) -> None:
        if not (await self._workspace.member(user)).is_admin:
            raise Unusable(
                "Only admins and owners of this workspace may change its CreatorAudit key, and "
                "Slack does not say that you are one. Ask one of them.",
                f"{user} may not change the key of {self._team}",
            )

    async def _tried(self, secret: str) -> tuple[Identity, bool]:
        """Whose key it is, and whether it may do all that a recap needs."""
        try:
            async with asyncio.timeout(self._patience), self._opening(secret) as source:
                identity = (await source.whoami()).value
                return identity, await _may_write(source)
        except TimeoutError as error:
            raise TryLater(
                "CreatorAudit took too long to answer. Try again in a minute.",
                f"Trying a key of {self._team} was given up after {self._patience:g} s.",
            ) from error
        except KeyRefused as error:
            raise Unusable(
                f"{error.why} Nothing has changed.", error.said, request_id=error.request_id
            ) from error

    async def _leave_alone(self, before: ApiKey | None, after: ApiKey) -> None:
        """Correct no post with the numbers of another organization than it was made of.

        Asked for before ``after`` is there, so that nobody begins one with it, and once more for
        what was posted in that moment.
        """
        is_same = before is not None and before.organization == after.organization
        if not (is_same and after.organization):
            await self._ledger.keep_as_posted(self._team)

    async def _follow(self, user: str, key: ApiKey) -> int:
        """Write down who did it, and let go what waits for a key; how much that is."""
        await self._note(user, "key_entered", key)
        try:
            return await self._ledger.wake(self._team, self._clock.now())
        except RecapError as error:
            # Each of them tries again by itself, only a little later.
            log.warning("not_woken", team=self._team, detail=error.operator)
            return 0

    async def _note(self, user: str, action: str, key: ApiKey) -> None:
        log.info(action, team=self._team, by=user, organization=key.organization)
        detail = f"{key.name} {key.organization}".strip()
        entry = Entry(self._clock.now(), user, action, self._team, detail)
        try:
            await self._ledger.commit(Change(entry=entry))
        except RecapError as error:
            # It is done, whoever did it; the log has it.
            log.warning("not_in_the_trail", team=self._team, detail=error.operator)


async def _may_write(source: CreatorSource) -> bool:
    """Ask for what a recap asks for, as little of it as there is; trouble that passes is no answer.

    Raises:
        RecapError: There could be no recap at all with this key.
    """
    try:
        await source.overview(Period.WEEK)
    except ScopeMissing as error:
        raise Unusable(
            "This key may not read the numbers. Give it the scope `read` and enter it again.",
            error.operator,
            request_id=error.request_id,
        ) from error
    except (TryLater, Unusable) as error:
        log.info("key_not_tried_on_all", detail=error.operator)
    try:
        accounts = (await source.accounts(at_most=1)).value
        if accounts:
            await source.account_metrics([accounts[0].id], Period.WEEK)
    except ScopeMissing:
        return False
    except (TryLater, Unusable) as error:
        log.info("key_not_tried_on_all", detail=error.operator)
    return True


def _read(text: str) -> str:
    try:
        return read_secret(text)
    except ValueError as error:
        # Without its cause: nothing of what was typed is to be seen anywhere.
        raise Unusable(str(error), "What was typed can't be a key.") from None


def _known(text: str | None) -> str:
    """What CreatorAudit says, in a form that any database takes."""
    return one_line(text, LONGEST_NAME) if text else ""


def _identity(key: ApiKey | None) -> str:
    return key.identity if key else ""


def _differ(one: str, other: str) -> bool:
    """Whether two organizations are known to be two."""
    return bool(one and other) and one != other
