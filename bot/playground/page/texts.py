"""Slack's text objects, and the options that are made of them."""

from markupsafe import Markup

from bot.playground.page.emoji import with_emoji
from bot.playground.page.markup import Json
from bot.playground.page.mrkdwn import plain_text, render_mrkdwn
from bot.playground.page.viewer import Viewer


def render_text(text: Json, viewer: Viewer) -> Markup:
    """A text object: its mrkdwn, or the plain text that it is."""
    if text.get("type") == "mrkdwn":
        return render_mrkdwn(text.get("text", ""), viewer)
    return plain_text(text.get("text", ""))


def words(text: Json | None) -> str:
    """A text object where there can be no markup: in an attribute or an option."""
    return with_emoji((text or {}).get("text", ""))
