"""The newest rows of the app's own ledger, read from its SQLite file and never written."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROWS: Final = 6
DELIVERIES: Final = """
SELECT d.id, d.key, d.kind, d.state, d.reason, d.due_at, d.ready_at, d.fence, d.tries, d.posting_at,
       d.sent_at, d.ts, s.channel_name
FROM deliveries d JOIN subscriptions s ON s.id = d.subscription
ORDER BY d.planned_at DESC, d.rowid DESC LIMIT ?
"""
ATTEMPTS: Final = """
SELECT began_at, ended_at, fence, outcome, detail FROM attempts WHERE delivery = ? ORDER BY id
"""


@dataclass(frozen=True)
class Row:
    """A delivery as it stands in the ledger, with every attempt at it."""

    values: Mapping[str, object]
    attempts: tuple[Mapping[str, object], ...]


def newest(database: Path) -> list[Row]:
    """The newest deliveries, the newest first; none while there is no ledger yet."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=1)) as file:
            file.row_factory = sqlite3.Row
            return [
                Row(dict(one), tuple(map(dict, file.execute(ATTEMPTS, (one["id"],)))))
                for one in file.execute(DELIVERIES, (ROWS,)).fetchall()
            ]
    except sqlite3.OperationalError:
        # The app makes it when it starts.
        return []
