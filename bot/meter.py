"""What is counted while Recap works, and what the database says when an operator looks."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from bot.subscriptions.change import Change

DELIVERY: Final = "delivery"
ANSWER: Final = "answer"
CREATORAUDIT: Final = "CreatorAudit"
SLACK: Final = "Slack"


class Meter(Protocol):
    """Counts. Every method returns at once and never fails.

    What is handed over may name workspaces and channels; what is shown of it must not.
    """

    def written(self, change: Change) -> None:
        """``change`` is in the ledger now."""
        ...

    def ticked(self, seconds: float) -> None:
        """A tick has ended that took so many ``seconds``."""
        ...

    def doing(self, what: str, about: str = "") -> AbstractContextManager[None]:
        """Something is under way for as long as the block lasts.

        ``what`` is one of ``DELIVERY``, ``ANSWER``, ``CREATORAUDIT`` and ``SLACK``;
        ``about`` says in a few words of our own which one, and is no secret.
        """
        ...

    def creatoraudit(self, status: int | None, remaining: int | None = None) -> None:
        """CreatorAudit answered with an HTTP ``status``, or not at all.

        ``remaining`` is how many requests it says that the key has left.
        """
        ...

    def slack_busy(self) -> None:
        """Slack said "too many requests"."""
        ...

    def reconnected(self) -> None:
        """Another Socket Mode connection took the place of the one before."""
        ...


class Silent:
    """A ``Meter`` that counts nothing."""

    def written(self, change: Change) -> None:
        """Nothing."""

    def ticked(self, seconds: float) -> None:
        """Nothing."""

    def doing(self, what: str, about: str = "") -> AbstractContextManager[None]:  # noqa: ARG002
        """Nothing."""
        return nullcontext()

    def creatoraudit(self, status: int | None, remaining: int | None = None) -> None:
        """Nothing."""

    def slack_busy(self) -> None:
        """Nothing."""

    def reconnected(self) -> None:
        """Nothing."""


SILENT: Final = Silent()


@dataclass(frozen=True, slots=True)
class Backlog:
    """The slots that are due and not settled, without those that wait for fresh data.

    Attributes:
        due: How many there are, whether they came into the ledger yet or not.
        oldest_at: Since when the oldest of them has been due; None when there is none.
        untaken_since: Since when one of them could have been claimed and was not, although its
            workspace has not to wait; None when there is none.
    """

    due: int = 0
    oldest_at: datetime | None = None
    untaken_since: datetime | None = None


class Condition(Protocol):
    """How the database is; every method may raise ``bot.errors.RecapError``."""

    async def is_current(self) -> bool:
        """Whether its tables are as this Recap needs them."""
        ...

    async def backlog(self, now: datetime) -> Backlog:
        """What is due at ``now``."""
        ...
