"""``recap keys``."""

import sys
from typing import Final

from bot.settings import Settings, setting_error
from bot.storage.canary import check_vault
from bot.storage.engine import open_database
from bot.storage.resealing import reseal
from bot.storage.upgrade import make_ready
from bot.storage.vault import Vault, fresh_key

WHAT_TO_DO: Final = """\
This is the key. Put it into RECAP_ENCRYPTION_KEYS, before those that are there, with commas
between them. Restart every process of Recap, then run `recap keys rotate`.
Keep a copy where your passwords are: what is sealed with a lost key is lost.
"""


async def new() -> None:
    """Print a key; what to do with it goes to stderr, so that the key alone can be piped."""
    sys.stdout.write(f"{fresh_key()}\n")
    sys.stdout.flush()
    sys.stderr.write(WHAT_TO_DO)


async def rotate(settings: Settings) -> None:
    """Seal everything with the first key, and say which ones may go.

    Raises:
        RecapError: There is no key, they are not the database's, or it can't be used.
    """
    keys = settings.encryption_keys
    if not keys:
        raise setting_error("RECAP_ENCRYPTION_KEYS is not set: `recap keys new` makes a key.")
    vault = Vault(keys)
    async with open_database(settings.database_url) as engine:
        await make_ready(engine)
        await check_vault(engine, vault)
        count = await reseal(engine, vault)
    sys.stdout.write(f"{_sealed(count)}\n{_may_go(len(keys) - 1)}")


def _sealed(count: int) -> str:
    match count:
        case 0:
            return "Every value is sealed with the first key already."
        case 1:
            return "1 value is now sealed with the first key, as all the others are."
        case _:
            return f"{count} values are now sealed with the first key, as all the others are."


def _may_go(older: int) -> str:
    if not older:
        return ""
    which = "Key 2" if older == 1 else f"Keys 2 to {older + 1}"
    return (
        f"{which} in RECAP_ENCRYPTION_KEYS may go, once every process of Recap runs with the new "
        "first key.\n"
    )
