"""An e-mail address with the name of whose it is, both fit to stand in a header."""

import re
from dataclasses import dataclass
from typing import Final

LONGEST_LOCAL: Final = 64
LONGEST_ADDRESS: Final = 254
LONGEST_NAME: Final = 78
"""Characters: RFC 5321 names the first two, and a line of a mail has no room for more."""

NAMED: Final = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")
ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LOCAL: Final = re.compile(rf"{ATOM}(?:\.{ATOM})*")
LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
DOMAIN: Final = re.compile(rf"(?:{LABEL}\.)+(?!\d+$){LABEL}")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """``address`` is ASCII; ``name`` is one printable line, empty where there is none."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        """What follows the ``@``."""
        return self.address.rpartition("@")[2]


def mailbox(text: str) -> Mailbox:
    """``text`` as a mailbox: ``ana@example.com`` or ``Ana Lima <ana@example.com>``.

    Raises:
        ValueError: It is none; the message says why and never repeats it.
    """
    if not text.isprintable():
        raise ValueError("it holds a line break or another character that can't be seen")
    found = NAMED.fullmatch(text.strip())
    name, address = (found["name"], found["address"]) if found else ("", text)
    return Mailbox(_address(address.strip()), _name(name))


def _name(text: str) -> str:
    name = " ".join(text.replace('"', " ").split())
    if len(name) > LONGEST_NAME:
        raise ValueError(f"the name in it is longer than {LONGEST_NAME} characters")
    return name


def _address(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise ValueError("it must be an address such as team@example.com")
    if len(local) > LONGEST_LOCAL or not LOCAL.fullmatch(local):
        raise ValueError("what stands before the @ is no possible name of a mailbox")
    address = f"{local}@{_domain(domain)}"
    if len(address) > LONGEST_ADDRESS:
        raise ValueError(f"it is longer than {LONGEST_ADDRESS} characters")
    return address


def _domain(text: str) -> str:
    try:
        domain = text.encode("idna").decode().lower()
    except UnicodeError:
        domain = ""
    if not DOMAIN.fullmatch(domain):
        raise ValueError("what stands after the @ is no possible domain")
    return domain
