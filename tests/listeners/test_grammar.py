"""The words after ``/recap``."""

from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest.periods import Period
from bot.digest.preferences import Ask, Platform, Preferences, Ranking
from bot.listeners.grammar import Choose, Command, Do, Help, Misread, Recap, Subscribe, parse
from bot.rendering.notices import EXAMPLES
from bot.services.orders import Verb
from bot.subscriptions.schedule import Weekday
from bot.subscriptions.wishes import Wish

GAIN, TIKTOK = Ranking.GAIN, Platform.TIKTOK
WEEK, MONTH, QUARTER = Period.WEEK, Period.MONTH, Period.QUARTER


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Recap(Ask())),
        ("   ", Recap(Ask(WEEK, Preferences(5)))),
        ("7d", Recap(Ask())),
        ("30D", Recap(Ask(MONTH))),
        ("90d top 25", Recap(Ask(QUARTER, Preferences(25)))),
        ("top 1", Recap(Ask(WEEK, Preferences(1)))),
        ("share", Recap(Ask(), share=True)),
        ("share top 3 30d", Recap(Ask(MONTH, Preferences(3)), share=True)),
        ("7d 7d share share", Recap(Ask(), share=True)),
        ("top 3 top 3", Recap(Ask(WEEK, Preferences(3)))),
        ("top 007", Recap(Ask(WEEK, Preferences(7)))),
        ("by gain", Recap(Ask(WEEK, Preferences(ranking=GAIN)))),
        ("by views by views", Recap(Ask())),
        ("tiktok", Recap(Ask(WEEK, Preferences(platform=TIKTOK)))),
        ("Instagram 30d", Recap(Ask(MONTH, Preferences(platform=Platform.INSTAGRAM)))),
        ("instagram tiktok", Recap(Ask())),
        (
            "share tiktok BY Engagement top 3 90d",
            Recap(Ask(QUARTER, Preferences(3, (), Ranking.ENGAGEMENT, TIKTOK)), share=True),
        ),
        ("help", Help()),
        ("HELP me", Help()),
        ("subscribe help", Help()),
        ("subscribe", Choose()),
        ("Subscribe Mon", Subscribe(Wish(frozenset({Weekday.MON})))),
        (
            "subscribe tue 17:30 30d top 3 asia/kolkata",
            Subscribe(Wish(frozenset({Weekday.TUE}), time(17, 30), "Asia/Kolkata", MONTH, 3)),
        ),
        (
            "subscribe tiktok by gain wait 4h",
            Subscribe(Wish(ranking=GAIN, platforms=frozenset({TIKTOK}), wait_hours=4)),
        ),
        ("unsubscribe", Do(Verb.UNSUBSCRIBE)),
        ("PAUSE", Do(Verb.PAUSE)),
        ("resume", Do(Verb.RESUME)),
        ("skip", Do(Verb.SKIP)),
        ("list", Do(Verb.LIST)),
        ("last", Do(Verb.LAST)),
        ("status", Do(Verb.STATUS)),
        ("last 30d", Recap(Ask(MONTH))),
        ("last 90d top 3 share", Recap(Ask(QUARTER, Preferences(3)), share=True)),
    ],
)
def test_understood(text: str, command: object) -> None:
    """The words may stand in any order and any case."""
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "problem", "nearest"),
    [
        ("14d", "CreatorAudit has windows of 7d, 30d and 90d, but none of 14d.", "/recap 7d"),
        (
            "60days top 3",
            "CreatorAudit has windows of 7d, 30d and 90d, but none of 60days.",
            "/recap 30d top 3",
        ),
        (
            "999999999d",
            "CreatorAudit has windows of 7d, 30d and 90d, but none of 999999999d.",
            "/recap 90d",
        ),
        ("top 0", "“top” takes a number from 1 to 25, not “0”.", "/recap 7d top 1"),
        ("30d top 999", "“top” takes a number from 1 to 25, not “999”.", "/recap 30d top 25"),
        ("top five", "“top” takes a number from 1 to 25, not “five”.", "/recap 7d top 5"),
        ("top ٣", "“top” takes a number from 1 to 25, not “٣”.", "/recap 7d top 5"),
        ("top -3", "“top” takes a number from 1 to 25, not “-3”.", "/recap 7d top 5"),
        ("top", "“top” takes a number from 1 to 25.", "/recap 7d top 5"),
        (
            "top 5 top 10",
            "One recap has one ranking, not both top 5 and top 10.",
            "/recap 7d top 5",
        ),
        (
            "7d " * 16 + "share",
            "Recap reads 16 words at most.",
            "/recap" + " 7d" * 16,
        ),
        ("by", "“by” takes views, gain or engagement.", "/recap 7d by views"),
        (
            "by likes tiktok",
            "“by” takes views, gain or engagement, not “likes”.",
            "/recap 7d by views tiktok",
        ),
        (
            "30d by gian",
            "“by” takes views, gain or engagement, not “gian”.",
            "/recap 30d by gain",
        ),
        (
            "by growth share",
            "“by” takes views, gain or engagement, not “growth”.",
            "/recap 7d by gain share",
        ),
        (
            "by gain by views",
            "One recap has one ranking, not both by gain and by views.",
            "/recap 7d by gain",
        ),
        ("tiktock", "Recap does not know the word “tiktock”.", "/recap 7d tiktok"),
        ("top 3 insta", "Recap does not know the word “insta”.", "/recap 7d top 3 instagram"),
        ("wait 4h", "Recap does not know the word “wait”.", "/recap 7d"),
        ("7d 30d", "One recap covers one window, not both 7d and 30d.", "/recap 7d"),
        ("30", "Recap does not know the word “30”.", "/recap 30d"),
        ("12", "Recap does not know the word “12”.", "/recap 7d top 12"),
        ("week", "Recap does not know the word “week”.", "/recap 7d"),
        ("month share", "Recap does not know the word “month”.", "/recap 30d share"),
        ("shrae", "Recap does not know the word “shrae”.", "/recap 7d share"),
        ("tpo 3", "Recap does not know the word “tpo”.", "/recap 7d top 3"),
        ("hlep", "Recap does not know the word “hlep”.", "/recap help"),
        ("nonsense", "Recap does not know the word “nonsense”.", "/recap 7d"),
        ("🎉🎉", "Recap does not know the word “🎉🎉”.", "/recap 7d"),
        ("أسبوع", "Recap does not know the word “\u2068أسبوع\u2069”.", "/recap 7d"),
        ("last 30 days", "Recap does not know the word “30”.", "/recap 30d"),
        ("last week", "Recap does not know the word “week”.", "/recap 7d"),
        ("last last", "Recap does not know the word “last”.", "/recap 7d"),
        ("pause now", "“pause” stands alone: it means this channel.", "/recap pause"),
        ("skip next 2", "“skip” stands alone: it means this channel.", "/recap skip"),
        (
            "list all",
            "“list” stands alone: it means every channel that you can see.",
            "/recap list",
        ),
        ("pasue", "Recap does not know the word “pasue”.", "/recap pause"),
        ("pasue now", "Recap does not know the word “pasue”.", "/recap pause"),
        ("unsubscibe", "Recap does not know the word “unsubscibe”.", "/recap unsubscribe"),
        ("statsu", "Recap does not know the word “statsu”.", "/recap status"),
        ("lst 30d", "Recap does not know the word “lst”.", "/recap list"),
        ("subscrib", "Recap does not know the word “subscrib”.", "/recap subscribe"),
        (
            "subscrbe thu 9am berlin",
            "Recap does not know the word “subscrbe”.",
            "/recap subscribe thu 09:00 Europe/Berlin",
        ),
        (
            "subscribe mon 25:00",
            "“25:00” is no time of day: it goes from 00:00 to 23:59.",
            "/recap subscribe mon 09:00",
        ),
        (
            "subscribe fri wait 99h tiktok",
            "“wait” takes whole hours from 0h to 24h, not “99h”.",
            "/recap subscribe fri 09:00 tiktok wait 24h",
        ),
        (
            "subscribe fri top 99",
            "“top” takes a number from 1 to 25.",
            "/recap subscribe fri 09:00 top 25",
        ),
        ("nonsense 14d", "Recap does not know the word “nonsense”.", "/recap 7d"),
    ],
)
def test_misread(text: str, problem: str, nearest: str) -> None:
    """What is wrong in one sentence, and the nearest command that works."""
    assert parse(text) == Misread(problem, nearest)


