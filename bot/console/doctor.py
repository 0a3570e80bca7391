"""``recap doctor``: every setting tried against the real thing that it names."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.console.serve import listen
from bot.digest.builder import no_metric
from bot.digest.periods import Period
from bot.errors import RecapError
from bot.installation import check_install, socket_address
from bot.posting.mail import MailSender
from bot.posting.scopes import SCOPES
from bot.posting.slack import web_client, web_session
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.settings import (
    Settings,
    app_token,
    bot_token,
    for_mail,
    load,
    setting_error,
    signing_secret,
)
from bot.storage.engine import check, open_database
from bot.wiring import open_source

UNHEALTHY: Final = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one check: what was found, or what is wrong and how to mend it."""

    setting: str
    ok: bool
    sentence: str


async def examine() -> int:
    """Check everything and print a table; 0 when all is well, 3 when something must be changed."""
    try:
        settings = load()
    except RecapError as error:
        findings = [Finding("settings", ok=False, sentence=error.operator)]
    else:
        findings = [await _try(name, probe, settings) for name, probe in CHECKS]
    Console().print(_table(findings))
    return 0 if all(finding.ok for finding in findings) else UNHEALTHY


async def _try(name: str, probe: "Probe", settings: Settings) -> Finding:
    try:
        return Finding(name, ok=True, sentence=await probe(settings))
    except RecapError as error:
        return Finding(name, ok=False, sentence=error.operator)
    except Exception as error:  # noqa: BLE001 -- one check must not take the table from the others
        return Finding(name, ok=False, sentence=f"This check failed: {type(error).__name__}.")


async def _key(settings: Settings) -> str:
    async with open_source(settings) as source:
        identity = (await source.whoami()).value
    name, of = one_line(identity.api_key_name or "–"), one_line(identity.organization_id or "–")
    return f"key “{name}” of {of}"


async def _overview(settings: Settings) -> str:
    if settings.creatoraudit_api_key is None:
        raise setting_error("It can be tried once CREATORAUDIT_API_KEY is set.")
    async with open_source(settings) as source:
        overview = (await source.overview(Period.WEEK)).value
    if not overview.current:
        raise no_metric(overview, Period.WEEK)
    key, value = next(iter(overview.current.items()))
    return f"answers; {one_line(key)} is {Numbers(settings.recap_locale).exact(value)}"


async def _bot(settings: Settings) -> str:
    async with web_session() as session:
        client = web_client(bot_token(settings), settings.web_api, session)
        install = await check_install(client)
    # A proxy may strip the header that names the scopes; then there is nothing to compare.
    if install.scopes and (lacking := sorted(set(SCOPES) - install.scopes)):
        raise setting_error(
            f"The bot lacks the scopes {', '.join(lacking)}: add them under OAuth & Permissions "
            "and reinstall the app."
        )
    return f"@{one_line(install.bot_name)} in {one_line(install.team)}"


async def _socket(settings: Settings) -> str:
    token = app_token(settings)
    if token is None:
        return "not set: Slack delivers over HTTP"
    async with web_session() as session:
        await socket_address(web_client(None, settings.web_api, session), token)
    return "opens a Socket Mode connection"


async def _signing(settings: Settings) -> str:
    if signing_secret(settings):
        return "set; only a request from Slack can prove it"
    return "not needed in Socket Mode"


async def _database(settings: Settings) -> str:
    async with open_database(settings.database_url) as engine:
        return f"{await check(engine)} can be written to"


async def _port(settings: Settings) -> str:
    with listen(settings.port):
        return f"{settings.port} is free"


async def _mail(settings: Settings) -> str:
    if settings.smtp_url is None:
        return "not set: no mail is sent"
    server, sender = for_mail(settings)
    return await MailSender(server, sender.domain).check()


Probe = Callable[[Settings], Awaitable[str]]

CHECKS: Final[tuple[tuple[str, Probe], ...]] = (
    ("CREATORAUDIT_API_KEY", _key),
    ("CREATORAUDIT_BASE_URL", _overview),
    ("SLACK_BOT_TOKEN", _bot),
    ("SLACK_APP_TOKEN", _socket),
    ("SLACK_SIGNING_SECRET", _signing),
    ("DATABASE_URL", _database),
    ("PORT", _port),
    ("SMTP_URL", _mail),
)


def _table(findings: list[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in findings:
        mark = Text("✓", style="green") if finding.ok else Text("✗", style="red")
        style = "" if finding.ok else "yellow"
        table.add_row(mark, Text(finding.setting), Text(finding.sentence, style=style))
    return table
