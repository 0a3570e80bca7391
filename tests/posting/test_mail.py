"""Mail over a real SMTP connection, and what becomes of it when that goes wrong."""

import asyncio
import email.policy
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage

import pytest
import trustme

from bot.errors import OperatorMustAct, TryLater
from bot.posting.letter import Envelope, letter
from bot.posting.mail import MailSender
from bot.posting.mailing import MailTargets
from bot.posting.smtp import Security, SmtpServer
from bot.rendering.mail.model import Mail, packed
from bot.subscriptions.mailbox import Mailbox
from bot.subscriptions.outcomes import BadMessage, Busy, Refused, Result, Sent, Unsure
from bot.subscriptions.targets import Target, TargetKind
from tests.examples import NOON
from tests.posting.mail_server import (
    DROP,
    HANG,
    PASSWORD,
    USER,
    mail_server,
    trusting,
)

RECAP = Mailbox("recap@acme.example", "Recap")
ANA = Mailbox("ana@example.com", "Ana Lima")
ENVELOPE = Envelope(RECAP, ANA, "s1/2026-11-23", NOON)
MAIL = Mail("Recap: last 7 days", "<p>1.24M</p>", "1.24M\n.\n..two dots\n")
SENT = Sent("example.com", ENVELOPE.message_id)


async def send(
    server: SmtpServer, *, trust: ssl.SSLContext | None = None, patience: float = 30.0
) -> Result:
    sender = MailSender(server, "acme.example", trust=trust or trusting(), patience=patience)
    return await sender.send(MAIL, ENVELOPE)


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
async def test_sent(security: Security) -> None:
    """Encrypted before anything is said, logged in, and the bytes are the letter's own."""
    async with mail_server(security, login=True) as server:
        assert await send(server.named(security, login=True)) == SENT
    (taken,) = server.taken
    assert (taken.sender, taken.recipient) == ("recap@acme.example", "ana@example.com")
    assert (taken.encrypted, taken.user) == (True, USER)
    assert taken.data == letter(MAIL, ENVELOPE)


async def test_a_recap_that_is_kept_and_sent_twice() -> None:
    """The same bytes each time, as far as a mail program looks: it shows one."""
    payload = json.loads(json.dumps(packed(MAIL, NOON)))
    target = Target(TargetKind.EMAIL, "ana@example.com")
    async with mail_server() as server:
        mails = MailSender(server.named(Security.STARTTLS), "acme.example", trust=trusting())
        outbox = MailTargets(mails, RECAP, "https://acme.example/no?who={address}")
        for key in ("s1/2026-11-23/to/w1", "s1/2026-11-23/to/w1", "s1/2026-11-30/to/w1"):
            assert isinstance(await outbox.send(target, payload, key), Sent)
    first, again, other = (one.data for one in server.taken)
    assert first == again
    assert message_from_bytes(first)["Message-ID"] != message_from_bytes(other)["Message-ID"]
    assert b"https://acme.example/no?who=ana%40example.com" in first


async def test_relay_without_encryption() -> None:
    """Only where the operator said so."""
    async with mail_server(Security.NONE) as server:
        assert await send(server.named(Security.NONE)) == SENT
    assert [one.encrypted for one in server.taken] == [False]
    assert "STARTTLS" not in server.commands


