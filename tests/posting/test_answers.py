"""What each service's answers mean for the message."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from bot.posting.answers import Answer, result_of
from bot.subscriptions.outcomes import BadMessage, Busy, Refused, Result, Sent, Unsure
from bot.subscriptions.targets import Target, TargetKind

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOOK = Target(TargetKind.WEBHOOK, "https://example.com/in")
DISCORD = Target(TargetKind.DISCORD, "https://discord.com/api/webhooks/1/x")
GONE = b'{"message": "Unknown Webhook", "code": 10015}'
MATTERMOST_GONE = b'{"id": "web.incoming_webhook.invalid.app_error", "message": "Invalid webhook"}'
TEAMS_OFF = b'{"error": {"code": "WorkflowTriggerIsNotEnabled", "message": "It is off."}}'


def result(status: int, body: bytes = b"", target: Target = HOOK, **headers: str) -> Result:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return result_of(Answer(status, named, body), target, NOW)


@pytest.mark.parametrize(
    ("status", "body", "meant"),
    [
        (200, b"ok", Sent("example.com", "")),
        (200, b'{"id": "7"}', Sent("example.com", "")),
        (202, b"", Sent("example.com", "")),
        (204, b"", Sent("example.com", "")),
        (299, b"\xff", Sent("example.com", "")),
        (301, b"", Refused("redirect")),
        (307, b"moved", Refused("redirect")),
        (400, b"invalid_payload", BadMessage("400 invalid_payload")),
        (400, b'{"code": 50035, "message": "Invalid Form Body"}', BadMessage("400 50035")),
        (400, MATTERMOST_GONE, Refused("400 web.incoming_webhook.invalid.app_error")),
        (400, TEAMS_OFF, Refused("400 WorkflowTriggerIsNotEnabled")),
        (400, b"no_team", Refused("400 no_team")),
        (401, b"", Refused("401")),
        (403, b"action_prohibited", Refused("403 action_prohibited")),
        (404, b"no_service", Refused("404 no_service")),
        (404, GONE, Refused("404 10015")),
        (405, b"", Refused("405")),
        (408, b"", Unsure("408")),
        (409, b"", Unsure("409")),
        (410, b"channel_is_archived", Refused("410 channel_is_archived")),
        (413, b"", BadMessage("413")),
        (422, b"<html>An error page</html>", BadMessage("422")),
        (425, b"", Busy("425", wait=30.0)),
        (429, b"rate_limited", Busy("429 rate_limited", wait=30.0)),
        (451, b"", Refused("451")),
        (500, b"rollup_error", Unsure("500 rollup_error")),
        (501, b"", Refused("501")),
        (502, b'{"error": {"code": "NoResponse"}}', Unsure("502 NoResponse")),
        (503, b"x" * 100, Unsure(f"503 {'x' * 79}…")),
        (504, b'{"error": null, "code": [], "message": " "}', Unsure("504")),
        (599, b"[" * 16_000, Unsure(f"599 {'[' * 79}…")),
        (600, b"\x1b[2J\nred", Unsure("600 [2J red")),
    ],
)
def test_meaning(status: int, body: bytes, meant: Result) -> None:
    """Taken, refused for now, refused for good, or not known: one decision for each."""
    assert result(status, body) == meant


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("https://example.com/hooks/s3cr3t-s3cr3t", b"Cannot POST /hooks/s3cr3t-s3cr3t"),
        ("https://example.com/hooks/s3cr3t-s3cr3t", b'{"message": "No hook S3CR3T-S3CR3T"}'),
        ("https://example.com/hooks/s3cr3t-s3cr3t", b"x" * 60 + b" s3cr3t-s... is unknown"),
        ("https://example.com/?key=a%2Bs3cr3t", b"unknown key a+s3cr3t"),
        ("https://example.com/hooks/a+s3cr3t", b'{"error": {"code": "/hooks/a%2Bs3cr3t"}}'),
    ],
)
def test_an_address_in_the_answer(address: str, body: bytes) -> None:
    """A server that says which address it was asked for is quoted with its status alone."""
    target = Target(TargetKind.WEBHOOK, address)
    assert result(404, body, target) == Refused("404")
    assert result(500, body, target) == Unsure("500")


@pytest.mark.parametrize(
    ("body", "named"),
    [(b'{"id": "1042"}', "1042"), (b"{}", ""), (b"[1]", ""), (b'{"id": null}', ""), (b"", "")],
)
def test_discord_names_its_message(body: bytes, named: str) -> None:
    """Where it does not, the message is there all the same."""
    assert result(200, body, DISCORD) == Sent("discord.com", named)


@pytest.mark.parametrize(
    ("header", "body", "wait"),
    [
        ("7", b"", 7.0),
        ("0", b"", 0.0),
        ("1.5", b"", 1.5),
        (" 12 ", b"", 12.0),
        ("-3", b"", 0.0),
        ("soon", b"", 30.0),
        ("nan", b"", 30.0),
        ("inf", b"", 30.0),
        ("", b'{"retry_after": 2.25}', 2.25),
        ("1", b'{"retry_after": 2.25}', 2.25),
        ("3", b'{"retry_after": "?"}', 3.0),
        (format_datetime(NOW.replace(minute=2)), b"", 120.0),
        (format_datetime(NOW.replace(hour=8)), b"", 0.0),
        ("Mon, 23 Nov 2026 09:00:30 -0000", b"", 30.0),
        ("Mon, 99 Nov 2026 09:00:30 GMT", b"", 30.0),
        ("9" * 300, b"", 604_800.0),
        ("9" * 400, b"", 30.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", b"", 604_800.0),
    ],
)
def test_how_long_to_wait(header: str, body: bytes, wait: float) -> None:
    """Seconds or a date, in the header or in the body: the longest of what is asked for."""
    came = result(429, body, retry_after=header)
    assert isinstance(came, Busy)
    assert came.wait == wait
    assert not came.hold
