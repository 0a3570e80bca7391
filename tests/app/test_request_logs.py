"""The log of whoever runs Recap: lines that belong together, and nothing that must not be there."""

import json
from typing import Any

import pytest
import structlog

from bot import logs
from bot.playground.faults import Fault
from tests.app.conftest import MARKETING, MIA, Theatre
from tests.conftest import KEY

pytestmark = pytest.mark.usefixtures("restored_logging")

TYPED = "xoxb-123456-typed-by-mistake"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def configure(theatre: Theatre) -> tuple[str, ...]:
    """Log as ``recap run`` does; returns what must not be seen."""
    slack = theatre.slack
    secrets = (KEY, slack.bot_token, slack.app_token, slack.signing_secret)
    logs.configure("json", secrets)
    # Without a trace in the loggers that other tests use.
    structlog.configure(cache_logger_on_first_use=False)
    return secrets


async def test_lines_of_one_command(theatre: Theatre, capsys: pytest.CaptureFixture[str]) -> None:
    """They share an id, and hold Slack's own ids, but no token, key or typed word."""
    secrets = configure(theatre)
    theatre.api.faults.add(Fault("status", "/overview", times=None, status=401))
    await theatre.ask("7d top 13")
    await theatre.slack.command(MIA, MARKETING, TYPED)
    await theatre.newest(after=1)
    printed = capsys.readouterr().err
    for secret in (*secrets, TYPED, "top 13", "hooks.slack", "trigger"):
        assert secret not in printed
    told = [json.loads(line) for line in printed.splitlines()]
    first, second = [line for line in told if line["event"] == "request"]
    ours = [line for line in told if line.get("request") == first["request"]]
    assert {"request", "answer_refused", "request_done"} <= {line["event"] for line in ours}
    for line in ours:
        known = (line["team"], line["channel"], line["user"])
        assert known == (theatre.slack.workspace.team, MARKETING, MIA)
    assert first["what"] == "/recap"
    assert first["request"] != second["request"]


async def test_other_requests(by_http: Theatre, capsys: pytest.CaptureFixture[str]) -> None:
    """Clicks and events have ids, too; an event also has Slack's own."""
    message = await by_http.ask("7d")
    configure(by_http)
    await by_http.press(message, "recap_receipt")
    await by_http.slack.open_home(MIA)
    told = [line for line in lines(capsys) if line["event"] == "request"]
    assert [line["what"] for line in told] == ["block_actions", "app_home_opened"]
    assert told[0]["request"] != told[1]["request"]
    assert told[1]["event_id"]
    assert all(line["team"] == by_http.slack.workspace.team for line in told)
