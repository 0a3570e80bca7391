"""The app: what answers, what posts, and what listens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from starlette.applications import Starlette
from starlette.routing import Route

from bot import reporting
from bot.clock import SystemClock
from bot.credentials import INSTALL, REDIRECT, SlackApp, slack_app
from bot.errors import NotInstalled, RecapError
from bot.installation import Install, check_install, greeting, socket_address
from bot.listeners import actions, commands, events, failures, keys, requests, views
from bot.listeners.desk import Desk, Payload
from bot.meter import SILENT, Condition, Meter
from bot.ports import Clock, Hosts
from bot.posting.messenger import SlackMessenger
from bot.posting.oauth import SlackOAuth
from bot.posting.scopes import SCOPES
from bot.posting.slack import web_client, web_session
from bot.posting.workspace import SlackWorkspace
from bot.rendering.numbers import Numbers
from bot.scheduling.scheduler import EVERY, ticking
from bot.services.background import Background
from bot.services.dispatch import Dispatcher
from bot.services.happenings import Happenings
from bot.services.hosts import only_host
from bot.services.installing import Installing
from bot.services.leaving import Leaving
from bot.services.manage import Subscriptions
from bot.services.once import Once
from bot.services.pace import Pace
from bot.services.readiness import Probe, Pulse, Readiness
from bot.services.rotation import Rotation, gone
from bot.services.ways import Ways
from bot.settings import Settings, app_token, bot_token, signing_secret
from bot.storage.machine import this_machine
from bot.web.app import create_app, http_health
from bot.web.inside import inside
from bot.web.metrics import Metrics
from bot.web.oauth import Asking, oauth_routes
from bot.web.socket import Patience, connected
from bot.wiring.stores import Stores, open_recap, open_stores, outbox, policy_of
from bot.wiring.tenant import Shared, tenant
from bot.wiring.tenants import (
    DeliveringOf,
    InstalledTenants,
    OneTenant,
    Tenants,
    keyed_recaps,
)

log = structlog.get_logger(__name__)

DRAIN: Final = 8.0
"""Seconds that answers under way get at a stop; platforms kill after ten."""


@dataclass(frozen=True, slots=True)
class Running:
    """What is at work: what to serve over HTTP, and what to say at start."""

    web: Starlette
    greeting: str


@dataclass(frozen=True, slots=True)
class House:
    """What answers and what posts, in whichever workspace."""

    shared: Shared
    tenants: Tenants
    dispatcher: Dispatcher
    once: Once
    condition: Condition
    hosts: Hosts | None
    routes: Sequence[Route]
    greeting: str


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    patience: Patience | None = None,
    every: timedelta = EVERY,
    posts: bool = True,
) -> AsyncIterator[Running]:
    """The whole app, connected to Slack within the ``patience`` that a Socket Mode connection gets.

    ``clock`` is the machine's unless a demo travels to Monday; without ``posts`` it only answers.

    Raises:
        RecapError: A setting is missing or impossible, or Slack or the network refuse one.
    """
    socket_token, secret = app_token(settings), signing_secret(settings)
    async with AsyncExitStack() as stack:
        metering = reporting.metering(settings, clock or SystemClock())
        metrics = await stack.enter_async_context(metering)
        house = await stack.enter_async_context(open_house(settings, clock, metrics))
        await stack.enter_async_context(_alone(house.hosts))
        background = house.shared.background
        app = _bolt(house, secret)
        probes = [await _posting(house, metrics, stack, every)] if posts else []
        stack.push_async_callback(_drain, background, house.dispatcher)
        if socket_token is None:
            routes = [*inside_of(house, metrics, *probes), *house.routes]
            yield Running(create_app(http_health, app, secret, routes), f"{house.greeting} (HTTP).")
            return
        address = partial(socket_address, app.client, socket_token)
        socket = await stack.enter_async_context(
            connected(app, socket_token, address, meter=metrics, patience=patience)
        )
        metrics.show_socket(lambda: socket.silence)
        routes = [*inside_of(house, metrics, *probes, socket.check), *house.routes]
        web = create_app(socket.health, None, more=routes)
        yield Running(web, f"{house.greeting} (Socket Mode).")


async def _posting(
    house: House, metrics: Metrics, stack: AsyncExitStack, every: timedelta
) -> Probe:
    """Plan and post from now on; what tells whether that goes on."""
    pulse = Pulse(metrics)
    house.dispatcher.on_delivery = lambda _: pulse.beat()
    tick = house.dispatcher.tick
    return await stack.enter_async_context(watched_ticks(house, metrics, pulse, tick, every))


@asynccontextmanager
async def watched_ticks(
    house: House,
    metrics: Metrics,
    pulse: Pulse,
    tick: Callable[[], Awaitable[None]],
    every: timedelta,
) -> AsyncIterator[Probe]:
    """Call ``tick`` from now on; yields what tells whether that goes on."""
    house.shared.background.start(renew_plans(house.dispatcher))
    metrics.show_tick(lambda: pulse.age)
    async with ticking(pulse.watched(tick), SystemClock(), every=every):
        yield pulse.check


def _alone(hosts: Hosts | None) -> AbstractAsyncContextManager[None]:
    """While this machine uses what only one may use at a time."""
    return only_host(hosts, *this_machine(), SystemClock())


def inside_of(house: House, metrics: Metrics, *probes: Probe) -> Sequence[Route]:
    """What only the operator's own machines ask for."""
    token = house.shared.settings.recap_metrics_token
    readiness = Readiness(house.condition, house.shared.clock, probes)
    return inside(readiness, metrics, token.get_secret_value() if token else None)


