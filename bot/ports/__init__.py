"""What the services need of the outside; each docstring is the contract of every implementation."""

from bot.ports.clock import Clock
from bot.ports.elsewhere import SendStore, TargetSender
from bot.ports.events import SeenEvents
from bot.ports.ledger import Ledger
from bot.ports.numbers import CreatorSource, SnapshotStore
from bot.ports.slack import Member, Messenger, Modals, OAuth, Place, Reply, Workspace
from bot.ports.tenants import ApiKeys, Installations, OAuthStates

__all__ = [
    "ApiKeys",
    "Clock",
    "CreatorSource",
    "Installations",
    "Ledger",
    "Member",
    "Messenger",
    "Modals",
    "OAuth",
    "OAuthStates",
    "Place",
    "Reply",
    "SeenEvents",
    "SendStore",
    "SnapshotStore",
    "TargetSender",
    "Workspace",
]
