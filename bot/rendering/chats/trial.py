"""A test message in the shape of each target: one sentence, and nothing that could be pressed."""

from datetime import datetime
from html import escape
from typing import Any

from bot.rendering import mrkdwn
from bot.rendering.chats.escaping import literal
from bot.rendering.chats.teams import message
from bot.rendering.mail.model import Mail, packed
from bot.subscriptions.targets import TargetKind

SUBJECT = "A test of Recap"


def render_trial(kind: TargetKind, text: str, at: datetime) -> dict[str, Any]:
    """``text``, plain and of one line, as a target of ``kind`` takes it."""
    match kind:
        case TargetKind.EMAIL:
            page = f'<!doctype html><html lang="en"><body><p>{escape(text)}</p></body></html>'
            return packed(Mail(SUBJECT, page, text), at)
        case TargetKind.TEAMS:
            return message([text])
        case TargetKind.DISCORD:
            return {"content": literal(text), "allowed_mentions": {"parse": []}}
        case TargetKind.SLACK_WEBHOOK:
            return {"text": mrkdwn.literal(text)}
        case _:
            return {"text": literal(text)}
