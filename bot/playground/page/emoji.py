"""The emoji that the app names, as characters; Slack's list is far longer."""

import re
from typing import Final

EMOJI: Final = {
    "arrow_down": "⬇️",
    "arrow_up": "⬆️",
    "bar_chart": "📊",
    "bell": "🔔",
    "bulb": "💡",
    "chart_with_downwards_trend": "📉",
    "chart_with_upwards_trend": "📈",
    "double_vertical_bar": "⏸️",
    "hourglass": "⌛",
    "hourglass_flowing_sand": "⏳",
    "information_source": "ℹ️",
    "lock": "🔒",
    "pause_button": "⏸️",
    "rocket": "🚀",
    "tada": "🎉",
    "warning": "⚠️",
    "wave": "👋",
    "white_check_mark": "✅",
    "x": "❌",
}
NAME: Final = re.compile(r":([a-z0-9_+'-]+):")


def emoji(name: str) -> str:
    """The character of this name; the name itself between colons where it is not known."""
    return EMOJI.get(name, f":{name}:")


def with_emoji(text: str) -> str:
    """``text`` with every known ``:name:`` replaced."""
    return NAME.sub(lambda found: emoji(found[1]), text)
