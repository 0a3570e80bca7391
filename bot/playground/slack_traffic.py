"""What went from Slack to the app, and back."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Delivery:
    """What became of a command, a click, a submitted window or an event.

    ``error`` is what the person would read: ``operation_timeout`` when the acknowledgement was too
    late, ``dispatch_failed`` when nothing took the payload, None when all went well.
    """

    payload: dict[str, Any]
    seconds: float
    error: str | None = None
    status: int | None = None
    answer: str = ""


@dataclass(frozen=True)
class Traffic:
    """One call that the app made: a Web API method, or ``response_url``.

    ``team`` is the workspace that it was served in; empty where it was about none.
    """

    method: str
    sent: dict[str, Any]
    status: int
    answer: Any
    team: str = ""
