"""Slack's mrkdwn: what has to be escaped, and nothing more."""

from datetime import datetime


def escape(text: str) -> str:
    """``text`` with the three characters escaped that Slack gives a meaning to.

    Without it ``<!channel>`` in a creator's name notifies everyone and ``<https://…|text>`` is a
    link of somebody else's making (docs.slack.dev, /messaging/formatting-message-text).
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def moment(instant: datetime, fallback: str) -> str:
    """``instant`` in each reader's own time zone; ``fallback`` is shown where that can't be."""
    seconds = int(instant.timestamp())
    return f"<!date^{seconds}^{{date_short_pretty}} at {{time}}|{escape(fallback)}>"


def inline_code(text: str) -> str:
    """``text`` as code; backticks in it become plain quotes, since Slack can't escape them."""
    return f"`{escape(text.replace('`', chr(39)))}`"
