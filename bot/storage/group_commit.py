"""Group commit: the changes that wait for a SQLite file are written in one transaction.

A transaction there costs the same few milliseconds for one change as for fifty, most of them for
the disk, and no other may be open meanwhile.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from bot.storage.step import OvertakenError, Step

MOST: Final = 50
"""Changes in one transaction: nobody is to wait for very many others."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A change, and what tells whoever waits for it that it is written, or came too late."""

    steps: Sequence[Step]
    written: asyncio.Future[bool]

    @property
    def may_share(self) -> bool:
        """Whether it is refused by its first statement, or never: then nothing is rolled back."""
        return not any(step.is_guarded for step in self.steps[1:])


class GroupCommit:
    """The writer of one process; all of it happens in one thread.

    Args:
        engine: Of the file, for that thread.
        turn: The line in which all writers of this process wait.
    """

    def __init__(self, engine: Engine, turn: AbstractAsyncContextManager[object]) -> None:
        self._engine = engine
        self._turn = turn
        self._thread = ThreadPoolExecutor(1, "recap-writer")
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, steps: Sequence[Step]) -> bool:
        """Write all of ``steps``; False, and nothing is written, when they come too late.

        A caller that is cancelled does not know whether they are written.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: Nothing is written, for another reason.
        """
        one = _Waiting(steps, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await one.written

    async def close(self) -> None:
        """Write what waits, and let go of the file."""
        if self._writing is not None:
            await self._writing
        self._thread.shutdown()
        self._engine.dispose()

    async def _write(self) -> None:
        while self._waiting:
            async with self._turn:
                # Whoever has come until now is taken along.
                group = self._group()
                loop = asyncio.get_running_loop()
                outcomes = await loop.run_in_executor(self._thread, self._commit, group)
            for one, outcome in zip(group, outcomes, strict=True):
                if one.written.done():
                    continue  # its caller was cancelled
                if isinstance(outcome, Exception):
                    one.written.set_exception(outcome)
                else:
                    one.written.set_result(outcome)

    def _group(self) -> list[_Waiting]:
        """The longest waiting that can be written together, taken out of the line."""
        shared = list(takewhile(lambda one: one.may_share, self._waiting[:MOST]))
        group = shared or self._waiting[:1]
        del self._waiting[: len(group)]
        return group

    def _commit(self, group: Sequence[_Waiting]) -> list[bool | Exception]:
        if len(group) == 1:
            return [self._alone(group[0])]
        try:
            with self._engine.begin() as connection:
                return [_is_executed(connection, one) for one in group]
        except IntegrityError:
            # One of them makes what is there already: nothing is written yet, of any.
            return [self._alone(one) for one in group]
        except Exception as error:  # noqa: BLE001 -- it is raised where each is waited for
            return [error] * len(group)

    def _alone(self, one: _Waiting) -> bool | Exception:
        try:
            with self._engine.begin() as connection:
                _execute(connection, one)
        except (OvertakenError, IntegrityError):
            return False
        except Exception as error:  # noqa: BLE001 -- as above
            return error
        return True


def _is_executed(connection: Connection, one: _Waiting) -> bool:
    try:
        _execute(connection, one)
    except OvertakenError:
        return False
    return True


def _execute(connection: Connection, one: _Waiting) -> None:
    for step in one.steps:
        step.check(connection.execute(step.statement, step.values))
