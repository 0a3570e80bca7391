"""No digest whatever makes a message that Slack refuses.

The checks are the stand-in's, which shares no line with the product's own limits.
"""

import re
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest.facts import Call, Number
from bot.digest.model import (
    Change,
    Difference,
    Digest,
    Figure,
    Missing,
    NoChange,
    Percent,
    Points,
    RankedCreator,
    Receipt,
    Times,
    TopCreators,
    Unit,
)
from bot.digest.periods import Period
from bot.digest.preferences import Ask, Preferences
from bot.errors import TryLater
from bot.listeners.grammar import Misread, parse
from bot.playground.slack_blocks import check_message, check_view
from bot.rendering import notices, receipt
from bot.rendering.blocks import SlackMessage, render_private, render_shared
from bot.rendering.markdown import render_markdown
from bot.rendering.numbers import Numbers
from bot.rendering.text import render_text

PINGS = re.compile(r"<!(?!date\^)|<#|<@(?!U1>)")

names = st.text(st.characters(), min_size=1, max_size=255) | st.sampled_from(
    ["<!channel>", "&" * 255, "*" * 255, "<@U9>", "مرحبا" * 50, "👩‍👩‍👧‍👦" * 30]
)
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
digests = st.builds(
    Digest,
    period=st.sampled_from(Period),
    figures=st.lists(figures, min_size=1, max_size=30).map(tuple),
    top_creators=st.none()
    | st.builds(
        TopCreators,
        metric=st.none() | names,
        rows=st.lists(
            st.builds(RankedCreator, rank=st.integers(1, 25), name=names, value=numbers),
            max_size=25,
        ).map(tuple),
    ),
    missing=st.lists(st.builds(Missing, part=names, because=names), max_size=10).map(tuple),
    receipt=st.builds(
        Receipt,
        calls=st.lists(
            st.builds(
                Call,
                endpoint=names,
                fetched_at=moments,
                unchanged=st.booleans(),
                request_id=st.none() | names,
            ),
            max_size=60,
        ).map(tuple),
        notes=st.lists(names, max_size=10).map(tuple),
        disagreements=st.lists(names, max_size=5).map(tuple),
    ),
    built_at=moments,
)
locales = st.sampled_from([Numbers("en"), Numbers("de"), Numbers("ar"), Numbers("fr")])


def assert_taken(message: SlackMessage) -> None:
    assert check_message(message.text, list(message.blocks)) == []
    assert len(message.text.encode()) <= 4_000
    assert not PINGS.search(message.text)
    assert not PINGS.search(str(message.blocks))


@settings(deadline=None, max_examples=60)
@given(digests, locales, st.integers(1, 25))
def test_recaps(digest: Digest, numbers: Numbers, top: int) -> None:
    """Private and shared, with their receipts, in every locale; nobody is pinged."""
    ask = Ask(digest.period, Preferences(top))
    assert_taken(render_private(digest, ask, numbers))
    assert_taken(render_shared(digest, numbers, shared_by="U1"))
    parts = receipt.parts(digest, numbers)
    assert check_view(receipt.view(receipt.unpack(receipt.pack(parts)))) == []
    assert_taken(notices.plain(receipt.render_receipt(parts)))
    render_text(digest, numbers).encode()
    render_markdown(digest, numbers).encode()


@settings(deadline=None)
@given(st.text())
def test_notices(text: str) -> None:
    """Whatever is typed and whatever fails, the sentence about it can be shown."""
    match parse(text):
        case Misread(problem, nearest):
            assert_taken(notices.misread(problem, nearest))
        case _:
            assert_taken(notices.help_message())
    assert_taken(notices.failure(TryLater(text or "x", "x"), Ask()))
