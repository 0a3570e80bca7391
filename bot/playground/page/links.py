"""What becomes a link on the page, and what stays text."""

import re
from typing import Final

from markupsafe import Markup

TARGET: Final = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x20\x7f]+", re.IGNORECASE)
LINK: Final = Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>')


def is_target(url: str) -> bool:
    """Whether a link may lead there: to a web page or a mail address, and nowhere else."""
    return TARGET.fullmatch(url) is not None


def link(url: str, text: str | Markup) -> Markup | None:
    """``text`` as a link that opens a tab of its own; None where none may lead there."""
    return LINK.format(url, text) if is_target(url) else None
