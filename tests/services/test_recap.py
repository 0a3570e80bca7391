"""One digest builder for everybody who asks."""

import asyncio
from datetime import date, timedelta

import pytest

from bot.digest.engagement import ScaleSetting
from bot.digest.facts import BatchMetrics, Fetched, Identity, WindowMetrics
from bot.digest.model import Difference, Digest, Figure, Missing, Points
from bot.digest.periods import Period
from bot.digest.preferences import Ask, Metric, Preferences, Ranking
from bot.errors import RecapError
from bot.services.recap import LIFE, RecapService
from bot.storage.memory import MemorySnapshots
from tests.examples import CURRENT, NOON, PREVIOUS, overview
from tests.services.fakes import BUSY, FixedClock, MemorySource

ASK = Ask()
DAY = NOON.date()
TWO = ["GET /creators/top?period=7d", "GET /overview?period=7d"]
EVERYTHING = [
    "GET /accounts (None)",
    *TWO,
    "POST /accounts/metrics 2026-11-09/2026-11-15 a,b",
    "POST /accounts/metrics 2026-11-16/2026-11-22 a,b",
]
POSTS = ["GET /account-videos (1000)", "GET /videos (1000)"]
LATER = [*TWO, *EVERYTHING[3:]]
"""A list of accounts that is minutes old serves once more."""

FRACTIONS = {"engagement_rate": 0.042}, {"engagement_rate": 0.04}


def service(source: MemorySource, scale: ScaleSetting = ScaleSetting.AUTO) -> RecapService:
    return RecapService(source, FixedClock(), scale)


def fractions() -> MemorySource:
    """A source whose rates could be percent as well, if the accounts did not tell."""
    numbers = overview({**CURRENT, **FRACTIONS[0]}, {**PREVIOUS, **FRACTIONS[1]})
    return MemorySource(numbers=numbers)


def rate(digest: Digest) -> Figure:
    return next(one for one in digest.figures if one.key == "engagement_rate")


def headline(digest: Digest) -> list[str]:
    return [one.label for one in digest.figures]


async def test_a_recap_of_all_sources() -> None:
    """Five calls; each figure from where it is, and the receipt lists them all."""
    source = MemorySource()
    source.earlier = BatchMetrics(None, {"a": WindowMetrics(900, 900, 25, 8, 3)})
    digest = await service(source).digest(ASK)
    assert sorted(source.asked) == EVERYTHING
    assert sorted(one.endpoint for one in digest.receipt.calls) == EVERYTHING
    assert headline(digest) == [
        "Total views", "Likes", "Followers", "Engagement rate", "Comments", "Shares",
        "Active accounts", "Account videos", "Tracked videos",
    ]  # fmt: skip
    assert digest.figures[1].current == 30
    assert digest.figures[5].change == Difference(1)
    assert digest.built_at == NOON
    assert not digest.partial


async def test_the_accounts_prove_the_scale() -> None:
    """No call is made for it: the numbers of the same window say what the rate is in."""
    digest = await service(fractions()).digest(ASK)
    assert rate(digest).current == pytest.approx(4.2)
    assert rate(digest).change == Points(0.2)
    assert digest.receipt.notes[0] == (
        "Engagement rate is read as a fraction: likes, comments and shares over views of the "
        "accounts' own numbers give 4.2 %."
    )


async def test_a_scale_once_proved_is_known() -> None:
    """It belongs to the API, so later recaps read the rate without the accounts as well."""
    source = fractions()
    recaps = service(source)
    assert rate(await recaps.outline(ASK)).current is None
    await recaps.digest(ASK)
    source.metrics = BUSY
    digest = await recaps.digest(ASK)
    assert rate(digest).current == pytest.approx(4.2)
    assert [one.part for one in digest.missing] == ["Movers, likes, comments and shares"]


async def test_what_was_assumed_is_not_remembered() -> None:
    """0.042 proves nothing until the accounts' numbers are there."""
    source = fractions()
    source.metrics = BUSY
    recaps = service(source)
    digest = await recaps.digest(ASK)
    assert rate(digest).current is None
    assert "Engagement rate" in [one.part for one in digest.missing]
    source.metrics = MemorySource().metrics
    assert rate(await recaps.digest(ASK)).current == pytest.approx(4.2)


