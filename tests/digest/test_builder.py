"""Facts in, digest out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.digest.builder import (
    CHANGES,
    MOVERS,
    NO_ACCOUNT,
    NO_PLATFORMS,
    NO_VALUE,
    NONE_COMPARES,
    NOT_SENT,
    build_digest,
)
from bot.digest.collected import Facts
from bot.digest.engagement import FRACTION, Scale
from bot.digest.facts import Fetched, LeaderboardRow, Overview
from bot.digest.labels import label_of
from bot.digest.model import (
    Difference,
    Digest,
    Figure,
    Missing,
    NoChange,
    Percent,
    Points,
    RankedCreator,
    TopCreators,
    Unit,
)
from bot.digest.periods import Period, Window
from bot.digest.preferences import Metric, Platform, Preferences
from bot.digest.ranking import NO_NUMBERS
from bot.errors import Unusable
from tests.digest.examples import WEEK, account, batch, metrics, tracked, whole
from tests.examples import CURRENT, NOON, PREVIOUS, call, digest, facts, overview

SOURCE = "GET /overview?period=7d"
SLOW = Missing("Movers, likes, comments and shares", "CreatorAudit took too long to answer.")


def build(given: Facts, preferences: Preferences | None = None) -> Digest:
    return build_digest(given, Period.WEEK, preferences or Preferences(), NOON)


def test_headline_of_the_documented_shape() -> None:
    """Every metric with its own change, by our own arithmetic."""
    assert digest().figures == (
        Figure(
            "total_views",
            "Total views",
            Unit.COUNT,
            1_243_531,
            1_051_002,
            Percent(0.183),
            SOURCE,
        ),
        Figure("engagement_rate", "Engagement rate", Unit.PERCENT, 4.2, 4.0, Points(0.2), SOURCE),
        Figure("active_accounts", "Active accounts", Unit.COUNT, 118, 115, Percent(0.026), SOURCE),
        Figure("account_videos", "Account videos", Unit.COUNT, 412, 392, Percent(0.051), SOURCE),
        Figure("tracked_videos", "Tracked videos", Unit.COUNT, 36, 36, NoChange(), SOURCE),
    )


def test_reading_order_does_not_follow_the_wire() -> None:
    """Views come first whatever order the answer has; unknown metrics follow in its order."""
    given = overview({"zebras": 1, "engagement_rate": 4.2, "apples": 2, "total_views": 3}, {})
    keys = [figure.key for figure in digest(facts(given)).figures]
    assert keys == ["total_views", "engagement_rate", "zebras", "apples"]


def test_flat_shape_has_no_changes() -> None:
    """The tutorial's shape gives values without a window before, and the receipt says so."""
    flat = Overview("flat", {"views": 5, "likes": 0}, keys_seen=("views", "likes"))
    made = digest(facts(flat))
    assert [(one.label, one.current, one.change) for one in made.figures] == [
        ("Views", 5, None),
        ("Likes", 0, None),
    ]
    assert (
        "CreatorAudit sent figures without the window before, so there are no changes."
        in made.receipt.notes
    )


def test_no_metric_is_an_error_that_names_the_keys() -> None:
    """Three zeros must never be printed as if they were measured."""
    empty = Overview("flat", {}, keys_seen=("type", "message"))
    with pytest.raises(Unusable) as caught:
        digest(facts(empty))
    assert caught.value.operator == (
        "GET /overview?period=7d holds no numeric metric. Keys seen in data: type, message."
    )
    assert caught.value.reader == (
        "CreatorAudit answered, but with no figures that Recap can read, so there is nothing to "
        "show. Ask whoever runs Recap to look at its log."
    )


def test_keys_can_not_command_a_terminal() -> None:
    """They come from the wire: no escape sequence, and no novel."""
    odd = Overview("flat", {}, keys_seen=("\x1b[2J\x07x", "y" * 5_000, *map(str, range(300))))
    with pytest.raises(Unusable) as caught:
        digest(facts(odd))
    assert "Keys seen in data: [2Jx, yyyy" in caught.value.operator
    assert len(caught.value.operator) < 250
    assert label_of("\x1b_\x1bodd\x07_key") == "Odd key"


def test_no_key_at_all_is_said_too() -> None:
    """An empty answer has no keys to name."""
    with pytest.raises(Unusable, match="Keys seen in data: none"):
        digest(facts(Overview("flat", {})))


