"""The receipt, and its journey through a button."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.facts import Call
from bot.digest.model import (
    Carried,
    Disagreement,
    Highlight,
    LikeForLike,
    Percent,
    Receipt,
    Unit,
    Unusual,
)
from bot.digest.preferences import Platform
from bot.errors import Unusable
from bot.rendering import receipt
from bot.rendering.numbers import Numbers
from tests.examples import (
    ACCOUNTS,
    COVERAGE,
    MOVERS,
    NOON,
    OVERVIEW,
    TOP,
    call,
    digest,
    facts,
    overview,
    rich,
)

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
Rules
Engagement rate is read as percent, as ENGAGEMENT_RATE_SCALE says.
Ranking: CreatorAudit's own order.
Calls
GET /overview?period=7d: fetched 23 Nov 2026, 12:00 UTC, request req-1
GET /creators/top?period=7d: fetched 23 Nov 2026, 12:00 UTC, request req-1"""
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


def test_a_change_of_some_accounts() -> None:
    """Whoever computes it finds both of its numbers; the sum is that of all."""
    some = replace(rich().figures[1], compared=21_560, previous=20_000, change=Percent(0.078))
    lines = dict(receipt.parts(rich(figures=(some,)), numbers))
    assert lines["Figures"][0].startswith(
        "Likes: 43,120; over the accounts that compare 21,560, before 20,000 (+7.8%). POST"
    )


def test_numbers_that_are_compared_with_nothing() -> None:
    """Their own days stand there, and no others."""
    lines = dict(receipt.parts(rich(compares=False), numbers))
    assert lines["Windows"][-1] == (
        "The accounts' own numbers: 2026-11-16 to 2026-11-22, compared with no other days; "
        "whole days in UTC, both ends included."
    )


@given(st.lists(st.tuples(st.text(max_size=20), st.lists(st.text(min_size=1), min_size=1))))
def test_always_fits(parts: list[tuple[str, list[str]]]) -> None:
    """However long a receipt is, the button takes it."""
    assert len(receipt.pack(parts)) <= 2_000


RICH = """\
Figures
Total views: 1,243,531, before 1,051,002 (+18.3%). GET /overview?period=7d
Likes: 43,120, before 39,004 (+10.6%). POST /accounts/metrics 2026-11-16 to 2026-11-22, \
the sum over 50 accounts
Followers: 910,450, before 902,100 (+0.9%). GET /accounts, follower_count of 49 accounts
Engagement rate: 4.2%, before 4% (+0.2 pp). GET /overview?period=7d
Comments: 3,910, before 4,210 (-7.1%). POST /accounts/metrics 2026-11-16 to 2026-11-22, \
the sum over 50 accounts
Shares: 2,204, before 2,101 (+4.9%). POST /accounts/metrics 2026-11-16 to 2026-11-22, \
the sum over 50 accounts
Active accounts: 50, before 48 (+4.2%). GET /overview?period=7d
Account videos: 412, before 392 (+5.1%). GET /overview?period=7d
Tracked videos: 36, before 36 (no change). GET /overview?period=7d
Windows
CreatorAudit's own 7-day window and the 7 days before it, in UTC.
It does not publish on which day that window ends, so no dates are printed.
The accounts' own numbers: 2026-11-16 to 2026-11-22, compared with 2026-11-09 to 2026-11-15; \
whole days in UTC, both ends included.
Rules
Engagement rate is read as percent, as ENGAGEMENT_RATE_SCALE says.
Ranking: views, summed by creator.
A creator's share is of all creators' changes together, newly added accounts aside: +192,529 views.
Like for like leaves out 3 accounts first tracked within the window.
Movers: a creator's change below 5,255 views counts as noise.
Two sources
Total views: 1,243,531, as printed. GET /overview?period=7d
Total views: 1,215,400. POST /accounts/metrics 2026-11-16 to 2026-11-22, the sum over 50 accounts
Total views: CreatorAudit's own change is 20, ours from its values is +18.3 %.
Coverage
46 of 50 accounts refreshed since the window closed; 1 waiting for its first refresh; \
2 paused; 1 unavailable.
Calls
GET /overview?period=7d: fetched 23 Nov 2026, 12:00 UTC, request req-1
POST /accounts/metrics: fetched 23 Nov 2026, 12:00 UTC, request req-1
Not up to date
Not refreshed since the window closed: @ana.1, @tom.b, @yui
Waiting for the first refresh: @new.one
Paused: @old.1, @old.2
Unavailable: @gone"""


