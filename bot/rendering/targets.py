"""The recap in the shape that a target takes."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.digest.model import Digest
from bot.rendering.chats.discord import render_discord
from bot.rendering.chats.mattermost import render_mattermost
from bot.rendering.chats.slack import render_slack_webhook
from bot.rendering.chats.teams import render_teams
from bot.rendering.chats.webhook import render_json, render_webhook
from bot.rendering.mail.model import packed
from bot.rendering.mail.page import render_mail
from bot.rendering.numbers import Numbers
from bot.subscriptions.targets import TargetKind

Payload = Mapping[str, Any]
"""What is sent, as JSON holds it, so that it can be kept and sent again as it was."""


def render_letter(digest: Digest, numbers: Numbers) -> dict[str, Any]:
    """``digest`` as a mail that was written when it was built."""
    return packed(render_mail(digest, numbers), digest.built_at)


RENDERERS: Final[Mapping[TargetKind, Callable[[Digest, Numbers], dict[str, Any]]]] = {
    TargetKind.WEBHOOK: render_webhook,
    TargetKind.JSON: render_json,
    TargetKind.SLACK_WEBHOOK: render_slack_webhook,
    TargetKind.MATTERMOST: render_mattermost,
    TargetKind.DISCORD: render_discord,
    TargetKind.TEAMS: render_teams,
    TargetKind.EMAIL: render_letter,
}


def render_target(kind: TargetKind, digest: Digest, numbers: Numbers) -> Payload:
    """``digest`` as a target of ``kind`` takes it, within its limits."""
    return RENDERERS[kind](digest, numbers)
