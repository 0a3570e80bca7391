"""``recap run`` and ``recap demo`` as processes."""

import asyncio
import re
import signal
import socket
from pathlib import Path

import httpx
import pytest

from bot.playground.creatoraudit import CreatorAuditStandIn
from bot.playground.faults import Fault
from bot.playground.slack import SlackStandIn
from tests.app.conftest import MARKETING, MIA
from tests.console.processes import PATIENCE, recap, started
from tests.console.test_doctor import free_port, healthy


async def ready(process: asyncio.subprocess.Process) -> str:
    """The line that says that it runs."""
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        async for line in process.stderr:
            if b"Recap is running" in line:
                return line.decode()
    raise AssertionError("it never ran")


async def test_socket_mode(slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """Answers a command, reports its health, and stops on SIGTERM with everything finished."""
    settings = healthy(slack, api)
    async with started(tmp_path, "run", **settings, LOG_FORMAT="json") as process:
        line = await ready(process)
        assert "Recap is running as @recap in Acme Creators (Socket Mode)." in line
        async with httpx.AsyncClient() as http:
            health = await http.get(f"http://127.0.0.1:{settings['PORT']}/healthz")
        assert health.json() == {"status": "ok", "mode": "socket", "connected": True}
        api.latency = 0.3
        await slack.command(MIA, MARKETING, "7d")
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    assert slack.workspace.messages[-1].text.startswith("Recap: last 7 days")


async def test_http_mode(slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """The same over HTTP."""
    settings = healthy(slack, api) | {
        "SLACK_APP_TOKEN": "",
        "SLACK_SIGNING_SECRET": slack.signing_secret,
    }
    slack.request_url = f"http://127.0.0.1:{settings['PORT']}/slack/events"
    async with started(tmp_path, "run", **settings) as process:
        assert "(HTTP)" in await ready(process)
        async with httpx.AsyncClient() as http:
            health = await http.get(f"http://127.0.0.1:{settings['PORT']}/healthz")
            nothing = await http.get(f"http://127.0.0.1:{settings['PORT']}/slack/events")
        assert health.json() == {"status": "ok", "mode": "http"}
        assert nothing.status_code == 405
        assert (await slack.command(MIA, MARKETING, "7d")).error is None
        await slack.until(lambda: bool(slack.workspace.messages))


@pytest.mark.parametrize(
    ("changes", "code", "sentence"),
    [
        ({"SLACK_BOT_TOKEN": ""}, 3, "SLACK_BOT_TOKEN is not set"),
        ({"SLACK_APP_TOKEN": ""}, 3, "Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set"),
        ({"CREATORAUDIT_API_KEY": ""}, 3, "CREATORAUDIT_API_KEY is not set"),
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, 3, "SLACK_BOT_TOKEN does not work: auth.test was"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, 3, "SLACK_APP_TOKEN does not work: apps.connect"),
        ({"SLACK_API_URL": "http://127.0.0.1:1"}, 4, "auth.test failed: ClientConnectorError."),
    ],
)
async def test_refuses_to_start(
    slack: SlackStandIn,
    api: CreatorAuditStandIn,
    tmp_path: Path,
    changes: dict[str, str],
    code: int,
    sentence: str,
) -> None:
    """One sentence that names the setting, at start and not on the first command."""
    done = await recap(tmp_path, "run", **{**healthy(slack, api), **changes})
    assert done.code == code
    assert done.err.startswith(sentence)
    assert len(done.err.splitlines()) == 1


async def test_settings_of_two_modes(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """Whose workspace it is must be certain, and Bolt's own OAuth mode is never turned on."""
    more = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "s"}
    done = await recap(tmp_path, "run", **healthy(slack, api), **more)
    assert done.code == 3
    assert done.err.startswith("SLACK_BOT_TOKEN and SLACK_CLIENT_ID can't both be set: ")
    assert slack.traffic == []


async def test_secrets_stay_out_of_the_log(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """Not even when something fails."""
    api.faults.add(Fault("status", "/overview", times=None, status=401))
    settings = healthy(slack, api)
    async with started(tmp_path, "run", **settings) as process:
        await ready(process)
        await slack.command(MIA, MARKETING, "7d")
        await slack.until(lambda: bool(slack.workspace.messages))
        process.send_signal(signal.SIGTERM)
        out, err = await process.communicate()
    text = (out + err).decode()
    assert "answer_refused" in text
    for name in ("CREATORAUDIT_API_KEY", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        assert settings[name] not in text


async def test_demo_once(tmp_path: Path) -> None:
    """A recap without any account, and every call that it took."""
    done = await recap(tmp_path, "demo", "--once")
    assert done.code == 0
    assert done.err == ""
    assert "Recap: last 7 days" in done.out
    assert "Only visible to you" in done.out
    assert "GET /overview → 200" in done.out


async def test_demo_page(tmp_path: Path) -> None:
    """One sentence with the address, and the page is there; Ctrl-C ends it, the app with it."""
    async with started(tmp_path, "demo", "--port", "0") as process:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            said = (await process.stdout.readline()).decode()
        found = re.fullmatch(r"Open (http://127\.0\.0\.1:\d+/) in a browser\. .*\n", said)
        assert found
        async with httpx.AsyncClient(trust_env=False) as client:
            page = await client.get(found[1])
        assert page.status_code == 200
        assert "#marketing" in page.text
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 130


async def test_demo_port_is_taken(tmp_path: Path) -> None:
    """A port that was asked for and can't be had is one sentence."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = await recap(tmp_path, "demo", "--port", port)
    assert done.code == 3
    assert done.err.startswith(f"The page can't be served on 127.0.0.1, port {port}: ")


async def test_demo_screenshot(tmp_path: Path) -> None:
    """A picture of the page with a post in it."""
    done = await recap(tmp_path, "demo", "--screenshot", "page.png")
    assert (done.code, done.err) == (0, "")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")


async def test_demo_screenshot_without_a_browser(tmp_path: Path) -> None:
    """Where no Chromium is, one sentence says so."""
    done = await recap(tmp_path, "demo", "--screenshot", "page.png", PATH=str(tmp_path))
    assert done.code == 3
    assert done.err.startswith("No Chromium was found: ")
    assert not (tmp_path / "page.png").exists()


async def test_demo_answers(tmp_path: Path) -> None:
    """Each number of the recap can be found in the stand-in's answers."""
    done = await recap(tmp_path, "demo", "--once", "--answers")
    assert '"total_views": ' in done.out
    assert '"views": ' in done.out


async def test_demo_ignores_the_machines_settings(tmp_path: Path) -> None:
    """A half-filled ``.env`` in the folder does not get in the way."""
    (tmp_path / ".env").write_text("PORT=abc\nSLACK_BOT_TOKEN=xapp-1\nRECAP_LOCALE=xx\n")
    done = await recap(tmp_path, "demo", "--once")
    assert (done.code, done.err) == (0, "")


async def test_port_for_nobody_else(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """Two apps on one port is one sentence."""
    settings = healthy(slack, api) | {"PORT": free_port()}
    async with started(tmp_path, "run", **settings) as process:
        await ready(process)
        done = await recap(tmp_path, "run", **settings)
    assert done.code == 3
    assert done.err.startswith(f"PORT {settings['PORT']} can't be used: Address already in use.")
