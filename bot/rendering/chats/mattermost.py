"""For a Mattermost incoming webhook: one post of Markdown.

A post holds 16,383 characters (``PostMessageMaxRunesV2`` in mattermost/server/public/model), and a
longer text is split by the server. Mentions are looked for in the text of the Markdown, escaped or
not (developers.mattermost.com, /integrate/webhooks/incoming).
"""

from typing import Any, Final

from bot.digest.model import Digest
from bot.rendering.chats.escaping import literal
from bot.rendering.limits import whole_lines
from bot.rendering.markdown import markdown_lines
from bot.rendering.numbers import Numbers

POST: Final = 16_383


def render_mattermost(digest: Digest, numbers: Numbers) -> dict[str, Any]:
    """``digest`` as one post."""
    return {"text": whole_lines(list(markdown_lines(digest, numbers, literal)), POST)}
