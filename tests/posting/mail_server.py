"""A real SMTP server (aiosmtpd) on this machine, which refuses and breaks off as it is told."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, cast

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bot.posting.smtp import Security, SmtpServer

USER, PASSWORD = "recap", "pa ss/wörd"
DROP: Final = "drop"
HANG: Final = "hang"
AUTHORITY: Final = trustme.CA()


def trusting(authority: trustme.CA = AUTHORITY) -> ssl.SSLContext:
    """Believes what ``authority`` has signed."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@dataclass
class Taken:
    """A mail that the server has said yes to."""

    sender: str
    recipient: str
    data: bytes
    encrypted: bool
    user: str | None


@dataclass
class MailServer:
    """Its state; ``says`` maps a command to what is answered in place of yes.

    Besides an answer, that may be ``DROP`` or ``HANG``; ``"DATA."`` is the end of the data.
    """

    port: int = 0
    says: dict[str, str] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    end: asyncio.Event = field(default_factory=asyncio.Event)

    def named(self, security: Security, *, login: bool = False) -> SmtpServer:
        """As the settings would name it."""
        secret = (USER, PASSWORD) if login else ("", "")
        return SmtpServer("localhost", self.port, security, *secret)

    async def answer(self, command: str, server: SMTP, usual: str) -> str:
        """What is said to ``command``; the connection may not live to hear it."""
        self.commands.append(command)
        told = self.says.get(command, usual)
        if told == HANG:
            await self.end.wait()
        if told in {DROP, HANG}:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return told if told[:1].isdecimal() else "421 gone"

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd's names
        self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return await self.answer("MAIL", server, "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _: Session, envelope: Envelope, address: str, __: list[str]
    ) -> str:
        said = await self.answer("RCPT", server, "250 OK")
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        assert server.transport is not None
        mail = Taken(
            envelope.mail_from or "",
            envelope.rcpt_tos[0],
            envelope.content,
            encrypted=server.transport.get_extra_info("sslcontext") is not None,
            user=cast("bytes", session.auth_data).decode() if session.authenticated else None,
        )
        told = self.says.get("DATA.", "250 OK")
        if told.startswith("250") or told == DROP:
            self.taken.append(mail)
        return await self.answer("DATA.", server, "250 OK")

    async def handle_QUIT(self, server: SMTP, _: Session, __: Envelope) -> str:  # noqa: N802
        return await self.answer("QUIT", server, "221 Bye")


class _Spoken(SMTP):
    """One connection."""

    book: MailServer

    async def over(self) -> None:
        """Break off, and leave nothing running."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()
        if self._handler_coroutine:
            self._handler_coroutine.cancel()
            await asyncio.gather(self._handler_coroutine, return_exceptions=True)
        if isinstance(self._original_transport, asyncio.Transport):
            self._original_transport.abort()
        await asyncio.sleep(0)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        self.book.commands.append("STARTTLS")
        await super().smtp_STARTTLS(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if "DATA" in self.book.says:
            await self.push(await self.book.answer("DATA", self, "354 Go"))
            return
        await super().smtp_DATA(arg)


@asynccontextmanager
async def mail_server(
    security: Security = Security.STARTTLS,
    *,
    login: bool = False,
    authority: trustme.CA = AUTHORITY,
    name: str = "localhost",
) -> AsyncIterator[MailServer]:
    """One that listens until the end of the block."""
    book = MailServer()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)

    def check(_: SMTP, __: Session, ___: Envelope, ____: str, secret: object) -> AuthResult:
        assert isinstance(secret, LoginPassword)
        book.passwords.append(secret.password.decode())
        good = secret == LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False, auth_data=secret.login)

    def connected() -> SMTP:
        with warnings.catch_warnings():
            # It takes the encryption for missing that stands from the first byte on.
            warnings.simplefilter("ignore", UserWarning)
            spoken = _Spoken(
                book,
                hostname="mx.example.com",
                tls_context=context if security is Security.STARTTLS else None,
                auth_required=login,
                auth_require_tls=security is Security.STARTTLS,
                authenticator=check,
                auth_exclude_mechanism=() if login else ("LOGIN", "PLAIN"),
                loop=asyncio.get_running_loop(),
            )
        spoken.book = book
        connections.append(spoken)
        return spoken

    connections: list[_Spoken] = []

    listening = await asyncio.get_running_loop().create_server(
        connected, "127.0.0.1", 0, ssl=context if security is Security.TLS else None
    )
    book.port = listening.sockets[0].getsockname()[1]
    try:
        yield book
    finally:
        book.end.set()
        listening.close()
        await asyncio.gather(*(one.over() for one in connections))
