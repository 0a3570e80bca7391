"""What every listener works with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.ports import Reply
from bot.services.answer import Answers
from bot.services.background import Background

Payload = dict[str, Any]
"""The body of a slash command or a ``block_actions`` interaction, as Slack sent it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where questions come in: the answers, the work that goes on meanwhile, the ways back."""

    answers: Answers
    background: Background
    command_reply: Callable[[Payload], Reply]
    button_reply: Callable[[Payload], Reply]
