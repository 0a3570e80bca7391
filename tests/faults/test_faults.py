"""Exactly once, on both databases: a smaller run of ``python -m tests.bench.faults``."""

from collections import Counter
from pathlib import Path

import pytest

from bot.subscriptions.deliveries import State
from tests.faults.harness import CHANCES, run


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_killed_at_random(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """300 slots, two workers, twelve kill -9, lost answers, resets, 429 and 5xx: each slot once.

    And once what stands in its thread.
    """
    if kind == "sqlite":
        database = f"sqlite:///{tmp_path}/recap.db"
    else:
        database = request.getfixturevalue("postgres")
    rarely_busy = {**CHANCES, "rate_limited": 0.02}
    result = await run(database, slots=300, kills=12, seed=20261123, chances=rarely_busy)
    assert result.kills == 12
    assert (result.twice, result.lost, result.undercut) == (0, 0, 0)
    assert result.states == Counter({State.SENT: 300})
    assert result.messages.total() == 2 * 300, "a recap and the reply in its thread, each"
    assert result.faults["lost"] > 0
    assert result.faults["rate_limited"] > 0
