"""One digest builder for everybody who asks."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.digest.engagement import ScaleSetting
from bot.digest.facts import BatchMetrics, Fetched, Identity
from bot.digest.model import Missing
from bot.digest.periods import Period
from bot.digest.preferences import Ask, Preferences
from bot.errors import RecapError
from bot.services.recap import RecapService
from tests.examples import CURRENT, NOON, PREVIOUS, overview
from tests.services.fakes import BUSY, FixedClock, MemorySource

ASK = Ask()
EVERYTHING = [
    "GET /accounts (200)",
    "GET /creators/top?period=7d",
    "GET /overview?period=7d",
    "POST /accounts/metrics 7d a,b",
]
TWO = ["GET /creators/top?period=7d", "GET /overview?period=7d"]


def service(source: MemorySource, scale: ScaleSetting = ScaleSetting.AUTO) -> RecapService:
    return RecapService(source, FixedClock(), scale)


async def test_first_recap_measures_the_scale() -> None:
    """The first recap of a key takes four calls; its receipt lists them all."""
    source = MemorySource()
    digest = await service(source).digest(ASK)
    assert sorted(source.asked) == EVERYTHING
    assert sorted(one.endpoint for one in digest.receipt.calls) == EVERYTHING
    assert digest.receipt.notes[0] == (
        "Engagement rate is read as percent: likes, comments and shares over views of the "
        "accounts' last 7 days give 4.2 %."
    )
    assert digest.built_at == NOON


async def test_later_recaps_take_two_calls() -> None:
    """The scale is a property of the API and is measured once."""
    source = MemorySource()
    recaps = service(source)
    await recaps.digest(ASK)
    source.asked.clear()
    digest = await recaps.digest(ASK)
    assert sorted(source.asked) == TWO
    assert digest.figures[1].current == 4.2


@pytest.mark.parametrize(
    ("scale", "rate"), [(ScaleSetting.PERCENT, 4.2), (ScaleSetting.FRACTION, 420)]
)
async def test_a_set_scale_is_not_measured(scale: ScaleSetting, rate: float) -> None:
    """Whoever set it knows it."""
    source = MemorySource()
    digest = await service(source, scale).digest(ASK)
    assert sorted(source.asked) == TWO
    assert digest.figures[1].current == pytest.approx(rate)


@pytest.mark.parametrize(
    "source",
    [
        MemorySource(tracked=BUSY),
        MemorySource(metrics=BUSY),
        MemorySource(tracked=()),
        MemorySource(metrics=BatchMetrics(None, {})),
    ],
)
async def test_a_failed_measurement_fails_nothing(source: MemorySource) -> None:
    """4.2 can't be a fraction, so it is printed; nothing is called missing."""
    digest = await service(source).digest(ASK)
    assert digest.figures[1].current == 4.2
    assert digest.missing == ()


async def test_a_failed_measurement_is_tried_again() -> None:
    """What was assumed is not remembered as known; but an hour passes before it is asked again."""
    source, clock = MemorySource(tracked=BUSY), FixedClock()
    source.numbers = overview(
        {**CURRENT, "engagement_rate": 0.042}, {**PREVIOUS, "engagement_rate": 0.04}
    )
    recaps = RecapService(source, clock)
    assert (await recaps.digest(ASK)).figures[1].current is None
    source.tracked = MemorySource().tracked
    source.asked.clear()
    assert (await recaps.digest(ASK)).figures[1].current is None
    assert sorted(source.asked) == TWO
    clock.instant += timedelta(minutes=59)
    assert (await recaps.digest(ASK)).figures[1].current is None
    clock.instant += timedelta(minutes=1)
    assert (await recaps.digest(ASK)).figures[1].current == pytest.approx(4.2)


async def test_a_bug_in_the_measurement_costs_one_figure_at_most() -> None:
    """The measurement is shared by every recap, so what it raises would end them all."""
    recaps = service(MemorySource(tracked=ZeroDivisionError("odd answer")))
    with capture_logs() as logs:
        digests = [await recaps.digest(ASK) for _ in range(2)]
    assert [one.figures[0].current for one in digests] == [1_243_531, 1_243_531]
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("scale_not_measured", "error")
    ]


