"""The receipt, and its journey through a button."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Unusable
from bot.rendering import receipt
from bot.rendering.numbers import Numbers
from tests.examples import digest, facts, overview

numbers = Numbers()
PARTS = receipt.parts(digest(), numbers)


def test_receipt() -> None:
    """Exact figures, windows, calls and rules."""
    assert (
        receipt.render_receipt(PARTS)
        == """\
Figures
Total views: 1,243,531, before 1,051,002 (+18.3%). GET /overview?period=7d
Engagement rate: 4.2%, before 4% (+0.2 pp). GET /overview?period=7d
Active accounts: 118, before 115 (+2.6%). GET /overview?period=7d
Account videos: 412, before 392 (+5.1%). GET /overview?period=7d
Tracked videos: 36, before 36 (no change). GET /overview?period=7d
Windows
CreatorAudit's own 7-day window and the 7 days before it, in UTC.
It does not publish on which day that window ends, so no dates are printed.
Calls
GET /overview?period=7d: fetched 23 Nov 2026, 12:00 UTC, request req-1
GET /creators/top?period=7d: fetched 23 Nov 2026, 12:00 UTC, request req-1
Rules
Engagement rate is read as percent, as ENGAGEMENT_RATE_SCALE says."""
    )


def test_travels_through_a_button() -> None:
    """What goes in comes out, and it fits."""
    packed = receipt.pack(PARTS)
    assert len(packed) <= 2_000
    assert receipt.unpack(packed) == PARTS


def test_unknown_values_are_dashes() -> None:
    """A figure without values has no change to show."""
    lines = dict(receipt.parts(digest(facts(overview({"total_views": None}, {}))), numbers))
    assert lines["Figures"] == ["Total views: –, before –. GET /overview?period=7d"]


def test_an_unknown_rate_has_no_percent_sign() -> None:
    """``–%`` would be a measured nothing."""
    rate = overview({"engagement_rate": None}, {"engagement_rate": 4.0})
    lines = dict(receipt.parts(digest(facts(rate)), numbers))
    assert lines["Figures"] == ["Engagement rate: –, before 4%. GET /overview?period=7d"]


@given(st.lists(st.tuples(st.text(max_size=20), st.lists(st.text(min_size=1), min_size=1))))
def test_always_fits(parts: list[tuple[str, list[str]]]) -> None:
    """However long a receipt is, the button takes it."""
    assert len(receipt.pack(parts)) <= 2_000


def test_says_what_did_not_fit() -> None:
    """A receipt that was cut says so at its end."""
    lines = [f"Call {n}: {hash((n, 'x'))}{hash((n, 'y'))}" for n in range(300)]
    whole = receipt.unpack(receipt.pack([("Calls", lines)]))
    assert whole[0][0] == "Calls"
    assert 5 < len(whole[0][1]) < 300
    assert whole[-1] == ("", ["… the rest did not fit into the button."])
    assert receipt.render_receipt(whole).endswith("… the rest did not fit into the button.")
    assert receipt.view(whole)["blocks"][-1]["text"]["text"].startswith("…")


@pytest.mark.parametrize("value", ["", "!", "AAAA", "eJwDAAAAAAE=", "eJwzBAAAMgAy"])
def test_unreadable_value(value: str) -> None:
    """A button from another version gets a sentence, not a traceback."""
    with pytest.raises(Unusable) as caught:
        receipt.unpack(value)
    assert caught.value.reader == (
        "This receipt is from another version of Recap. Type `/recap` for a fresh one."
    )


def test_modal() -> None:
    """The title fits Slack's 24 characters; names in it are escaped."""
    view = receipt.view([("Figures", ["<!here>: 1"])])
    assert view["title"]["text"] == "How was this computed?"
    assert view["blocks"][0]["text"]["text"] == "*Figures*\n&lt;!here&gt;: 1"
