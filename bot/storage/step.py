"""One statement of what is written together, and whether it came in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
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
        values: What is bound in it; for several rows, once for each.
        is_guarded: Whether it has to meet a row with each, since the change comes too late
            otherwise.
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
        wanted = len(self.rows) or 1
        met = result.first() is not None if result.returns_rows else result.rowcount == wanted
        if not met:
            raise OvertakenError

    @property
    def rows(self) -> Sequence[Values]:
        """What is bound, once for each row; nothing where the statement is whole by itself."""
        if self.values is None:
            return ()
        return [self.values] if isinstance(self.values, dict) else self.values


def together(changes: Sequence[Sequence[Step]]) -> Sequence[Step]:
    """All of ``changes`` in few steps, of which one is refused where one of the changes would be.

    A statement that is part of several changes is executed once, with the values of them all, which
    have the same names. So these are changes of one kind, and no row of one needs one of another.
    """
    # By identity: two statements are never compared.
    by_statement: dict[int, list[Step]] = {}
    for step in chain(*changes):
        by_statement.setdefault(id(step.statement), []).append(step)
    return [
        Step(
            same[0].statement, [row for one in same for row in one.rows] or None, same[0].is_guarded
        )
        for same in by_statement.values()
    ]
