"""Names of time zones: what people type, and the name in the IANA database that they mean."""

import zoneinfo
from difflib import get_close_matches
from functools import cache
from importlib import metadata, resources
from typing import Final

UTC_NAME: Final = "UTC"


def zone_named(text: str) -> str | None:
    """The zone that ``text`` names, in any case; None where it names none.

    Abbreviations such as ``CET`` are none: they stand for one offset, or for several places.
    """
    return _by_lower_case().get(text.lower())


def nearest_zone(text: str) -> str | None:
    """The zone that ``text`` looks like: a city alone, or a name with a slip in it."""
    wanted = text.lower().replace(" ", "_")
    cities = _by_city()
    if wanted in cities:
        return cities[wanted]
    near = get_close_matches(wanted, [*_by_lower_case(), *cities], n=1, cutoff=0.75)
    return _by_lower_case().get(near[0]) or cities[near[0]] if near else None


@cache
def places() -> tuple[str, ...]:
    """The zones that have a place on the map, for a list to choose from; sorted, with UTC."""
    table = resources.files("tzdata") / "zoneinfo" / "zone.tab"
    rows = table.read_text(encoding="utf-8").splitlines()
    names = {row.split("\t")[2] for row in rows if row and not row.startswith("#")}
    return (*sorted(names & zoneinfo.available_timezones()), UTC_NAME)


@cache
def rules_version() -> str:
    """The edition of the time-zone rules that are in force, such as ``2026.2``."""
    return metadata.version("tzdata")


@cache
def _by_lower_case() -> dict[str, str]:
    named = (name for name in zoneinfo.available_timezones() if "/" in name or name == UTC_NAME)
    return {name.lower(): name for name in sorted(named)}


@cache
def _by_city() -> dict[str, str]:
    return {name.rpartition("/")[2].lower(): name for name in places()}
