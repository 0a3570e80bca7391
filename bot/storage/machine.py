"""Which machine this is."""

import hashlib
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

SOURCES: Final = (Path("/proc/sys/kernel/random/boot_id"), Path("/etc/machine-id"))
"""A running kernel's own id first: it is what makes a file's locks hold. Containers on one kernel
share it, whatever their names; those on two never do, although their images may hold the same
``machine-id``."""


class Machine(NamedTuple):
    """What tells a machine from every other one, and what people call it."""

    id: str
    name: str


def this_machine(sources: Sequence[Path] = SOURCES) -> Machine:
    """The machine that this process runs on; its name stands for it where it says nothing else."""
    name = platform.node() or "unnamed"
    said = next(filter(None, map(_said, sources)), name)
    # A machine-id is meant to stay on its machine.
    return Machine(hashlib.sha256(said.encode()).hexdigest()[:32], name)


def _said(source: Path) -> str:
    try:
        return source.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
