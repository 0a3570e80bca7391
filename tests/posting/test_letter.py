"""A mail as bytes: its headers, its parts, and that nothing can be slipped in."""

import email.policy
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage

import pytest

from bot.posting.letter import Envelope, letter
from bot.rendering.mail.model import Mail, Picture
from bot.subscriptions.mailbox import Mailbox, mailbox
from tests.examples import NOON

RECAP = Mailbox("recap@acme.example", "Recap")
ENVELOPE = Envelope(RECAP, Mailbox("ana@example.com", "Ana Lima"), "s1/2026-11-23", NOON)
MAIL = Mail("Recap: last 7 days", '<img src="cid:c@r">', "1.24M ▲\n", (Picture("c@r", b"P", "x"),))

WHOLE = """\
From: Recap <recap@acme.example>
To: Ana Lima <ana@example.com>
Subject: Recap: last 7 days
Date: Mon, 23 Nov 2026 12:00:00 +0000
Message-ID: <MARK@acme.example>
Auto-Submitted: auto-generated
List-Unsubscribe: <mailto:recap@acme.example?subject=unsubscribe>
MIME-Version: 1.0
Content-Type: multipart/alternative;
 boundary="=_MARK_0"

--=_MARK_0
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

MS4yNE0g4payDQo=

--=_MARK_0
MIME-Version: 1.0
Content-Type: multipart/related;
 boundary="=_MARK_1"

--=_MARK_1
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

<img src=3D"cid:c@r">

--=_MARK_1
Content-Type: image/png
Content-Transfer-Encoding: base64
Content-Disposition: inline; filename="chart.png"
Content-ID: <c@r>
MIME-Version: 1.0

UA==

--=_MARK_1--

--=_MARK_0--
"""


def read(whole: bytes) -> EmailMessage:
    made = message_from_bytes(whole, policy=email.policy.default)
    assert isinstance(made, EmailMessage)
    return made


def test_whole() -> None:
    """The same bytes at every try, plain text first, the picture beside its page."""
    whole = letter(MAIL, ENVELOPE)
    assert whole == letter(MAIL, ENVELOPE)
    assert whole.decode().replace(ENVELOPE.mark, "MARK") == WHOLE.replace("\n", "\r\n")


def test_marks() -> None:
    """One for each delivery to each recipient; neither can be read in it."""
    marks = {
        ENVELOPE.message_id,
        replace(ENVELOPE, key="s1/2026-11-30").message_id,
        replace(ENVELOPE, recipient=Mailbox("tom@example.com")).message_id,
    }
    assert len(marks) == 3
    assert "s1" not in ENVELOPE.message_id
    assert replace(ENVELOPE, at=NOON.replace(year=2027)).message_id == ENVELOPE.message_id


def test_one_click() -> None:
    """Only where somebody listens; the address stands whole, however long it is."""
    url = "https://hooks.acme.example/" + "x" * 150 + "?who={address}"
    whole = letter(MAIL, replace(ENVELOPE, one_click=url))
    message = read(whole)
    link = url.replace("{address}", "ana%40example.com")
    assert message["List-Unsubscribe"] == (
        f"<{link}>, <mailto:recap@acme.example?subject=unsubscribe>"
    )
    assert f"<{link}>,\r\n ".encode() in whole
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read(letter(MAIL, ENVELOPE))["List-Unsubscribe-Post"] is None


def test_long_domain() -> None:
    """Folded by the standard library, a Message-ID would no longer be one."""
    sender = mailbox("Recap <recap@" + "very-long-name." * 10 + "example>")
    one = replace(ENVELOPE, sender=sender)
    message = read(letter(MAIL, one))
    assert message["Message-ID"] == one.message_id
    assert message["From"].addresses[0].addr_spec == sender.address


@pytest.mark.parametrize(
    "name", ["Zoë, Büro", "a; b", "Ana (x)", "@all", "=?utf-8?q?x?=", "名" * 78]
)
def test_names(name: str) -> None:
    """Quoted or encoded, and read back as they were."""
    recipient = mailbox(f"{name} <ana@example.com>")
    (found,) = read(letter(MAIL, replace(ENVELOPE, recipient=recipient)))["To"].addresses
    assert found.addr_spec == "ana@example.com"
    assert found.display_name.replace(" ", "") in {name.replace(" ", ""), "x"}


@pytest.mark.parametrize("subject", ["a\r\nBcc: b@example.com", "a\nb", "a\rb"])
def test_subjects_of_two_lines(subject: str) -> None:
    """No renderer makes one; if one did, nothing would be sent."""
    with pytest.raises(ValueError, match="linefeed or carriage return"):
        letter(replace(MAIL, subject=subject), ENVELOPE)


@pytest.mark.parametrize("name", ["Ana\r\nBcc: b@example.com", "Ana\nX: y"])
def test_names_of_two_lines(name: str) -> None:
    """``mailbox`` makes none either."""
    with pytest.raises(ValueError, match="invalid arguments"):
        letter(MAIL, replace(ENVELOPE, recipient=Mailbox("ana@example.com", name)))
