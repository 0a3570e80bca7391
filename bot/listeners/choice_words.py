"""The words for what a recap shows, alike in ``/recap`` and in ``/recap subscribe``."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from bot.digest.preferences import Platform, Ranking
from bot.rendering.names import one_line
from bot.subscriptions.wishes import LONGEST_WAIT

BY: Final = "by"
WAIT: Final = "wait"
NEAR_PLATFORMS: Final = {
    **{platform.value: platform.value for platform in Platform},
    "insta": Platform.INSTAGRAM.value,
    "ig": Platform.INSTAGRAM.value,
    "tt": Platform.TIKTOK.value,
}
"""What people type, and the platform that they mean."""

HOURS: Final = re.compile(r"([0-9]{1,9})h")
SPOKEN: Final = re.compile(
    r"(?<!\S)wait (?:up to |for )?([0-9]{1,9}) ?(?:h|hrs?|hours?)?(?=[\s,;]|$)"
)
USUAL_WAIT: Final = 4
"""What is offered to somebody who wants to wait, but does not say for how long."""

NEAR_RANKINGS: Final = {
    **{ranking.value: ranking for ranking in Ranking},
    "gains": Ranking.GAIN,
    "growth": Ranking.GAIN,
    "engagement_rate": Ranking.ENGAGEMENT,
}


def ranking(word: str) -> tuple[Ranking, str | None]:
    """What ``word`` after **by** means, and what is wrong with it."""
    if word in tuple(Ranking):
        return Ranking(word), None
    near = get_close_matches(word, NEAR_RANKINGS, n=1)
    given = f", not “{one_line(word)}”" if word else ""
    meant = NEAR_RANKINGS[near[0]] if near else Ranking.VIEWS
    return meant, f"“by” takes views, gain or engagement{given}."


def joined(words: str) -> str:
    """``words`` with ``wait up to 4 hours`` as ``wait 4h``."""
    return SPOKEN.sub(rf"{WAIT} \1h", words)


def wait(word: str) -> tuple[int, str | None]:
    """The hours that ``word`` after **wait** means, and what is wrong with it."""
    found = HOURS.fullmatch(word)
    hours = min(int(found[1]) if found else USUAL_WAIT, LONGEST_WAIT)
    if found and hours == int(found[1]):
        return hours, None
    given = f", not “{one_line(word)}”" if word else ""
    return hours, f"“wait” takes whole hours from 0h to {LONGEST_WAIT}h{given}."


def typed(by: Ranking | None, platforms: Iterable[Platform]) -> list[str]:
    """Both as somebody would type them."""
    ranked = [] if by is None else [BY, by.value]
    return [*ranked, *(platform.value for platform in Platform if platform in set(platforms))]