@pytest.mark.parametrize(
    ("scale", "percent"), [(ScaleSetting.PERCENT, 4.2), (ScaleSetting.FRACTION, 420)]
)
async def test_a_set_scale_holds(scale: ScaleSetting, percent: float) -> None:
    """Whoever set it knows it, whatever the accounts' numbers say."""
    digest = await service(MemorySource(), scale).digest(ASK)
    assert rate(digest).current == pytest.approx(percent)


async def test_an_outline_takes_two_calls() -> None:
    """It is what can be said at once, and it says that more is to come."""
    source = MemorySource(stuck="GET /accounts")
    recaps = service(source)
    outline = await recaps.outline(ASK)
    assert [one.endpoint for one in outline.receipt.calls] == TWO[::-1]
    assert headline(outline)[:2] == ["Total views", "Engagement rate"]
    assert outline.partial
    assert outline.missing == ()
    # What is still being counted is not missing.
    gain = await recaps.outline(Ask(preferences=Preferences(ranking=Ranking.GAIN)))
    assert (gain.missing, gain.top_creators) == ((), None)
    await recaps.close()


async def test_an_outline_and_its_recap_share_their_calls() -> None:
    """What is printed first and what takes its place come from the same answers."""
    source = MemorySource()
    recaps = service(source)
    outline, whole = await asyncio.gather(recaps.outline(ASK), recaps.digest(ASK))
    assert sorted(source.asked) == EVERYTHING
    assert (outline.partial, whole.partial) == (True, False)


async def test_a_missing_leaderboard_falls_back_on_the_accounts() -> None:
    """Their own views rank everybody who has an account."""
    digest = await service(MemorySource(board=BUSY)).digest(ASK)
    assert digest.top_creators is not None
    assert [(one.name, one.value) for one in digest.top_creators.rows] == [("@name", 1_000)]
    assert digest.missing == ()


async def test_a_missing_leaderboard_without_accounts_says_why() -> None:
    """The recap goes out without it."""
    digest = await service(MemorySource(board=BUSY, tracked=BUSY)).digest(ASK)
    assert digest.top_creators is None
    assert digest.missing == (
        Missing("Top creators", "CreatorAudit is busy."),
        Missing("Movers, likes, comments, shares, followers and coverage", "CreatorAudit is busy."),
    )


async def test_a_missing_headline_is_an_error() -> None:
    """Without the overview there is no recap, and nothing is left running."""
    recaps = service(MemorySource(numbers=BUSY, stuck="GET /accounts"))
    with pytest.raises(RecapError, match="GET failed: 503"):
        await recaps.digest(ASK)
    await asyncio.sleep(0.01)
    assert len(asyncio.all_tasks()) == 1


async def test_open_questions_share_one_fetch() -> None:
    """Two people in two channels, one call; what each wants of it is their own."""
    source = MemorySource(gate=asyncio.Event())
    recaps = service(source)
    both = asyncio.gather(
        recaps.digest(Ask(Period.WEEK, Preferences(1))),
        recaps.digest(Ask(Period.WEEK, Preferences(2, metrics=(Metric.LIKES,)))),
    )
    await asyncio.sleep(0.01)
    assert source.gate is not None
    source.gate.set()
    one, two = await both
    assert sorted(source.asked) == EVERYTHING
    assert one.top_creators is not None
    assert two.top_creators is not None
    assert [len(one.top_creators.rows), len(two.top_creators.rows)] == [1, 2]
    assert headline(two) == ["Likes"]


async def test_other_windows_are_other_questions() -> None:
    """A month is never answered with a week."""
    source = MemorySource()
    recaps = service(source)
    week, month = await asyncio.gather(recaps.digest(ASK), recaps.digest(Ask(Period.MONTH)))
    assert (week.period, month.period) == (Period.WEEK, Period.MONTH)
    assert week.window is not None
    assert month.window is not None
    assert (week.window.start, month.window.start) == (date(2026, 11, 16), date(2026, 10, 24))
    assert week.window.end == month.window.end == date(2026, 11, 22)
    assert "GET /overview?period=30d" in source.asked


async def test_one_who_leaves_takes_nothing_along() -> None:
    """A cancelled question does not cancel the fetch that others wait for."""
    source = MemorySource(gate=asyncio.Event())
    recaps = service(source)
    impatient = asyncio.create_task(recaps.digest(ASK))
    patient = asyncio.create_task(recaps.digest(ASK))
    await asyncio.sleep(0.01)
    impatient.cancel()
    assert source.gate is not None
    source.gate.set()
    assert (await patient).figures[0].current == 1_243_531
    assert sorted(source.asked) == EVERYTHING


