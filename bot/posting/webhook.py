"""Messages to webhooks (aiohttp): one request each, to an address that is checked.

The address was typed by a person. It is connected to only where it is public, or on the list of
whoever runs Recap; no redirect is followed, no proxy of the environment is asked (it would connect
to what nobody has checked), and of an answer no more is read than says what became of the message.
"""

import asyncio
import hashlib
import hmac
import json
import ssl
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.ports import Clock
from bot.posting.addresses import Gate, guarded, watched
from bot.posting.answers import Answer, result_of
from bot.rendering.targets import Payload
from bot.subscriptions.outcomes import Busy, Refused, Result, Unsure
from bot.subscriptions.targets import Target, TargetKind

TIMEOUT: Final = 10.0
"""Seconds for all of it; shorter than ``Policy.settle``, since nobody may take a call for over that
is still under way."""

ANSWER: Final = 16_384
"""Bytes of an answer that are read."""

SIGNED: Final = frozenset({TargetKind.WEBHOOK, TargetKind.JSON})
PRIVATE: Final = "private_address"
INSECURE: Final = "insecure_address"
IMPOSSIBLE: Final = "impossible_address"


class WebhookSender:
    """``TargetSender`` for everything that is a web address.

    Args:
        clock: For the time in a signature, and for a ``Retry-After`` that is a date.
        own_hosts: Hosts that may be private and may be reached by plain http, in lower case.
        secret: Signs what goes to webhooks that are nobody's product.
        resolver: Stands in for the machine's own.
        trust: Stands in for the certificates that the machine trusts.
        timeout: Seconds that a message may take.
    """

    def __init__(
        self,
        clock: Clock,
        own_hosts: Collection[str] = (),
        secret: str | None = None,
        *,
        resolver: AbstractResolver | None = None,
        trust: ssl.SSLContext | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._clock = clock
        self._own_hosts = own_hosts
        self._secret = secret
        self._resolver = resolver
        self._trust = trust
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def send(self, target: Target, payload: Payload, key: str) -> Result:
        """POST ``payload`` as JSON, with ``key`` as ``Idempotency-Key``."""
        url = _url(target)
        # The host as it is connected to, not as somebody else's parser has read it.
        is_own = url.host in self._own_hosts
        if url.scheme != "https" and not is_own:
            return Refused(INSECURE)
        gate = Gate(is_own=is_own)
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            answer = await self._post(url, body, self._headers(target, body, key), gate)
        except aiohttp.InvalidURL:
            return Refused(IMPOSSIBLE)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            if gate.is_passed:
                return Unsure(type(error).__name__)
            return Refused(PRIVATE) if gate.refused else Busy(_why(error))
        return result_of(answer, target, self._clock.now())

    def _headers(self, target: Target, body: bytes, key: str) -> Mapping[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "Recap",
            "Idempotency-Key": key,
        }
        if self._secret is not None and target.kind in SIGNED:
            at = int(self._clock.now().timestamp())
            headers["X-Recap-Signature"] = f"t={at},v1={signature(self._secret, at, body)}"
        return headers

    async def _post(self, url: URL, body: bytes, headers: Mapping[str, str], gate: Gate) -> Answer:
        async with (
            aiohttp.ClientSession(
                connector=guarded(gate, self._resolver),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                auto_decompress=False,
                trace_configs=[watched(gate)],
            ) as session,
            session.post(
                url, data=body, headers=headers, allow_redirects=False, ssl=self._trust or True
            ) as answer,
        ):
            named = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status, named, await _beginning(answer.content))


def signature(secret: str, at: int, body: bytes) -> str:
    """HMAC-SHA256 over ``at``, a point and ``body``, in hexadecimal digits."""
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def _url(target: Target) -> URL:
    """Where to POST; Discord says what its message is called only when it is asked to wait."""
    address = target.address
    if target.kind is TargetKind.DISCORD:
        address += "&wait=true" if "?" in address else "?wait=true"
    return URL(address, encoded=True)


async def _beginning(content: aiohttp.StreamReader) -> bytes:
    """At most ``ANSWER`` bytes; what is lost on the way changes nothing: the status is known."""
    read = bytearray()
    with suppress(aiohttp.ClientError, OSError, TimeoutError, asyncio.IncompleteReadError):
        while len(read) < ANSWER and (chunk := await content.read(ANSWER - len(read))):
            read += chunk
    return bytes(read)


def _why(error: Exception) -> str:
    """Why no connection came about, without the address."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        reason = getattr(error.certificate_error, "verify_message", "")
        return f"its certificate can't be trusted: {reason}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its host is not known"
    if isinstance(error, aiohttp.ClientSSLError):
        return "no encrypted connection came about"
    return "no connection came about"
