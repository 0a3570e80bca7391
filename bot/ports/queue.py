"""What carries deliveries to the workers on several machines."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.subscriptions.deliveries import Delivery


class Route(StrEnum):
    """Ways that never wait for each other: no post waits for targets that hang, or for looks."""

    SLACK = "recap_slack"
    CORRECTIONS = "recap_corrections"
    ELSEWHERE = "recap_elsewhere"


class Queue(Protocol):
    """Takes deliveries from the ledger to whichever worker is free.

    The ledger stays the truth. What is carried belongs to the queue for a while; a job that is
    lost, comes twice or comes late changes nothing but the moment at which its delivery goes on.
    ``carry`` and ``take`` are one transaction with the ledger; every method may raise ``TryLater``.
    """

    def planning(self) -> AbstractAsyncContextManager[bool]:
        """Whether this worker is the one to plan; then nobody else is until the end.

        A turn ends within seconds, whatever has become of the worker; one that is at work still is
        told so by ``TryLater`` at the end. What is planned twice is refused by the ledger.
        """
        ...

    async def carry(self, route: Route, now: datetime, until: datetime) -> int:
        """Hand over what is ready on ``route``, in turns between workspaces; returns how many.

        What no worker has taken by ``until`` is ready again. Jobs of workers that fell silent are
        removed, so that they block their channels no longer.
        """
        ...

    async def take(
        self, identifier: str, owner: str, now: datetime, lease: timedelta
    ) -> Delivery | None:
        """Claim the one delivery that a job names, until ``now + lease``.

        None when somebody else has it, or its workspace has to wait: then it comes again.
        """
        ...
