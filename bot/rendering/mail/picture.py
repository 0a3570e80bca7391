"""From our own SVG to PNG (resvg).

Mail programs show no SVG. A font that can't be found prints nothing at all and says nothing, so
the font is bundled, and the machine's own fonts are left alone: the picture is the same anywhere.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from resvg_py import svg_to_bytes

FAMILY: Final = "Inter"
FONT: Final = Path(__file__).parent / "inter" / "Inter-Medium.otf"
SHARPNESS: Final = 2.0
"""Pixels for each unit of the SVG: what a phone's screen has."""

LETTERS: Final = re.compile(
    r"[\x20-\x7e\xa0-\u0148\u014a-\u017f\u018f\u0192\u01a0\u01a1\u01af\u01b0\u01cd-\u01dc\u0218-\u021b"
    r"\u0259\u02c6-\u02dd\u0300-\u0304\u0306-\u030c\u0323"  # Latin, and marks to put on it
    r"\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03e1\u03f0-\u03ff"  # Greek
    r"\u0400-\u045f\u0490-\u049d\u04a0-\u04f9"  # Cyrillic
    r"\u1e80-\u1e85\u1e9e\u1ea0-\u1ef9"  # Vietnamese
    r"\u2010-\u2015\u2018-\u2022\u2026\u202f\u2030\u2039\u203a\u20ac\u20bd\u2116\u2122"
    r"\u2190-\u2193\u2212\u25b2\u25bc]*"
)
"""What the font has a shape for."""


def is_drawable(text: str) -> bool:
    """Whether the font has every letter of ``text``; the others would silently be left out."""
    return LETTERS.fullmatch(text) is not None


@lru_cache(maxsize=8)
def png(svg: str) -> bytes:
    """``svg`` as PNG, its text in the bundled font."""
    return svg_to_bytes(
        svg_string=svg,
        font_files=[str(FONT)],
        font_family=FAMILY,
        sans_serif_family=FAMILY,
        skip_system_fonts=True,
        zoom=SHARPNESS,
    )
