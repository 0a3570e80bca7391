"""Text of somebody else's within the Markdown of a chat.

Chats differ in what they understand, and some show the backslash of an escape that they don't. So
only what means something in the middle of a line is escaped, and what no backslash stops, since a
chat looks for it before or after its Markdown (mentions, links, emoji, entities), is parted by a
zero-width space.
"""

import re
from typing import Final

NOTHING: Final = "\u200b"
MARKS: Final = re.compile(r"([\\`*_\[\]~|<>])")
AT_THE_START: Final = re.compile(r"^([#+=-]|\d{1,9}(?=[.)]))")
"""A heading, a list or a line under a heading, where such text stands first in its line."""

FOUND_ANYWHERE: Final = re.compile(
    r"""
    (?<=@)              # @everyone, @channel, <@id>, name@host
    | (?<=<)            # <!channel>, <#id>, <@&id>, <t:0>, <https://…>
    | (?<=:)(?=[^\W\d]|[/+-])  # https://, and :tada: whose end may be ours
    | (?<=:)(?<!\d:)(?=\d)    # :100:, but not 12:00
    | (?<=\bwww)(?=\.)        # www.example.com
    | (?<=&)(?=[\w\#])        # &commat;channel
    """,
    re.VERBOSE | re.IGNORECASE,
)


def literal(text: str) -> str:
    """``text`` as it reads, in any chat that knows Markdown; it pings and links nothing."""
    return AT_THE_START.sub(_escaped, MARKS.sub(r"\\\1", plain(text)))


def plain(text: str) -> str:
    """The same where no Markdown is read."""
    return FOUND_ANYWHERE.sub(NOTHING, text)


def _escaped(found: re.Match[str]) -> str:
    # A number itself can't be escaped: the point behind it is parted from it.
    return f"{found[0]}{NOTHING}" if found[0].isdecimal() else f"\\{found[0]}"