async def test_a_failure_that_nobody_waits_for_is_none() -> None:
    """Whoever asked has left; the loop has nothing to complain about."""
    source = MemorySource(numbers=BUSY, gate=asyncio.Event())
    recaps = service(source)
    impatient = asyncio.create_task(recaps.digest(ASK))
    await asyncio.sleep(0.01)
    impatient.cancel()
    assert source.gate is not None
    source.gate.set()
    await asyncio.sleep(0.01)
    assert len(asyncio.all_tasks()) == 1


async def test_a_failed_fetch_is_not_kept() -> None:
    """The next question asks again."""
    source = MemorySource(numbers=BUSY)
    recaps = service(source)
    with pytest.raises(RecapError):
        await recaps.digest(ASK)
    source.numbers = overview()
    assert (await recaps.digest(ASK)).figures[0].current == 1_243_531


async def test_the_list_of_accounts_serves_for_minutes() -> None:
    """The numbers are asked for each time, the list of who is tracked is not."""
    source, clock = MemorySource(), FixedClock()
    recaps = RecapService(source, clock)
    await recaps.digest(ASK)
    clock.instant += LIFE
    source.asked.clear()
    await recaps.digest(ASK)
    assert sorted(source.asked) == LATER
    clock.instant += timedelta(seconds=1)
    source.asked.clear()
    await recaps.digest(ASK)
    assert sorted(source.asked) == EVERYTHING


async def test_close_ends_what_is_under_way() -> None:
    """No task outlives the service."""
    recaps = service(MemorySource(gate=asyncio.Event()))
    waiting = [
        asyncio.create_task(recaps.digest(ASK)),
        asyncio.create_task(recaps.edition(Ask(Period.MONTH), since=NOON, day=DAY)),
    ]
    await asyncio.sleep(0.01)
    await recaps.close()
    for one in waiting:
        with pytest.raises(asyncio.CancelledError):
            await one
    assert len(asyncio.all_tasks()) == 1
    await service(MemorySource()).close()


async def test_an_edition_has_posts_too() -> None:
    """A scheduled recap has the time for them."""
    source = MemorySource()
    digest = await service(source).edition(ASK, since=NOON, day=DAY)
    assert sorted(source.asked) == sorted([*EVERYTHING, *POSTS])
    assert [one.endpoint for one in digest.receipt.calls][-2:] == POSTS[::-1]


async def test_one_fetch_serves_everybody_who_is_due() -> None:
    """At the same time or a minute later; what each wants of it is their own."""
    source, clock = MemorySource(), FixedClock()
    recaps = RecapService(source, clock)
    one, same = await asyncio.gather(
        recaps.edition(ASK, since=NOON, day=DAY), recaps.edition(ASK, since=NOON, day=DAY)
    )
    assert one is same
    clock.instant += timedelta(minutes=1)
    other = await recaps.edition(
        Ask(preferences=Preferences(metrics=(Metric.SHARES,))), since=NOON, day=DAY
    )
    assert headline(other) == ["Shares"]
    assert other.built_at == NOON
    assert len(source.asked) == len(EVERYTHING) + len(POSTS)


@pytest.mark.parametrize(
    ("later", "since"),
    [
        (timedelta(minutes=1), timedelta(seconds=1)),
        (LIFE + timedelta(seconds=1), timedelta(0)),
        (timedelta(minutes=-1), timedelta(minutes=-1)),
    ],
)
async def test_an_edition_does_not_serve_for_ever(later: timedelta, since: timedelta) -> None:
    """Not whoever wants newer numbers, not after minutes, and not before it was made."""
    source, clock = MemorySource(), FixedClock()
    recaps = RecapService(source, clock)
    await recaps.edition(ASK, since=NOON, day=DAY)
    source.asked.clear()
    clock.instant += later
    digest = await recaps.edition(ASK, since=NOON + since, day=DAY)
    assert digest.built_at == NOON + later
    assert set(TWO) <= set(source.asked)


