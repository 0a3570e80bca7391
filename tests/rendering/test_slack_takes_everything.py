"""No digest whatever makes a message that Slack refuses.

The checks are the stand-in's, which shares no line with the product's own limits.
"""

import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from bot.digest.facts import Call, Number
from bot.digest.freshness import Coverage
from bot.digest.model import (
    Carried,
    Change,
    Difference,
    Digest,
    Disagreement,
    Figure,
    LikeForLike,
    Missing,
    NoChange,
    Percent,
    Points,
    RankedCreator,
    Receipt,
    Times,
    TopCreators,
    TopVideo,
    TrendPoint,
    Unit,
    Unusual,
)
from bot.digest.movers import Mover, Movers
from bot.digest.periods import Period, closed_window
from bot.digest.preferences import Ask, Platform, Preferences
from bot.digest.standings import Moved, New
from bot.errors import TryLater
from bot.listeners.grammar import Misread, parse
from bot.playground.slack_blocks import check_message, check_view
from bot.rendering import notices, receipt
from bot.rendering.blocks import SlackMessage, render_private, render_shared
from bot.rendering.markdown import render_markdown
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.rendering.scheduled import Occasion, render_scheduled
from bot.rendering.terminal import render_terminal
from bot.rendering.text import render_text
from bot.rendering.thread import render_thread
from tests.examples import MONDAY, subscription

T = TypeVar("T")
PINGS = re.compile(r"<!(?!date\^)|<#|<@(?!U1>)")

