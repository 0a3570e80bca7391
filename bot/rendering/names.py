"""User text, such as a creator's name, made safe to stand in a line of ours."""

import unicodedata
from functools import lru_cache
from typing import Final

LONGEST_NAME: Final = 40
NO_NAME: Final = "(no name)"
JOINERS: Final = "\u200c\u200d"  # they hold emoji and Indic letters together
FILLERS: Final = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters that are made to look like nothing."""

ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


@lru_cache(maxsize=4_096)
def one_line(text: str, longest: int = LONGEST_NAME) -> str:
    """``text`` on one line of at most ``longest`` characters, with nothing invisible in it.

    Control characters, lone surrogates and direction overrides go; runs of white space become one
    space; a name with right-to-left letters is isolated, so that it does not turn the rank before
    it and the number behind it around.
    """
    shown = "".join(" " if character.isspace() else character for character in text)
    shown = " ".join("".join(filter(_is_visible, shown)).split())
    if all(map(_is_blank, shown)):
        return NO_NAME
    if len(shown) > longest:
        shown = shown[: longest - 1].rstrip() + "…"
    return isolated(shown)


def isolated(text: str) -> str:
    """``text``, kept to itself where it is written from right to left in a part."""
    if any(unicodedata.bidirectional(character) in {"R", "AL"} for character in text):
        return f"{ISOLATE}{text}{POP_ISOLATE}"
    return text


def _is_visible(character: str) -> bool:
    return character in JOINERS or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}


def _is_blank(character: str) -> bool:
    """Whether ``character`` shows nothing by itself: it joins, fills, or marks another one."""
    return character in JOINERS + FILLERS + " " or unicodedata.category(character)[0] == "M"
