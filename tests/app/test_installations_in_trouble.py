"""Requests of a workspace whose installation can't be read."""

import pytest
from structlog.testing import capture_logs

from bot.wiring import tenants
from tests.app.test_installing import NORTH, SOUTH, Fair, fair, two
from tests.app.test_secrets import change

__all__ = ["fair"]

BROKEN = {
    "ALTER TABLE installations RENAME TO lost": "database",
    "UPDATE installations SET token = 'sealed:by-somebody' WHERE id = 'T0NORTH'": (
        "Recap can't read its own keys. Ask whoever runs it."
    ),
}


@pytest.mark.parametrize("statement", BROKEN)
async def test_said_in_a_sentence(
    fair: Fair, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person reads what is in the way, and the log has no traceback."""
    north, south = await two(fair)
    monkeypatch.setattr(tenants, "FRESH", 0.0)
    await change(fair, statement)
    with capture_logs() as logs:
        done = await north.command("U0MIANORTH", "C0MARKETINGNORTH", "help")
    assert BROKEN[statement] in done.answer
    assert "request_refused" in [one["event"] for one in logs]
    assert not any(one.get("exc_info") for one in logs)
    if "T0NORTH" in statement:
        said = await fair.ask(south, "help", SOUTH)
        assert "/recap" in said.text
        assert NORTH not in said.text
