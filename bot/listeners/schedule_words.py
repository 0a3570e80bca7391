"""The words after ``/recap subscribe``: when it is due and what is posted, in any order."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import time
from difflib import get_close_matches
from typing import Final

from bot.digest.periods import Period
from bot.digest.preferences import LARGEST_TOP, SMALLEST_TOP, Platform, Preferences, Ranking
from bot.listeners import choice_words
from bot.listeners.choice_words import BY, NEAR_PLATFORMS, WAIT
from bot.rendering.names import one_line
from bot.subscriptions.schedule import Weekday
from bot.subscriptions.wishes import Wish
from bot.subscriptions.zones import nearest_zone, zone_named

CLOCK: Final = re.compile(r"([0-9]{1,2})[:.h]([0-9]{2})")
HALF_DAY: Final = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?(am|pm)")
HOUR: Final = re.compile(r"[0-9]{1,2}")
NUMBER: Final = re.compile(r"[0-9]{1,9}")
TO: Final = re.compile(r"(?<=[a-z]) (?:[-–]|to|until) (?=[a-z])")
APART: Final = re.compile(r"(?<=[0-9]) (?=[ap]m\b)")
TOP: Final = "top"
CHOICES: Final = frozenset({*Period, *Platform, TOP, BY, WAIT})
NOON: Final = 12
FILLERS: Final = frozenset({"at", "on", "every", "and", "in", "each", "week", "weekly"})
WEEKEND: Final = frozenset({Weekday.SAT, Weekday.SUN})
WORKDAYS: Final = frozenset(Weekday) - WEEKEND
GROUPS: Final = {
    "daily": frozenset(Weekday),
    "day": frozenset(Weekday),
    "weekday": WORKDAYS,
    "weekdays": WORKDAYS,
    "workday": WORKDAYS,
    "workdays": WORKDAYS,
    "weekend": WEEKEND,
    "weekends": WEEKEND,
}
SPELLINGS: Final = {
    spelling: day
    for day, name in zip(
        Weekday,
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        strict=True,
    )
    for spelling in (name[:3], name, f"{name}s")
} | {"tues": Weekday.TUE, "thur": Weekday.THU, "thurs": Weekday.THU}
ABBREVIATIONS: Final = {
    "aedt": "Australia/Sydney", "aest": "Australia/Sydney", "bst": "Europe/London",
    "cdt": "America/Chicago", "cest": "Europe/Berlin", "cet": "Europe/Berlin",
    "cst": "America/Chicago", "edt": "America/New_York", "eest": "Europe/Athens",
    "eet": "Europe/Athens", "est": "America/New_York", "gmt": "Europe/London",
    "hst": "Pacific/Honolulu", "ist": "Asia/Kolkata", "jst": "Asia/Tokyo", "kst": "Asia/Seoul",
    "mdt": "America/Denver", "msk": "Europe/Moscow", "mst": "America/Denver",
    "pdt": "America/Los_Angeles", "pst": "America/Los_Angeles", "sgt": "Asia/Singapore",
    "wet": "Europe/Lisbon",
}  # fmt: skip
"""A place for each, as a suggestion: CST is also a zone of China, and IST one of Ireland."""


def read(words: Sequence[str]) -> tuple[Wish, list[str], str]:
    """What ``words``, in lower case, ask for.

    Returns:
        The wish; a sentence for each word that fits nothing; and the wish as it would be typed,
        with the nearest sense of what fits nothing.
    """
    # "mon to fri", "5 pm" and the "4 hours" of a wait are one word each.
    joined = APART.sub("", TO.sub("-", " ".join(words)))
    draft = _Draft(choice_words.joined(joined).split())
    problems = list(draft.read_all())
    return draft.wish(), problems, draft.typed()


@dataclass(slots=True)
class _Draft:
    words: list[str]
    days: set[Weekday] = field(default_factory=set)
    at: time | None = None
    zone: str | None = None
    period: Period | None = None
    top: int | None = None
    ranking: Ranking | None = None
    platforms: set[Platform] = field(default_factory=set)
    wait_hours: int | None = None

    def wish(self) -> Wish:
        return Wish(
            days=frozenset(self.days) or None,
            at=self.at,
            zone=self.zone,
            period=self.period,
            top=self.top,
            ranking=self.ranking,
            platforms=frozenset(self.platforms) or None,
            wait_hours=self.wait_hours,
        )

    def typed(self) -> str:
        days = ",".join(day.name.lower() for day in sorted(self.days)) or "mon"
        at = self.at or time(9)
        top = [] if self.top is None else [TOP, str(self.top)]
        chosen = choice_words.typed(self.ranking, self.platforms)
        wait = [] if self.wait_hours is None else [WAIT, f"{self.wait_hours}h"]
        rest = [self.zone, self.period, *top, *chosen, *wait]
        return " ".join([days, f"{at:%H:%M}", *(part for part in rest if part)])

    def read_all(self) -> Iterator[str]:
        while self.words:
            word = self._next()
            if not word or word in FILLERS:
                continue
            yield from self._read(word)

    def _next(self) -> str:
        return self.words.pop(0).strip(",;") if self.words else ""

    def _read(self, word: str) -> Iterator[str]:
        days = _days(word)
        if days is not None:
            self.days |= days
        elif word in CHOICES:
            yield from self._read_choice(word)
        elif CLOCK.fullmatch(word) or HALF_DAY.fullmatch(word) or HOUR.fullmatch(word):
            yield from self._read_time(word)
        else:
            yield from self._read_zone(word)

    def _read_choice(self, word: str) -> Iterator[str]:
        if word == TOP:
            yield from self._read_top(self._next())
        elif word == BY:
            yield from self._read_by(self._next())
        elif word == WAIT:
            yield from self._read_wait(self._next())
        elif word in tuple(Platform):
            self.platforms.add(Platform(word))
        else:
            yield from _two("window", self.period, word)
            self.period = self.period or Period(word)

    def _read_by(self, word: str) -> Iterator[str]:
        ranking, problem = choice_words.ranking(word)
        yield from _two("ranking", self.ranking, ranking)
        self.ranking = self.ranking or ranking
        if problem:
            yield problem

    def _read_wait(self, word: str) -> Iterator[str]:
        hours, problem = choice_words.wait(word)
        if self.wait_hours is None:
            self.wait_hours = hours
        yield from _two("wait", f"{self.wait_hours}h", f"{hours}h")
        if problem:
            yield problem

    def _read_top(self, word: str) -> Iterator[str]:
        number = int(word) if NUMBER.fullmatch(word) else None
        wanted = Preferences().top if number is None else number
        self.top = min(max(wanted, SMALLEST_TOP), LARGEST_TOP)
        if self.top != number:
            yield f"“top” takes a number from {SMALLEST_TOP} to {LARGEST_TOP}."

    def _read_time(self, word: str) -> Iterator[str]:
        found = _clock(word)
        if found is None:
            yield f"“{word}” is no time of day: it goes from 00:00 to 23:59."
            return
        if self.at is not None:
            yield from _two("time", f"{self.at:%H:%M}", f"{found:%H:%M}")
        self.at = self.at or found
        if not CLOCK.fullmatch(word):
            yield f"Write the time with hours and minutes: {found:%H:%M}, not “{word}”."

    def _read_zone(self, word: str) -> Iterator[str]:
        named = zone_named(word)
        if named is not None:
            yield from _two("time zone", self.zone, named)
            self.zone = self.zone or named
            return
        if word in ABBREVIATIONS:
            place = ABBREVIATIONS[word]
            self.zone = self.zone or place
            yield (
                f"“{word.upper()}” is an abbreviation that does not know summer time, or means "
                f"several places. Write a place, such as {place}."
            )
            return
        self._guess(word)
        yield (
            f"Recap does not know “{one_line(word)}”: it is no day, no time such as 09:00, no time "
            "zone such as Europe/Berlin and no window such as 7d."
        )

    def _guess(self, word: str) -> None:
        """Take the nearest sense of ``word``; it is said in any case that it is unknown."""
        near = next(iter(get_close_matches(word, [*SPELLINGS, *NEAR_PLATFORMS], 1, 0.8)), None)
        if near in SPELLINGS:
            self.days.add(SPELLINGS[near])
        elif near in NEAR_PLATFORMS:
            self.platforms.add(Platform(NEAR_PLATFORMS[near]))
        else:
            self.zone = self.zone or nearest_zone(word)


def _two(what: str, first: str | None, second: str) -> Iterator[str]:
    """A sentence where two are given of what there can be only one."""
    if first not in {None, second}:
        yield f"A subscription has one {what}, not both {first} and {second}."


def _days(word: str) -> frozenset[Weekday] | None:
    """``mon``, ``mon,thu``, ``mon-fri``, ``weekdays``."""
    word = word.replace("–", "-")
    if word in GROUPS:
        return GROUPS[word]
    first, dash, last = word.partition("-")
    if dash and first in SPELLINGS and last in SPELLINGS:
        length = (SPELLINGS[last] - SPELLINGS[first]) % 7 + 1
        return frozenset(Weekday((SPELLINGS[first] + step) % 7) for step in range(length))
    parts = [part for part in re.split(r"[,+/&]", word) if part]
    if parts and all(part in SPELLINGS for part in parts):
        return frozenset(SPELLINGS[part] for part in parts)
    return None


def _clock(word: str) -> time | None:
    """The time that ``word`` means, if it means one."""
    if found := CLOCK.fullmatch(word):
        return _time(int(found[1]), int(found[2]))
    if found := HALF_DAY.fullmatch(word):
        hour = int(found[1])
        if not 1 <= hour <= NOON:
            return None
        return _time(hour % NOON + (NOON if found[3] == "pm" else 0), int(found[2] or 0))
    return _time(int(word), 0)


def _time(hour: int, minute: int) -> time | None:
    return time(hour, minute) if hour < 24 and minute < 60 else None  # noqa: PLR2004
