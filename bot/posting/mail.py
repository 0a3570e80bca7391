"""Mail goes out through one SMTP server (aiosmtplib), and never without the encryption asked for.

SMTP can't be asked whether it has taken a mail. A connection that is lost after DATA leaves that
open: the try is ``Unsure``, and whoever repeats it sends the same bytes with the same Message-ID.
"""

import asyncio
import contextlib
import ssl
from typing import Final

from aiosmtplib import SMTP, SMTPException, SMTPNotSupported, SMTPResponseException

from bot.errors import OperatorMustAct, RecapError, TryLater
from bot.posting.letter import Envelope, letter
from bot.posting.smtp import Security, SmtpServer
from bot.rendering.mail.model import Mail
from bot.rendering.names import one_line
from bot.subscriptions.outcomes import BadMessage, Busy, Refused, Result, Sent, Unsure

PATIENCE: Final = 45.0
"""Seconds for everything up to the server's last word: less than what counts as under way."""

GOODBYE: Final = 5.0
LONGEST_DETAIL: Final = 200
UNSAFE: Final = "unsafe_mail_server"
"""Stands for what a server lacks, or can't prove."""

TROUBLE: Final = (SMTPException, OSError, ValueError)
"""Everything that a talk may end with; the last is for a login in letters that SMTP has not."""

PERMANENT: Final = 500
"""From here on, trying again is no use (RFC 5321, 4.2.1)."""

TEMPORARY: Final = 400


class MailSender:
    """Hands mails in at one server.

    Args:
        server: The server.
        name: What we call ourselves in EHLO: the sender's domain.
        trust: Whose certificates are believed; by default the machine's own authorities.
        patience: Seconds for one mail.
    """

    def __init__(
        self,
        server: SmtpServer,
        name: str,
        *,
        trust: ssl.SSLContext | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._server = server
        self._name = name
        self._trust = trust or ssl.create_default_context()
        self._patience = patience

    async def send(self, mail: Mail, envelope: Envelope) -> Result:
        """Hand ``mail`` in, once; ``Sent`` names the recipient's host and the Message-ID."""
        client = self._client()
        whole = letter(mail, envelope)
        handed = False
        try:
            async with asyncio.timeout(self._patience):
                await self._open(client)
                await client.mail(envelope.sender.address)
                await client.rcpt(envelope.recipient.address)
                handed = True
                await client.data(whole)
            await _leave(client)
        except TROUBLE as error:
            return _after_data(error) if handed else _before_data(error)
        finally:
            client.close()
        return Sent(envelope.recipient.domain, envelope.message_id)

    async def check(self) -> str:
        """Connect, encrypt and log in, but send nothing; says what was found.

        Raises:
            TryLater: The server can't be reached, or has no time.
            OperatorMustAct: It refuses us, or what it offers is not safe.
        """
        client = self._client()
        try:
            async with asyncio.timeout(self._patience):
                await self._open(client)
            await _leave(client)
        except TROUBLE as error:
            raise self._failed(error) from error
        finally:
            client.close()
        logged_in = f", logs {one_line(self._server.user)} in" if self._server.user else ""
        return f"{self._server} answers {SECURED[self._server.security]}{logged_in}"

    def _client(self) -> SMTP:
        return SMTP(
            hostname=self._server.host,
            port=self._server.port,
            local_hostname=self._name,
            use_tls=self._server.security is Security.TLS,
            start_tls=False,  # said below: a server must not be able to talk us out of it
            tls_context=self._trust,
            timeout=self._patience,
        )

    async def _open(self, client: SMTP) -> None:
        await client.connect()
        await client.ehlo()
        if self._server.security is Security.STARTTLS:
            if not client.supports_extension("starttls"):
                raise SMTPNotSupported("it offers no STARTTLS")
            await client.starttls()
            await client.ehlo()
        if self._server.user:
            if not client.supported_auth_methods:
                raise SMTPNotSupported("it offers no login that Recap knows")
            await client.login(self._server.user, self._server.password)

    def _failed(self, error: Exception) -> RecapError:
        outcome = _before_data(error)
        reader = "Recap can't send mail just now."
        if isinstance(outcome, Refused):
            return OperatorMustAct(reader, f"{self._server} can't be used: {outcome.detail}.")
        return TryLater(reader, f"{self._server} can't be reached: {outcome.detail}.")


SECURED: Final = {
    Security.TLS: "over TLS",
    Security.STARTTLS: "over STARTTLS",
    Security.NONE: "without encryption",
}


async def _leave(client: SMTP) -> None:
    """What the server has taken it has taken, whatever it says to our goodbye."""
    with contextlib.suppress(*TROUBLE):
        async with asyncio.timeout(GOODBYE):
            await client.quit()


def _before_data(error: Exception) -> Busy | Refused:
    """Nothing was handed over yet."""
    detail = _said(error)
    if isinstance(error, SMTPResponseException):
        return Refused(str(error.code), detail) if error.code >= PERMANENT else Busy(detail)
    if isinstance(error, SMTPNotSupported | ValueError) or _is_certificate(error):
        return Refused(UNSAFE, detail)
    return Busy(detail)


def _after_data(error: Exception) -> Result:
    """The server had the mail, or most of it: only its own word says what it did with it."""
    detail = _said(error)
    if isinstance(error, SMTPResponseException) and error.code >= TEMPORARY:
        return BadMessage(str(error.code), detail) if error.code >= PERMANENT else Busy(detail)
    return Unsure(detail)


def _is_certificate(error: Exception) -> bool:
    return isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError)


def _said(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {one_line(error.message, LONGEST_DETAIL)}"
    if isinstance(error, TimeoutError):
        return f"no answer in time ({type(error).__name__})"
    return one_line(str(error) or type(error).__name__, LONGEST_DETAIL)
