"""One creator in a window and in the one before it."""

from typing import NamedTuple

from bot.digest.facts import Number


class CreatorSums(NamedTuple):
    """One creator, or one account without a creator, in a window and in the one before.

    Attributes:
        key: CreatorAudit's id of the creator, or of the account.
        name: User text.
        views: Over the accounts whose views are known; None where none are.
        views_of_both: Over the accounts that compare: their views are known for both windows, they
            are not newly added, and ``People.is_early`` does not count them out. None where none
            compares.
        before_of_both: The same accounts in the window before.
        engagement: (likes + comments + shares) / views in the window, in percent, over the
            accounts that know all four; None where none does.
    """

    key: str
    name: str
    views: Number | None
    views_of_both: Number | None
    before_of_both: Number | None
    engagement: float | None = None

    @property
    def gain(self) -> Number | None:
        """Views more than in the window before; None where no account compares."""
        now, before = self.views_of_both, self.before_of_both
        return None if now is None or before is None else now - before
