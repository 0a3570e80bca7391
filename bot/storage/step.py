"""One statement of what is written together, and whether it came in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, Executable

from bot.storage.rows import Values


class OvertakenError(Exception):
    """Somebody else has changed it since it was read."""


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a change.

    Attributes:
        statement: What is executed.
        values: What is bound in it; several rows of an ``INSERT``.
        is_guarded: Whether it has to meet a row, since the change comes too late otherwise.
    """

    statement: Executable
    values: Values | Sequence[Values] | None = None
    is_guarded: bool = False

    def check(self, result: CursorResult[Any]) -> None:
        """Look at what came of it.

        Raises:
            OvertakenError: The change comes too late; what was written of it is rolled back.
        """
        if not self.is_guarded:
            return
        met = result.first() is not None if result.returns_rows else result.rowcount == 1
        if not met:
            raise OvertakenError
