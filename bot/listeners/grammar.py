"""The words after ``/recap``."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from bot.digest.periods import Period
from bot.digest.preferences import (
    LARGEST_TOP,
    SMALLEST_TOP,
    Ask,
    Platform,
    Preferences,
    Ranking,
)
from bot.listeners import choice_words, schedule_words
from bot.listeners.choice_words import BY, NEAR_PLATFORMS
from bot.rendering.names import one_line
from bot.services.orders import Verb
from bot.subscriptions.wishes import Wish, only

TOP: Final = "top"
SHARE: Final = "share"
HELP: Final = "help"
SUBSCRIBE: Final = "subscribe"
NEAR: Final = {
    **{period.value: period.value for period in Period},
    TOP: TOP,
    BY: BY,
    **NEAR_PLATFORMS,
    SHARE: SHARE,
    "post": SHARE,
    "week": Period.WEEK.value,
    "month": Period.MONTH.value,
    "quarter": Period.QUARTER.value,
    HELP: HELP,
}
"""What people type, and the word of the grammar that they mean."""

NUMBER: Final = re.compile(r"[0-9]{1,9}")
DAYS: Final = re.compile(r"([0-9]{1,9})d(?:ays?)?")
WORDS_READ: Final = 16


@dataclass(frozen=True, slots=True)
class Recap:
    """A recap is wanted; ``share`` posts it to the channel."""

    ask: Ask
    share: bool = False


@dataclass(frozen=True, slots=True)
class Help:
    """The list of commands is wanted."""


@dataclass(frozen=True, slots=True)
class Misread:
    """The words fit nothing: what is wrong in one sentence, and the nearest valid command."""

    problem: str
    nearest: str


@dataclass(frozen=True, slots=True)
class Do:
    """One of the verbs."""

    verb: Verb


@dataclass(frozen=True, slots=True)
class Subscribe:
    """The channel wants recaps by itself."""

    wish: Wish


@dataclass(frozen=True, slots=True)
class Choose:
    """The same, but a window is to ask for the rest."""


Command = Recap | Subscribe | Choose | Do | Help | Misread


def parse(text: str) -> Command:
    """What ``text``, the words after ``/recap``, asks for; they may stand in any order."""
    words = text.lower().split()
    read = words[:WORDS_READ]
    command = _parse(deque(read))
    if len(words) == len(read) or isinstance(command, Help | Misread):
        return command
    return Misread(f"Recap reads {WORDS_READ} words at most.", " ".join(["/recap", *read]))


def _parse(words: deque[str]) -> Command:
    if HELP in words:
        return Help()
    verb, rest = (words[0], [*words][1:]) if words else ("", [])
    if verb == SUBSCRIBE:
        return _subscribe(rest)
    if verb == Verb.LAST and rest:
        # "last 30d" wants a recap; only alone is it the last post.
        words.popleft()
    elif verb in tuple(Verb):
        return _do(Verb(verb), rest)
    elif near := _nearest_verb(verb):
        return Misread(_unknown(verb), _as_typed(near, rest))
    draft = _Draft()
    problems: list[str] = []
    while words:
        problems.extend(draft.read(words))
    return Misread(problems[0], draft.typed()) if problems else draft.recap()


def _subscribe(words: list[str]) -> Subscribe | Choose | Misread:
    if not words:
        return Choose()
    wish, problems, _ = schedule_words.read(words)
    return Misread(problems[0], _as_typed(SUBSCRIBE, words)) if problems else Subscribe(wish)


def _as_typed(verb: str, rest: list[str]) -> str:
    """``verb`` with the sense of ``rest``, as a command that is understood."""
    if verb != SUBSCRIBE or not rest:
        return f"/recap {verb}"
    _, _, typed = schedule_words.read(rest)
    return f"/recap {SUBSCRIBE} {typed}"


def _do(verb: Verb, rest: list[str]) -> Do | Misread:
    if not rest:
        return Do(verb)
    means = "every channel that you can see" if verb is Verb.LIST else "this channel"
    return Misread(f"“{verb}” stands alone: it means {means}.", f"/recap {verb}")


def _nearest_verb(word: str) -> str | None:
    if not word or word in NEAR or not word.isalpha():
        return None
    near = get_close_matches(word, [SUBSCRIBE, *Verb], n=1, cutoff=0.75)
    return near[0] if near else None


def _unknown(word: str) -> str:
    return f"Recap does not know the word “{one_line(word)}”."


@dataclass(slots=True)
class _Draft:
    """What has been understood so far; a problem is yielded as a sentence."""

    period: Period | None = None
    top: int | None = None
    ranking: Ranking | None = None
    platforms: set[Platform] = field(default_factory=set)
    share: bool = False
    help: bool = False

    def recap(self) -> Recap:
        usual = Preferences()
        preferences = Preferences(
            top=self.top or usual.top,
            ranking=self.ranking or usual.ranking,
            platform=only(frozenset(self.platforms)),
        )
        return Recap(Ask(self.period or Period.WEEK, preferences), self.share)

    def typed(self) -> str:
        """The draft as somebody would type it."""
        if self.help:
            return f"/recap {HELP}"
        top = [] if self.top is None else [TOP, str(self.top)]
        chosen = choice_words.typed(self.ranking, self.platforms)
        share = [SHARE] if self.share else []
        return " ".join(["/recap", self.period or Period.WEEK, *top, *chosen, *share])

    def read(self, words: deque[str]) -> Iterator[str]:
        """Take the next word, and what belongs to it, from ``words``."""
        word = words.popleft()
        if word in tuple(Period):
            yield from self._read_period(Period(word))
        elif word == TOP:
            yield from self._read_top(words.popleft() if words else None)
        elif word == BY:
            yield from self._read_by(words.popleft() if words else "")
        elif word in tuple(Platform):
            self.platforms.add(Platform(word))
        elif word == SHARE:
            self.share = True
        else:
            yield from self._guess(word, words)

    def _read_period(self, period: Period) -> Iterator[str]:
        if self.period not in {None, period}:
            yield f"One recap covers one window, not both {self.period} and {period}."
        self.period = self.period or period

    def _read_top(self, word: str | None) -> Iterator[str]:
        number = int(word) if word and NUMBER.fullmatch(word) else None
        wanted = Preferences().top if number is None else number
        top = min(max(wanted, SMALLEST_TOP), LARGEST_TOP)
        if self.top not in {None, top}:
            yield f"One recap has one ranking, not both top {self.top} and top {top}."
            return
        self.top = top
        if top != number:
            given = f", not “{one_line(word)}”" if word else ""
            yield f"“top” takes a number from {SMALLEST_TOP} to {LARGEST_TOP}{given}."

    def _read_by(self, word: str) -> Iterator[str]:
        ranking, problem = choice_words.ranking(word)
        if self.ranking not in {None, ranking}:
            yield f"One recap has one ranking, not both by {self.ranking} and by {ranking}."
            return
        self.ranking = ranking
        if problem:
            yield problem

    def _guess(self, word: str, words: deque[str]) -> Iterator[str]:
        if days := DAYS.fullmatch(word):
            self.period = min(Period, key=lambda period: abs(period.days - int(days[1])))
            yield f"CreatorAudit has windows of 7d, 30d and 90d, but none of {one_line(word)}."
            return
        yield _unknown(word)
        near = get_close_matches(word, NEAR, n=1)
        if NUMBER.fullmatch(word):
            near = [f"{word}d"] if f"{word}d" in tuple(Period) else [TOP]
            words.extendleft([word] if near == [TOP] else [])
        if near:
            self._take(NEAR[near[0]], words)

    def _take(self, meant: str, words: deque[str]) -> None:
        """Go on as if ``meant`` had been typed; the problem with it has been said already."""
        self.help = self.help or meant == HELP
        if meant != HELP:
            words.appendleft(meant)
            deque(self.read(words), maxlen=0)
