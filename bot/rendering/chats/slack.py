"""For a Slack incoming webhook: it belongs to another app, so nothing that is pressed comes to us.

It takes what ``chat.postMessage`` takes (docs.slack.dev, /messaging/sending-messages-using-
incoming-webhooks); the limits are those of ``bot.rendering.limits``. Classic blocks only: it can't
be asked what its workspace refuses.
"""

from typing import Any

from bot.digest.model import Digest
from bot.rendering import mrkdwn
from bot.rendering.blocks import body
from bot.rendering.limits import MESSAGE_TEXT, whole_lines
from bot.rendering.numbers import Numbers
from bot.rendering.text import text_lines


def render_slack_webhook(digest: Digest, numbers: Numbers) -> dict[str, Any]:
    """``digest`` as blocks, and the same in full as text."""
    lines = [mrkdwn.literal(line) for line in text_lines(digest, numbers)]
    return {
        "text": whole_lines(lines, MESSAGE_TEXT),
        "blocks": list(body(digest, numbers)),
        "unfurl_links": False,
        "unfurl_media": False,
    }
