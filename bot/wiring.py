"""The composition root: the only place that knows everyone.

Settings in, opened and connected app out. What was opened is closed in reverse, also when a later
step fails.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.routing import Route

from bot import reporting
from bot.clock import SystemClock
from bot.creatoraudit.client import open_client
from bot.errors import RecapError
from bot.installation import Install, check_install, greeting, socket_address
from bot.listeners import actions, commands, events, failures, requests, views
from bot.listeners.desk import Desk, Payload
from bot.meter import SILENT, Condition, Meter
from bot.ports import Clock, CreatorSource, Ledger, Reply, SnapshotStore, TargetSender
from bot.posting.mail import MailSender
from bot.posting.mailing import MailTargets
from bot.posting.messenger import SlackMessenger
from bot.posting.outbox import Outbox
from bot.posting.slack import Person, ResponseUrl, web_client, web_session
from bot.posting.webhook import WebhookSender
from bot.posting.workspace import SlackModals, SlackWorkspace
from bot.rendering.numbers import Numbers
from bot.scheduling.scheduler import EVERY, ticking
from bot.services.answer import Answers
from bot.services.background import Background
from bot.services.build import Builder
from bot.services.deliver import Delivering
from bot.services.dispatch import Dispatcher
from bot.services.happenings import Happenings
from bot.services.manage import Subscriptions
from bot.services.orders import Orders
from bot.services.presses import Presses
from bot.services.readiness import Probe, Pulse, Readiness
from bot.services.recap import RecapService
from bot.services.send import Sends
from bot.services.ways import Ways
from bot.services.windows import FromHome, Windows
from bot.settings import (
    Settings,
    app_token,
    bot_token,
    for_creatoraudit,
    for_mail,
    signing_secret,
)
from bot.storage.condition import SqlCondition
from bot.storage.engine import open_database
from bot.storage.ledger import SqlLedger
from bot.storage.sends import SqlSends
from bot.storage.snapshots import SqlSnapshots
from bot.storage.upgrade import make_ready
from bot.subscriptions.protocol import Policy
from bot.web.app import create_app, http_health
from bot.web.inside import inside
from bot.web.metrics import Metrics
from bot.web.socket import Patience, connected

log = structlog.get_logger(__name__)

DRAIN: Final = 8.0
"""Seconds that answers under way get at a stop; platforms kill after ten."""


@dataclass(frozen=True, slots=True)
class Running:
    """The connected app: what to serve over HTTP, and what to say at start."""

    web: Starlette
    greeting: str


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
    life = timedelta(weeks=settings.recap_snapshot_weeks)
    async with open_source(settings, clock, meter) as source:
        recap = RecapService(
            source, clock, settings.engagement_rate_scale, snapshots, snapshot_life=life
        )
        try:
            yield recap
        finally:
            await recap.close()


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    patience: Patience | None = None,
    every: timedelta = EVERY,
) -> AsyncIterator[Running]:
    """The whole app, connected to Slack within the ``patience`` that a Socket Mode connection gets.

    ``clock`` stands in for the machine's, so that a demo can travel to Monday.

    Raises:
        RecapError: A setting is missing or impossible, or Slack or the network refuse one.
    """
    socket_token, secret = app_token(settings), signing_secret(settings)
    async with AsyncExitStack() as stack:
        metering = reporting.metering(settings, clock or SystemClock())
        metrics = await stack.enter_async_context(metering)
        house = await stack.enter_async_context(_open_house(settings, clock, metrics))
        background = Background(metrics)
        app = _bolt(web_client(None, settings.web_api, house.client.session), house.install, secret)
        _listen(app, _desk(house, background))
        background.start(_renew_plans(house.dispatcher))
        pulse = Pulse(metrics)
        house.dispatcher.on_delivery = lambda _: pulse.beat()
        tick = pulse.watched(house.dispatcher.tick)
        await stack.enter_async_context(ticking(tick, SystemClock(), every=every))
        stack.push_async_callback(_drain, background, house.dispatcher)
        metrics.show_tick(lambda: pulse.age)
        if socket_token is None:
            routes = _inside(settings, house, metrics, pulse.check)
            web = create_app(http_health, app, secret, routes)
            yield Running(web, greeting(house.install, "HTTP"))
            return
        address = partial(socket_address, app.client, socket_token)
        socket = await stack.enter_async_context(
            connected(app, socket_token, address, meter=metrics, patience=patience)
        )
        metrics.show_socket(lambda: socket.silence)
        routes = _inside(settings, house, metrics, pulse.check, socket.check)
        web = create_app(socket.health, None, inside=routes)
        yield Running(web, greeting(house.install, "Socket Mode"))


def _inside(
    settings: Settings, house: "House", metrics: Metrics, *probes: Probe
) -> Sequence[Route]:
    """What only the operator's own machines ask for."""
    token = settings.recap_metrics_token
    readiness = Readiness(house.condition, house.clock, probes)
    return inside(readiness, metrics, token.get_secret_value() if token else None)


@dataclass(frozen=True, slots=True)
class House:
    """What everything that speaks to Slack shares."""

    clock: Clock
    client: AsyncWebClient
    install: Install
    ledger: Ledger
    recap: RecapService
    messenger: SlackMessenger
    subscriptions: Subscriptions
    ways: Ways
    dispatcher: Dispatcher
    numbers: Numbers
    condition: Condition

    @property
    def team(self) -> str:
        """Slack's id of the workspace."""
        return self.install.authorized.team_id or ""


@asynccontextmanager
async def open_stores(
    settings: Settings, meter: Meter = SILENT
) -> AsyncIterator[tuple[Ledger, SnapshotStore, Condition]]:
    """What is in the database that ``settings`` names, ready to be used, and how that is.

    Raises:
        RecapError: The database can't be used, or is not up to date.
    """
    async with open_database(settings.database_url) as engine:
        await make_ready(engine)
        yield SqlLedger(engine, meter), SqlSnapshots(engine), SqlCondition(engine)


