"""Which proxy the environment names for an address.

httpx looks only when it dials, and slack_sdk knows no NO_PROXY: both are told what was found here.
"""

import urllib.request
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from bot.errors import OperatorMustAct

WEB: Final = {"ws": "http", "wss": "https"}
"""A WebSocket begins as a web request, through the same proxy."""


def proxy_for(address: str) -> str | None:
    """The proxy for ``address``; None for this machine itself and for what NO_PROXY names.

    Raises:
        OperatorMustAct: The environment names one that can't be used.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    if _is_here(host) or urllib.request.proxy_bypass(host):
        return None
    proxy = urllib.request.getproxies().get(WEB.get(parts.scheme, parts.scheme))
    if proxy and not _is_usable(proxy):
        raise bad_proxy()
    return proxy or None


def bad_proxy() -> OperatorMustAct:
    """The proxy of the environment is none that can be spoken to."""
    return OperatorMustAct(
        "Recap is not set up yet. Ask whoever runs it.",
        "HTTPS_PROXY or HTTP_PROXY can't be used: it must be a full address that begins with "
        "http://. Set NO_PROXY to go without.",
    )


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_usable(proxy: str) -> bool:
    try:
        parts = urlsplit(proxy)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
