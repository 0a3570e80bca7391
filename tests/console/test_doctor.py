"""``recap doctor`` from a bare machine to a working one."""

import socket
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.console.checks import Check
from bot.console.doctor import tried
from bot.console.findings import Finding, Mark
from bot.playground.creatoraudit import CreatorAuditStandIn
from bot.playground.faults import Fault
from bot.playground.slack import SlackStandIn
from bot.settings import GivenSettings, Settings
from tests.conftest import KEY
from tests.console.processes import recap
from tests.posting.mail_server import AUTHORITY, PASSWORD, USER, mail_server


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return str(sock.getsockname()[1])


def healthy(slack: SlackStandIn, api: CreatorAuditStandIn) -> dict[str, str]:
    return {
        "CREATORAUDIT_API_KEY": KEY,
        "CREATORAUDIT_BASE_URL": api.base_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "PORT": free_port(),
    }


async def test_healthy(slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """A tick for each setting, and what was found."""
    done = await recap(tmp_path, "doctor", **healthy(slack, api))
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert lines[0] == "Set-up: one workspace, Socket Mode."
    assert lines[1] == "✓ CREATORAUDIT_API_KEY key “Recap” of org_2a91c7"
    assert lines[2].startswith("✓ CREATORAUDIT_BASE_URL answers; total_views is 1,3")
    assert lines[3] == "✓ SLACK_BOT_TOKEN @recap in Acme Creators"
    assert lines[4] == "✓ SLACK_APP_TOKEN opens a Socket Mode connection"
    assert lines[5].startswith("✓ DATABASE_URL sqlite 3.")
    assert lines[6] == "· tables brought up to date when Recap starts"
    assert lines[7] == "· RECAP_ENCRYPTION_KEYS tried once tables is in order"
    assert lines[8].endswith("is free")
    assert lines[9] == "· SMTP_URL not set: no mail is sent"
    assert lines[10] == "· RECAP_METRICS_TOKEN not set: whoever reaches the port may read /metrics"
    assert lines[11] == "Everything is in order: `recap run` starts Recap."
    assert (done.code, done.err) == (0, "")


async def test_bare_machine(tmp_path: Path) -> None:
    """Every missing setting with its own fix, all in one go."""
    done = await recap(tmp_path, "doctor", PORT=free_port())
    text = " ".join(done.out.split())
    assert done.code == 3
    steps = [
        "Set-up: one workspace, not connected to Slack yet.",
        "✗ CREATORAUDIT_API_KEY",
        "create a key at https://app.creatoraudit.com/app/api-keys.",
        "· CREATORAUDIT_BASE_URL tried once CREATORAUDIT_API_KEY is in order",
        "✗ SLACK_BOT_TOKEN",
        "copy the Bot User OAuth Token",
        "✗ SLACK_APP_TOKEN Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set",
        "✓ DATABASE_URL",
        "3 things to do: begin with the first ✗.",
    ]
    places = [text.index(step) for step in steps]
    assert places == sorted(places)
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        ({"CREATORAUDIT_API_KEY": "wrong"}, ["CreatorAudit answered 401 UNAUTHORIZED"]),
        (
            {"SLACK_BOT_TOKEN": "xoxb-wrong"},
            ["auth.test was refused by Slack: invalid_auth. Copy it again."],
        ),
        (
            {"SLACK_APP_TOKEN": "xapp-wrong"},
            ["apps.connections.open was refused by Slack: invalid_auth."],
        ),
        ({"SLACK_API_URL": "http://127.0.0.1:1/"}, ["Check SLACK_API_URL and the network."]),
        ({"DATABASE_URL": "sqlite:////nowhere/x.db"}, ["unable to open database file"]),
        (
            {"DATABASE_URL": "sqlite:///a.db?timeout=abc"},
            ["✗ DATABASE_URL DATABASE_URL can't be used: could not convert", "✓ PORT"],
        ),
        ({"PORT": "abc"}, ["settings", "PORT can't be used"]),
    ],
)
async def test_one_thing_wrong(
    slack: SlackStandIn,
    api: CreatorAuditStandIn,
    tmp_path: Path,
    changes: dict[str, str],
    sentences: list[str],
) -> None:
    """The cross stands where the trouble is, with what was said and what to do."""
    done = await recap(tmp_path, "doctor", **{**healthy(slack, api), **changes})
    text = " ".join(done.out.split())
    assert done.code == 3
    for sentence in sentences:
        assert sentence in text


