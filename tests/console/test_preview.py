"""``recap preview`` in a pipe: the message on stdout, the rest on stderr, an exit code."""

import asyncio
import json
import os
import pty
import sys
from email import message_from_string
from pathlib import Path

import pytest

from bot.digest.preferences import Ask, Platform, Preferences, Ranking
from bot.playground.creatoraudit import CreatorAuditStandIn
from bot.playground.faults import Fault
from bot.playground.slack_blocks import check_message
from bot.rendering import buttons
from tests.conftest import KEY
from tests.console.processes import PATIENCE, environment, recap


async def test_text(api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """Nothing but the key is needed."""
    done = await recap(
        tmp_path, "preview", CREATORAUDIT_API_KEY=KEY, CREATORAUDIT_BASE_URL=api.base_url
    )
    assert done.out.splitlines()[0] == "Recap: last 7 days"
    assert (done.code, done.err) == (0, "")


async def test_markdown(api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """Options choose the window, the length and the form."""
    words = ("preview", "--period", "90d", "--top", "2", "--format", "markdown")
    done = await recap(
        tmp_path, *words, CREATORAUDIT_API_KEY=KEY, CREATORAUDIT_BASE_URL=api.base_url
    )
    assert done.out.startswith("**Recap: last 90 days**\n\n- Total views: **")
    assert "\n2. " in done.out
    assert "\n3. " not in done.out


async def test_what_is_asked_for_stands_in_the_buttons(
    api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """The ranking and the platform of the options are those of the message."""
    words = ("preview", "--by", "gain", "--platform", "tiktok", "--format", "blocks")
    done = await recap(
        tmp_path, *words, CREATORAUDIT_API_KEY=KEY, CREATORAUDIT_BASE_URL=api.base_url
    )
    assert done.code == 0
    shown = json.loads(done.out)["blocks"][-1]["elements"][0]
    preferences = Preferences(ranking=Ranking.GAIN, platform=Platform.TIKTOK)
    assert buttons.unpack(shown["value"]) == Ask(preferences=preferences)


async def test_blocks(api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """JSON that Slack takes as it is."""
    done = await recap(
        tmp_path,
        *("preview", "--format", "blocks"),
        CREATORAUDIT_API_KEY=KEY,
        CREATORAUDIT_BASE_URL=api.base_url,
    )
    message = json.loads(done.out)
    assert check_message(message["text"], message["blocks"]) == []


async def test_html(api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """A page that a browser shows, with its picture inside."""
    done = await recap(
        tmp_path,
        *("preview", "--format", "html"),
        CREATORAUDIT_API_KEY=KEY,
        CREATORAUDIT_BASE_URL=api.base_url,
    )
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("<!doctype html>")
    assert '<img alt="Biggest gains and drops in views: ' in done.out
    assert 'src="data:image/png;base64,iVBORw0KGgo' in done.out
    assert "cid:" not in done.out


@pytest.mark.parametrize("sender", ["", "Team <team@acme.example>"])
async def test_mail(api: CreatorAuditStandIn, tmp_path: Path, sender: str) -> None:
    """The whole mail, from its sender to its sender."""
    done = await recap(
        tmp_path,
        *("preview", "--format", "mail"),
        CREATORAUDIT_API_KEY=KEY,
        CREATORAUDIT_BASE_URL=api.base_url,
        MAIL_FROM=sender,
    )
    message = message_from_string(done.out)
    assert message["From"] == message["To"] == (sender or "Recap <recap@example.com>")
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        *("multipart/alternative", "text/plain"),
        *("multipart/related", "text/html", "image/png"),
    ]


@pytest.mark.parametrize(
    ("fault", "code", "sentence"),
    [
        (
            Fault("status", status=401, error="UNAUTHORIZED"),
            3,
            "CreatorAudit answered 401 UNAUTHORIZED to GET /overview (Something failed). "
            "Set CREATORAUDIT_API_KEY to a key from https://app.creatoraudit.com/app/api-keys.",
        ),
        (
            Fault("rate_limited", "/overview", seconds=600, retry_after="600"),
            4,
            "CreatorAudit answered 429 RATE_LIMITED to GET /overview (Too many requests). "
            "It asks to wait 10 minutes.",
        ),
        (
            Fault("replace", body={"data": {"views": "12"}}),
            5,
            "GET /overview?period=7d holds no numeric metric. Keys seen in data: views.",
        ),
    ],
)
async def test_exit_codes(
    api: CreatorAuditStandIn, tmp_path: Path, fault: Fault, code: int, sentence: str
) -> None:
    """One sentence on stderr, nothing on stdout, and a code that a script can act on."""
    fault.times = None
    fault.where = "/overview"
    api.faults.add(fault)
    done = await recap(
        tmp_path, "preview", CREATORAUDIT_API_KEY=KEY, CREATORAUDIT_BASE_URL=api.base_url
    )
    assert (done.code, done.out) == (code, "")
    assert done.err.splitlines()[-1] == sentence
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("where", "code", "said"),
    [
        ("| head -0", 0, ""),
        (">&-", 0, ""),
        (">&- 2>&-", 0, ""),
        ("> /dev/full", 3, "The output can't be written: No space left on device.\n"),
    ],
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
async def test_output_that_can_not_be_written(
    api: CreatorAuditStandIn, tmp_path: Path, where: str, code: int, said: str, unbuffered: str
) -> None:
    """The shell's business, and no bug of Recap's."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-o", "pipefail", "-c", f'"$0" preview {where}'),
        Path(sys.executable).parent / "recap",
        cwd=tmp_path,
        env=environment(
            CREATORAUDIT_API_KEY=KEY,
            CREATORAUDIT_BASE_URL=api.base_url,
            PYTHONUNBUFFERED=unbuffered,
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, err.decode()) == (code, said)


async def test_without_a_key(tmp_path: Path) -> None:
    """The sentence says where to get one."""
    done = await recap(tmp_path, "preview")
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        "CREATORAUDIT_API_KEY is not set: create a key at "
        "https://app.creatoraudit.com/app/api-keys.\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("--period", "14d"),
        ("--top", "0"),
        ("--top", "26"),
        ("--by", "likes"),
        ("--platform", "all"),
        ("--format", "pdf"),
        ("x",),
    ],
)
async def test_wrong_usage(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Exit code 2, as every command line tool has it."""
    done = await recap(tmp_path, "preview", *words, CREATORAUDIT_API_KEY=KEY)
    assert done.code == 2
    assert "Usage: recap preview" in done.err


async def test_progress_on_a_terminal(api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """After a second a bar says that it goes on, on stderr only; the message stays clean."""
    api.latency = 0.7
    ours, theirs = pty.openpty()
    try:
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).parent / "recap",
            "preview",
            cwd=tmp_path,
            env=environment(
                CREATORAUDIT_API_KEY=KEY, CREATORAUDIT_BASE_URL=api.base_url, TERM="xterm"
            ),
            stdout=asyncio.subprocess.PIPE,
            stderr=theirs,
        )
        out, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        shown = os.read(ours, 65_536).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert "Asking CreatorAudit" in shown
    assert out.decode().splitlines()[0] == "Recap: last 7 days"
    assert "Asking" not in out.decode()
