"""Standard output, which may be closed, full or nobody's."""

import errno
import io
import os
import sys
from typing import Final

UNBUFFERED: Final = frozenset({errno.EPIPE, errno.ENOSPC})
"""What a write itself says where nothing is kept in a buffer."""


def prepare() -> None:
    """Make both streams ones that can be written to."""
    # Python has none where a shell closed them.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that can't show a character gets another one and not an error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def failure(error: Exception) -> int | None:
    """The exit code where ``error`` is the output's; None where it has nothing to do with it."""
    lost = error if isinstance(error, OSError) and error.errno in UNBUFFERED else None
    try:
        # What could not be written is still in the buffer, so this fails again.
        sys.stdout.flush()
    except OSError as again:
        _write_nowhere()
        lost = again
    if lost is None:
        return None
    if lost.errno == errno.EPIPE:
        return 0  # whoever reads has read enough
    sys.stderr.write(f"The output can't be written: {lost.strerror}.\n")
    return 3


def _nowhere() -> io.TextIOWrapper:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 -- as long as the process


def _write_nowhere() -> None:
    """Let the interpreter's own last flush succeed."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