@pytest.mark.parametrize("scheduled", [False, True])
async def test_figures_of_before_the_slot_are_not_of_the_slot(*, scheduled: bool) -> None:
    """Whoever is due joins no question that was asked before: its answer may be older."""
    source, clock = MemorySource(gate=asyncio.Event()), FixedClock()
    recaps = RecapService(source, clock)
    early = asyncio.create_task(
        recaps.edition(ASK, since=NOON, day=DAY) if scheduled else recaps.digest(ASK)
    )
    await asyncio.sleep(0.01)
    clock.instant += timedelta(seconds=1)
    source.fetched_at = clock.instant
    source.numbers = overview({**CURRENT, "total_views": 2_000_000})
    due = [asyncio.create_task(recaps.edition(ASK, since=clock.instant, day=DAY)) for _ in range(2)]
    await asyncio.sleep(0.01)
    assert source.gate is not None
    source.gate.set()
    await early
    digest, same = await asyncio.gather(*due)
    assert digest is same
    assert digest.figures[0].current == 2_000_000
    assert digest.built_at == clock.instant
    assert {one.fetched_at for one in digest.receipt.calls} == {clock.instant}
    assert source.asked.count(TWO[1]) == 2


async def test_whoever_is_due_may_join_whoever_asked_after_it() -> None:
    """A slot that is a second late and a person who has just asked: one fetch."""
    source, clock = MemorySource(gate=asyncio.Event()), FixedClock()
    recaps = RecapService(source, clock)
    clock.instant += timedelta(seconds=1)
    person = asyncio.create_task(recaps.digest(ASK))
    await asyncio.sleep(0.01)
    clock.instant += timedelta(seconds=1)
    due = asyncio.create_task(recaps.edition(ASK, since=NOON, day=DAY))
    await asyncio.sleep(0.01)
    assert source.gate is not None
    source.gate.set()
    await person
    assert (await due).built_at == NOON + timedelta(seconds=1)
    assert sorted(source.asked) == sorted([*EVERYTHING, *POSTS])


async def test_another_day_is_another_edition() -> None:
    """A slot of yesterday evening has yesterday's window."""
    source = MemorySource()
    recaps = service(source)
    today = await recaps.edition(ASK, since=NOON, day=DAY)
    before = await recaps.edition(ASK, since=NOON, day=DAY - timedelta(days=1))
    assert today.window is not None
    assert before.window is not None
    assert today.window.end - before.window.end == timedelta(days=1)


async def test_old_editions_are_dropped() -> None:
    """A service that runs for years keeps minutes."""
    source, clock = MemorySource(), FixedClock()
    recaps = RecapService(source, clock)
    await recaps.edition(ASK, since=NOON, day=DAY)
    clock.instant += LIFE + timedelta(seconds=1)
    await recaps.edition(Ask(Period.MONTH), since=clock.instant, day=DAY)
    assert [period for period, _ in recaps._editions] == [Period.MONTH]


async def test_a_failed_edition_is_made_again() -> None:
    """Nobody is served a failure that is over."""
    source = MemorySource(numbers=BUSY)
    recaps = service(source)
    with pytest.raises(RecapError):
        await recaps.edition(ASK, since=NOON, day=DAY)
    source.numbers = overview()
    assert (await recaps.edition(ASK, since=NOON, day=DAY)).figures[0].current == 1_243_531


async def test_every_whole_recap_is_kept_for_later_weeks() -> None:
    """On demand or scheduled: next week compares with it."""
    store, clock = MemorySnapshots(), FixedClock()
    source = MemorySource()
    recaps = RecapService(source, clock, store=store)
    assert (await recaps.digest(ASK)).trend == ()
    clock.instant += timedelta(days=7)
    source.fetched_at = clock.instant
    later = await recaps.edition(ASK, since=clock.instant, day=clock.instant.date())
    assert [(str(point.end), point.views) for point in later.trend] == [
        ("2026-11-22", 1_243_531),
        ("2026-11-29", 1_243_531),
    ]


async def test_connection() -> None:
    """Who we are to CreatorAudit; or what is in the way."""
    source = MemorySource()
    service = RecapService(source, FixedClock())
    assert await service.connection() == "Connected to CreatorAudit with the key “Recap”."

    class Broken(MemorySource):
        async def whoami(self) -> Fetched[Identity]:
            raise BUSY

    assert await RecapService(Broken(), FixedClock()).connection() == BUSY.reader


async def test_connection_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it."""
    monkeypatch.setattr("bot.services.recap.CONNECTION", 0.01)
    service = RecapService(MemorySource(gate=asyncio.Event()), FixedClock())
    assert await service.connection() == "CreatorAudit does not answer at the moment."
