"""What ``recap doctor`` tries, and which of it a set-up needs."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from bot import reporting
from bot.clock import SystemClock
from bot.console.findings import Finding, Note
from bot.console.serve import listen
from bot.console.workspaces import of_key, try_key, try_workspaces
from bot.credentials import INSTALL, REDIRECT, public_url, slack_app
from bot.digest.builder import no_metric
from bot.digest.periods import Period
from bot.errors import Unusable
from bot.installation import Install, check_install, socket_address
from bot.posting.mail import MailSender
from bot.posting.oauth import SlackOAuth
from bot.posting.scopes import SCOPES
from bot.posting.slack import web_client, web_session
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.settings import (
    Settings,
    app_token,
    bot_token,
    for_mail,
    is_shared,
    setting_error,
    signing_secret,
)
from bot.storage.api_keys import SqlApiKeys
from bot.storage.canary import check_vault
from bot.storage.engine import check, missing_extra, open_database
from bot.storage.upgrade import is_current, make_ready
from bot.storage.vault import Vault
from bot.wiring import open_source

KEY: Final = "CREATORAUDIT_API_KEY"
BOT: Final = "SLACK_BOT_TOKEN"
APP: Final = "SLACK_CLIENT_ID"
DATABASE: Final = "DATABASE_URL"
TABLES: Final = "tables"
SEALED: Final = "RECAP_ENCRYPTION_KEYS"
MADE_UP: Final = "recap-doctor"
"""A code that Slack never gave: it is refused for itself only where the app is known."""

Probe = Callable[[Settings], Awaitable[str | Note | Sequence[Finding]]]


@dataclass(frozen=True, slots=True)
class Check:
    """Something to be tried, once all of ``after`` are in order."""

    name: str
    probe: Probe
    after: tuple[str, ...] = ()


def set_up(settings: Settings) -> str:
    """Who is served, and how Slack reaches Recap."""
    whom = "any number of workspaces by OAuth" if _by_oauth(settings) else "one workspace"
    if settings.slack_app_token:
        return f"{whom}, Socket Mode"
    return f"{whom}, {'HTTP' if settings.slack_signing_secret else 'not connected to Slack yet'}"


def checks(settings: Settings) -> Sequence[Check]:
    """What has to be in order, the first thing to do first."""
    return [*_who(settings), _connection(settings), *_kept(settings), *_around(settings)]


def _by_oauth(settings: Settings) -> bool:
    return bool(settings.slack_client_id or settings.slack_client_secret)


def _key_in_home(settings: Settings) -> bool:
    return settings.creatoraudit_api_key is None and bool(settings.encryption_keys)


def _who(settings: Settings) -> Sequence[Check]:
    if _by_oauth(settings):
        return [Check(APP, _app), Check("RECAP_URL", _url)]
    if _key_in_home(settings):
        return [Check(BOT, _bot)]
    return [Check(KEY, _key), Check("CREATORAUDIT_BASE_URL", _overview, (KEY,)), Check(BOT, _bot)]


def _connection(settings: Settings) -> Check:
    if settings.slack_app_token:
        return Check("SLACK_APP_TOKEN", _socket)
    if settings.slack_signing_secret:
        return Check("SLACK_SIGNING_SECRET", _signing)
    # On a bare machine, Socket Mode is what to begin with.
    return Check("SLACK_APP_TOKEN", _signing)


def _kept(settings: Settings) -> Sequence[Check]:
    found = [Check(DATABASE, _database), Check(TABLES, _tables, (DATABASE,))]
    if is_shared(settings):
        found.append(Check("queue", _queue, (TABLES,)))
    if _by_oauth(settings):
        found.append(Check(SEALED, _vault, (APP, TABLES)))
        found.append(Check("workspaces", try_workspaces, (SEALED,)))
        return found
    found.append(Check(SEALED, _vault, (TABLES,)))
    if _key_in_home(settings):
        found.append(Check(KEY, _own_key, (BOT, SEALED)))
    return found


def _around(settings: Settings) -> Sequence[Check]:
    found = [Check("PORT", _port), Check("SMTP_URL", _mail)]
    if settings.sentry_dsn:
        found.append(Check("SENTRY_DSN", _sentry))
    if settings.otel_exporter_otlp_endpoint:
        found.append(Check("OTEL_EXPORTER_OTLP_ENDPOINT", _traces))
    return [*found, Check("RECAP_METRICS_TOKEN", _metrics)]


async def _key(settings: Settings) -> str:
    async with open_source(settings) as source:
        return of_key((await source.whoami()).value)


async def _overview(settings: Settings) -> str:
    async with open_source(settings) as source:
        overview = (await source.overview(Period.WEEK)).value
    if not overview.current:
        raise no_metric(overview, Period.WEEK)
    key, value = next(iter(overview.current.items()))
    return f"answers; {one_line(key)} is {Numbers(settings.recap_locale).exact(value)}"


async def _bot(settings: Settings) -> str:
    install = await _installed(settings)
    # A proxy may strip the header that names the scopes; then there is nothing to compare.
    if install.scopes and (lacking := sorted(set(SCOPES) - install.scopes)):
        raise setting_error(
            f"The bot lacks the scopes {', '.join(lacking)}: add them under OAuth & Permissions "
            "and reinstall the app."
        )
    return f"@{one_line(install.bot_name)} in {one_line(install.team)}"


async def _installed(settings: Settings) -> Install:
    async with web_session() as session:
        return await check_install(web_client(bot_token(settings), settings.web_api, session))


async def _app(settings: Settings) -> str:
    app = slack_app(settings)
    assert app is not None  # noqa: S101 -- half of it is set at least
    async with web_session() as session:
        client = web_client(None, settings.web_api, session)
        oauth = SlackOAuth(client, app.client_id, app.client_secret)
        with suppress(Unusable):
            await oauth.installed(MADE_UP, app.redirect_uri, SystemClock().now())
    return "Slack knows the app and its secret"


async def _url(settings: Settings) -> str | Note:
    if settings.recap_url is None:
        return Note("not set: who installs Recap is led to the app's first redirect URL")
    if urlsplit(settings.recap_url).scheme != "https":
        raise setting_error("RECAP_URL must begin with https: Slack leads nowhere else.")
    return (
        f"installing begins at {public_url(settings, INSTALL)}; {public_url(settings, REDIRECT)} "
        "has to be among the redirect URLs of the Slack app"
    )


async def _socket(settings: Settings) -> str:
    async with web_session() as session:
        client = web_client(None, settings.web_api, session)
        await socket_address(client, app_token(settings) or "")
    return "opens a Socket Mode connection"


async def _signing(settings: Settings) -> str:
    signing_secret(settings)
    return "set; only a request from Slack can prove it"


async def _database(settings: Settings) -> str:
    async with open_database(settings.database_url) as engine:
        return f"{await check(engine)} can be written to"


async def _tables(settings: Settings) -> str | Note:
    async with open_database(settings.database_url) as engine:
        if not is_shared(settings) and not await is_current(engine):
            return Note("brought up to date when Recap starts")
        await make_ready(engine)
    return "up to date"


async def _queue(settings: Settings) -> str:
    with missing_extra():
        from bot.scheduling.jobs import tables  # noqa: PLC0415 -- what it needs is an extra
        from bot.storage.queue_tables import check_queue  # noqa: PLC0415
    async with open_database(settings.database_url) as engine:
        await check_queue(engine, tables())
    return "ready for any number of `recap worker`"


async def _vault(settings: Settings) -> str | Note:
    vault = Vault(settings.encryption_keys)
    async with open_database(settings.database_url) as engine:
        await check_vault(engine, vault, settles=False)
    if not vault.has_keys:
        return Note("not set: nothing in the database is sealed")
    return "all that is sealed in the database can be opened"


async def _own_key(settings: Settings) -> str:
    team = (await _installed(settings)).authorized.team_id or ""
    async with open_database(settings.database_url) as engine:
        return await try_key(settings, SqlApiKeys(engine, Vault(settings.encryption_keys)), team)


async def _port(settings: Settings) -> str:
    with listen(settings.port):
        return f"{settings.port} is free"


async def _mail(settings: Settings) -> str | Note:
    if settings.smtp_url is None:
        return Note("not set: no mail is sent")
    server, sender = for_mail(settings)
    return await MailSender(server, sender.domain).check()


async def _sentry(settings: Settings) -> str:
    reporting.errors(settings)
    return "set; only an error can prove it"


async def _traces(settings: Settings) -> str:
    async with reporting.metering(settings, SystemClock()):
        return "set; only a trace can prove it"


async def _metrics(settings: Settings) -> str | Note:
    if settings.recap_metrics_token is None:
        return Note("not set: whoever reaches the port may read /metrics")
    return "set"