def test_all_nulls_are_unknown_not_zero() -> None:
    """A window without values is one sentence, not five."""
    nulls = overview(dict.fromkeys(CURRENT), dict.fromkeys(CURRENT))
    made = digest(facts(nulls))
    assert {figure.current for figure in made.figures} == {None}
    assert {figure.change for figure in made.figures} == {None}
    assert made.missing == (
        Missing("Every figure", "CreatorAudit sent no values for this window yet."),
    )


def test_one_null_is_named() -> None:
    """What is missing says so by name."""
    made = digest(facts(overview({**CURRENT, "active_accounts": None})))
    assert made.missing == (Missing("Active accounts", "CreatorAudit sent no value for it."),)


def test_rate_on_an_unknown_scale_is_left_out() -> None:
    """0.042 could be 4.2 % or 0.042 %, so neither is printed."""
    made = digest(facts(scale=Scale(None, "Nobody knows.")))
    rate = made.figures[1]
    assert (rate.current, rate.previous, rate.change) == (None, None, None)
    assert made.missing == (Missing("Engagement rate", "Nobody knows."),)


def test_rate_as_a_fraction_becomes_percent() -> None:
    """Both values are scaled, so that the change is in points of percent."""
    given = overview({**CURRENT, "engagement_rate": 0.042}, {**PREVIOUS, "engagement_rate": 0.04})
    rate = digest(facts(given, scale=FRACTION)).figures[1]
    assert rate.current == pytest.approx(4.2)
    assert rate.previous == pytest.approx(4.0)
    assert rate.change == Points(0.2)


def test_no_scale_note_without_a_rate() -> None:
    """The receipt does not explain what is not there."""
    assert digest(facts(overview({"total_views": 100}, {"total_views": 90}))).receipt.notes == ()


def test_a_rate_without_a_value_is_not_a_question_of_scale() -> None:
    """Where CreatorAudit sent no rate, nobody wonders what it is measured in."""
    nobody = Scale(None, "Nobody knows.")
    rate = {"engagement_rate": None}
    made = digest(facts(overview({**CURRENT, **rate}, {**PREVIOUS, **rate}), scale=nobody))
    assert made.missing == (Missing("Engagement rate", "CreatorAudit sent no value for it."),)
    assert made.receipt.notes == ()


def test_a_rate_alone_on_an_unknown_scale_was_sent() -> None:
    """Left out is not the same as not sent, also where there is nothing else."""
    made = digest(
        facts(overview({"engagement_rate": 0.04}, {}), scale=Scale(None, "Nobody knows."))
    )
    assert made.missing == (Missing("Engagement rate", "Nobody knows."),)


def test_a_rate_of_our_own_has_no_scale() -> None:
    """It is computed from likes, comments, shares and views, so no scale is read or left out."""
    rate = {"engagement_rate": 0.0004}
    numbers = overview({**CURRENT, **rate}, {**PREVIOUS, **rate})
    own = tracked({"a": (1_000, 1_000)})
    own = replace(own, current=batch({"a": metrics(1_000, 30, 8, 4)}))
    made = build(whole(numbers, own, scale=Scale(None, "Nobody knows.")))
    assert made.figures[3].current == 4.2
    assert "Nobody knows." not in made.receipt.notes
    assert "Engagement rate" not in [one.part for one in made.missing]


def test_the_scale_is_told_only_beside_a_rate() -> None:
    """The reader did not choose it."""
    views = build_digest(facts(), Period.WEEK, Preferences(metrics=(Metric.VIEWS,)), NOON)
    assert views.receipt.notes == ()


def test_our_own_sums_are_no_disagreement_with_their_percentage() -> None:
    """CreatorAudit's change of its likes says nothing about the accounts' likes."""
    numbers = overview({"likes": 50}, {"likes": 40}, {"likes": 25.0})
    own = replace(
        tracked({"a": (None, None)}),
        current=batch({"a": metrics(None, 90)}),
        before=batch({"a": metrics(None, 60)}),
    )
    made = build(whole(numbers, own))
    assert made.figures[0].change == Percent(0.5)
    assert made.receipt.disagreements == ()


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (facts(), {"Top creators": NO_NUMBERS}),
        (whole(given=tracked({})), {"Views": NO_VALUE, "Top creators": NO_NUMBERS}),
        (
            whole(given=tracked({"a": (5, 5)})),
            {"Views": NO_VALUE, "Followers": NO_VALUE, "Top creators": NO_NUMBERS},
        ),
        (
            whole(tracked=SLOW, accounts=()),
            {"Views": SLOW.because, "Top creators": SLOW.because, SLOW.part: SLOW.because},
        ),
    ],
)
def test_a_platform_without_numbers_is_unknown(given: Facts, missing: dict[str, str]) -> None:
    """Never the overview's figures, and no claim that CreatorAudit sent nothing readable."""
    made = build(given, Preferences(platform=Platform.INSTAGRAM))
    assert made.figures[0] == Figure(
        "views", "Views", Unit.COUNT, None, None, None, "POST /accounts/metrics"
    )
    assert {one.part: one.because for one in made.missing} == missing


