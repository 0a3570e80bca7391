"""The page's server, asked by something that is no browser."""

import asyncio
import json
import re

import aiohttp
import pytest

from bot.playground.page.server import FOREIGN_HOST, FOREIGN_ORIGIN, serving
from bot.playground.page.workspace import said
from bot.playground.slack_workspace import Channel
from tests.playground.page.conftest import KOFI, MARKETING, MIA, PATIENCE, Served

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.0.2.7", "[", ""])
async def test_foreign_host(shared: Served, http: aiohttp.ClientSession, host: str) -> None:
    """A name that somebody made lead to this machine is refused with a sentence."""
    async with http.get(shared.address, headers={"Host": host}) as answer:
        assert (answer.status, await answer.text()) == (403, FOREIGN_HOST)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
async def test_own_host(shared: Served, http: aiohttp.ClientSession, name: str) -> None:
    """Whatever this machine calls itself."""
    async with http.get(shared.address, headers={"Host": f"{name}:1"}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_foreign_origin(shared: Served, http: aiohttp.ClientSession, origin: str) -> None:
    """Another site can't press anything here."""
    asked = {"json": {"text": "/recap share"}, "headers": {"Origin": origin}}
    async with http.post(f"{shared.address}do/command", **asked) as answer:  # type: ignore[arg-type]
        assert (answer.status, await answer.text()) == (403, FOREIGN_ORIGIN)
    assert shared.stage.journal.entries[-1].title != "command /recap share"


async def test_headers(shared: Served, http: aiohttp.ClientSession) -> None:
    """Scripts come from the page's own files only, and none stands in the page.

    People's links may lead elsewhere; nothing is loaded from there.
    """
    async with http.get(shared.address) as answer:
        text = await answer.text()
        policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "<script>" not in text
    assert " style=" not in text
    assert not re.search(r"""(src|srcset|action)=["']?https?:|<link[^>]*https?:|url\(""", text)


async def test_everything_is_escaped(shared: Served, http: aiohttp.ClientSession) -> None:
    """Names, messages and what stands in the address."""
    workspace = shared.stage.slack.workspace
    workspace.channels["C9"] = Channel("C9", "<i>", {MIA})
    at = shared.stage.clock.now().timestamp()
    workspace.messages.append(said(MARKETING, KOFI, "&lt;script&gt;\"'", at, 7))
    where = f"{shared.address}?person=%3Ci%3E&channel=%3Ci%3E&theme=%3Ci%3E"
    async with http.get(where) as answer:
        text = await answer.text()
    assert "<i>" not in text
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "&lt;i&gt;" in text
    del workspace.channels["C9"]


async def test_private_channel_of_others(shared: Served, http: aiohttp.ClientSession) -> None:
    """Kofi gets #marketing instead of the leads' talk."""
    async with http.get(f"{shared.address}part/main?person={KOFI}&channel=G0LEADS") as answer:
        assert "Numbers for the leads" not in await answer.text()
    async with http.get(f"{shared.address}part/main?person={MIA}&channel=G0LEADS") as answer:
        assert "Numbers for the leads" in await answer.text()


@pytest.mark.parametrize(
    ("deed", "asked", "status", "sentence"),
    [
        ("dance", {}, 404, "Nobody can do that here."),
        ("fault", {"name": "x", "on": True}, 409, "There is no such fault."),
        (
            "fault",
            {"name": "removed", "channel": "home", "on": True},
            409,
            "There is no such fault.",
        ),
        ("travel", {"to": "x"}, 409, "There is no way to that time."),
        ("press", {"where": "message", "ts": "1"}, 409, "That is not there any more."),
        ("press", {"where": "home"}, 409, "That is not there any more."),
        ("submit", {}, 409, "That is not there any more."),
        ("close", {}, 200, ""),
        ("command", {"text": " "}, 200, ""),
        ("command", {"text": "hello", "channel": "C0OLD"}, 409, "Nobody can write here."),
        ("unarchive", {}, 409, "The channel is not archived."),
        ("follow", {"channel": "C404"}, 200, ""),
    ],
)
async def test_deeds(
    shared: Served,
    http: aiohttp.ClientSession,
    deed: str,
    asked: dict[str, object],
    status: int,
    sentence: str,
) -> None:
    """What can't be done is a sentence."""
    async with http.post(f"{shared.address}do/{deed}", json=asked) as answer:
        text = await answer.text()
    said = json.loads(text)["said"] if text.startswith("{") else text
    assert (answer.status, said) == (status, sentence)


@pytest.mark.parametrize(("sent", "kind"), [("{", "application/json"), ("[]", "application/json")])
async def test_no_json(shared: Served, http: aiohttp.ClientSession, sent: str, kind: str) -> None:
    """Only a JSON object says what to do."""
    head = {"Content-Type": kind}
    async with http.post(f"{shared.address}do/kill", data=sent, headers=head) as answer:
        assert answer.status == 400


async def test_form_of_another_site(shared: Served, http: aiohttp.ClientSession) -> None:
    """A form can be sent without asking first, so none is taken."""
    async with http.post(f"{shared.address}do/kill", data={"a": "b"}) as answer:
        assert answer.status == 415
    assert shared.stage.app.starts == 1


@pytest.mark.parametrize("path", ["part/nothing", "body/9999", "body/x", "static/none.js"])
async def test_not_there(shared: Served, http: aiohttp.ClientSession, path: str) -> None:
    """With the same headers as everything else."""
    async with http.get(f"{shared.address}{path}") as answer:
        assert answer.status == 404
        assert "Content-Security-Policy" in answer.headers


async def test_events(shared: Served, http: aiohttp.ClientSession) -> None:
    """First every region, then those that look different."""
    async with http.get(f"{shared.address}events") as answer:
        assert answer.content_type == "text/event-stream"

        async def told() -> set[str]:
            async with asyncio.timeout(PATIENCE / 1000):
                line = (await answer.content.readline()).decode()
                await answer.content.readline()
            return set(json.loads(line.removeprefix("data: ")))

        assert {"main", "side", "clock", "traffic"} <= await told()
        await shared.stage.breakages.turn("api", MARKETING, on=True)
        shared.stage.news.happened()
        assert await told() == {"faults"}
        await shared.stage.breakages.turn("api", MARKETING, on=False)


async def test_clean_end(shared: Served, http: aiohttp.ClientSession) -> None:
    """An open stream of events does not keep the demo from ending."""
    async with asyncio.timeout(PATIENCE / 1000):
        async with serving(shared.stage, "127.0.0.1", 0) as address:
            stream = await http.get(f"{address}events")
            await stream.content.readline()
        stream.close()


async def test_taken_port(shared: Served) -> None:
    """Nobody else's port is used."""
    port = int(shared.address.rstrip("/").rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        async with serving(shared.stage, "127.0.0.1", port):
            pass
