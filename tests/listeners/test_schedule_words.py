"""The words after ``/recap subscribe``."""

from datetime import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest.periods import Period
from bot.digest.preferences import Platform, Ranking
from bot.listeners.schedule_words import ABBREVIATIONS, read
from bot.subscriptions.schedule import Weekday
from bot.subscriptions.wishes import Wish
from bot.subscriptions.zones import places, zone_named

MON, TUE, WED, THU, FRI, SAT, SUN = Weekday
NINE = time(9)
BERLIN = "Europe/Berlin"
ALL = frozenset(Platform)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon", {MON}),
        ("tuesday", {TUE}),
        ("wednesdays", {WED}),
        ("thurs", {THU}),
        ("every monday and thursday", {MON, THU}),
        ("mon,thu", {MON, THU}),
        ("mon, thu", {MON, THU}),
        ("thu+mon", {MON, THU}),
        ("mon/wed&fri", {MON, WED, FRI}),
        ("fri wed mon", {MON, WED, FRI}),
        ("mon mon mondays", {MON}),
        ("mon,,thu;", {MON, THU}),
        ("mon-fri", {MON, TUE, WED, THU, FRI}),
        ("mon – fri", {MON, TUE, WED, THU, FRI}),
        ("mon–wed", {MON, TUE, WED}),
        ("mon - wed sat", {MON, TUE, WED, SAT}),
        ("monday to wednesday", {MON, TUE, WED}),
        ("fri-mon", {FRI, SAT, SUN, MON}),
        ("sun-sat", set(Weekday)),
        ("tue-tue", {TUE}),
        ("weekdays", {MON, TUE, WED, THU, FRI}),
        ("every weekday", {MON, TUE, WED, THU, FRI}),
        ("workdays sat", {MON, TUE, WED, THU, FRI, SAT}),
        ("weekends", {SAT, SUN}),
        ("daily", set(Weekday)),
        ("every day", set(Weekday)),
        ("weekly on fri", {FRI}),
        ("every week tue", {TUE}),
    ],
)
def test_days(text: str, days: set[Weekday]) -> None:
    """In any order, alone, listed, from one to another and in the usual words."""
    wish, problems, typed = read(text.split())
    assert (wish, problems) == (Wish(frozenset(days)), [])
    names = ",".join(day.name.lower() for day in sorted(days))
    assert typed == f"{names} 09:00"


@pytest.mark.parametrize(
    ("text", "wish", "typed"),
    [
        ("", Wish(), "mon 09:00"),
        ("weekly", Wish(), "mon 09:00"),
        ("at on every and in each", Wish(), "mon 09:00"),
        ("9:05", Wish(at=time(9, 5)), "mon 09:05"),
        ("00:00", Wish(at=time(0)), "mon 00:00"),
        ("23.59", Wish(at=time(23, 59)), "mon 23:59"),
        ("17h30", Wish(at=time(17, 30)), "mon 17:30"),
        ("europe/berlin", Wish(zone=BERLIN), "mon 09:00 Europe/Berlin"),
        ("utc", Wish(zone="UTC"), "mon 09:00 UTC"),
        ("etc/gmt+5", Wish(zone="Etc/GMT+5"), "mon 09:00 Etc/GMT+5"),
        (
            "america/port-au-prince",
            Wish(zone="America/Port-au-Prince"),
            "mon 09:00 America/Port-au-Prince",
        ),
        ("90d", Wish(period=Period.QUARTER), "mon 09:00 90d"),
        ("top 7", Wish(top=7), "mon 09:00 top 7"),
        ("by gain", Wish(ranking=Ranking.GAIN), "mon 09:00 by gain"),
        ("by views", Wish(ranking=Ranking.VIEWS), "mon 09:00 by views"),
        ("tiktok", Wish(platforms=frozenset({Platform.TIKTOK})), "mon 09:00 tiktok"),
        ("tiktok and instagram", Wish(platforms=ALL), "mon 09:00 instagram tiktok"),
        ("wait 4h", Wish(wait_hours=4), "mon 09:00 wait 4h"),
        ("wait 4", Wish(wait_hours=4), "mon 09:00 wait 4h"),
        ("wait 1 hour, fri", Wish(frozenset({FRI}), wait_hours=1), "fri 09:00 wait 1h"),
        ("wait up to 12 hours", Wish(wait_hours=12), "mon 09:00 wait 12h"),
        ("wait for 2hrs; 8:00", Wish(at=time(8), wait_hours=2), "mon 08:00 wait 2h"),
        ("wait 0h", Wish(wait_hours=0), "mon 09:00 wait 0h"),
        ("wait 024h 9:30", Wish(at=time(9, 30), wait_hours=24), "mon 09:30 wait 24h"),
        (
            "wait 4h instagram by engagement, top 3, 30d utc 08:00 sun",
            Wish(
                frozenset({SUN}),
                time(8),
                "UTC",
                Period.MONTH,
                3,
                ranking=Ranking.ENGAGEMENT,
                platforms=frozenset({Platform.INSTAGRAM}),
                wait_hours=4,
            ),
            "sun 08:00 UTC 30d top 3 by engagement instagram wait 4h",
        ),
        (
            "top 7 90d at 17:30 in america/new_york on fri, sun",
            Wish(frozenset({FRI, SUN}), time(17, 30), "America/New_York", Period.QUARTER, 7),
            "fri,sun 17:30 America/New_York 90d top 7",
        ),
    ],
)
def test_understood(text: str, wish: Wish, typed: str) -> None:
    """What is not said stays open; typed, it is what it would be anyway."""
    assert read(text.split()) == (wish, [], typed)


