"""What the engagement rate is measured in, and the sentence that says how Recap knows."""

import pytest

from bot.digest.engagement import FRACTION, ScaleSetting
from bot.digest.facts import Overview, WindowMetrics
from bot.services.gauge import Gauge
from tests.examples import overview


def rates(current: float, previous: float) -> Overview:
    return overview({"engagement_rate": current}, {"engagement_rate": previous})


def accounts(percent: float) -> list[WindowMetrics]:
    """Numbers of an account that make up to so many percent."""
    return [WindowMetrics(1_000, 1_000, round(10 * percent), 0, 0)]


def test_each_recap_has_its_own_measurement() -> None:
    """The sentence beside the numbers of a month is not that of last week's."""
    gauge = Gauge(ScaleSetting.AUTO)
    first = gauge.scale(rates(4.2, 4.0), accounts(4.2))
    second = gauge.scale(rates(3.0, 2.0), accounts(2.5))
    assert (first.factor, second.factor) == (1, 1)
    assert first.why.endswith("give 4.2 %.")
    assert second.why.endswith("give 2.5 %.")


@pytest.mark.parametrize(
    ("rate", "factor", "name"), [(4.2, 1, "percent"), (0.042, 100, "a fraction")]
)
def test_remembered(rate: float, factor: int, name: str) -> None:
    """Without numbers of its own a recap has no measurement to name; what was proved holds."""
    gauge = Gauge(ScaleSetting.AUTO)
    gauge.scale(rates(rate, rate), accounts(4.2))
    known = gauge.scale(rates(0.5, 0.5), ())
    assert known.factor == factor
    assert known.why == f"Engagement rate is read as {name}, as an earlier recap has measured."


def test_the_newest_proof_counts() -> None:
    """CreatorAudit may change its mind."""
    gauge = Gauge(ScaleSetting.AUTO)
    gauge.scale(rates(4.2, 4.0), accounts(4.2))
    assert gauge.scale(rates(0.042, 0.04), accounts(4.2)).factor == 100
    assert gauge.scale(rates(0.042, 0.04), ()).factor == 100


def test_never_proved() -> None:
    """An assumption is made anew each time."""
    gauge = Gauge(ScaleSetting.AUTO)
    assert gauge.scale(rates(4.2, 4.0), ()).factor == 1
    assert gauge.scale(rates(0.5, 0.5), ()).factor is None


def test_set() -> None:
    """Whoever runs Recap knows better than any measurement."""
    assert Gauge(ScaleSetting.FRACTION).scale(rates(4.2, 4.0), accounts(4.2)) == FRACTION