def test_rich() -> None:
    """Everything that shaped a number, in the order in which it can be spared last."""
    assert receipt.render_receipt(receipt.parts(rich(), numbers)) == RICH


def rules(**changes: object) -> list[str]:
    """The rules of a rich digest, after its own notes."""
    return list(dict(receipt.parts(rich(**changes), numbers))["Rules"])[1:]


def test_quiet_rule() -> None:
    """What makes a week quiet, in place of what it does not tell."""
    assert rules(quiet=True, movers=None) == [
        "Ranking: views, summed by creator.",
        "Quiet: total views changed by 3% at most, and no creator moved them by more than 5%.",
    ]


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        (
            Unusual(1_243_531, 600_000.5, 7),
            "Unusual: 1,243,531 views against a median of 600,000.5 over 7 earlier recaps, "
            "more than 3 times their usual spread apart.",
        ),
        (
            LikeForLike(0.1, 0.05, 1),
            "Like for like leaves out 1 account first tracked within the window.",
        ),
        (
            Carried(Percent(-0.1), replace(MOVERS, net=-5_000)),
            "A creator's share is of all creators' changes together, newly added accounts aside: "
            "-5,000 views.",
        ),
    ],
)
def test_rule_of_a_highlight(told: Highlight, rule: str) -> None:
    """What was told and nothing else."""
    assert rules(highlights=(told,), movers=None)[1:] == [rule]


@pytest.mark.parametrize(
    ("unit", "endpoint", "platform", "rule"),
    [
        (Unit.COUNT, "GET /creators/top?period=7d", None, "Ranking: CreatorAudit's own order."),
        (
            Unit.COUNT,
            "GET /creators/top?period=7d",
            Platform.TIKTOK,
            "Ranking: views, summed by creator.",
        ),
        (Unit.COUNT, "POST /accounts/metrics", None, "Ranking: views, summed by creator."),
        (
            Unit.GAIN,
            "GET /creators/top?period=7d",
            None,
            "Ranking: views more than in the window before, summed by creator.",
        ),
        (
            Unit.PERCENT,
            "GET /creators/top?period=7d",
            None,
            "Ranking: (likes + comments + shares) / views, summed by creator; "
            "creators with fewer than 1,235 views are left out.",
        ),
    ],
)
def test_rule_of_the_ranking(
    unit: Unit, endpoint: str, platform: Platform | None, rule: str
) -> None:
    """What the reader chose decides it, and whether the server's own ranking is there."""
    found = rules(
        top_creators=replace(TOP, unit=unit, floor=1_234.6),
        platform=platform,
        receipt=replace(rich().receipt, calls=(call(endpoint),)),
    )
    assert rule in found
    assert sum(line.startswith("Ranking") for line in found) == 1


def test_no_ranking_has_no_rule() -> None:
    """Nor is one for movers that are not there."""
    assert rules(top_creators=None, movers=None, highlights=()) == []


def test_platform() -> None:
    """The overview knows no platforms, so its window is none of this recap's."""
    lines = dict(receipt.parts(rich(platform=Platform.TIKTOK), numbers))
    assert lines["Windows"] == [
        "The accounts' own numbers: 2026-11-16 to 2026-11-22, compared with "
        "2026-11-09 to 2026-11-15; whole days in UTC, both ends included."
    ]
    assert lines["Rules"][1] == "Only TikTok: every figure is the sum over the accounts there."


def test_a_rate_of_two_sources() -> None:
    """Both values of a rate are percentages."""
    rate = Disagreement("Engagement rate", 4.25, OVERVIEW, 3.9, ACCOUNTS, Unit.PERCENT)
    shown = replace(rich(disagreements=(rate,)), receipt=Receipt(()))
    assert dict(receipt.parts(shown, numbers))["Two sources"] == [
        f"Engagement rate: 4.25%, as printed. {OVERVIEW}",
        f"Engagement rate: 3.9%. {ACCOUNTS}",
    ]


def test_partial() -> None:
    """A first answer says that it is one."""
    lines = dict(receipt.parts(rich(partial=True), numbers))
    assert lines["Coverage"][0] == "Likes, followers and movers are still being counted."


def at(minutes: int, request: str | None = None, *, unchanged: bool = False) -> Call:
    return Call("GET /x", NOON + timedelta(minutes=minutes), unchanged, request)