def unknown(word: str) -> str:
    return (
        f"Recap does not know “{word}”: it is no day, no time such as 09:00, no time zone such as "
        "Europe/Berlin and no window such as 7d."
    )


def abbreviation(word: str, place: str) -> str:
    return (
        f"“{word}” is an abbreviation that does not know summer time, or means several places. "
        f"Write a place, such as {place}."
    )


TOP = "“top” takes a number from 1 to 25."
BY = "“by” takes views, gain or engagement"
WAIT = "“wait” takes whole hours from 0h to 24h"


@pytest.mark.parametrize(
    ("text", "problems", "typed"),
    [
        ("mon 25:00", ["“25:00” is no time of day: it goes from 00:00 to 23:59."], "mon 09:00"),
        ("24:00", ["“24:00” is no time of day: it goes from 00:00 to 23:59."], "mon 09:00"),
        ("9:60", ["“9:60” is no time of day: it goes from 00:00 to 23:59."], "mon 09:00"),
        ("99", ["“99” is no time of day: it goes from 00:00 to 23:59."], "mon 09:00"),
        ("13pm", ["“13pm” is no time of day: it goes from 00:00 to 23:59."], "mon 09:00"),
        ("0am", ["“0am” is no time of day: it goes from 00:00 to 23:59."], "mon 09:00"),
        ("thu 9am", ["Write the time with hours and minutes: 09:00, not “9am”."], "thu 09:00"),
        ("5:30pm", ["Write the time with hours and minutes: 17:30, not “5:30pm”."], "mon 17:30"),
        ("5 pm", ["Write the time with hours and minutes: 17:00, not “5pm”."], "mon 17:00"),
        ("5:30 PM,", ["Write the time with hours and minutes: 17:30, not “5:30pm”."], "mon 17:30"),
        ("12am", ["Write the time with hours and minutes: 00:00, not “12am”."], "mon 00:00"),
        ("12pm", ["Write the time with hours and minutes: 12:00, not “12pm”."], "mon 12:00"),
        ("17", ["Write the time with hours and minutes: 17:00, not “17”."], "mon 17:00"),
        ("pm", [unknown("pm")], "mon 09:00"),
        ("est", [abbreviation("EST", "America/New_York")], "mon 09:00 America/New_York"),
        ("fri cet", [abbreviation("CET", BERLIN)], "fri 09:00 Europe/Berlin"),
        ("berlin", [unknown("berlin")], "mon 09:00 Europe/Berlin"),
        ("europe/berln", [unknown("europe/berln")], "mon 09:00 Europe/Berlin"),
        ("mon 09:00 mars/olympus", [unknown("mars/olympus")], "mon 09:00"),
        # What is clear stays, whatever stands behind it.
        ("europe/berlin please", [unknown("please")], "mon 09:00 Europe/Berlin"),
        ("europe/berlin est", [abbreviation("EST", "America/New_York")], "mon 09:00 Europe/Berlin"),
        ("tusday 10:00", [unknown("tusday")], "tue 10:00"),
        ("thrusday+fri", [unknown("thrusday+fri")], "mon 09:00"),
        ("mon-", [unknown("mon-")], "mon 09:00"),
        ("mon-foo", [unknown("mon-foo")], "mon 09:00"),
        ("14d", [unknown("14d")], "mon 09:00"),
        ("top 99", [TOP], "mon 09:00 top 25"),
        ("top 0", [TOP], "mon 09:00 top 1"),
        ("top five", [TOP], "mon 09:00 top 5"),
        ("top 9999999999", [TOP], "mon 09:00 top 5"),
        ("top ٣", [TOP], "mon 09:00 top 5"),
        ("top", [TOP], "mon 09:00 top 5"),
        ("by", [f"{BY}."], "mon 09:00 by views"),
        ("by likes fri", [f"{BY}, not “likes”."], "fri 09:00 by views"),
        ("by gains", [f"{BY}, not “gains”."], "mon 09:00 by gain"),
        ("by engagment", [f"{BY}, not “engagment”."], "mon 09:00 by engagement"),
        ("wait", [f"{WAIT}."], "mon 09:00 wait 4h"),
        ("wait long", [f"{WAIT}, not “long”."], "mon 09:00 wait 4h"),
        ("wait 25h", [f"{WAIT}, not “25h”."], "mon 09:00 wait 24h"),
        ("wait 4.5h", [f"{WAIT}, not “4.5h”."], "mon 09:00 wait 4h"),
        ("wait -1h", [f"{WAIT}, not “-1h”."], "mon 09:00 wait 4h"),
        ("wait 9999999999h", [f"{WAIT}, not “9999999999h”."], "mon 09:00 wait 4h"),
        ("tiktock", [unknown("tiktock")], "mon 09:00 tiktok"),
        ("insta wait 1h", [unknown("insta")], "mon 09:00 instagram wait 1h"),
        ("samra", [unknown("samra")], "mon 09:00 Europe/Samara"),
        ("سارة", [unknown("\u2068سارة\u2069")], "mon 09:00"),
        (
            "foo 24:00 top 0",
            [unknown("foo"), "“24:00” is no time of day: it goes from 00:00 to 23:59.", TOP],
            "mon 09:00 top 1",
        ),
    ],
)
def test_misread(text: str, problems: list[str], typed: str) -> None:
    """A sentence for each word that fits nothing, and what it looks like as it would be typed."""
    _, found, nearest = read(text.lower().split())
    assert (found, nearest) == (problems, typed)
    assert read(nearest.lower().split())[1:] == ([], nearest)


