"""The mail server that an operator names, and what is safe to do with it."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

FORM: Final = "it must be smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465"
EMPTY: Final = ("", "/")
LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_:")


class Security(Enum):
    """How the connection is kept secret."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


PORTS: Final = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in; a login is never spoken without encryption.

    Attributes:
        host: Its name, which its certificate has to prove.
        port: Of submission.
        security: What has to be in place before a word of ours is said.
        user: Empty where nobody logs in.
        password: Of ``user``.
    """

    host: str
    port: int
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def smtp_server(url: str) -> SmtpServer:
    """The server behind ``url``: ``smtp://`` insists on STARTTLS, ``smtps://`` begins with TLS.

    ``?starttls=never`` is for a relay that knows no encryption, and only without a password.

    Raises:
        ValueError: It is no such address; the message never repeats it, since it may hold a
            password.
    """
    parts = _split(url)
    security = _security(parts)
    host = (parts.hostname or "").encode("idna").decode()
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if security is Security.NONE and (user or password):
        raise ValueError("a password can't be sent without encryption; leave out starttls=never")
    if bool(user) is not bool(password):
        raise ValueError("a user needs a password, and a password a user")
    if not (user + password).isprintable():
        raise ValueError("the user or the password in it holds a character that can't be seen")
    return SmtpServer(host, _port(parts, security), security, user, password)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError as error:
        raise ValueError("the host in it is not a possible one") from error
    if "@" in parts.path + parts.query + parts.fragment:
        raise ValueError("a /, ? or # in the password must be written as %2F, %3F or %23")
    if (
        parts.scheme not in {"smtp", "smtps"}
        or not host
        or parts.path + parts.fragment not in EMPTY
    ):
        raise ValueError(FORM)
    if not LETTERS.issuperset(host):
        raise ValueError("the host in it is not a possible one")
    return parts


def _security(parts: SplitResult) -> Security:
    said = dict(parse_qsl(parts.query, keep_blank_values=True))
    wish = said.pop("starttls", "required")
    if said or wish not in {"required", "never"}:
        raise ValueError("only starttls=required or starttls=never may follow its ?")
    if parts.scheme == "smtps":
        return Security.TLS
    return Security.NONE if wish == "never" else Security.STARTTLS


def _port(parts: SplitResult, security: Security) -> int:
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError("the port in it is no number from 1 to 65535") from error
    if port == 0:
        raise ValueError("the port in it is no number from 1 to 65535")
    return port or PORTS[security]
