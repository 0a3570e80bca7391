"""Addresses of mails, as people type them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.subscriptions.mailbox import Mailbox, mailbox


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("ana@example.com", Mailbox("ana@example.com")),
        ("  ana@Example.COM ", Mailbox("ana@example.com")),
        ("Ana.Lima+recap@mail.example.com", Mailbox("Ana.Lima+recap@mail.example.com")),
        ("Ana Lima <ana@example.com>", Mailbox("ana@example.com", "Ana Lima")),
        ('"Lima, Ana" <ana@example.com>', Mailbox("ana@example.com", "Lima, Ana")),
        ("<ana@example.com>", Mailbox("ana@example.com")),
        ("Zoë <zoe@büro.example>", Mailbox("zoe@xn--bro-hoa.example", "Zoë")),
    ],
)
def test_possible(text: str, made: Mailbox) -> None:
    """With a name or without; the domain in the letters of the DNS."""
    assert mailbox(text) == made


def test_domain() -> None:
    assert mailbox("ana@mail.example.com").domain == "mail.example.com"


BROKEN = "it holds a line break or another character that can't be seen"
ADDRESS = "it must be an address such as team@example.com"
LOCAL = "what stands before the @ is no possible name of a mailbox"
DOMAIN = "what stands after the @ is no possible domain"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", ADDRESS),
        ("ana", ADDRESS),
        ("@example.com", ADDRESS),
        ("ana@", ADDRESS),
        ("ana@example.com\r\nBcc: b@example.com", BROKEN),
        ("ana\n@example.com", BROKEN),
        ("Ana\r\nBcc: b@example.com <ana@example.com>", BROKEN),
        ("Ana\x00 <ana@example.com>", BROKEN),
        ("Ana\u2028 <ana@example.com>", BROKEN),
        ("ana@example.com, b@example.com", LOCAL),
        ("a b@example.com", LOCAL),
        ('"a b"@example.com', LOCAL),
        (".ana@example.com", LOCAL),
        ("zoë@example.com", LOCAL),
        ("a" * 65 + "@example.com", LOCAL),
        ("b@example.com@example.com", LOCAL),
        ("ana@localhost", DOMAIN),
        ("ana@127.0.0.1", DOMAIN),
        ("ana@[127.0.0.1]", DOMAIN),
        ("ana@-example.com", DOMAIN),
        ("ana@example..com", DOMAIN),
        ("ana@exa mple.com", DOMAIN),
        ("ana@example.com>", DOMAIN),
        ("ana@example.com <b@example.com> c", LOCAL),
        ("ana@" + "a." * 120 + "example.com", "it is longer than 254 characters"),
        ("A" * 79 + " <ana@example.com>", "the name in it is longer than 78 characters"),
    ],
)
def test_impossible(text: str, why: str) -> None:
    """One sentence, and nothing that could end up in a header."""
    with pytest.raises(ValueError, match=f"^{re.escape(why)}$"):
        mailbox(text)


@given(st.text(), st.text(st.characters(codec="ascii"), min_size=1))
def test_whatever_is_typed(name: str, address: str) -> None:
    """Either it is refused, or it is one line without any mark of an address."""
    try:
        made = mailbox(f"{name}<{address}@example.com>")
    except ValueError:
        return
    assert made.name.isprintable()
    assert not set(made.name) & set('<>"')
    assert made.address.isascii()
    assert not set(made.address) & set(' \r\n<>,;:"()')