WORDS = [
    *("7d", "30d", "14d", "top", "3", "99", "five", "share", "shrae", "last", "week", "30", "days"),
    *("subscribe", "subscrbe", "unsubscribe", "pause", "pasue", "resume", "skip", "list", "status"),
    *(
        "mon",
        "mon,thu",
        "fri-mon",
        "tusday",
        "weekdays",
        "daily",
        "to",
        "-",
        "at",
        "and",
        ",",
        "top",
    ),
    *("by", "views", "gain", "gian", "engagement", "instagram", "tiktok", "tiktock", "insta"),
    *("wait", "4h", "99h", "4", "hours", "up", "for"),
    *("09:00", "25:00", "9am", "5:30pm", "pm", "9", "24:00", "est", "Europe/Berlin", "berlin"),
    *(
        "Mars/Olympus",
        "utc",
        "new",
        "york",
        "etc/gmt+5",
        "x" * 60,
        "`",
        "<!channel>",
        "سارة",
        "hlep",
    ),
]


@given(st.text() | st.lists(st.sampled_from(WORDS), max_size=18).map(" ".join))
@settings(max_examples=200)
def test_anything_typed_has_an_answer(text: str) -> None:
    """No text raises, and the nearest form that is offered is itself understood."""
    command = parse(text)
    assert isinstance(command, Command)
    if isinstance(command, Misread):
        assert command.nearest.startswith("/recap ")
        assert not isinstance(parse(command.nearest.removeprefix("/recap")), Misread)


def test_the_longest_command_is_read_whole() -> None:
    """Whoever names everything is not told to say less."""
    words = "subscribe mon 09:00 Europe/Berlin 7d top 5 by gain instagram tiktok wait 4h"
    assert isinstance(parse(words), Subscribe)


@pytest.mark.parametrize("example", [example for example, _ in EXAMPLES])
def test_the_examples_of_the_help_are_understood(example: str) -> None:
    """Whoever copies one gets what it says."""
    assert not isinstance(parse(example.removeprefix("/recap")), Misread)


def test_endless_text_is_read_only_so_far() -> None:
    """A pasted novel costs nothing."""
    assert isinstance(parse("word " * 10_000), Misread)