def test_absolute_change_is_explained() -> None:
    """A rule that shaped a printed number stands in the receipt."""
    made = digest(facts(overview({"total_views": 12}, {"total_views": 3})))
    assert made.figures[0].change == Difference(9)
    assert made.receipt.notes == (
        "Total views: absolute change, because a percentage on a base below 20 misleads.",
    )


def test_unreadable_value_is_named() -> None:
    """A string where a number belongs is left out and said."""
    given = Overview("nested", {"total_views": 100}, {}, {}, (), ("likes",))
    assert digest(facts(given)).receipt.notes == (
        "Likes: left out, because its value is not a number.",
    )


@pytest.mark.parametrize(("theirs", "disagrees"), [(18.3, False), (0.183, False), (25.0, True)])
def test_server_percentage_is_a_cross_check(theirs: float, disagrees: bool) -> None:  # noqa: FBT001
    """Ours is printed; a disagreement is kept for the receipt and the log, on either scale."""
    made = digest(facts(overview(server_changes={"total_views": theirs})))
    assert made.figures[0].change == Percent(0.183)
    assert bool(made.receipt.disagreements) is disagrees


def test_disagreement_in_words() -> None:
    """The sentence holds both numbers."""
    made = digest(facts(overview(server_changes={"total_views": 25, "tracked_videos": 9})))
    assert made.receipt.disagreements == (
        "Total views: CreatorAudit's own change is 25, ours from its values is +18.3 %.",
    )


def test_leaderboard_keeps_the_servers_order() -> None:
    """Rank is the position in the answer, also where a value is missing."""
    rows = (
        LeaderboardRow("1", "Low", 1),
        LeaderboardRow("2", "None", None),
        LeaderboardRow("3", "High", 9),
    )
    assert digest(facts(rows=rows), top=2).top_creators == TopCreators(
        "views",
        (RankedCreator(1, "Low", 1), RankedCreator(2, "None", None)),
        (RankedCreator(3, "High", 9),),
    )


def test_empty_leaderboard_is_an_answer() -> None:
    """Nobody ranked is not the same as not known."""
    made = digest(facts(rows=()))
    assert made.top_creators == TopCreators(None, ())
    assert made.missing == ()


def test_missing_leaderboard_says_why() -> None:
    """A part that failed is in the model."""
    missing = Missing("Top creators", "CreatorAudit is busy.")
    made = digest(facts(rows=missing))
    assert made.top_creators is None
    assert made.missing == (missing,)
    assert [one.endpoint for one in made.receipt.calls] == [SOURCE]


def test_accounts_that_could_not_be_read() -> None:
    """They are in no sum and in no coverage, and that is said."""
    given = whole(given=tracked({"a": (5, 5)}))
    assert isinstance(given.accounts, Fetched)
    made = build(replace(given, accounts=replace(given.accounts, unread=3)))
    assert made.coverage is not None
    assert made.coverage.of == 1
    assert made.missing[-1] == Missing("Some accounts", "3 of them could not be read.")


LATER = Window(WEEK.start + timedelta(days=1), WEEK.end + timedelta(days=1))


@pytest.mark.parametrize(
    ("current", "before", "because"),
    [
        (
            LATER,
            WEEK.before,
            "CreatorAudit summed 2026-11-17 to 2026-11-23 instead of 2026-11-16 to 2026-11-22.",
        ),
        (
            WEEK,
            LATER,
            "CreatorAudit summed 2026-11-17 to 2026-11-23 instead of 2026-11-09 to 2026-11-15.",
        ),
        (None, LATER.before, "CreatorAudit summed 2026-11-10 to 2026-11-16 instead of "
         "2026-11-09 to 2026-11-15."),
    ],
)  # fmt: skip
def test_other_days_than_asked_for_are_not_compared(
    current: Window | None, before: Window, because: str
) -> None:
    """What was summed is printed with its days, and nothing is told to have moved."""
    own = tracked({"a": (None, None)})
    now, then = batch({"a": metrics(5_000, 500)}), batch({"a": metrics(1_000, 100)})
    own = replace(own, current=replace(now, window=current), before=replace(then, window=before))
    made = build(whole(given=own))
    assert made.movers is None
    assert made.missing[-1] == Missing(CHANGES, because)
    likes = next(one for one in made.figures if one.key == "likes")
    assert (likes.current, likes.previous, likes.change) == (500, None, None)
    assert likes.source.startswith(
        f"POST /accounts/metrics {f'{current.start} to {current.end}' if current else '(its days'}"
    )
    assert (made.window, made.compares) == (current, False)
    assert "Likes" not in "".join(made.receipt.notes)


