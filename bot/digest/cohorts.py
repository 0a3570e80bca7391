"""Like for like: how much of a growth comes from accounts that were only added."""

from typing import Final

from bot.digest.changes import TINY_BASE
from bot.digest.model import LikeForLike
from bot.digest.sums import People, total

WORTH_A_WORD: Final = 0.01
"""New accounts that bring less than one point of growth explain nothing."""


def like_for_like(everybody: People) -> LikeForLike | None:
    """The split, over the accounts that compare and the added ones.

    None where those brought too little to speak of, or the base is tiny.
    """
    base = total(one.before_of_both for one in everybody.creators)
    views = total(one.views_of_both for one in everybody.creators)
    if base is None or views is None or base < TINY_BASE:
        return None
    brought = everybody.added.views
    if abs(brought / base) < WORTH_A_WORD:
        return None
    by = (views - base + brought) / base
    return LikeForLike(by, brought / base, everybody.added.accounts)
