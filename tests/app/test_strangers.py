"""What strangers may send to ``/slack/events``: anything, and nobody is woken up by it."""

import asyncio
import logging
import time

import httpx
import pytest

from tests.app.conftest import Theatre

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


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
    assert [line for line in caplog.records if line.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("at", ["9" * 400, "9" * 5_000, "yesterday", "٣", "-1", ""])
async def test_odd_times(by_http: Theatre, at: str) -> None:
    """The time is a stranger's word, too."""
    assert await _post(by_http, b"a=b", FORM, at, "v0=a") == 401


async def test_hang_up(by_http: Theatre, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody who goes away in the middle of a body is nobody's concern."""
    host, _, port = by_http.address.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nab")
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    await asyncio.sleep(0.1)
    assert [line for line in caplog.records if line.levelno >= logging.WARNING] == []


async def _post(theatre: Theatre, body: bytes, kind: str, at: str, signature: str | None) -> int:
    headers = [
        (b"Content-Type", kind.encode()),
        (b"X-Slack-Request-Timestamp", at.encode()),
        *([(b"X-Slack-Signature", signature.encode())] if signature is not None else []),
    ]
    async with httpx.AsyncClient() as http:
        address = f"{theatre.address}/slack/events"
        return (await http.post(address, content=body, headers=headers)).status_code
