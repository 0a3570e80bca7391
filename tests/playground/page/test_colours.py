"""The style sheet: readable in light and in dark, and nothing from elsewhere."""

import re
from pathlib import Path

import pytest

import bot.playground.page

CSS = (Path(bot.playground.page.__file__).parent / "static" / "blocks.css").read_text("utf-8")
PAIRS = dict(re.findall(r"--bk-([\w-]+): light-dark\((#\w{6}, #\w{6})\);", CSS))

TEXTS = [
    *((ink, ground) for ink in ("ink", "faint") for ground in ("ground", "raised", "shade")),
    *(("link", ground) for ground in ("ground", "shade", "mention")),
    *(("danger", ground) for ground in ("ground", "raised", "danger-ground")),
    ("ink", "hover"),
    ("code", "shade"),
    ("on-me", "mention-me"),
]
DRAWN = [
    *((f"c{place}", "ground") for place in range(6)),
    *((one, ground) for one in ("edge", "focus") for ground in ("ground", "raised")),
]


def light(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [*((*pair, 4.5) for pair in TEXTS), *((*pair, 3.0) for pair in DRAWN)],
)
def test_contrast(front: str, back: str, least: float, theme: int) -> None:
    """Texts and what is drawn stand out as WCAG's AA wants it."""
    one, other = (PAIRS[name].split(", ")[theme] for name in (front, back))
    assert contrast(one, other) >= least
    assert contrast("#ffffff", PAIRS["primary"].split(", ")[theme]) >= 4.5


def test_nothing_from_elsewhere() -> None:
    """No font, no picture and no other sheet; every colour that is used is defined."""
    assert not re.search(r"url\(|@import|@font-face", CSS)
    assert set(re.findall(r"var\(--bk-([\w-]+)\)", CSS)) == set(PAIRS)
