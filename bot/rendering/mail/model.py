"""An e-mail before it is addressed to anybody."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG that the HTML shows as ``cid:``; ``alt`` says in words what it shows."""

    cid: str
    png: bytes
    alt: str

    @property
    def source(self) -> str:
        """What the HTML calls it."""
        return f"cid:{self.cid}"


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail says; the subject is one line.

    Attributes:
        subject: What it is, and the first figure.
        html: With its pictures as ``cid:``.
        text: The same for those who read no HTML.
        pictures: Those that ``html`` names.
    """

    subject: str
    html: str
    text: str
    pictures: tuple[Picture, ...] = ()

    @property
    def page(self) -> str:
        """``html`` with its pictures inside, for a browser."""
        page = self.html
        for one in self.pictures:
            data = f"data:image/png;base64,{b64encode(one.png).decode()}"
            page = page.replace(f'"{one.source}"', f'"{data}"')
        return page


def packed(mail: Mail, at: datetime) -> dict[str, Any]:
    """``mail``, written ``at`` that instant, as JSON holds it."""
    return {
        "subject": mail.subject,
        "html": mail.html,
        "text": mail.text,
        "pictures": [
            {"cid": one.cid, "png": b64encode(one.png).decode(), "alt": one.alt}
            for one in mail.pictures
        ],
        "at": at.isoformat(),
    }


def unpacked(payload: Mapping[str, Any]) -> tuple[Mail, datetime]:
    """What ``packed`` has made ``payload`` of."""
    pictures = tuple(
        Picture(one["cid"], b64decode(one["png"]), one["alt"]) for one in payload["pictures"]
    )
    mail = Mail(payload["subject"], payload["html"], payload["text"], pictures)
    return mail, datetime.fromisoformat(payload["at"])