@asynccontextmanager
async def open_dispatcher(settings: Settings) -> AsyncIterator[Dispatcher]:
    """What posts, without anything that listens: for ``recap tick``.

    Raises:
        RecapError: A setting is missing or impossible, or Slack or the database refuse one.
    """
    async with _open_house(settings) as house:
        try:
            yield house.dispatcher
        finally:
            await house.dispatcher.drain(DRAIN)


@asynccontextmanager
async def open_subscriptions(
    settings: Settings, *, offline: bool = False
) -> AsyncIterator[tuple[Subscriptions, Ways]]:
    """What people do with subscriptions and their targets, for ``recap subscriptions``.

    ``offline`` is for what needs no word with Slack, so that it works without a token, too.

    Raises:
        RecapError: A setting is missing or impossible, or Slack or the database refuse one.
    """
    if not offline:
        async with _open_house(settings) as house:
            yield house.subscriptions, house.ways
        return
    async with open_stores(settings) as (ledger, *_), web_session() as session:
        client = web_client(None, settings.web_api, session)
        workspace, messenger = SlackWorkspace(client), SlackMessenger(client, None)
        clock, numbers = SystemClock(), Numbers(settings.recap_locale)
        subscriptions = Subscriptions(ledger, workspace, messenger, clock, numbers, "")
        sender = _outbox(settings, clock)
        yield subscriptions, Ways(ledger, subscriptions, sender, clock, settings.own_hosts)


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
            sender = _outbox(settings, clock)
            yield Sends(recap, SqlSends(engine), sender, clock, numbers, owner=owner)


def _outbox(settings: Settings, clock: Clock) -> TargetSender:
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


@asynccontextmanager
async def _open_house(
    settings: Settings, clock: Clock | None = None, meter: Meter = SILENT
) -> AsyncIterator[House]:
    token, numbers = bot_token(settings), Numbers(settings.recap_locale)
    clock = clock or SystemClock()
    policy = policy_of(settings)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(web_session(meter))
        client = web_client(token, settings.web_api, session)
        install = await check_install(client)
        stores = await stack.enter_async_context(open_stores(settings, meter))
        ledger, snapshots, condition = stores
        recap = await stack.enter_async_context(open_recap(settings, clock, snapshots, meter))
        messenger = SlackMessenger(client, install.authorized.bot_id)
        builder = Builder(recap, clock, numbers, policy)
        sender = _outbox(settings, clock)
        delivering = Delivering(
            ledger, messenger, sender, builder, clock, numbers, policy, meter=meter
        )
        subscriptions = Subscriptions(
            ledger,
            SlackWorkspace(client),
            messenger,
            clock,
            numbers,
            install.authorized.team_id or "",
            managers=settings.recap_managers,
        )
        ways = Ways(ledger, subscriptions, sender, clock, settings.own_hosts)
        dispatcher = Dispatcher(ledger, delivering, clock, numbers, policy)
        yield House(
            clock,
            client,
            install,
            ledger,
            recap,
            messenger,
            subscriptions,
            ways,
            dispatcher,
            numbers,
            condition,
        )


async def _drain(background: Background, dispatcher: Dispatcher) -> None:
    await asyncio.gather(background.drain(DRAIN), dispatcher.drain(DRAIN))


async def _renew_plans(dispatcher: Dispatcher) -> None:
    try:
        if changed := await dispatcher.renew_plans():
            log.warning("time_zone_rules_changed", slots_moved=changed)
    except RecapError as error:
        log.warning("plans_not_renewed", detail=error.operator)


def _bolt(client: AsyncWebClient, install: Install, secret: str) -> AsyncApp:
    async def authorize(**_: object) -> AuthorizeResult:
        return install.authorized

    # With authorize, Bolt asks auth.test on no request, and SLACK_CLIENT_ID in the environment
    # can't turn its OAuth mode on. It takes only a client without a token then.
    return AsyncApp(
        client=client,
        signing_secret=secret,
        authorize=authorize,
        request_verification_enabled=bool(secret),
    )


def _listen(app: AsyncApp, desk: Desk) -> None:
    requests.register(app)
    commands.register(app, desk)
    actions.register(app, desk)
    views.register(app, desk)
    events.register(app, desk)
    failures.register(app)


def _desk(house: House, background: Background) -> Desk:
    client, subscriptions, numbers = house.client, house.subscriptions, house.numbers
    modals, workspace = SlackModals(client), SlackWorkspace(client)
    windows = Windows(subscriptions, modals, house.messenger, house.recap, numbers, house.ways)

    def command_reply(body: Payload) -> Reply:
        person = Person(body["channel_id"], body["user_id"])
        return ResponseUrl(body["response_url"], person, client)

    def button_reply(body: Payload) -> Reply:
        container, user = body.get("container", {}), body["user"]["id"]
        if "response_url" not in body:
            return FromHome(windows, modals, user, body["trigger_id"])
        person = Person(str(container.get("channel_id")), user)
        private = bool(container.get("is_ephemeral"))
        return ResponseUrl(body["response_url"], person, client, replaces=private, from_button=True)

    return Desk(
        answers=Answers(house.recap, modals, numbers, subscriptions),
        subscriptions=subscriptions,
        orders=Orders(subscriptions, house.recap, numbers, house.ways),
        presses=Presses(subscriptions, house.ways),
        windows=windows,
        happenings=Happenings(house.ledger, workspace, house.clock, numbers, house.team),
        background=background,
        bot_user=house.install.authorized.bot_user_id or "",
        command_reply=command_reply,
        button_reply=button_reply,
    )
