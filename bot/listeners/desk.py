"""What every listener works with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.ports import Reply
from bot.services.answer import Answers
from bot.services.background import Background
from bot.services.happenings import Happenings
from bot.services.manage import Subscriptions
from bot.services.once import Once
from bot.services.orders import Orders
from bot.services.presses import Presses
from bot.services.windows import Windows

Payload = dict[str, Any]
"""The body of a slash command, an event or an interaction, as Slack sent it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where questions come in: the use cases, the work that goes on meanwhile, the ways back."""

    answers: Answers
    subscriptions: Subscriptions
    orders: Orders
    presses: Presses
    windows: Windows
    happenings: Happenings
    once: Once
    background: Background
    bot_user: str
    command_reply: Callable[[Payload], Reply]
    button_reply: Callable[[Payload], Reply]
