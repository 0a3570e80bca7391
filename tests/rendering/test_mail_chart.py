"""The picture of a mail: what is drawn, what it says in words, and that its letters are there."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from bot.digest.facts import Number
from bot.digest.model import Digest, TrendPoint
from bot.digest.movers import Mover, Movers
from bot.digest.periods import Period
from bot.rendering.mail.chart import DROP, GAIN, WIDTH, Chart, chart
from bot.rendering.mail.picture import FONT, is_drawable, png
from bot.rendering.numbers import Numbers
from tests.examples import MOVERS, WINDOW, rich
from tests.rendering.test_slack_takes_everything import digests, locales

numbers = Numbers()


def trend(*views: Number | None) -> tuple[TrendPoint, ...]:
    weeks = len(views) - 1
    return tuple(
        TrendPoint(WINDOW.end - timedelta(weeks=weeks - week), one)
        for week, one in enumerate(views)
    )


def drawn(digest: Digest, written: Numbers = numbers) -> Chart:
    made = chart(digest, written)
    assert made is not None
    return made


def words(made: Chart) -> list[str]:
    return re.findall(r">([^<>]+)</text>", made.svg)


def test_weeks() -> None:
    """Lowest and highest at the side, dates below, a gap where nobody looked."""
    made = drawn(rich())
    assert words(made) == [
        *("Views, the last 9 weeks", "410K", "1.24M"),
        *("Nov 22", "Nov 8", "Oct 25", "Oct 11", "Sep 27"),
    ]
    assert made.alt == (
        "Views, the last 9 weeks: 410K, 455K, 502K, –, 640K, 811K, 930K, 1.05M, 1.24M"
    )
    line = re.search(r'<path d="([^"]+)" fill="none"', made.svg)
    assert line is not None
    assert [step[0] for step in re.findall(r"[ML][^ML]+", line[1])] == list("MLLMLLLL")
    assert made.svg.count("<circle") == 8


def test_higher_is_more() -> None:
    """The largest week is the highest point, and weeks run to the right."""
    spots = re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', drawn(rich(trend=trend(5, 10, 0))).svg)
    across, down = zip(*((float(x), float(y)) for x, y in spots), strict=True)
    assert list(across) == sorted(across)
    assert down[2] > down[0] > down[1]


def test_always_the_same() -> None:
    """One level, and a line on it."""
    made = drawn(rich(trend=trend(7, 7)))
    assert words(made) == ["Views, the last 2 weeks", "7", "Nov 22", "Nov 15"]


@pytest.mark.parametrize(
    "history", [(), trend(5), trend(None, 5), trend(None, None), trend(10**400, 5)]
)
def test_without_a_history(history: tuple[TrendPoint, ...]) -> None:
    """One point is no line: who gained and who lost is shown in its place."""
    made = drawn(rich(trend=history))
    assert words(made) == [
        "Biggest gains and drops in views",
        *("Mia Chen", "+85.1K", "Kofi Mensah", "+60K", "Sofia Rossi", "+41K", "Ana Lima", "+22K"),
        *("Omar Ali", "-9,171", "Lena Fuchs", "-26.9K"),
    ]
    assert made.alt == (
        "Biggest gains and drops in views: Mia Chen +85.1K, Kofi Mensah +60K, Sofia Rossi +41K, "
        "Ana Lima +22K, Omar Ali -9,171, Lena Fuchs -26.9K"
    )
    colours = re.findall(r'rx="3" fill="(#\w+)"', made.svg)
    assert colours == [GAIN] * 4 + [DROP] * 2
    lengths = [float(one) for one in re.findall(r'width="([\d.]+)" height="18"', made.svg)]
    assert lengths[0] == max(lengths)
    assert lengths[5] / lengths[0] == pytest.approx(26_900 / 85_100, abs=0.001)


@pytest.mark.parametrize(
    ("movers", "title"),
    [
        (replace(MOVERS, drops=()), "Biggest gains in views"),
        (replace(MOVERS, gains=()), "Biggest drops in views"),
    ],
)
def test_in_one_direction(movers: Movers, title: str) -> None:
    """The title claims no other one."""
    assert words(drawn(rich(trend=(), movers=movers)))[0] == title


@pytest.mark.parametrize("movers", [None, replace(MOVERS, gains=(), drops=())])
def test_nothing_to_draw(movers: Movers | None) -> None:
    """No picture is better than an empty one."""
    assert chart(rich(trend=(), movers=movers), numbers) is None


def test_names_in_other_letters() -> None:
    """What the font can't draw would be missing without a word; the text beside it has the name."""
    movers = replace(MOVERS, gains=(Mover("c", "陈美", 300, 100),), drops=())
    made = drawn(rich(trend=(), movers=movers))
    assert words(made) == ["Biggest gains in views", "+200"]
    assert made.alt == "Biggest gains in views: 陈美 +200"


