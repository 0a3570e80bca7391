"""What strangers may send to ``/slack/events``: anything, and nobody is woken up by it."""

import asyncio
import hashlib
import hmac
import logging
import time

import httpx
import pytest

from tests.app.conftest import Theatre

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def warnings(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What was logged, but for the scheduler's word that the machine is busy with other things."""
    told = [line for line in caplog.records if line.levelno >= logging.WARNING]
    return [line for line in told if not line.name.startswith("apscheduler")]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b"command=%2Frecap"),
        (FORM, b"\xff\xfe"),
        (FORM, b"payload={bad"),
        (FORM, b"payload=[1]"),
        (FORM, b'payload="x"'),
        (FORM, b"ssl_check=1&token=x"),
        (JSON, b"{bad"),
        (JSON, b"[1, 2]"),
        (JSON, b"[" * 100_000),
    ],
)
@pytest.mark.parametrize("signature", ["v0=a", "v0=é", None])
async def test_unsigned(
    by_http: Theatre,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    body: bytes,
    signature: str | None,
) -> None:
    """Refused before anything in it is read, and without a line in the log."""
    now = str(int(time.time()))  # noqa: TID251 -- signatures are checked in real time
    assert await _post(by_http, body, kind, now, signature) == 401
    assert warnings(caplog) == []


@pytest.mark.parametrize("at", ["9" * 400, "9" * 5_000, "yesterday", "٣", "-1", ""])
async def test_odd_times(by_http: Theatre, at: str) -> None:
    """The time is a stranger's word, too."""
    assert await _post(by_http, b"a=b", FORM, at, "v0=a") == 401


QUESTION = '{"type": "url_verification", "challenge": "abc"}'
"""What Slack asks when somebody gives it the address: whoever answers has taken it for Slack."""


def signed(secret: str, at: int, body: str = QUESTION) -> str:
    """The signature of ``body`` at ``at`` with ``secret``, as Slack's documents have it."""
    base = f"v0:{at}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


async def answered(theatre: Theatre, at: int, signature: str, body: str = QUESTION) -> int:
    status = await _post(theatre, body.encode(), JSON, str(at), signature)
    assert status in {200, 401}
    return status


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, 200), (-240, 200), (240, 200), (-302, 401), (360, 401)]
)
async def test_replayed_later(by_http: Theatre, seconds: int, status: int) -> None:
    """What was signed more than five minutes ago, or will be, counts no more."""
    at = int(time.time()) + seconds  # noqa: TID251
    assert await answered(by_http, at, signed(by_http.slack.signing_secret, at)) == status


async def test_signed_for_something_else(by_http: Theatre) -> None:
    """Another secret, another body, another time, another version: each is a stranger's."""
    at, secret = int(time.time()), by_http.slack.signing_secret  # noqa: TID251
    right = signed(secret, at)
    assert await answered(by_http, at, right) == 200
    assert await answered(by_http, at, signed("wrong", at)) == 401
    assert await answered(by_http, at, signed("", at)) == 401
    assert await answered(by_http, at, right, QUESTION.replace("abc", "abd")) == 401
    assert await answered(by_http, at, right, QUESTION + " ") == 401
    assert await answered(by_http, at - 1, right) == 401
    assert await answered(by_http, at, right.replace("v0=", "v1=")) == 401
    assert await answered(by_http, at, right.removeprefix("v0=")) == 401


async def test_hang_up(by_http: Theatre, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody who goes away in the middle of a body is nobody's concern."""
    host, _, port = by_http.address.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nab")
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    await asyncio.sleep(0.1)
    assert warnings(caplog) == []


async def _post(theatre: Theatre, body: bytes, kind: str, at: str, signature: str | None) -> int:
    headers = [
        (b"Content-Type", kind.encode()),
        (b"X-Slack-Request-Timestamp", at.encode()),
        *([(b"X-Slack-Signature", signature.encode())] if signature is not None else []),
    ]
    async with httpx.AsyncClient() as http:
        address = f"{theatre.address}/slack/events"
        return (await http.post(address, content=body, headers=headers)).status_code
