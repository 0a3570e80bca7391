"""``recap send`` as a cron line runs it: a real process, a database file, receivers that answer."""

from collections.abc import AsyncIterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.playground.creatoraudit import CreatorAuditStandIn
from bot.playground.faults import Fault
from bot.subscriptions.targets import TargetKind
from tests.conftest import KEY
from tests.console.processes import Ended, recap, started
from tests.posting.mail_server import AUTHORITY, PASSWORD, USER, mail_server
from tests.posting.receivers import Receivers

SHOWN = "127.0.0.1:PORT/…1234"


@pytest.fixture
async def receivers() -> AsyncIterator[Receivers]:
    async with Receivers(secret="a-shared-secret") as receivers:
        yield receivers


async def send(
    api: CreatorAuditStandIn, receivers: Receivers, folder: Path, *words: str, **settings: str
) -> Ended:
    """Run ``recap send`` with a key and the receivers' host on the list."""
    done = await recap(
        folder,
        "send",
        *words,
        CREATORAUDIT_API_KEY=KEY,
        CREATORAUDIT_BASE_URL=api.base_url,
        RECAP_WEBHOOK_HOSTS="127.0.0.1",
        RECAP_WEBHOOK_SECRET="a-shared-secret",
        **settings,
    )
    port = str(receivers.port)
    return Ended(done.code, done.out.replace(port, "PORT"), done.err.replace(port, "PORT"))


def to(receivers: Receivers, kind: TargetKind) -> tuple[str, str]:
    return "--to", f"{kind}+{receivers.target(kind).address}"


async def test_a_cron_line(api: CreatorAuditStandIn, receivers: Receivers, tmp_path: Path) -> None:
    """Nothing but the key is needed; twice is once, and --again is one more."""
    targets = (*to(receivers, TargetKind.WEBHOOK), *to(receivers, TargetKind.DISCORD))
    line = ("--period", "30d", *targets)
    done = await send(api, receivers, tmp_path, *line)
    assert done == Ended(0, f"{SHOWN}: sent.\n{SHOWN}: sent, as message 1042.\n", "")
    texts = dict(receivers.messages)
    assert texts["in"]["text"].startswith("**Recap: last 30 days**\n")
    done = await send(api, receivers, tmp_path, *line)
    assert done.code == 0
    assert done.out.count("already sent on ") == 2
    assert len(receivers.messages) == 2
    done = await send(api, receivers, tmp_path, *line, "--again")
    assert (done.code, done.out.count("already")) == (0, 0)
    assert len(receivers.messages) == 4


async def test_the_log_and_the_database_hold_no_secret(
    api: CreatorAuditStandIn, receivers: Receivers, tmp_path: Path
) -> None:
    """Neither the address of a webhook nor the shared secret."""
    done = await send(api, receivers, tmp_path, *to(receivers, TargetKind.WEBHOOK))
    kept = _everything_in(tmp_path)
    for secret in ("a-long-secret", "a-shared-secret", KEY):
        assert secret not in done.out + done.err
        assert secret.encode() not in kept
    assert b"7d/" in kept


def _everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_one_target_in_trouble(
    api: CreatorAuditStandIn, receivers: Receivers, tmp_path: Path
) -> None:
    """The others have theirs; what may pass is for the next run, what is refused for a person."""
    receivers.faults.add(Fault("rate_limited", "hooks", retry_after="600"))
    receivers.faults.add(Fault("status", "api", status=404, body="Unknown Webhook"))
    words = [
        word
        for kind in (TargetKind.WEBHOOK, TargetKind.MATTERMOST, TargetKind.DISCORD)
        for word in to(receivers, kind)
    ]
    done = await send(api, receivers, tmp_path, *words)
    assert done.code == 4
    assert done.out == f"{SHOWN}: sent.\n"
    assert "127.0.0.1:PORT/…wxyz: not sent: 429. It asks to wait until " in done.err
    assert f"{SHOWN}: refused (404 Unknown Webhook). Create a new webhook there" in done.err
    receivers.faults.add(Fault("status", "api", status=404, body="Unknown Webhook"))
    done = await send(api, receivers, tmp_path, *words[:2], *words[4:])
    assert done.code == 3
    done = await send(api, receivers, tmp_path, *words[2:4])
    assert (done.code, done.out) == (4, "")


