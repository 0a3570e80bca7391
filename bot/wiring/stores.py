"""What needs no word with Slack: the database, CreatorAudit, and the ways elsewhere."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from bot.clock import SystemClock
from bot.creatoraudit.client import open_client
from bot.meter import SILENT, Condition, Meter
from bot.ports import (
    ApiKeys,
    Clock,
    CreatorSource,
    Installations,
    Ledger,
    OAuthStates,
    SeenEvents,
    SnapshotStore,
    TargetSender,
)
from bot.posting.mail import MailSender
from bot.posting.mailing import MailTargets
from bot.posting.outbox import Outbox
from bot.posting.webhook import WebhookSender
from bot.rendering.numbers import Numbers
from bot.services.recap import RecapService
from bot.services.send import Sends
from bot.settings import Settings, for_creatoraudit, for_mail
from bot.storage.api_keys import SqlApiKeys
from bot.storage.canary import check_vault
from bot.storage.condition import SqlCondition
from bot.storage.engine import open_database
from bot.storage.events import SqlSeenEvents
from bot.storage.installations import SqlInstallations
from bot.storage.ledger import SqlLedger
from bot.storage.oauth_states import SqlOAuthStates
from bot.storage.sends import SqlSends
from bot.storage.snapshots import SqlSnapshots
from bot.storage.upgrade import make_ready
from bot.storage.vault import Vault
from bot.subscriptions.protocol import Policy


@asynccontextmanager
async def open_source(
    settings: Settings, clock: Clock | None = None, meter: Meter = SILENT
) -> AsyncIterator[CreatorSource]:
    """The CreatorAudit client for the key in ``settings``."""
    key, address = for_creatoraudit(settings), settings.creatoraudit_base_url
    async with open_client(key, address, clock or SystemClock(), meter=meter) as client:
        yield client


@asynccontextmanager
async def open_recap(
    settings: Settings,
    clock: Clock | None = None,
    snapshots: SnapshotStore | None = None,
    meter: Meter = SILENT,
) -> AsyncIterator[RecapService]:
    """The digest service alone: without ``snapshots``, all that a recap in the terminal needs."""
    clock = clock or SystemClock()
    async with open_source(settings, clock, meter) as source:
        recap = recap_on(settings, clock, snapshots)(source)
        try:
            yield recap
        finally:
            await recap.close()


def recap_on(
    settings: Settings, clock: Clock, snapshots: SnapshotStore | None
) -> Callable[[CreatorSource], RecapService]:
    """What makes the digest service of a source."""
    return partial(
        RecapService,
        clock=clock,
        scale=settings.engagement_rate_scale,
        store=snapshots,
        snapshot_life=timedelta(weeks=settings.recap_snapshot_weeks),
    )


@dataclass(frozen=True, slots=True)
class Stores:
    """What is kept in the database."""

    ledger: Ledger
    snapshots: SnapshotStore
    installations: Installations
    keys: ApiKeys
    states: OAuthStates
    seen: SeenEvents
    condition: Condition


@asynccontextmanager
async def open_stores(settings: Settings, meter: Meter = SILENT) -> AsyncIterator[Stores]:
    """The stores in the database that ``settings`` names, ready to be used.

    Raises:
        RecapError: The database can't be used, or is not up to date.
    """
    async with open_database(settings.database_url) as engine:
        await make_ready(engine)
        vault = Vault(settings.encryption_keys)
        await check_vault(engine, vault)
        yield Stores(
            SqlLedger(engine, vault, meter),
            SqlSnapshots(engine),
            SqlInstallations(engine, vault),
            SqlApiKeys(engine, vault),
            SqlOAuthStates(engine),
            SqlSeenEvents(engine),
            SqlCondition(engine),
        )


@asynccontextmanager
async def open_sends(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Sends]:
    """What sends recaps elsewhere than to Slack, for ``recap send``.

    Raises:
        RecapError: A setting is missing or impossible, or the database can't be used.
    """
    clock, owner = clock or SystemClock(), for_creatoraudit(settings)
    numbers = Numbers(settings.recap_locale)
    async with open_database(settings.database_url) as engine:
        await make_ready(engine)
        async with open_recap(settings, clock, SqlSnapshots(engine)) as recap:
            sender = outbox(settings, clock)
            yield Sends(recap, SqlSends(engine), sender, clock, numbers, owner=owner)


def outbox(settings: Settings, clock: Clock) -> TargetSender:
    """What hands recaps over elsewhere than in Slack."""
    held = settings.recap_webhook_secret
    secret = held.get_secret_value() if held else None
    return Outbox(WebhookSender(clock, settings.own_hosts, secret), _mail(settings))


def _mail(settings: Settings) -> TargetSender | None:
    """What sends mails, if a server is set up."""
    if settings.smtp_url is None:
        return None
    server, sender = for_mail(settings)
    return MailTargets(MailSender(server, sender.domain), sender, settings.mail_unsubscribe_url)


def policy_of(settings: Settings) -> Policy:
    """How long is how long."""
    return Policy(catch_up=timedelta(hours=settings.recap_catch_up_hours))