@pytest.mark.parametrize(
    ("current", "before"), [(WEEK, WEEK.before), (None, None), (WEEK, None), (None, WEEK.before)]
)
def test_days_that_are_not_named_are_those_asked_for(
    current: Window | None, before: Window | None
) -> None:
    """Only what the answer says can contradict."""
    own = tracked({"a": (5_000, 1_000)})
    current_batch, before_batch = own.current, own.before
    own = replace(
        own,
        current=replace(current_batch, window=current),
        before=replace(before_batch, window=before),
    )
    made = build(whole(given=own))
    assert made.movers is not None
    assert (made.window, made.compares) == (WEEK, True)


def test_receipt_lists_every_call() -> None:
    """Also those that only calibrated the scale."""
    given = facts()
    more = call("POST /accounts/metrics")
    made = build_digest(
        type(given)(given.overview, given.leaderboard, given.scale, (more,)),
        Period.WEEK,
        Preferences(),
        NOON,
    )
    assert [one.endpoint for one in made.receipt.calls] == [
        SOURCE,
        "GET /creators/top?period=7d",
        "POST /accounts/metrics",
    ]
    assert made.built_at == NOON


@pytest.mark.parametrize(
    ("key", "label"),
    [("total_views", "Total views"), ("saves", "Saves"), ("__", "(no name)"), ("aB_c", "AB c")],
)
def test_label_is_made_from_the_key(key: str, label: str) -> None:
    """An unknown metric needs no entry in any list."""
    assert label_of(key) == label


def test_metric_of_the_leaderboard_in_words() -> None:
    """A nested key is named by its last part."""
    made = digest(facts())
    assert made.top_creators is not None
    assert made.top_creators.metric == "views"


def test_platform() -> None:
    """The digest says for which platform it is, or that it is for all of them."""
    chosen = Preferences(platform=Platform.TIKTOK)
    assert build_digest(whole(), Period.WEEK, chosen, NOON).platform is Platform.TIKTOK
    assert digest().platform is None


def test_nobody_compares() -> None:
    """Movers are not left out in silence where views are unknown, or everybody is new."""
    made = build(whole(given=tracked({"a": (700, None), "b": (5, None)})))
    assert (made.movers, made.highlights) == (None, ())
    assert Missing(MOVERS, NONE_COMPARES) in made.missing
    assert build(whole(given=tracked({}))).missing == ()


def because(given: Facts, preferences: Preferences) -> dict[str, str]:
    return {one.part: one.because for one in build(given, preferences).missing}


def test_a_chosen_figure_that_nobody_sent() -> None:
    """It is not left out in silence; a part that is missing says so itself."""
    chosen = (Metric.VIEWS, Metric.LIKES, Metric.FOLLOWERS, Metric.TRACKED_VIDEOS)
    own = whole(overview({"total_views": 700}, {"total_views": 500}), tracked({"a": (700, 500)}))
    assert because(own, Preferences(metrics=chosen)) == {
        "Likes": NO_ACCOUNT,
        "Tracked videos": NOT_SENT,
    }
    slow = replace(own, tracked=SLOW)
    assert because(slow, Preferences(metrics=(Metric.VIEWS, Metric.LIKES))) == {
        SLOW.part: SLOW.because
    }
    mixed = (Metric.VIEWS, Metric.LIKES, Metric.ACTIVE_ACCOUNTS)
    assert because(own, Preferences(metrics=mixed, platform=Platform.TIKTOK)) == {
        "Likes": NO_VALUE,
        "Active accounts": NO_PLATFORMS,
    }


def test_followers_before_the_first_refresh() -> None:
    """CreatorAudit sent a 0 that nobody has counted."""
    waiting = account("a", last_scrape_time=None, follower_count=0)
    made = build(whole(given=tracked({"a": (0, 0)}, waiting)))
    assert Missing("Followers", NO_ACCOUNT) in made.missing