async def test_names_can_not_command_a_terminal(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """Names and keys are printed as letters and never obeyed."""
    odd = "\x1b]0;odd\x07"
    api.faults.add(Fault("replace", "/whoami", body={"data": {"api_key_name": odd}}))
    api.faults.add(Fault("replace", "/overview", body={"data": {"current": {odd: 1}}}))
    slack.workspace.name = odd
    done = await recap(tmp_path, "doctor", **healthy(slack, api))
    assert "key “]0;odd” of –" in done.out
    assert "]0;odd is 1" in done.out
    assert "\x1b" not in done.out


async def test_a_check_that_fails_by_itself() -> None:
    """A bug in one of them is a cross in its row, and the others still have theirs."""

    async def fail(_: Settings) -> str:
        raise ZeroDivisionError("odd")

    found = await tried(Check("PORT", fail), GivenSettings(), [])
    assert found == [Finding("PORT", Mark.BAD, "This check failed: ZeroDivisionError.")]


async def test_missing_scope(slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """The scopes are compared with what Recap needs."""
    slack.scopes = frozenset({"commands"})
    done = await recap(tmp_path, "doctor", **healthy(slack, api))
    assert done.code == 3
    assert "The bot lacks the scopes channels:history" in " ".join(done.out.split())


async def test_port_in_use(slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """Where Recap runs already, or something else does."""
    with socket.create_server(("0.0.0.0", 0)) as sock:  # noqa: S104 -- taken on every interface
        port = sock.getsockname()[1]
        done = await recap(tmp_path, "doctor", **{**healthy(slack, api), "PORT": str(port)})
    assert f"PORT {port} can't be used: Address already in use" in " ".join(done.out.split())


async def test_http_mode(slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """Without an app token the signing secret is what matters."""
    settings = healthy(slack, api) | {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "s"}
    done = await recap(tmp_path, "doctor", **settings)
    text = " ".join(done.out.split())
    assert done.code == 0
    assert text.startswith("Set-up: one workspace, HTTP.")
    assert "SLACK_APP_TOKEN" not in text
    assert "✓ SLACK_SIGNING_SECRET set; only a request from Slack can prove it" in text


async def test_overview_without_a_metric(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """The key works, but the figures don't."""
    api.faults.add(Fault("replace", "/overview", body={"data": {"type": "overview"}}))
    done = await recap(tmp_path, "doctor", **healthy(slack, api))
    assert done.code == 3
    assert "holds no numeric metric" in " ".join(done.out.split())


async def test_mail_server(slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """Connected, encrypted, logged in, and nothing sent."""
    authority = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(authority))
    async with mail_server(login=True) as server:
        mail = {
            "SMTP_URL": f"smtp://{USER}:{quote(PASSWORD, safe='')}@localhost:{server.port}",
            "MAIL_FROM": "Recap <recap@acme.example>",
            "SSL_CERT_FILE": str(authority),
        }
        done = await recap(tmp_path, "doctor", **healthy(slack, api), **mail)
        assert f"✓ SMTP_URL localhost:{server.port} answers over STARTTLS" in " ".join(
            done.out.split()
        )
        assert server.passwords == [PASSWORD]
        assert "MAIL" not in server.commands


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "✗ SMTP_URL MAIL_FROM is not set: it names who mails come from"),
        ({"MAIL_FROM": "recap@acme.example"}, "✗ SMTP_URL localhost:1 can't be reached: Error"),
    ],
)
async def test_mail_server_in_trouble(
    slack: SlackStandIn,
    api: CreatorAuditStandIn,
    tmp_path: Path,
    changes: dict[str, str],
    sentence: str,
) -> None:
    """What is wrong, and with which of them."""
    settings = healthy(slack, api) | {"SMTP_URL": "smtp://localhost:1"} | changes
    done = await recap(tmp_path, "doctor", **settings)
    assert done.code == 3
    assert sentence in " ".join(done.out.split())
