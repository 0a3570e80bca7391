"""The workspaces that have installed Recap, each tried with its own token and its own key."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiohttp import ClientSession

from bot.clock import SystemClock
from bot.console.findings import Finding, Mark, Note
from bot.creatoraudit.client import open_client
from bot.credentials import slack_app
from bot.digest.facts import Identity
from bot.errors import KeyRefused, OperatorMustAct, RecapError
from bot.installation import whose
from bot.ports import ApiKeys, Installations
from bot.posting.scopes import SCOPES
from bot.posting.slack import web_client, web_session
from bot.rendering.names import one_line
from bot.settings import Settings, setting_error
from bot.storage.api_keys import SqlApiKeys
from bot.storage.engine import open_database
from bot.storage.installations import SqlInstallations
from bot.storage.vault import Vault
from bot.tenants.installation import Installation

AT_MOST: Final = 20
"""Workspaces for which Slack and CreatorAudit are asked."""


async def try_workspaces(settings: Settings) -> Note | Sequence[Finding]:
    """A line for each of the first ones, and for every other of which trouble is known.

    Raises:
        RecapError: The database can't be used.
    """
    app, vault = slack_app(settings), Vault(settings.encryption_keys)
    where = f"at {app.install_url}" if app and app.install_url else "at /slack/install"
    async with open_database(settings.database_url) as engine, web_session() as session:
        installations, keys = SqlInstallations(engine, vault), SqlApiKeys(engine, vault)
        found = await installations.everything()
        if not found:
            return Note(f"none yet: the first one installs Recap {where}")
        visits = _Visits(settings, installations, keys, session, where, SystemClock().now())
        lines = [Finding("workspaces", Mark.GOOD, _count(len(found)))]
        for number, one in enumerate(found):
            lines += await visits.findings(one, asks=number < AT_MOST)
    return lines


def _count(count: int) -> str:
    if count <= AT_MOST:
        return f"{count} installed"
    return f"{count} installed; Slack and CreatorAudit are asked for the first {AT_MOST}"


async def try_key(settings: Settings, keys: ApiKeys, team: str, *, asks: bool = True) -> str:
    """The key of the workspace ``team`` in one sentence; without ``asks``, as it was last known.

    Raises:
        RecapError: There is none, or CreatorAudit does not take it or can't be reached.
    """
    key = await keys.of(team)
    if key is None:
        raise setting_error("No CreatorAudit key yet: an admin there enters it in Recap's Home.")
    refused = f"CreatorAudit refuses the key “{one_line(key.name or '–')}”"
    another = "An admin there enters another one in Recap's Home."
    if not asks:
        if key.refused_at is not None:
            raise setting_error(f"{refused}. {another}")
        return "not asked"
    clock, secret = SystemClock(), key.secret
    try:
        async with open_client(secret, settings.creatoraudit_base_url, clock) as source:
            identity = (await source.whoami()).value
    except KeyRefused as error:
        raise setting_error(f"{refused}: {error.said}. {another}") from error
    return of_key(identity)


def of_key(identity: Identity) -> str:
    """What CreatorAudit calls a key, and whose it is."""
    name, of = one_line(identity.api_key_name or "–"), one_line(identity.organization_id or "–")
    return f"key “{name}” of {of}"


@dataclass(frozen=True, slots=True)
class _Visits:
    """What is asked in each workspace; ``where`` is how it installs Recap again."""

    settings: Settings
    installations: Installations
    keys: ApiKeys
    session: ClientSession
    where: str
    now: datetime

    async def findings(self, one: Installation, *, asks: bool) -> Sequence[Finding]:
        """All that is wrong with ``one``, or else what it is; of one not asked for, only that."""
        name = f"{one_line(one.name)} ({one.id})"
        said, wrong = await _gathered(self._token(one, asks=asks))
        for team in await self.installations.teams(one.id):
            of = f"{team}: " if one.is_org else ""
            its, trouble = await _gathered(try_key(self.settings, self.keys, team, asks=asks))
            said, wrong = [*said, *(of + it for it in its)], [*wrong, *(of + it for it in trouble)]
        if wrong:
            return [Finding(name, Mark.BAD, sentence) for sentence in wrong]
        return [Finding(name, Mark.GOOD, "; ".join(said))] if asks else []

    async def _token(self, one: Installation, *, asks: bool) -> str:
        again = f"Recap has to be installed there again {self.where}."
        if not one.token:
            raise setting_error(f"Its token was revoked: {again}")
        if one.refresh_token and one.has_ended(self.now):
            return "its token has ended, and is renewed when it is needed"
        scopes, bot = one.scopes, ""
        if asks:
            client = web_client(one.token, self.settings.web_api, self.session)
            try:
                install = await whose(client)
            except OperatorMustAct as error:
                raise setting_error(f"{error.operator} {again}") from error
            scopes, bot = install.scopes or scopes, install.bot_name
        if lacking := sorted(set(SCOPES) - scopes):
            raise setting_error(f"The bot lacks the scopes {', '.join(lacking)}: {again}")
        return f"@{one_line(bot)}"


async def _gathered(asked: Awaitable[str]) -> tuple[Sequence[str], Sequence[str]]:
    """What was said, and what went wrong instead."""
    try:
        return [await asked], []
    except RecapError as error:
        return [], [error.operator]
