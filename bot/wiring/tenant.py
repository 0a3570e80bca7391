"""Everything that is bound to one workspace: its token, its numbers, its people."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from aiohttp import ClientSession
from slack_bolt.authorization import AuthorizeResult

from bot.creatoraudit.client import open_client
from bot.listeners.desk import Desk, Payload
from bot.meter import Meter
from bot.ports import (
    ApiKeys,
    Clock,
    CreatorSource,
    Ledger,
    Reply,
    SnapshotStore,
    TargetSender,
)
from bot.posting.messenger import SlackMessenger
from bot.posting.slack import Person, ResponseUrl, web_client
from bot.posting.workspace import SlackModals, SlackWorkspace
from bot.rendering.numbers import Numbers
from bot.services.answer import Answers
from bot.services.background import Background
from bot.services.build import Builder
from bot.services.deliver import Delivering
from bot.services.happenings import Happenings
from bot.services.key_form import KeyForm
from bot.services.keys import Keys
from bot.services.manage import Subscriptions
from bot.services.orders import Orders
from bot.services.pace import Pace
from bot.services.presses import Presses
from bot.services.recap import Recaps
from bot.services.ways import Ways
from bot.services.windows import FromHome, Windows
from bot.settings import Settings
from bot.subscriptions.protocol import Policy


@dataclass(frozen=True, slots=True)
class Shared:
    """What all workspaces have in common; nothing in it belongs to one of them."""

    settings: Settings
    clock: Clock
    numbers: Numbers
    policy: Policy
    session: ClientSession
    ledger: Ledger
    snapshots: SnapshotStore
    sender: TargetSender
    background: Background
    pace: Pace
    meter: Meter

    def opening(self, key: str) -> AbstractAsyncContextManager[CreatorSource]:
        """Opens the way to CreatorAudit with ``key``."""
        address = self.settings.creatoraudit_base_url
        return open_client(key, address, self.clock, meter=self.meter)


@dataclass(frozen=True, slots=True)
class Tenant:
    """One workspace: what answers its people, and what posts in it."""

    team: str
    authorized: AuthorizeResult = field(repr=False)
    desk: Desk
    delivering: Delivering
    subscriptions: Subscriptions
    ways: Ways


def tenant(
    shared: Shared, authorized: AuthorizeResult, recap: Recaps, keys: ApiKeys | None = None
) -> Tenant:
    """The workspace that ``authorized`` is for, with the numbers of ``recap``.

    ``keys`` is where its own key is kept; None where that is a setting of whoever runs Recap.
    """
    settings, ledger, clock = shared.settings, shared.ledger, shared.clock
    numbers, team = shared.numbers, authorized.team_id or ""
    client = web_client(authorized.bot_token, settings.web_api, shared.session)
    messenger = SlackMessenger(client, authorized.bot_id)
    workspace, modals = SlackWorkspace(client), SlackModals(client)
    subscriptions = Subscriptions(
        ledger, workspace, messenger, clock, numbers, team, managers=settings.recap_managers
    )
    ways = Ways(ledger, subscriptions, shared.sender, clock, settings.own_hosts)
    key = Keys(keys, ledger, workspace, shared.opening, clock, team) if keys else None
    windows = Windows(subscriptions, modals, messenger, recap, numbers, ways, key)

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

    desk = Desk(
        answers=Answers(recap, modals, numbers, subscriptions),
        subscriptions=subscriptions,
        orders=Orders(subscriptions, recap, numbers, ways),
        presses=Presses(subscriptions, ways),
        windows=windows,
        happenings=Happenings(ledger, workspace, clock, numbers, team),
        background=shared.background,
        bot_user=authorized.bot_user_id or "",
        command_reply=command_reply,
        button_reply=button_reply,
        key_form=KeyForm(key, modals, windows) if key else None,
    )
    return Tenant(
        team=team,
        authorized=authorized,
        desk=desk,
        delivering=_delivering(shared, messenger, recap),
        subscriptions=subscriptions,
        ways=ways,
    )


def _delivering(shared: Shared, messenger: SlackMessenger, recap: Recaps) -> Delivering:
    clock, numbers, policy = shared.clock, shared.numbers, shared.policy
    builder = Builder(recap, clock, numbers, policy)
    return Delivering(
        shared.ledger,
        messenger,
        shared.sender,
        builder,
        clock,
        numbers,
        policy,
        pace=shared.pace,
        meter=shared.meter,
    )
