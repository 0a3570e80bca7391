"""What every listener works with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncBoltContext

from bot.ports import Reply
from bot.services.answer import Answers
from bot.services.background import Background
from bot.services.happenings import Happenings
from bot.services.key_form import KeyForm
from bot.services.manage import Subscriptions
from bot.services.orders import Orders
from bot.services.presses import Presses
from bot.services.windows import Windows

Payload = dict[str, Any]
"""The body of a slash command, an event or an interaction, as Slack sent it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the questions of one workspace come in.

    The use cases, the work that goes on meanwhile, the ways back. ``key_form`` is None where the
    key of CreatorAudit is a setting of whoever runs Recap.
    """

    answers: Answers
    subscriptions: Subscriptions
    orders: Orders
    presses: Presses
    windows: Windows
    happenings: Happenings
    background: Background
    bot_user: str
    command_reply: Callable[[Payload], Reply]
    button_reply: Callable[[Payload], Reply]
    key_form: KeyForm | None = None


Desks = Callable[[AsyncBoltContext], Awaitable[Desk]]
"""The desk of the workspace that a request comes from.

May raise ``bot.errors.RecapError``: Recap is not installed there, or the database is away.
"""