@asynccontextmanager
async def open_dispatcher(settings: Settings) -> AsyncIterator[Dispatcher]:
    """What posts, without anything that listens: for ``recap tick``.

    Raises:
        RecapError: A setting is missing or impossible, or Slack or the database refuse one.
    """
    async with open_house(settings) as house, _alone(house.hosts):
        try:
            yield house.dispatcher
        finally:
            await house.dispatcher.drain(DRAIN)


@asynccontextmanager
async def open_subscriptions(
    settings: Settings, team: str = "", *, offline: bool = False
) -> AsyncIterator[tuple[Subscriptions, Ways]]:
    """What people do with subscriptions and their targets, for ``recap subscriptions``.

    ``team`` is Slack's id of the workspace; that of ``SLACK_BOT_TOKEN`` needs none. ``offline`` is
    for what needs no word with Slack, so that it works without a token, too.

    Raises:
        RecapError: A setting is missing or impossible, or Slack or the database refuse one.
    """
    if not offline:
        async with open_house(settings) as house:
            here = await house.tenants.of(team)
            yield here.subscriptions, here.ways
        return
    async with open_stores(settings) as stores, web_session() as session:
        client = web_client(None, settings.web_api, session)
        workspace, messenger = SlackWorkspace(client), SlackMessenger(client, None)
        clock, numbers, ledger = SystemClock(), Numbers(settings.recap_locale), stores.ledger
        subscriptions = Subscriptions(ledger, workspace, messenger, clock, numbers, team)
        sender = outbox(settings, clock)
        yield subscriptions, Ways(ledger, subscriptions, sender, clock, settings.own_hosts)


@asynccontextmanager
async def open_house(
    settings: Settings, clock: Clock | None = None, meter: Meter = SILENT
) -> AsyncIterator[House]:
    """Everything that plans, builds and posts; nothing of it is at work yet.

    Raises:
        RecapError: A setting is missing or impossible, or Slack or the database refuse one.
    """
    clock, app = clock or SystemClock(), slack_app(settings)
    # What is not set is said before anybody is asked anything.
    token = None if app else bot_token(settings)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(web_session(meter))
        client = web_client(token, settings.web_api, session)
        install = None if app else await check_install(client)
        stores = await stack.enter_async_context(open_stores(settings, meter))
        shared = Shared(
            settings=settings,
            clock=clock,
            numbers=Numbers(settings.recap_locale),
            policy=policy_of(settings),
            session=session,
            ledger=stores.ledger,
            snapshots=stores.snapshots,
            sender=outbox(settings, clock),
            background=Background(meter),
            pace=stores.pace or Pace(),
            meter=meter,
        )
        tenants: Tenants
        if app:
            tenants, routes = _many(shared, stores, app)
            stack.push_async_callback(tenants.close)
            said = await _installed(stores, app)
        else:
            assert install is not None  # noqa: S101 -- asked for above
            tenants, routes = await _one(shared, stores, install, stack), []
            said = greeting(install)
        once = Once(stores.seen, clock)
        dispatcher = _dispatcher(shared, tenants)
        yield House(shared, tenants, dispatcher, once, stores.condition, stores.hosts, routes, said)


