"""Like for like: how much of a growth comes from accounts that were only added."""

from collections.abc import Sequence
from typing import Final

from bot.digest.changes import TINY_BASE
from bot.digest.facts import Account, BatchMetrics, Number, Tracked
from bot.digest.model import LikeForLike
from bot.digest.periods import Window
from bot.digest.sums import People, difference, metrics_of, total

WORTH_A_WORD: Final = 0.01
"""New accounts that bring less than one point of growth explain nothing."""


def like_for_like(everybody: People, tracked: Tracked, window: Window) -> LikeForLike | None:
    """The split; None where no new account brought enough to speak of, or the base is tiny."""
    base = everybody.views.before
    change = difference(everybody.views.current, base)
    new = [one for one in everybody.accounts if _is_new(one, window)]
    brought = difference(_views(new, tracked.current), _views(new, tracked.before) or 0)
    if base is None or change is None or brought is None or base < TINY_BASE:
        return None
    if abs(brought / base) < WORTH_A_WORD:
        return None
    return LikeForLike(change / base, brought / base, len(new))


def _is_new(account: Account, window: Window) -> bool:
    added = account.added_at
    return added is not None and window.start <= added.date() <= window.end


def _views(accounts: Sequence[Account], batch: BatchMetrics) -> Number | None:
    return total(one.views for one in metrics_of(accounts, batch))
