"""What the value of a setting has to look like; a ``ValueError`` says what it does not."""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from babel import Locale, UnknownLocaleError
from pydantic import SecretStr

from bot.posting.smtp import smtp_server
from bot.storage.vault import keys_in
from bot.subscriptions.mailbox import mailbox

LONGEST_LINK: Final = 200
"""Characters of an address in a mail's header, whose lines end at 998 with a recipient in them."""

NUMBERS: Final = re.compile(r"\d+\.\d+\.\d+\.\d+")
HOST: Final = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]*::?[0-9A-Fa-f:.]+")
SQLITE: Final = "sqlite:///"
POSTGRES: Final = ("postgresql://", "postgres://")


def web_address(value: str) -> str:
    """A full http or https address, without the white space around it."""
    address = value.strip()
    if any(character.isspace() or not character.isprintable() for character in address):
        raise ValueError("it holds white space")
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise ValueError("the host in it is not a possible one") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it must be a full address that begins with https://")
    _host(parts.hostname)
    _port(parts)
    return address


def _host(name: str) -> None:
    try:
        if NUMBERS.fullmatch(name):
            ip_address(name)
        elif ":" not in name:
            name.encode("idna").decode("idna")
    except ValueError as error:
        raise ValueError("the host in it is not a possible one") from error


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        raise ValueError("the port in it is no number from 0 to 65535") from error


def database_address(value: str) -> str:
    """A SQLite file or a PostgreSQL database."""
    if value == f"{SQLITE}:memory:":
        raise ValueError("it must name a file; a database in memory is gone at every restart")
    if value.startswith(SQLITE) and len(value) > len(SQLITE):
        return value
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise ValueError("the host in it is not a possible one") from error
    # A server on the same machine may be named by its socket alone: ?host=/var/run/postgresql.
    if value.startswith(POSTGRES) and (parts.hostname is not None or "host=" in parts.query):
        _port(parts)
        return value
    raise ValueError("it must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE")


def locale(value: str) -> str:
    """A locale that numbers can be written in."""
    try:
        Locale.parse(value.replace("-", "_"))
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError("it must be a locale such as en, en_GB or de") from error
    return value.replace("-", "_")


def stripped(value: str | None) -> str | None:
    """What was pasted, without the white space around it; nothing at all counts as not set."""
    return (value or "").strip() or None


def secret(value: object) -> SecretStr | None:
    """A pasted secret without the white space around it; nothing at all counts as not set."""
    text = str(value or "").strip()
    if not all(character.isascii() and character.isprintable() for character in text):
        raise ValueError("it holds characters that no key has; copy it again")
    if " " in text:
        raise ValueError("it holds a space; copy it again")
    return SecretStr(text) if text else None


def encryption_keys(value: object) -> SecretStr | None:
    """Keys with commas between them; nothing at all counts as not set."""
    keys = ",".join(keys_in(str(value or "")))
    return SecretStr(keys) if keys else None


def smtp(value: object) -> SecretStr | None:
    """A mail server; nothing at all counts as not set."""
    text = str(value or "").strip()
    if text:
        smtp_server(text)
    return SecretStr(text) if text else None


def sender(value: object) -> str | None:
    """Who mails come from; nothing at all counts as not set."""
    text = str(value or "").strip()
    if text:
        mailbox(text)
    return text or None


def one_click(value: str) -> str:
    """An address that takes a wish to get no more mails (RFC 8058)."""
    if not value.strip().startswith("https://"):
        raise ValueError("it must begin with https://")
    if {"<", ">", ","} & set(value):
        raise ValueError("it holds < > or a comma; write them as %3C, %3E and %2C")
    if len(value) > LONGEST_LINK:
        raise ValueError(f"it is longer than {LONGEST_LINK} characters")
    return web_address(value)


def hosts(value: str | None) -> str | None:
    """Names or addresses of hosts, with commas between them."""
    for host in filter(None, (one.strip() for one in (value or "").split(","))):
        if not HOST.fullmatch(host):
            raise ValueError(
                "it must be names or addresses of hosts, with commas between them and without "
                "https:// or a port"
            )
    return value
