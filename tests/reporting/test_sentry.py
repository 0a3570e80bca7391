"""What Sentry gets of an error, over real HTTP: the error, and nothing of anybody."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot import logs, reporting
from bot.errors import OperatorMustAct
from bot.settings import GivenSettings
from tests.reporting.receiver import Receiver, receiving

SECRET = "key-that-nobody-may-see"
TYPED = "xoxb-123456-typed-by-mistake"
WHO = {"team": "T0TEAM", "user": "U0USER", "channel": "C0CHANNEL"}


@pytest.fixture
def sentry(restored_logging: None) -> Iterator[Receiver]:  # noqa: ARG001 -- as it was at the end
    """A Sentry of our own, and logging as ``recap run`` sets it up."""
    with receiving() as receiver:
        given = {
            "sentry_dsn": f"http://public@127.0.0.1:{receiver.port}/7",
            "creatoraudit_api_key": SECRET,
        }
        settings = GivenSettings.model_validate(given)
        logs.configure("json", settings.secrets)
        reporting.errors(settings)
        yield receiver
        flush()


def flush() -> None:
    """As at the end of the process."""
    for handler in logging.getLogger().handlers:
        handler.close()


def events(sentry: Receiver) -> list[dict[str, Any]]:
    """The events among what arrived, each in an envelope of its own."""
    flush()
    assert {path for path, _ in sentry.posts} <= {"/api/7/envelope/"}
    found = []
    for _, body in sentry.posts:
        lines = [json.loads(line) for line in body.splitlines() if line]
        found += [line for line in lines if "level" in line]
    return found


def fail() -> None:
    password = SECRET
    raise ValueError(f"{password} and {TYPED}")


def test_an_exception(sentry: Receiver) -> None:
    """Its kind and place arrive with the ids of the log; secrets, variables and people don't."""
    log = structlog.get_logger("bot.listeners.failures")
    with structlog.contextvars.bound_contextvars(request="r1", **WHO):
        try:
            fail()
        except ValueError as error:
            caught = error
        log.error("listener_failed", reference="ab12", typed=TYPED, exc_info=caught)
    (event,) = events(sentry)
    (value,) = event["exception"]["values"]
    assert (value["type"], value["value"]) == ("ValueError", "••• and •••")
    assert value["stacktrace"]["frames"][-1]["function"] == "fail"
    assert event["logentry"]["message"] == "listener_failed"
    assert (event["level"], event["logger"]) == ("error", "bot.listeners.failures")
    assert event["tags"] == {"request": "r1"}
    assert event["extra"]["reference"] == "ab12"
    text = str(sentry.posts) + str(sentry.headers)
    for hidden in (SECRET, TYPED, *WHO.values(), '"vars"', "server_name"):
        assert hidden not in text


def test_an_exception_in_hand(sentry: Receiver) -> None:
    """``log.exception`` within a delivery."""
    with structlog.contextvars.bound_contextvars(delivery="d1", attempt=3):
        try:
            fail()
        except ValueError:
            structlog.get_logger("recap").exception("delivery_failed")
    (event,) = events(sentry)
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert event["tags"] == {"delivery": "d1", "attempt": "3"}


def test_lines_of_libraries(sentry: Receiver) -> None:
    """An error without an exception, and one that ended the program."""
    with structlog.contextvars.bound_contextvars(request="r2"):
        logging.getLogger("slack_bolt").error("no %s", SECRET)
    try:
        fail()
    except ValueError as error:
        logging.getLogger(logs.CRASH).critical("crashed", exc_info=error)
    first, second = sorted(events(sentry), key=lambda event: str(event["level"]))
    assert first["logentry"]["message"] == "no •••"
    assert first["tags"] == {"request": "r2"}
    assert "exception" not in first
    assert (second["level"], second["exception"]["values"][0]["type"]) == ("fatal", "ValueError")


def test_warnings_are_not_sent(sentry: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    """They are for the log alone; and the terminal has its own sentence for the end."""
    structlog.get_logger("recap").warning("recap_not_built")
    logging.getLogger(logs.CRASH).critical("crashed")
    assert [event["logentry"]["message"] for event in events(sentry)] == ["crashed"]
    assert "crashed" not in capsys.readouterr().err


def test_not_asked_for() -> None:
    """Without the setting nothing is sent anywhere."""
    before = logging.getLogger().handlers[:]
    reporting.errors(GivenSettings())
    assert logging.getLogger().handlers == before


def test_no_address_of_sentrys() -> None:
    """One sentence at start."""
    with pytest.raises(OperatorMustAct, match=r"SENTRY_DSN can't be used: copy it again"):
        reporting.errors(GivenSettings.model_validate({"sentry_dsn": "sentry.example"}))
