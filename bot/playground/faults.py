"""Faults that a stand-in shows on demand: each as the real service, or the network, would."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Fault:
    """One thing that goes wrong, for the requests that it matches.

    Attributes:
        kind: What happens; each stand-in lists its own kinds.
        where: A path (CreatorAudit) or a method (Slack); empty matches every request.
        times: How many requests it still hits; None is until it is cleared.
        status: HTTP status, where the kind has one.
        retry_after: Value of a ``Retry-After`` header, verbatim; None sends none.
        seconds: A delay, where the kind has one.
        body: A replacement body, or a function of the real one.
        error: An error code, where the kind has one.
        fired: How often it has struck.
    """

    kind: str
    where: str = ""
    times: int | None = 1
    status: int = 503
    retry_after: str | None = None
    seconds: float = 0.0
    body: Any = None
    error: str = ""
    fired: int = 0


@dataclass
class Faults:
    """The faults that are switched on, in the order in which they were added."""

    switched_on: list[Fault] = field(default_factory=list)
    changed: Callable[[], None] = lambda: None

    def add(self, fault: Fault) -> Fault:
        """Switch ``fault`` on; it is handed back so that a test can read ``fired``."""
        self.switched_on.append(fault)
        return fault

    def clear(self) -> None:
        """Switch everything off."""
        self.switched_on.clear()

    def strike(self, where: str, *kinds: str) -> Fault | None:
        """The first fault of one of ``kinds`` for a request to ``where``; it counts as fired."""
        for fault in self.switched_on:
            if fault.kind in kinds and fault.where in {"", where} and fault.times != 0:
                fault.fired += 1
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None