async def test_twice_the_same() -> None:
    """A second try is the same mail to the letter, so that mail programs show one of them."""
    async with mail_server() as server:
        for _ in range(2):
            await send(server.named(Security.STARTTLS))
    first, second = server.taken
    assert first.data == second.data
    message = message_from_bytes(first.data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message["Message-ID"] == ENVELOPE.message_id


@pytest.mark.parametrize(
    ("command", "answer", "outcome"),
    [
        ("MAIL", "451 4.3.0 later", Busy("451 4.3.0 later")),
        ("MAIL", "550 5.7.1 not you", Refused("550", "550 5.7.1 not you")),
        ("RCPT", "450 4.2.0 greylisted", Busy("450 4.2.0 greylisted")),
        ("RCPT", "421 4.7.0 too fast", Busy("421 4.7.0 too fast")),
        ("RCPT", "550 5.1.1 nobody", Refused("550", "550 5.1.1 nobody")),
        ("DATA", "451 4.3.0 disk full", Busy("451 4.3.0 disk full")),
        ("DATA", "554 5.5.1 no", BadMessage("554", "554 5.5.1 no")),
        ("DATA.", "452 4.3.1 disk full", Busy("452 4.3.1 disk full")),
        ("DATA.", "552 5.3.4 too large", BadMessage("552", "552 5.3.4 too large")),
        ("DATA.", "554 5.7.1 spam", BadMessage("554", "554 5.7.1 spam")),
        ("DATA.", "350 what now", Unsure("350 what now")),
        ("QUIT", "500 what", SENT),
    ],
)
async def test_answers(command: str, answer: str, outcome: Result) -> None:
    """4xx may pass, 5xx needs a person or another mail, and after its yes nothing matters."""
    async with mail_server() as server:
        server.says[command] = answer
        assert await send(server.named(Security.STARTTLS)) == outcome
    assert len(server.taken) == (1 if command == "QUIT" else 0)


@pytest.mark.parametrize(
    ("command", "how", "kind"),
    [
        ("MAIL", DROP, Busy),
        ("RCPT", DROP, Busy),
        ("DATA", DROP, Unsure),
        ("DATA.", DROP, Unsure),
        ("QUIT", DROP, Sent),
        ("RCPT", HANG, Busy),
        ("DATA.", HANG, Unsure),
    ],
)
async def test_broken_off(command: str, how: str, kind: type[Result]) -> None:
    """Before DATA nothing can have been taken; from DATA on nobody knows."""
    async with mail_server() as server:
        server.says[command] = how
        patience = 2.0 if how == HANG else 30.0
        outcome = await send(server.named(Security.STARTTLS), patience=patience)
    assert isinstance(outcome, kind)
    assert command in server.commands


async def test_taken_and_then_lost() -> None:
    """The server has it, but its yes never arrived."""
    async with mail_server() as server:
        server.says["DATA."] = DROP
        assert isinstance(await send(server.named(Security.STARTTLS)), Unsure)
    assert len(server.taken) == 1


async def test_nobody_listens() -> None:
    """Refused before a word was said."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    outcome = await send(SmtpServer("localhost", port))
    assert isinstance(outcome, Busy)
    assert outcome.detail.startswith(f"Error connecting to localhost on port {port}")


async def test_greeting_that_never_comes() -> None:
    """Connected, and then nothing."""
    async with silence() as port:
        outcome = await send(SmtpServer("127.0.0.1", port), patience=0.3)
    assert isinstance(outcome, Busy)
    assert outcome.detail.startswith("no answer in time")


@pytest.mark.parametrize("login", [False, True])
async def test_encryption_can_not_be_talked_away(login: bool) -> None:  # noqa: FBT001
    """A server, or whoever stands between, that offers no STARTTLS gets neither login nor mail."""
    async with mail_server(Security.NONE) as server:
        outcome = await send(server.named(Security.STARTTLS, login=login))
    assert outcome == Refused("unsafe_mail_server", "it offers no STARTTLS")
    assert (server.taken, server.passwords, server.commands) == ([], [], [])


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
@pytest.mark.parametrize("wrong", ["authority", "name"])
async def test_certificate_that_proves_nothing(security: Security, wrong: str) -> None:
    """Signed by a stranger, or for another host: not a word to it."""
    authority = trustme.CA() if wrong == "authority" else None
    name = "other.example" if wrong == "name" else "localhost"
    trust = trusting()
    async with mail_server(
        security, login=True, name=name, **({"authority": authority} if authority else {})
    ) as server:
        outcome = await send(server.named(security, login=True), trust=trust)
    assert isinstance(outcome, Refused)
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.detail
    assert (server.taken, server.passwords) == ([], [])


async def test_machines_own_authorities() -> None:
    """Without any other wish the certificate has to be signed by one of them."""
    async with mail_server() as server:
        outcome = await MailSender(server.named(Security.STARTTLS), "acme.example").send(
            MAIL, ENVELOPE
        )
    assert isinstance(outcome, Refused)


async def test_login_refused() -> None:
    """A wrong password needs a person; it stands in no outcome."""
    wrong = "wrong-password"
    async with mail_server(login=True) as server:
        named = SmtpServer("localhost", server.port, Security.STARTTLS, USER, wrong)
        outcome = await send(named)
    assert isinstance(outcome, Refused)
    assert outcome.detail.startswith("535 5.7.8")
    assert wrong not in repr((outcome, named))


async def test_no_login_to_be_had() -> None:
    """A password for a server that asks for none: something is wrong, and nothing is sent."""
    async with mail_server(Security.TLS) as server:
        named = SmtpServer("localhost", server.port, Security.TLS, USER, PASSWORD)
        outcome = await send(named)
    assert outcome == Refused("unsafe_mail_server", "it offers no login that Recap knows")
    assert server.taken == []


async def test_check() -> None:
    """Everything but a mail is tried."""
    async with mail_server(login=True) as server:
        sender = MailSender(
            server.named(Security.STARTTLS, login=True), "acme.example", trust=trusting()
        )
        said = await sender.check()
    assert said == f"localhost:{server.port} answers over STARTTLS, logs recap in"
    assert server.taken == []
    assert "MAIL" not in server.commands


async def test_check_of_a_relay() -> None:
    """Nobody logs in."""
    async with mail_server(Security.NONE) as server:
        said = await MailSender(server.named(Security.NONE), "acme.example").check()
    assert said == f"localhost:{server.port} answers without encryption"


async def test_check_fails() -> None:
    """Who has to act is told what was said."""
    async with mail_server(login=True) as server:
        named = SmtpServer("localhost", server.port, Security.STARTTLS, USER, "wrong")
        with pytest.raises(OperatorMustAct) as refused:
            await MailSender(named, "acme.example", trust=trusting()).check()
    assert refused.value.operator.startswith(f"localhost:{server.port} can't be used: 535 5.7.8")
    async with silence() as port:
        sender = MailSender(SmtpServer("127.0.0.1", port), "acme.example", patience=0.3)
        with pytest.raises(TryLater) as later:
            await sender.check()
    assert "can't be reached: no answer in time" in later.value.operator


@asynccontextmanager
async def silence() -> AsyncIterator[int]:
    """A port that takes connections and never says a word."""
    over = asyncio.Event()

    async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()
        await writer.wait_closed()
        gone.set()

    gone = asyncio.Event()
    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        over.set()
        await gone.wait()
