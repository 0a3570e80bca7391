"""Secrets at rest (cryptography): sealed with keys that rotate, each bound to its place."""

import re
from collections.abc import Sequence
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import OperatorMustAct

KEY: Final = re.compile(r"[A-Za-z0-9_-]{43}=")
"""32 bytes; Fernet itself takes some that were cut or pasted wrongly, and reads them otherwise."""

SEALED: Final = "sealed:"
"""What a sealed value begins with; no address of a target does."""

NOT_SET: Final = (
    "RECAP_ENCRYPTION_KEYS is not set, and secrets are kept sealed only: `recap keys new` makes a "
    "key. If there was one before, put it back."
)


def fresh_key() -> str:
    """A new key for ``RECAP_ENCRYPTION_KEYS``."""
    return Fernet.generate_key().decode()


def keys_in(text: str) -> tuple[str, ...]:
    """The keys that ``text`` names, with commas between them.

    Raises:
        ValueError: One of them is none; the sentence says which one and never repeats it.
    """
    keys = tuple(filter(None, (one.strip() for one in text.split(","))))
    for number, key in enumerate(keys, start=1):
        if not KEY.fullmatch(key):
            raise ValueError(
                f"key {number} in it is none; `recap keys new` makes one, and commas stand between "
                "several"
            )
    return keys


class Vault:
    """Seals with the first of ``keys`` and opens with all of them.

    What is sealed knows its place, ``TABLE/ROW/COLUMN``: in another one it does not open. Without
    keys, every attempt to seal or to open anything raises ``OperatorMustAct``.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._fernets = tuple(map(Fernet, keys))

    @property
    def has_keys(self) -> bool:
        """Whether anything can be sealed."""
        return bool(self._fernets)

    def seal(self, secret: str, bound_to: str) -> str:
        """``secret`` as it may be stored in the place ``bound_to``.

        Raises:
            OperatorMustAct: There are no keys.
        """
        plain = f"{bound_to}\n{secret}".encode()
        return SEALED + MultiFernet(self._keys()).encrypt(plain).decode()

    def open(self, sealed: str, bound_to: str) -> str:
        """What was sealed for the place ``bound_to``.

        Raises:
            OperatorMustAct: No key opens it, or it was sealed for another place.
        """
        keys = self._keys()
        try:
            plain = MultiFernet(keys).decrypt(sealed.removeprefix(SEALED)).decode()
        except InvalidToken:
            raise unreadable(
                f"No key in RECAP_ENCRYPTION_KEYS opens {bound_to}: put back the key that it was "
                "sealed with. Nothing was overwritten."
            ) from None
        place, _, secret = plain.partition("\n")
        if place != bound_to:
            raise unreadable(
                f"What stands in {bound_to} was sealed for {place} and copied: restore that row "
                "from a backup, or delete it."
            )
        return secret

    def is_newest(self, sealed: str) -> bool:
        """Whether it is the first key that opens ``sealed``."""
        try:
            self._keys()[0].decrypt(sealed.removeprefix(SEALED))
        except InvalidToken:
            return False
        return True

    def _keys(self) -> Sequence[Fernet]:
        if not self._fernets:
            raise unreadable(NOT_SET)
        return self._fernets


def is_sealed(text: str) -> bool:
    """Whether ``text`` is what a vault made."""
    return text.startswith(SEALED)


def unreadable(sentence: str) -> OperatorMustAct:
    """Secrets can't be read or kept until somebody does what ``sentence`` says."""
    return OperatorMustAct("Recap can't read its own keys. Ask whoever runs it.", sentence)