@pytest.mark.parametrize(("short", "place"), ABBREVIATIONS.items())
def test_abbreviations(short: str, place: str) -> None:
    """Each is no name of a zone, and stands for one that people can choose."""
    assert zone_named(short) is None
    assert place in places()


def test_every_place_can_be_typed() -> None:
    """No name of a zone is taken for a day, a time or a window."""
    for name in places():
        assert read([name.lower()]) == (Wish(zone=name), [], f"mon 09:00 {name}")


wishes = st.builds(
    Wish,
    days=st.frozensets(st.sampled_from(Weekday), min_size=1),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    zone=st.none() | st.sampled_from(places()),
    period=st.none() | st.sampled_from(Period),
    top=st.none() | st.integers(1, 25),
    ranking=st.none() | st.sampled_from(Ranking),
    platforms=st.none() | st.frozensets(st.sampled_from(Platform), min_size=1),
    wait_hours=st.none() | st.integers(0, 24),
)


@given(wishes, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_whatever_is_wished_for_can_be_typed(wish: Wish, random: Random) -> None:
    """In the order in which it is offered, and in any other."""
    top = [] if wish.top is None else [f"top {wish.top}"]
    by = [] if wish.ranking is None else [f"by {wish.ranking}"]
    wait = [] if wish.wait_hours is None else [f"wait {wish.wait_hours}h"]
    days = ",".join(day.name.lower() for day in sorted(wish.days or ()))
    named = [one.value for one in sorted(wish.platforms or ())]
    rest = [one for one in (wish.zone, wish.period) if one]
    parts = [days, f"{wish.at:%H:%M}", *rest, *top, *by, *named, *wait]
    typed = " ".join(parts)
    assert read(typed.lower().split()) == (wish, [], typed)
    random.shuffle(parts)
    assert read(" ".join(parts).lower().split()) == (wish, [], typed)


KNOWN = [
    *("by", "views", "gain", "engagement", "likes", "instagram", "tiktok", "tiktock", "insta"),
    *("wait", "4h", "25h", "0h", "4", "hours", "up", "to", "for", "top", "mon", "9am", "h"),
]


@given(
    st.lists(
        st.text(min_size=1)
        | st.from_regex(r"[a-z0-9:,/+-]{1,8}", fullmatch=True)
        | st.sampled_from(KNOWN),
        max_size=8,
    )
)
@settings(max_examples=120)
def test_anything_typed_has_a_nearest_sense(typed_words: list[str]) -> None:
    """No word raises, and what is offered is itself understood, and means itself."""
    _, _, typed = read([word.lower() for word in typed_words])
    assert read(typed.lower().split())[1:] == ([], typed)


@pytest.mark.parametrize(
    ("words", "problem", "typed"),
    [
        (
            "mon 7d 30d",
            "A subscription has one window, not both 7d and 30d.",
            "mon 09:00 7d",
        ),
        (
            "mon 08:00 10:00",
            "A subscription has one time, not both 08:00 and 10:00.",
            "mon 08:00",
        ),
        (
            "mon 09:00 Europe/Berlin America/New_York",
            "A subscription has one time zone, not both Europe/Berlin and America/New_York.",
            "mon 09:00 Europe/Berlin",
        ),
        (
            "by gain by views",
            "A subscription has one ranking, not both gain and views.",
            "mon 09:00 by gain",
        ),
        (
            "wait 0h wait 8h",
            "A subscription has one wait, not both 0h and 8h.",
            "mon 09:00 wait 0h",
        ),
    ],
)
def test_two_of_what_there_is_one(words: str, problem: str, typed: str) -> None:
    """The first is what counts, and it is said."""
    _, problems, nearest = read(words.lower().split())
    assert (problems, nearest) == ([problem], typed)


def test_the_same_choice_twice() -> None:
    """Neither is this."""
    assert (
        read(["by", "gain", "by", "gain", "tiktok", "tiktok", "wait", "4h", "wait", "4h"])[1] == []
    )


def test_the_same_twice() -> None:
    """Is no contradiction."""
    assert read(["mon", "08:00", "08:00", "7d", "7d", "utc", "utc"])[1] == []
