"""The composition root: the only place that knows everyone.

Settings in, opened and connected app out. What was opened is closed in reverse, also when a later
step fails.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette

from bot.clock import SystemClock
from bot.creatoraudit.client import open_client
from bot.errors import RecapError, TryLater
from bot.installation import Install, check_install, greeting, socket_address
from bot.listeners import actions, commands, events, failures, views
from bot.listeners.desk import Desk, Payload
from bot.ports import Clock, CreatorSource, Hosts, Ledger, Reply, SnapshotStore, TargetSender
from bot.posting.mail import MailSender
from bot.posting.mailing import MailTargets
from bot.posting.messenger import SlackMessenger
from bot.posting.outbox import Outbox
from bot.posting.slack import Person, ResponseUrl, web_client, web_session
from bot.posting.webhook import WebhookSender
from bot.posting.workspace import SlackModals, SlackWorkspace
from bot.proxies import proxy_for
from bot.rendering.numbers import Numbers
from bot.scheduling.scheduler import EVERY, ticking
from bot.services.answer import Answers
from bot.services.background import Background
from bot.services.build import Builder
from bot.services.deliver import Delivering
from bot.services.dispatch import Dispatcher
from bot.services.happenings import Happenings
from bot.services.hosts import only_host
from bot.services.manage import Subscriptions
from bot.services.orders import Orders
from bot.services.presses import Presses
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
from bot.storage.engine import open_database
from bot.storage.machine import this_machine
from bot.storage.sends import SqlSends
from bot.storage.snapshots import SqlSnapshots
from bot.storage.stores import Stores, stores_in
from bot.storage.upgrade import make_ready
from bot.subscriptions.protocol import Policy
from bot.web.app import Health, create_app

log = structlog.get_logger(__name__)

CONNECT: Final = 20.0
"""Seconds for the first Socket Mode connection; later ones are tried for as long as it takes."""

DRAIN: Final = 8.0
"""Seconds that answers under way get at a stop; platforms kill after ten."""


@dataclass(frozen=True, slots=True)
class Running:
    """The connected app: what to serve over HTTP, and what to say at start."""

    web: Starlette
    greeting: str


@asynccontextmanager
async def open_source(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[CreatorSource]:
    """The CreatorAudit client for the key in ``settings``."""
    key = for_creatoraudit(settings)
    async with open_client(key, settings.creatoraudit_base_url, clock or SystemClock()) as client:
        yield client


@asynccontextmanager
async def open_recap(
    settings: Settings, clock: Clock | None = None, snapshots: SnapshotStore | None = None
) -> AsyncIterator[RecapService]:
    """The digest service alone: without ``snapshots``, all that a recap in the terminal needs."""
    clock = clock or SystemClock()
    life = timedelta(weeks=settings.recap_snapshot_weeks)
    async with open_source(settings, clock) as source:
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
    connect_within: float = CONNECT,
    every: timedelta = EVERY,
) -> AsyncIterator[Running]:
    """The whole app, connected to Slack within ``connect_within`` seconds.

    ``clock`` stands in for the machine's, so that a demo can travel to Monday.

    Raises:
        RecapError: A setting is missing or impossible, or Slack or the network refuse one.
    """
    socket_token, secret = app_token(settings), signing_secret(settings)
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(_open_house(settings, clock))
        await stack.enter_async_context(_alone(house.hosts))
        background = Background()
        app = _bolt(web_client(None, settings.web_api, house.client.session), house.install, secret)
        _listen(app, _desk(house, background))
        background.start(_renew_plans(house.dispatcher))
        await stack.enter_async_context(ticking(house.dispatcher.tick, SystemClock(), every=every))
        stack.push_async_callback(_drain, background, house.dispatcher)
        if socket_token is None:
            yield Running(create_app(_http_health, app, secret), greeting(house.install, "HTTP"))
            return
        socket = await stack.enter_async_context(_socket(app, socket_token, connect_within))
        web = create_app(_socket_health(socket), None)
        yield Running(web, greeting(house.install, "Socket Mode"))


@dataclass(frozen=True, slots=True)
class House:
    """What everything that speaks to Slack shares."""

    clock: Clock
    client: AsyncWebClient
    install: Install
    ledger: Ledger
    hosts: Hosts | None
    recap: RecapService
    messenger: SlackMessenger
    subscriptions: Subscriptions
    ways: Ways
    dispatcher: Dispatcher
    numbers: Numbers

    @property
    def team(self) -> str:
        """Slack's id of the workspace."""
        return self.install.authorized.team_id or ""


def open_stores(settings: Settings) -> AbstractAsyncContextManager[Stores]:
    """What is in the database that ``settings`` names, ready to be used.

    Raises:
        RecapError: The database can't be used, or is not up to date.
    """
    return stores_in(settings.database_url)


def _alone(hosts: Hosts | None) -> AbstractAsyncContextManager[None]:
    """While this machine uses what only one may use at a time."""
    return only_host(hosts, *this_machine(), SystemClock())


@asynccontextmanager
async def open_dispatcher(settings: Settings) -> AsyncIterator[Dispatcher]:
    """What posts, without anything that listens: for ``recap tick``.

    Raises:
        RecapError: A setting is missing or impossible, or Slack or the database refuse one.
    """
    async with _open_house(settings) as house, _alone(house.hosts):
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
async def _open_house(settings: Settings, clock: Clock | None = None) -> AsyncIterator[House]:
    token, numbers = bot_token(settings), Numbers(settings.recap_locale)
    clock = clock or SystemClock()
    policy = policy_of(settings)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(web_session())
        client = web_client(token, settings.web_api, session)
        install = await check_install(client)
        stores = open_stores(settings)
        ledger, snapshots, pace, hosts = await stack.enter_async_context(stores)
        recap = await stack.enter_async_context(open_recap(settings, clock, snapshots))
        messenger = SlackMessenger(client, install.authorized.bot_id)
        builder = Builder(recap, clock, numbers, policy)
        sender = _outbox(settings, clock)
        delivering = Delivering(
            ledger, messenger, sender, builder, clock, numbers, policy, pace=pace
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
            hosts,
            recap,
            messenger,
            subscriptions,
            ways,
            dispatcher,
            numbers,
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


@asynccontextmanager
async def _socket(
    app: AsyncApp, token: str, within: float
) -> AsyncIterator[AsyncSocketModeHandler]:
    handler = AsyncSocketModeHandler(app, token)
    try:
        # The handler would retry a refused token, or an address behind a firewall, for ever.
        handler.client.wss_uri = await socket_address(app.client, token)
        handler.client.proxy = proxy_for(handler.client.wss_uri)
        try:
            async with asyncio.timeout(within):
                await handler.connect_async()  # type: ignore[no-untyped-call]
        except TimeoutError as error:
            raise _no_socket(within) from error
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


def _no_socket(within: float) -> TryLater:
    return TryLater(
        "Slack could not be reached. Try again in a minute.",
        f"Slack's Socket Mode address took no connection within {within:g} s. "
        "Check that the network lets wss:// through.",
    )


async def _http_health() -> Mapping[str, object]:
    return {"status": "ok", "mode": "http"}


def _socket_health(handler: AsyncSocketModeHandler) -> Health:
    async def health() -> Mapping[str, object]:
        connected = await handler.client.is_connected()
        return {"status": "ok", "mode": "socket", "connected": connected}

    return health
