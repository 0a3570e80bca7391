"""A mail with its addresses, as the bytes that go over the wire: the same ones every time."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import EmailPolicy
from email.utils import format_datetime
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from bot.rendering.mail.model import Mail, Picture
from bot.subscriptions.mailbox import Mailbox

ANYBODY: Final = "{address}"
"""Stands in the address of the one-click page for whose mail it was."""


UNBROKEN: Final = frozenset({"Message-ID", "List-Unsubscribe"})


class _OnTheWire(EmailPolicy):
    """As SMTP wants it, with addresses left whole.

    The standard library folds a long one by encoding it as if it were prose, which no mail program
    reads as an address any more.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        """``name`` and ``value`` as lines."""
        if name in UNBROKEN:
            lines = value.replace(", <", f",{self.linesep} <")
            return f"{name}: {lines}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


POLICY: Final = _OnTheWire(linesep="\r\n")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom, when and which.

    Attributes:
        sender: Of every mail of this installation.
        recipient: One; another recipient gets a mail of their own.
        key: Names the delivery, the same at every try: mail programs show one of two mails with
            the same Message-ID, so a second try after a lost answer is mostly not seen.
        at: When it was written, the same at every try; with a zone.
        one_click: An https address that takes a POST as the wish to get no more (RFC 8058);
            ``{address}`` in it becomes the recipient. None where there is none.
    """

    sender: Mailbox
    recipient: Mailbox
    key: str
    at: datetime
    one_click: str | None = None

    @property
    def mark(self) -> str:
        """Names this delivery to this recipient, and tells nothing about either."""
        return sha256(f"{self.key}\n{self.recipient.address}".encode()).hexdigest()[:32]

    @property
    def message_id(self) -> str:
        """The same at every try."""
        return f"<{self.mark}@{self.sender.domain}>"


def letter(mail: Mail, envelope: Envelope) -> bytes:
    """``mail`` in ``envelope``: plain text first, then HTML with its pictures."""
    message = EmailMessage(policy=POLICY)
    for name, value in _headers(mail, envelope).items():
        message[name] = value
    message.set_content(mail.text, cte=_shortest(mail.text))
    message.add_alternative(mail.html, subtype="html", cte=_shortest(mail.html))
    page = message.get_payload(1)
    assert isinstance(page, MIMEPart)  # noqa: S101 -- the alternative that was just added
    for one in mail.pictures:
        _attach(page, one)
    for number, part in enumerate(one for one in message.walk() if one.is_multipart()):
        # Neither quoted-printable nor base64 can hold "=_".
        part.set_boundary(f"=_{envelope.mark}_{number}")
    return message.as_bytes()


def _shortest(text: str) -> str:
    """Latin text stays readable on the way; any other would take three letters for each byte."""
    others = sum(not character.isascii() for character in text.encode().decode("latin-1"))
    return "base64" if 5 * others > len(text) else "quoted-printable"


def _headers(mail: Mail, envelope: Envelope) -> dict[str, object]:
    sender = envelope.sender
    mailto = f"<mailto:{quote(sender.address, safe='@')}?subject=unsubscribe>"
    headers: dict[str, object] = {
        "From": _address(sender),
        "To": _address(envelope.recipient),
        "Subject": mail.subject,
        "Date": format_datetime(envelope.at),
        "Message-ID": envelope.message_id,
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": mailto,
    }
    if envelope.one_click:
        link = envelope.one_click.replace(ANYBODY, quote(envelope.recipient.address, safe=""))
        headers["List-Unsubscribe"] = f"<{link}>, {mailto}"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _address(one: Mailbox) -> Address:
    return Address(one.name, addr_spec=one.address)


def _attach(page: MIMEPart, one: Picture) -> None:
    page.add_related(
        one.png,
        maintype="image",
        subtype="png",
        cid=f"<{one.cid}>",
        disposition="inline",
        filename="chart.png",
    )
