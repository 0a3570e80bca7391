"""Exactly once, on both databases: a smaller run of ``python -m tests.bench.faults``."""

from collections import Counter
from pathlib import Path

import pytest

from bot.subscriptions.deliveries import State
from tests.faults import elsewhere
from tests.faults.harness import CHANCES, Trouble, run


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
    result = await run(database, Trouble(kills=12), slots=300, seed=20261123, chances=rarely_busy)
    assert result.kills == 12
    assert (result.twice, result.lost, result.undercut) == (0, 0, 0)
    assert result.states == Counter({State.SENT: 300})
    assert result.messages.total() == 2 * 300, "a recap and the reply in its thread, each"
    assert result.faults["lost"] > 0
    assert result.faults["rate_limited"] > 0


async def test_workers_that_share_a_queue(postgres: str) -> None:
    """60 slots, three workers, four kill -9, two that sleep past their lease, and a restart.

    The queue carries the deliveries; each slot is still there once, and so is its reply.
    """
    trouble = Trouble(kills=4, naps=2, cuts=1, workers=3)
    rarely_busy = {**CHANCES, "rate_limited": 0.02}
    result = await run(
        postgres, trouble, slots=60, seed=20261207, style="queue", chances=rarely_busy
    )
    assert (result.twice, result.lost) == (0, 0)
    assert result.states == Counter({State.SENT: 60})
    assert result.messages.total() == 2 * 60
    assert (result.kills, result.naps) == (4, 2)


async def test_killed_at_random_with_targets(tmp_path: Path) -> None:
    """100 slots with a webhook, a chat and a mailbox each, and ten kill -9: nothing is lost.

    The webhook can tell a repetition by its key, a mail program by the Message-ID. A chat can't: it
    has each message once at most, and where nobody knows, a person is asked.
    """
    came = await elsewhere.run(f"sqlite:///{tmp_path}/recap.db", slots=100, kills=10, seed=20261130)
    assert came.kills == 10
    assert came.recaps == Counter({State.SENT: 100})
    assert set(came.channels.values()) == {1}
    hooks, chats, mails = (came.copies[kind] for kind in elsewhere.KINDS)
    assert {one.state for one in (*hooks, *mails)} == {State.SENT}
    assert came.kept == len({one.key for one in hooks} & came.arrived.keys()) == 100
    assert len(came.mails) == 100
    for chat in chats:
        times = came.arrived[chat.key]
        assert (times, chat.state) in {
            (1, State.SENT),
            (1, State.UNCONFIRMED),
            (0, State.UNCONFIRMED),
        }
    assert sum(chat.state is State.SENT for chat in chats) > 50
    assert came.undercut == 0
    assert min(came.struck[kind] for kind in ("lost", "rate_limited", "DATA.", "RCPT")) > 0