async def _one(
    shared: Shared, stores: Stores, install: Install, stack: AsyncExitStack
) -> OneTenant:
    """The workspace of ``SLACK_BOT_TOKEN``, with the key of the settings, or else its own."""
    settings, clock = shared.settings, shared.clock
    if settings.creatoraudit_api_key is None and settings.encryption_keys:
        team = install.authorized.team_id or ""
        keyed = keyed_recaps(shared, stores.keys, team)
        stack.push_async_callback(keyed.close)
        return OneTenant(tenant(shared, install.authorized, keyed, stores.keys))
    recap = await stack.enter_async_context(
        open_recap(settings, clock, stores.snapshots, shared.meter)
    )
    return OneTenant(tenant(shared, install.authorized, recap))


def _many(shared: Shared, stores: Stores, app: SlackApp) -> tuple[InstalledTenants, list[Route]]:
    """The workspaces that install ``app``, and the pages where they do."""
    client = web_client(None, shared.settings.web_api, shared.session)
    oauth = SlackOAuth(client, app.client_id, app.client_secret)
    workspace = SlackWorkspace(client)

    async def stop(team: str) -> None:
        happenings = Happenings(stores.ledger, workspace, shared.clock, shared.numbers, team)
        await happenings.install_gone()

    leaving = Leaving(stores.ledger, stores.installations, stores.keys, stop)
    rotation = Rotation(stores.installations, oauth, shared.clock)
    tenants = InstalledTenants(shared, stores.installations, stores.keys, rotation, leaving)
    installing = Installing(
        oauth, stores.installations, stores.states, shared.clock, SCOPES, app.redirect_uri
    )
    asking = Asking(app.authorize_url, app.client_id, SCOPES, app.redirect_uri)
    return tenants, oauth_routes(installing, asking, INSTALL, REDIRECT)


async def _installed(stores: Stores, app: SlackApp) -> str:
    """How ``recap run`` begins to say that it is ready for whoever installs it."""
    count = len(await stores.installations.everything())
    where = f", installed at {app.install_url}" if app.install_url else ""
    return f"Recap is running for {count} workspace{'' if count == 1 else 's'}{where}"


def _dispatcher(shared: Shared, tenants: Tenants) -> Dispatcher:
    delivering_of = DeliveringOf(tenants)
    return Dispatcher(shared.ledger, delivering_of, shared.clock, shared.numbers, shared.policy)


async def _drain(background: Background, dispatcher: Dispatcher) -> None:
    await asyncio.gather(background.drain(DRAIN), dispatcher.drain(DRAIN))


async def renew_plans(dispatcher: Dispatcher) -> None:
    """Compute anew what older time-zone rules gave; at the next start where that fails."""
    try:
        if changed := await dispatcher.renew_plans():
            log.warning("time_zone_rules_changed", slots_moved=changed)
    except RecapError as error:
        log.warning("plans_not_renewed", detail=error.operator)


def _bolt(house: House, secret: str) -> AsyncApp:
    tenants = house.tenants

    # Bolt takes None for a workspace that has not installed the app, whatever its types say.
    async def authorize(context: AsyncBoltContext, **_: object) -> Any:  # noqa: ANN401
        try:
            found = await tenants.of(context.team_id or "", context.enterprise_id)
        except NotInstalled as error:
            log.warning("not_installed", detail=error.operator)
            return None
        return found.authorized

    # With authorize, Bolt asks auth.test on no request, and SLACK_CLIENT_ID in the environment
    # can't turn its OAuth mode on. It takes only a client without a token then.
    app = AsyncApp(
        client=web_client(None, house.shared.settings.web_api, house.shared.session),
        signing_secret=secret,
        authorize=authorize,
        request_verification_enabled=bool(secret),
        user_facing_authorize_error_message=gone("").reader,
    )
    _listen(app, house)
    return app


def _listen(app: AsyncApp, house: House) -> None:
    tenants = house.tenants

    async def desks(context: AsyncBoltContext) -> Desk:
        return (await tenants.of(context.team_id or "", context.enterprise_id)).desk

    async def leave(context: AsyncBoltContext, body: Payload) -> None:
        covered = context.enterprise_id if context.is_enterprise_install else context.team_id
        await tenants.leave(covered or "", body)

    requests.register(app)
    commands.register(app, desks)
    keys.register(app, desks)
    actions.register(app, desks)
    views.register(app, desks)
    events.register(app, desks, leave, house.shared.background, house.once)
    failures.register(app)