async def test_killed_before_the_answer(
    api: CreatorAuditStandIn, receivers: Receivers, tmp_path: Path
) -> None:
    """The message may be there, so the next run does not send it."""
    receivers.faults.add(Fault("slow", seconds=0.5))
    words = to(receivers, TargetKind.TEAMS)
    settings = {
        "CREATORAUDIT_API_KEY": KEY,
        "CREATORAUDIT_BASE_URL": api.base_url,
        "RECAP_WEBHOOK_HOSTS": "127.0.0.1",
    }
    async with started(tmp_path, "send", *words, **settings) as process:
        await receivers.changes.until(lambda: receivers.arrived == 1)
        process.kill()
        await process.wait()
    await receivers.changes.until(lambda: len(receivers.messages) == 1)
    done = await send(api, receivers, tmp_path, *words)
    assert (done.code, done.out) == (4, "")
    assert "another run is sending it, or was cut off just now." in done.err
    assert receivers.arrived == 1


async def test_an_own_host_is_needed(
    api: CreatorAuditStandIn, receivers: Receivers, tmp_path: Path
) -> None:
    """Without it the address is refused before anything is asked."""
    done = await recap(
        tmp_path,
        *("send", *to(receivers, TargetKind.WEBHOOK)),
        CREATORAUDIT_API_KEY=KEY,
        CREATORAUDIT_BASE_URL=api.base_url,
    )
    assert (done.code, done.out) == (2, "")
    assert "The address must begin with https://." in " ".join(done.err.split())
    https = receivers.target(TargetKind.WEBHOOK).address.replace("http:", "https:")
    done = await recap(
        tmp_path,
        *("send", "--to", https),
        CREATORAUDIT_API_KEY=KEY,
        CREATORAUDIT_BASE_URL=api.base_url,
    )
    assert (done.code, done.out) == (3, "")
    assert "leads into a private network" in done.err
    assert receivers.connections == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Missing option '--to'"),
        (("--to", "example.com"), "A target is an address that begins with https://"),
        (
            ("--to", "https://example.com/a-secret", "--to", "http://example.com/a-secret"),
            "Number 2: The address must begin with https://.",
        ),
        (("--to", "https://example.com/", "--top", "26"), "--top"),
    ],
)
async def test_wrong_usage(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """A sentence that repeats no secret."""
    done = await recap(tmp_path, "send", *words, CREATORAUDIT_API_KEY=KEY)
    text = " ".join(done.err.replace("│", " ").split())
    assert (done.code, done.out) == (2, "")
    assert said in text
    assert "a-secret" not in text


async def test_without_a_key(tmp_path: Path) -> None:
    """The sentence says where to get one."""
    done = await recap(tmp_path, "send", "--to", "https://example.com/")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("CREATORAUDIT_API_KEY is not set")


async def test_mail(api: CreatorAuditStandIn, receivers: Receivers, tmp_path: Path) -> None:
    """To a mailbox, encrypted; twice is once, and one more is another mail."""
    authority = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(authority))
    line = ("--to", "Ana Lima <ana@example.com>")
    async with mail_server(login=True) as server:
        settings = {
            "SMTP_URL": f"smtp://{USER}:{quote(PASSWORD, safe='')}@localhost:{server.port}",
            "MAIL_FROM": "Recap <recap@acme.example>",
            "SSL_CERT_FILE": str(authority),
        }
        done = await send(api, receivers, tmp_path, *line, **settings)
        assert done.code == 0
        assert done.out.startswith("a…@example.com: sent, as message <")
        done = await send(api, receivers, tmp_path, *line, **settings)
        assert (done.code, "already sent on " in done.out) == (0, True)
        assert (await send(api, receivers, tmp_path, *line, "--again", **settings)).code == 0
        server.says["RCPT"] = "550 no such user"
        done = await send(api, receivers, tmp_path, *line, "--again", **settings)
    assert done.code == 3
    assert done.err.startswith("a…@example.com: not sent: 550 no such user. Check the address")
    first, second = (message_from_bytes(one.data, policy=default) for one in server.taken)
    assert first["Message-ID"] != second["Message-ID"]
    assert first["To"] == "ana@example.com"
    assert first["Subject"].startswith("Recap: last 7 days · ")
    kinds = [part.get_content_type() for part in first.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "image/png"]


async def test_no_mail_server(
    api: CreatorAuditStandIn, receivers: Receivers, tmp_path: Path
) -> None:
    """What is not set up says so."""
    done = await send(api, receivers, tmp_path, "--to", "mia@example.com")
    assert done.code == 3
    assert "not sent: e-mail is not set up. SMTP_URL and MAIL_FROM name the" in done.err
