"""What every medium says in the same words."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from bot.digest.model import Digest, Figure, TopCreators
from bot.digest.periods import Period
from bot.rendering.choices import PLATFORMS
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers

LONGEST_REASON: Final = 250
LONGEST_PART: Final = 60
PARTS_NAMED: Final = 4
ADVICE: Final = re.compile(r" Try again[^.]*\.$")
"""What an answer to a command ends with; nobody tries a post in a channel again."""

FIGURES_SHOWN: Final = 12
"""An answer may hold any number of metrics; the receipt has the rest."""


def title(digest: Digest) -> str:
    """The headline of a recap: ``Recap: last 7 days on TikTok``."""
    where = f" on {PLATFORMS[digest.platform]}" if digest.platform else ""
    return f"Recap: last {digest.period.days} days{where}"


def comparison(period: Period) -> str:
    """What the changes compare with."""
    return f"Changes compare with the {period.days} days before."


def top_title(top: TopCreators) -> str:
    """The headline of the ranking as a label: ``Top by views``."""
    return f"Top by {top.metric}" if top.metric else "Top creators"


def creators_title(top: TopCreators) -> str:
    """The headline of the leaderboard; it never calls a ranking *movers*."""
    return f"Top creators by {top.metric}" if top.metric else "Top creators"


def figure(one: Figure, numbers: Numbers) -> str:
    """Value and change: ``1.24M (+18.2%)``, or only ``–`` where the value is unknown."""
    change = numbers.change(one.change)
    return f"{numbers.figure(one)} ({change})" if change else numbers.figure(one)


def shown(digest: Digest) -> tuple[Figure, ...]:
    """The figures that a message has room for."""
    return digest.figures[:FIGURES_SHOWN]


def left_out(digest: Digest) -> str | None:
    """Says that there are more figures than are shown."""
    more = len(digest.figures) - FIGURES_SHOWN
    if more <= 0:
        return None
    return (
        "1 more figure is in the receipt."
        if more == 1
        else (f"{more} more figures are in the receipt.")
    )


def missing(digest: Digest) -> Iterator[str]:
    """One sentence for each reason why parts are not there."""
    parts = defaultdict(list)
    for part in digest.missing:
        parts[ADVICE.sub("", part.because)].append(one_line(part.part, LONGEST_PART))
    for because, names in parts.items():
        yield f"{_listed(names)} missing: {one_line(because, LONGEST_REASON)}"


def _listed(names: Sequence[str]) -> str:
    """``Likes, Comments and Shares``; ``Movers, likes and shares; Top videos``."""
    if len(names) > PARTS_NAMED:
        names = [*names[: PARTS_NAMED - 1], f"{len(names) - PARTS_NAMED + 1} more"]
    if any(", " in name for name in names):
        # Some of them are lists themselves.
        return "; ".join(names)
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


NOBODY_RANKED: Final = "CreatorAudit ranked no creator in this window."


def fetched(digest: Digest, numbers: Numbers) -> str:
    """When the facts were complete."""
    return f"From CreatorAudit, {numbers.moment(digest.built_at)}"