LONG = ("<!channel>", "&" * 255, "*" * 255, "<@U9>", "مرحبا" * 50, "👩‍👩‍👧‍👦" * 30, "2. <#C1|x>")
names = st.text(st.characters(), min_size=1, max_size=255) | st.sampled_from(LONG)
briefly = st.sampled_from(LONG) | st.text(min_size=1, max_size=5)
"""For where there are many of them."""
floats = st.floats(allow_nan=False, allow_infinity=False)
numbers: st.SearchStrategy[Number | None] = st.none() | st.integers(-(10**400), 10**400) | floats
changes: st.SearchStrategy[Change | None] = st.one_of(
    st.none(),
    st.just(NoChange()),
    st.builds(Percent, floats),
    st.builds(Times, floats),
    st.builds(Difference, st.integers() | floats),
    st.builds(Points, floats),
)
figures = st.builds(
    Figure,
    key=names,
    label=names,
    unit=st.sampled_from(Unit),
    current=numbers,
    previous=numbers,
    change=changes,
    source=names,
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def some(strategy: st.SearchStrategy[T], most: int) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(strategy, max_size=most).map(tuple)


# What a creator or a sum counts is finite: infinite ones never get through the door.
counts: st.SearchStrategy[Number] = st.integers(-(10**30), 10**30) | floats
movements = st.none() | st.builds(New) | st.builds(Moved, st.integers(-25, 25))
creators = st.builds(
    RankedCreator,
    rank=st.integers(1, 25),
    name=briefly,
    value=numbers,
    movement=movements,
    gain=st.none() | counts,
    engagement=st.none() | floats,
)
rankings = st.builds(
    TopCreators,
    metric=st.none() | names,
    rows=some(creators, 25),
    rest=some(creators, 25),
    out=some(briefly, 25),
    unit=st.sampled_from(Unit),
)
moving = st.builds(
    Mover,
    key=briefly,
    name=briefly,
    current=st.integers(0, 10**30),
    before=st.integers(0, 10**30),
)
movers = st.builds(
    Movers,
    gains=some(moving, 25),
    drops=some(moving, 25),
    floor=st.integers(100, 10**30),
    net=st.integers(1, 10**30) | st.integers(-(10**30), -1),
    lead=moving,
)
ratios = st.floats(-10, 1e6)
highlights = st.one_of(
    st.builds(Carried, changes.filter(bool), movers),
    st.builds(LikeForLike, ratios, ratios, st.integers(1, 5_000)),
    st.builds(Unusual, counts, counts, st.integers(4, 8)),
)
covered = st.builds(
    Coverage,
    of=st.integers(0, 5_000),
    refreshed=st.integers(0, 5_000),
    stale=some(briefly, 15),
    waiting=some(briefly, 15),
    paused=some(briefly, 15),
    unavailable=some(briefly, 15),
)
urls = st.builds(
    "https://www.tiktok.com/@a/video/7?{}".format,
    st.text("a&=%()*_~!'#[]", max_size=50) | st.sampled_from(["&" * 900, "(" * 400]),
)
days = st.dates(date(2020, 1, 1), date(2099, 1, 1))
digests = st.builds(
    Digest,
    period=st.sampled_from(Period),
    figures=st.lists(figures, min_size=1, max_size=30).map(tuple),
    top_creators=st.none() | rankings,
    missing=some(st.builds(Missing, part=names, because=names), 10),
    receipt=st.builds(
        Receipt,
        calls=some(
            st.builds(
                Call,
                endpoint=briefly,
                fetched_at=moments,
                unchanged=st.booleans(),
                request_id=st.none() | briefly,
            ),
            40,
        ),
        notes=some(names, 10),
        disagreements=some(names, 5),
    ),
    built_at=moments,
    window=st.none() | days.map(lambda day: closed_window(Period.WEEK, day)),
    highlights=some(highlights, 2),
    quiet=st.booleans(),
    movers=st.none() | movers,
    coverage=st.none() | covered,
    trend=some(st.builds(TrendPoint, end=days, views=st.none() | counts), 9),
    videos=some(
        st.builds(TopVideo, title=names, by=st.none() | names, url=st.none() | urls, views=counts),
        3,
    ),
    disagreements=some(
        st.builds(
            Disagreement,
            label=names,
            printed=counts,
            source=names,
            other=counts,
            other_source=names,
            unit=st.sampled_from(Unit),
        ),
        9,
    ),
    partial=st.booleans(),
    platform=st.none() | st.sampled_from(Platform),
)
locales = st.sampled_from(
    [Numbers(locale) for locale in ("en", "de", "ar", "fr", "sv", "hi", "ja", "fa", "he")]
)
occasions = st.builds(
    Occasion,
    asked_by=st.none() | st.just("U1"),
    late=st.none() | names,
    waited=st.none() | names,
    last=st.none() | names,
    # A sentence of ours, whose labels stand on one line each.
    corrected=st.none() | names.map(one_line),
)


def assert_taken(message: SlackMessage) -> None:
    """By a workspace that knows the data blocks, and by one that does not."""
    classic = message.classic or message.blocks
    assert check_message(message.text, list(message.blocks)) == []
    assert check_message(message.text, list(classic), data_blocks=False) == []
    assert 0 < len(message.text.encode()) <= 4_000
    for markup in (message.text, *marked_up([*message.blocks, *classic])):
        assert not PINGS.search(markup)


def marked_up(value: object) -> Iterator[str]:
    """Every text in ``value`` in which Slack obeys anything."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        value = list(value.values())
    if isinstance(value, list):
        yield from (text for inner in value for text in marked_up(inner))


@settings(max_examples=60)
@given(digests, locales, st.integers(1, 25))
def test_recaps(digest: Digest, numbers: Numbers, top: int) -> None:
    """Private and shared, with their receipts, in every locale; nobody is pinged."""
    ask = Ask(digest.period, Preferences(top))
    assert_taken(render_private(digest, ask, numbers, subscribed=False))
    assert_taken(render_shared(digest, numbers, shared_by="U1"))
    parts = receipt.parts(digest, numbers)
    assert check_view(receipt.view(receipt.unpack(receipt.pack(parts)))) == []
    assert_taken(notices.plain(receipt.render_receipt(parts)))
    render_text(digest, numbers).encode()
    render_markdown(digest, numbers).encode()


@settings(max_examples=60)
@given(digests, locales, occasions, names)
def test_posts(digest: Digest, numbers: Numbers, occasion: Occasion, channel: str) -> None:
    """What a subscription posts, and the thread under it."""
    post = render_scheduled(digest, subscription(channel_name=channel), occasion, numbers)
    assert_taken(post)
    for classic in (True, False):
        for reply in render_thread(digest, numbers, classic=classic):
            assert_taken(reply)
            assert not (classic and reply.classic)


@pytest.mark.parametrize("name", [*LONG, "_&" * 127, ":tada:" * 40])
@pytest.mark.parametrize("locale", ["en", "de", "ar", "hi"])
def test_the_longest(locale: str, name: str) -> None:
    """As many of everything as there can be, each with such a name."""
    largest = 10**30
    figure = Figure(name, name, Unit.COUNT, largest, -largest, Difference(2 * largest), name)
    creator = RankedCreator(25, name, largest, New(), -largest, 123.456)
    mover = Mover(name, name, largest, 0)
    all_movers = Movers((mover,) * 25, (mover,) * 25, 100, -largest, mover)
    one = Disagreement(name, largest, name, -largest, name)
    call = Call(name, MONDAY, request_id=name)
    digest = Digest(
        period=Period.QUARTER,
        figures=(figure,) * 30,
        top_creators=TopCreators(name, (creator,) * 25, (), (name,) * 25),
        missing=(Missing(name, name),) * 10,
        receipt=Receipt((call,) * 60, (name,) * 20, (name,) * 10),
        built_at=MONDAY,
        window=closed_window(Period.QUARTER, MONDAY.date()),
        highlights=(Carried(Percent(-0.5), all_movers), LikeForLike(5.5, 3.3, 5_000)),
        movers=all_movers,
        coverage=Coverage(5_000, 1, *[(name,) * 999] * 4),
        trend=(TrendPoint(MONDAY.date(), largest),) * 9,
        videos=(TopVideo(name, name, "https://www.tiktok.com/?" + "&" * 99, largest),) * 3,
        disagreements=(one,) * 9,
        partial=True,
        platform=Platform.INSTAGRAM,
    )
    numbers = Numbers(locale)
    assert_taken(render_private(digest, Ask(), numbers, subscribed=True))
    occasion = Occasion("U1", name, name, name, name)
    assert_taken(render_scheduled(digest, subscription(), occasion, numbers))
    for classic in (True, False):
        assert_taken(*render_thread(digest, numbers, classic=classic))
    parts = receipt.parts(digest, numbers)
    assert check_view(receipt.view(receipt.unpack(receipt.pack(parts)))) == []


@settings(max_examples=30)
@given(digests, locales)
def test_terminal(digest: Digest, numbers: Numbers) -> None:
    """Whatever is in it, a terminal can print it."""
    console = Console(file=io.StringIO(), width=80)
    console.print(render_terminal(digest, numbers))


@given(st.text())
def test_notices(text: str) -> None:
    """Whatever is typed and whatever fails, the sentence about it can be shown."""
    match parse(text):
        case Misread(problem, nearest):
            assert_taken(notices.misread(problem, nearest))
        case _:
            assert_taken(notices.help_message())
    assert_taken(notices.failure(TryLater(text or "x", "x"), Ask()))
