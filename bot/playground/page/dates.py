"""Dates as Slack prints them: in the reader's zone, from a template with tokens in braces."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from markupsafe import Markup

from bot.playground.page.viewer import Viewer

TOKEN: Final = re.compile(r"\{(\w+)\}")
HALF_A_YEAR: Final = 183
"""Days within which Slack leaves out the year."""

NEAR: Final = {
    "en": ("yesterday", "today", "tomorrow"),
    "de": ("gestern", "heute", "morgen"),
    "es": ("ayer", "hoy", "mañana"),
    "fr": ("hier", "aujourd’hui", "demain"),
}


def moment(seconds: int, template: str, viewer: Viewer) -> Markup | None:
    """A Unix time printed for ``viewer``; None where it is beyond what a calendar holds."""
    try:
        local = datetime.fromtimestamp(seconds, ZoneInfo(viewer.zone))
        said = _said(local, template, viewer)
    except (OverflowError, ValueError, OSError):
        return None
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(), said)


def _said(local: datetime, template: str, viewer: Viewer) -> str:
    locale = Locale.parse(viewer.locale.replace("-", "_"))
    now = viewer.now.astimezone(local.tzinfo)

    def replaced(token: re.Match[str]) -> str:
        wanted = token[1].removesuffix("_pretty")
        pretty = wanted != token[1]
        word = _near(local, now, locale) if pretty else None
        if word:
            return word[:1].upper() + word[1:] if token.start() == 0 else word
        if wanted == "ago":
            return format_timedelta(local - now, add_direction=True, locale=locale)
        if wanted == "day_divider":
            return _long(local, locale, year=local.year != now.year)
        made = TOKENS.get(wanted)
        return made(local, now, locale) if made else token[0]

    return TOKEN.sub(replaced, template).replace("\u202f", " ")


def _near(local: datetime, now: datetime, locale: Locale) -> str | None:
    """Yesterday, today or tomorrow in words, where we know the language's."""
    days = (local.date() - now.date()).days
    words = NEAR.get(locale.language)
    return words[days + 1] if words and -1 <= days <= 1 else None


def _long(local: datetime, locale: Locale, *, year: bool) -> str:
    if locale.language != "en":
        return format_date(local, "full", locale)
    return f"{local:%A}, {_english(local, year=year)}"


def _english(local: datetime, *, year: bool) -> str:
    """``November 23rd, 2026``."""
    teen = local.day in {11, 12, 13}
    ending = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(local.day % 10, "th")
    return f"{local:%B} {local.day}{ending}{f', {local.year}' if year else ''}"


def _date(local: datetime, now: datetime, locale: Locale) -> str:
    year = not _soon(local, now)
    if locale.language == "en":
        return _english(local, year=year)
    return _full(local, now, locale) if year else format_skeleton("MMMMd", local, locale=locale)


def _full(local: datetime, _now: datetime, locale: Locale) -> str:
    return format_date(local, "long", locale)


def _short(local: datetime, now: datetime, locale: Locale) -> str:
    return format_skeleton("MMMd" if _soon(local, now) else "yMMMd", local, locale=locale)


def _soon(local: datetime, now: datetime) -> bool:
    return abs((local.date() - now.date()).days) < HALF_A_YEAR


def _clock(length: str) -> Callable[[datetime, datetime, Locale], str]:
    def made(local: datetime, _now: datetime, locale: Locale) -> str:
        # Without its zone: it is local already, and Babel would turn it into UTC.
        return format_time(local.time(), length, locale=locale)

    return made


TOKENS: Final[dict[str, Callable[[datetime, datetime, Locale], str]]] = {
    "date_num": lambda local, *_: f"{local:%Y-%m-%d}",
    "date_slash": lambda local, _, locale: format_skeleton("yMMdd", local, locale=locale),
    "date_long": lambda local, _, locale: _long(local, locale, year=True),
    "date_long_full": _full,
    "date": _date,
    "date_short": _short,
    "time": _clock("short"),
    "time_secs": _clock("medium"),
}
