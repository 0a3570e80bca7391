"""Like for like: how much of a growth comes from accounts that were only added."""

from typing import Final

from bot.digest.changes import TINY_BASE
from bot.digest.model import LikeForLike
from bot.digest.sums import People

WORTH_A_WORD: Final = 0.01
"""New accounts that bring less than one point of growth explain nothing."""


def like_for_like(everybody: People) -> LikeForLike | None:
    """The split, over the accounts that compare and the added ones.

    None where those brought too little to speak of, or the base is tiny.
    """
    movers = everybody.movers
    if movers is None or movers.before < TINY_BASE:
        return None
    base = movers.before
    brought = everybody.added.views
    if abs(brought / base) < WORTH_A_WORD:
        return None
    by = (movers.net + brought) / base
    return LikeForLike(by, brought / base, everybody.added.accounts)
