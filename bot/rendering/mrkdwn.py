"""Slack's mrkdwn: what has to be escaped, and nothing more."""

import re
from datetime import datetime
from typing import Final

NOTHING: Final = "\u200b"
MARK: Final = re.compile(r"(?<![^\W_])[*_~`]|[*_~`](?![^\W_])")
"""A mark within a word, as in ``total_views``, means nothing to Slack and is left as it is."""

MARKS: Final = re.compile("[*_~`:]")
"""Most texts have none, and to see that is quicker than to look at each place."""

EMOJI: Final = re.compile(r":(?=[\w+'-]+:)")


def escape(text: str) -> str:
    """``text`` with the three characters escaped that Slack gives a meaning to.

    Without it ``<!channel>`` in a creator's name notifies everyone and ``<https://…|text>`` is a
    link of somebody else's making (docs.slack.dev, /messaging/formatting-message-text).
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def literal(text: str) -> str:
    """``text`` of somebody else's, escaped, and with its marks shown instead of obeyed.

    Slack has no escape for ``*``, ``_``, ``~``, a backtick and ``:tada:``. A zero-width space
    behind the mark parts it from what it would have formatted.
    """
    if MARKS.search(text):
        text = EMOJI.sub(f":{NOTHING}", MARK.sub(rf"\g<0>{NOTHING}", text))
    return escape(text)


def moment(instant: datetime, fallback: str) -> str:
    """``instant`` in each reader's own time zone; ``fallback`` is shown where that can't be."""
    seconds = int(instant.timestamp())
    return f"<!date^{seconds}^{{date_short_pretty}} at {{time}}|{escape(fallback)}>"


def inline_code(text: str) -> str:
    """``text`` as code; backticks in it become plain quotes, since Slack can't escape them."""
    return f"`{escape(text.replace('`', chr(39)))}`"