@pytest.mark.parametrize(
    ("calls", "line"),
    [
        ([at(0)], "GET /x: fetched 23 Nov 2026, 12:00 UTC"),
        (
            [at(0, "a", unchanged=True)],
            "GET /x: unchanged since the last fetch, 23 Nov 2026, 12:00 UTC, request a",
        ),
        (
            [at(1, "a"), at(0, "b")],
            "GET /x ×2: fetched 23 Nov 2026, 12:00–12:01 UTC, requests a, b",
        ),
        (
            [at(0, "a"), at(0, "a"), at(0)],
            "GET /x ×3: fetched 23 Nov 2026, 12:00 UTC, request a",
        ),
        (
            [at(minute, f"r{minute}", unchanged=minute < 2) for minute in range(5)],
            "GET /x ×5: fetched (2 unchanged since the last fetch) "
            "23 Nov 2026, 12:00–12:04 UTC, requests r0 … r4",
        ),
        (
            [at(0, unchanged=True), at(720, unchanged=True)],
            "GET /x ×2: unchanged since the last fetch, "
            "23 Nov 2026, 12:00 UTC to 24 Nov 2026, 00:00 UTC",
        ),
    ],
)
def test_calls(calls: list[Call], line: str) -> None:
    """One line for each endpoint, with the time and the requests that it took."""
    made = rich(receipt=Receipt(tuple(calls)))
    assert dict(receipt.parts(made, numbers))["Calls"] == [line]


def request_id(number: int) -> str:
    """Thirty-two hexadecimal digits that no compression shortens much."""
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def test_five_thousand_accounts() -> None:
    """A recap of a hundred and fifty calls has a whole receipt in its button."""
    asked = [OVERVIEW, "GET /creators/top?period=7d&limit=25", *["GET /accounts?limit=200"] * 25]
    asked += ["POST /accounts/metrics"] * 100
    asked += ["GET /videos?limit=200", "GET /account-videos?limit=200", "POST /videos/metrics"]
    calls = tuple(
        Call(endpoint, NOON + timedelta(seconds=number), request_id=request_id(number))
        for number, endpoint in enumerate(asked)
    )
    covered = replace(COVERAGE, of=5_000, refreshed=4_996)
    made = rich(receipt=replace(rich().receipt, calls=calls), coverage=covered)
    parts = receipt.parts(made, numbers)
    assert receipt.unpack(receipt.pack(parts)) == parts
    assert dict(parts)["Calls"][3] == (
        "POST /accounts/metrics ×100: fetched 23 Nov 2026, 12:00–12:02 UTC, "
        f"requests {request_id(27)} … {request_id(126)}"
    )


def test_calls_go_before_rules() -> None:
    """A receipt that was cut keeps its figures and rules, and says how many calls are gone."""
    calls = tuple(
        Call(f"GET /{request_id(number)}", NOON, request_id=request_id(-number))
        for number in range(100)
    )
    made = rich(receipt=replace(rich().receipt, calls=calls), coverage=None)
    whole = receipt.unpack(receipt.pack(receipt.parts(made, numbers)))
    known = dict(whole)
    before = dict(receipt.parts(made, numbers))
    assert [title for title, _ in whole] == [
        "Figures",
        "Windows",
        "Rules",
        "Two sources",
        "Calls",
        "",
    ]
    assert all(known[title] == before[title] for title in ("Figures", "Rules", "Two sources"))
    kept = len(known["Calls"])
    assert 2 < kept < 40
    assert known[""] == [f"… {100 - kept} more calls did not fit into the button."]
    assert receipt.render_receipt(whole).endswith(known[""][0])
    assert receipt.view(whole)["blocks"][-1]["text"]["text"] == known[""][0]


@pytest.mark.parametrize(
    ("parts", "last"),
    [
        ([("Rules", ["a", "".join(map(request_id, range(90)))])], "… 1 more line did not fit"),
        ([("Calls", ["a", "".join(map(request_id, range(90)))])], "… 1 more call did not fit"),
        (
            [("Calls", ["".join(map(request_id, range(90)))]), ("Not up to date", ["a"])],
            "… 2 more lines did not fit",
        ),
    ],
)
def test_says_what_did_not_fit(parts: list[receipt.Part], last: str) -> None:
    """One or many, calls or other lines."""
    whole = receipt.unpack(receipt.pack(parts))
    assert whole[-1] == ("", [f"{last} into the button."])


def test_much_of_the_same() -> None:
    """What compresses well is cut to what a reader unpacks."""
    whole = receipt.unpack(receipt.pack([("Calls", ["x" * 300] * 1_000)]))
    kept = len(whole[0][1])
    assert 150 < kept < 220
    assert whole[-1] == ("", [f"… {1_000 - kept} more calls did not fit into the button."])


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
