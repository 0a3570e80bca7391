"""Logs: one line an event, in either format, with secrets masked."""

import json
import logging

import pytest
import stamina
import structlog

from bot import logs

pytestmark = pytest.mark.usefixtures("restored_logging")


def test_json_masks_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    """A token in an event, a value or a library's line is not written."""
    logs.configure("json", ["xoxb-12"])
    structlog.get_logger("recap").info("sent xoxb-12", token="xoxb-12", count=3)
    logging.getLogger("library").warning("using %s", "xoxb-12")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["sent •••", "using •••"]
    assert lines[0]["token"] == "•••"
    assert lines[0]["count"] == 3
    assert lines[0]["level"] == "info"
    assert lines[0]["timestamp"].endswith("Z")


def test_json_keeps_a_traceback_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    """One event is one line, also when something failed; its secrets are masked as well."""
    logs.configure("json", ["hush-hush"])
    try:
        int("hush-hush")
    except ValueError:
        structlog.get_logger("recap").exception("failed", reference="r1")
    (line,) = capsys.readouterr().err.splitlines()
    assert "literal for int() with base 10: '•••'" in json.loads(line)["exception"]


def test_console_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """No colour codes where nobody sees colours; nothing on stdout."""
    logs.configure("console", ["xoxb-12"])
    structlog.get_logger("recap").info("Recap is running.", token="xoxb-12")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Recap is running." in printed.err
    assert "\x1b" not in printed.err
    assert "xoxb-12" not in printed.err


def test_libraries_that_log_bodies_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """Bolt logs a refused request with its whole body at INFO."""
    logs.configure("json", [])
    logging.getLogger("slack_bolt.AsyncRequestVerification").info("body with a response_url")
    logging.getLogger("httpx").info("GET https://…")
    assert capsys.readouterr().err == ""


async def test_retries_are_no_news(capsys: pytest.CaptureFixture[str]) -> None:
    """Twelve lines before one good sentence help nobody."""
    logs.configure("console", [])

    async def fail() -> None:
        raise ValueError("once more")

    retrying = stamina.AsyncRetryingCaller(attempts=3, wait_initial=0.001, wait_max=0.001)
    with pytest.raises(ValueError, match="once more"):
        await retrying(ValueError, fail)
    assert capsys.readouterr().err == ""


def test_placeholders_are_not_masked(capsys: pytest.CaptureFixture[str]) -> None:
    """A key called ``k`` must not blot out every k in the log."""
    logs.configure("console", ["k"])
    structlog.get_logger("recap").info("Socket Mode.")
    assert "Socket Mode." in capsys.readouterr().err


def test_a_traceback_shows_no_variables(capsys: pytest.CaptureFixture[str]) -> None:
    """They are long, and some of them are secrets that nobody told the log about."""
    logs.configure("console", [])
    token = "xoxb-unknown-to-the-log"
    try:
        int(token[:0])
    except ValueError:
        structlog.get_logger("recap").exception("failed")
    printed = capsys.readouterr().err
    assert "ValueError" in printed
    assert token not in printed


def test_tokens_are_known_by_their_shape(capsys: pytest.CaptureFixture[str]) -> None:
    """Another workspace's, or one that somebody typed into a command."""
    logs.configure("json", [])
    hook = "https://hooks.slack.com/commands/T1/2/3"
    structlog.get_logger("recap").info("xoxb-1234-abcd", url=hook, rotated="xoxe.xoxb-1-abcdefgh")
    logging.getLogger("library").warning("with xapp-1-A1-2-abcdef and xoxo-ho")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["•••", "with ••• and xoxo-ho"]
    assert (lines[0]["url"], lines[0]["rotated"]) == ("•••", "•••")


@pytest.mark.parametrize("library", ["uvicorn.error", "slack_bolt.AsyncApp", "apscheduler.job"])
def test_libraries_speak_the_same_format(capsys: pytest.CaptureFixture[str], library: str) -> None:
    """Their warnings are lines like ours, with what is bound to the request."""
    logs.configure("json", [])
    with structlog.contextvars.bound_contextvars(request="r1"):
        logging.getLogger(library).warning("something is %s", "off")
    (line,) = map(json.loads, capsys.readouterr().err.splitlines())
    assert (line["event"], line["logger"]) == ("something is off", library)
    assert (line["level"], line["request"]) == ("warning", "r1")
