"""Where else a recap goes, beside its channel: a chat's webhook, or an e-mail address.

The address of a webhook is a secret: whoever has it can post there. It is shown ``masked`` only.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from bot.subscriptions.mailbox import mailbox

LONGEST_ADDRESS: Final = 2_048
SHOWN: Final = 4
"""Characters of a secret that are shown, so that two addresses can be told apart."""

SHORTEST_SECRET: Final = 16
"""A shorter one is not shown at all: four characters would be a good part of it."""

POSSIBLE: Final = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
"""What an address is made of (RFC 3986, 2). Anything else is read differently by different
libraries, which is how a check is led astray."""

LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A name that ends so is an IP address in one of its odd notations (WHATWG URL, 3.5)."""

DISCORD_PATH: Final = re.compile(r"/api(?:/v\d+)?/webhooks/\d+/[\w-]+/?")
SLACK_PATH: Final = re.compile(r"/services/.+")
MATTERMOST_PATH: Final = re.compile(r"(?:/[\w.-]+)*/hooks/[a-z0-9]{26}")
DISCORD: Final = frozenset(
    {"discord.com", "canary.discord.com", "ptb.discord.com", "discordapp.com"}
)
SLACK: Final = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
TEAMS: Final = (".logic.azure.com", ".logic.azure.us", ".powerplatform.com", ".powerautomate.com")
MARK: Final = "…"


class TargetKind(StrEnum):
    """What takes the message, and so which shape it has.

    ``webhook`` gets ``{"text": Markdown}``, ``json`` the whole digest beside it.
    """

    WEBHOOK = "webhook"
    JSON = "json"
    SLACK_WEBHOOK = "slack"
    MATTERMOST = "mattermost"
    DISCORD = "discord"
    TEAMS = "teams"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Target:
    """A place that a recap is sent to; ``address`` is a URL, or ``name@host`` for e-mail."""

    kind: TargetKind
    address: str

    @property
    def host(self) -> str:
        """The host of ``address``, without a port."""
        if self.kind is TargetKind.EMAIL:
            return self.address.rpartition("@")[2]
        return urlsplit(self.address).hostname or ""


def parse_target(text: str, own_hosts: Collection[str] = ()) -> Target:
    """The target that ``text`` names, as people type it or paste it.

    Its kind follows from the address; a prefix such as ``mattermost+https://`` says it where that
    can't be told. ``own_hosts`` are those of whoever runs Recap, in lower case: they may be names
    of a private network and may be reached by plain http.

    Raises:
        ValueError: It names none; the sentence says what it must be and never repeats it.
    """
    typed = text.strip()
    if "://" not in typed:
        return _mail(typed)
    prefix, plus, rest = typed.partition("+")
    named = plus and "://" not in prefix
    kind = _kind_called(prefix) if named else None
    address = _address(rest if named else typed, own_hosts)
    return Target(kind or _guessed(urlsplit(address)), address)


def _mail(typed: str) -> Target:
    try:
        return Target(TargetKind.EMAIL, mailbox(typed).address)
    except ValueError:
        raise ValueError(
            "A target is an address that begins with https://, or an e-mail address such as "
            "name@example.com."
        ) from None


def _kind_called(prefix: str) -> TargetKind:
    for kind in TargetKind:
        if kind.value == prefix.lower() and kind is not TargetKind.EMAIL:
            return kind
    known = ", ".join(kind.value for kind in TargetKind if kind is not TargetKind.EMAIL)
    raise ValueError(f"Before the + of a target stands one of {known}.")


def _address(typed: str, own_hosts: Collection[str]) -> str:
    if len(typed) > LONGEST_ADDRESS or not POSSIBLE.fullmatch(typed):
        raise ValueError("The address holds something that no address has; copy it again.")
    if "#" in typed:
        raise ValueError("The address must not hold a #.")
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError:
        raise ValueError("The host or the port in the address is not a possible one.") from None
    host = (parts.hostname or "").rstrip(".")
    _check(parts, host, is_own=host in own_hosts)
    shown = f"[{host}]" if ":" in host else host
    usual = {"https": 443, "http": 80}[parts.scheme]
    netloc = shown if port in {None, usual} else f"{shown}:{port}"
    return parts._replace(netloc=netloc, path=parts.path or "/").geturl()


def _check(parts: SplitResult, host: str, *, is_own: bool) -> None:
    if parts.scheme != "https" and not (is_own and parts.scheme == "http"):
        raise ValueError("The address must begin with https://.")
    if "@" in parts.netloc:
        raise ValueError("The address must not hold a user or a password.")
    if parts.port == 0 or not (_is_ip(host) or _is_name(host, is_own=is_own)):
        raise ValueError("The host or the port in the address is not a possible one.")


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def _is_name(host: str, *, is_own: bool) -> bool:
    labels = host.split(".")
    if NUMERIC.fullmatch(labels[-1]) or not all(map(LABEL.fullmatch, labels)):
        return False
    return is_own or len(labels) > 1


def _guessed(parts: SplitResult) -> TargetKind:
    host = parts.hostname or ""
    if host in SLACK:
        if not SLACK_PATH.fullmatch(parts.path):
            raise ValueError(
                "That is the address of a Slack workflow: create an incoming webhook instead."
            )
        return TargetKind.SLACK_WEBHOOK
    if host in DISCORD:
        if not DISCORD_PATH.fullmatch(parts.path):
            raise ValueError(
                "That is no address of a Discord webhook: copy it under Integrations → Webhooks."
            )
        return TargetKind.DISCORD
    if host.endswith(TEAMS):
        return TargetKind.TEAMS
    is_mattermost = MATTERMOST_PATH.fullmatch(parts.path)
    return TargetKind.MATTERMOST if is_mattermost else TargetKind.WEBHOOK


def masked(target: Target) -> str:
    """``target`` as people may see it: ``hooks.slack.com/…wxyz``, ``m…@example.com``."""
    if target.kind is TargetKind.EMAIL:
        return f"{target.address[0]}{MARK}@{target.host}"
    parts = urlsplit(target.address)
    secret = parts.path.strip("/") + parts.query
    end = secret[-SHOWN:] if len(secret) >= SHORTEST_SECRET else ""
    return f"{parts.netloc}/{MARK}{end}"


def identity(target: Target, owner: str = "") -> str:
    """32 characters that stand for ``target`` of ``owner``, and from which it can't be learned."""
    whole = f"{owner}\n{target.kind.value}\n{target.address}"
    return hashlib.sha256(whole.encode()).hexdigest()[:32]