async def test_a_slow_measurement_holds_nothing_up() -> None:
    """It only says how to read one figure, so the recap goes out without it."""
    source = MemorySource(slow=asyncio.Event())
    recaps = RecapService(source, FixedClock(), measure_within=0.01)
    digest = await recaps.digest(ASK)
    assert digest.figures[1].current == 4.2
    assert digest.missing == ()


async def test_a_missing_leaderboard_is_only_missing() -> None:
    """The recap goes out without it and says why."""
    digest = await service(MemorySource(board=BUSY)).digest(ASK)
    assert digest.top_creators is None
    assert digest.missing == (Missing("Top creators", "CreatorAudit is busy."),)


async def test_a_missing_headline_is_an_error() -> None:
    """Without the overview there is no recap, and nothing is left running."""
    gate = asyncio.Event()
    source = MemorySource(numbers=BUSY)
    recaps = service(source)
    with pytest.raises(RecapError, match="GET failed: 503"):
        await recaps.digest(ASK)
    gate.set()
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1


async def test_open_questions_share_one_fetch() -> None:
    """Two people in two channels, one call; what each wants of it is their own."""
    source = MemorySource(gate=asyncio.Event())
    recaps = service(source, ScaleSetting.PERCENT)
    both = asyncio.gather(
        recaps.digest(Ask(Period.WEEK, Preferences(1))),
        recaps.digest(Ask(Period.WEEK, Preferences(2))),
    )
    await asyncio.sleep(0.01)
    assert source.gate is not None
    source.gate.set()
    one, two = await both
    assert sorted(source.asked) == TWO
    assert one.top_creators is not None
    assert two.top_creators is not None
    assert [len(one.top_creators.rows), len(two.top_creators.rows)] == [1, 2]


async def test_other_windows_are_other_questions() -> None:
    """A month is never answered with a week."""
    source = MemorySource()
    recaps = service(source, ScaleSetting.PERCENT)
    week, month = await asyncio.gather(recaps.digest(ASK), recaps.digest(Ask(Period.MONTH)))
    assert (week.period, month.period) == (Period.WEEK, Period.MONTH)
    assert len(source.asked) == 4


async def test_one_who_leaves_takes_nothing_along() -> None:
    """A cancelled question does not cancel the fetch that others wait for."""
    source = MemorySource(gate=asyncio.Event())
    recaps = service(source, ScaleSetting.PERCENT)
    impatient = asyncio.create_task(recaps.digest(ASK))
    patient = asyncio.create_task(recaps.digest(ASK))
    await asyncio.sleep(0.01)
    impatient.cancel()
    assert source.gate is not None
    source.gate.set()
    assert (await patient).figures[0].current == 1_243_531
    assert sorted(source.asked) == TWO


async def test_a_failed_fetch_is_not_kept() -> None:
    """The next question asks again."""
    source = MemorySource(numbers=BUSY)
    recaps = service(source, ScaleSetting.PERCENT)
    with pytest.raises(RecapError):
        await recaps.digest(ASK)
    source.numbers = overview()
    assert (await recaps.digest(ASK)).figures[0].current == 1_243_531


async def test_warm_up_asks_only_for_the_scale() -> None:
    """The first recap then takes two calls; its receipt still says how the scale is known."""
    source = MemorySource()
    recaps = service(source)
    await recaps.warm_up()
    assert sorted(source.asked) == [EVERYTHING[0], EVERYTHING[3]]
    source.asked.clear()
    digest = await recaps.digest(ASK)
    assert sorted(source.asked) == TWO
    assert sorted(one.endpoint for one in digest.receipt.calls) == EVERYTHING


async def test_a_set_scale_needs_no_warming_up() -> None:
    """Nothing is asked."""
    source = MemorySource()
    await service(source, ScaleSetting.PERCENT).warm_up()
    assert source.asked == []


async def test_close_ends_what_is_under_way() -> None:
    """No task outlives the service."""
    source = MemorySource(gate=asyncio.Event())
    recaps = service(source)
    waiting = asyncio.create_task(recaps.digest(ASK))
    await asyncio.sleep(0.01)
    await recaps.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(asyncio.all_tasks()) == 1
    await service(MemorySource()).close()


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