def test_numbers_in_other_letters() -> None:
    """Japanese short forms and months stand in letters that the font has not."""
    japanese = Numbers("ja")
    assert words(drawn(rich(trend=trend(12_000_000, 24_000_000)), japanese))[1:] == [
        *("12M", "24M", "11-22", "11-15"),
    ]
    movers = replace(MOVERS, gains=(Mover("c", "Mia", 12_000_000, 0),), drops=())
    assert words(drawn(rich(trend=(), movers=movers), japanese))[2] == "+12M"


def test_other_windows() -> None:
    """The title says what a point stands for."""
    made = drawn(rich(period=Period.MONTH))
    assert words(made)[0] == "Views over 30 days, at the end of the last 9 weeks"


def test_hostile_names() -> None:
    """They are letters in the picture too."""
    movers = replace(MOVERS, gains=(Mover("c", '</text><image href="/x"/>', 300, 100),), drops=())
    made = drawn(rich(trend=(), movers=movers))
    assert "<image" not in made.svg
    assert png(made.svg)


def without_letters(svg: str) -> str:
    return re.sub(r"(<text[^>]*>)[^<]*", r"\1", svg)


@pytest.mark.parametrize("given", [rich(), rich(trend=())])
def test_letters_are_there(given: Digest) -> None:
    """A font that is not found prints nothing and says nothing: the pixels would be the same."""
    svg = drawn(given).svg
    assert png(svg) != png(without_letters(svg))


def test_licence_stands_beside_the_font() -> None:
    """The font may only be handed on with it."""
    licence = (FONT.parent / "OFL.txt").read_text(encoding="utf-8")
    assert licence.startswith("Copyright (c) 2016-2022 The Inter Project Authors")
    assert "SIL OPEN FONT LICENSE" in licence
    assert FONT.stat().st_size < 100_000


def test_each_letter() -> None:
    """What counts as drawable has a shape of its own, and not that of a missing letter."""

    def shape(letter: str) -> bytes:
        text = f'<text x="20" y="20" font-size="12">{letter}</text>'
        return png(f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30">{text}</svg>')

    nothing, unknown = shape(""), shape("\u4e00")
    spaces = "\u0020\u00a0\u202f"
    controls = "\u00ad"
    letters = [
        chr(code)
        for code in range(0x21, 0x2600)
        if is_drawable(chr(code)) and chr(code) not in "&<" + spaces + controls
    ]
    assert len(letters) > 800
    assert [one for one in letters if shape(one) in {nothing, unknown}] == []


@settings(deadline=None, max_examples=40)
@given(digests, locales)
def test_anything_can_be_drawn(digest: Digest, written: Numbers) -> None:
    """Whatever is in it: a picture as wide as any, in letters that the font has."""
    if made := chart(digest, written):
        assert all(is_drawable(word) for word in words(made))
        assert f'width="{WIDTH}"' in made.svg
        assert png(made.svg).startswith(b"\x89PNG")
