"""What a button carries in its value."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.periods import Period
from bot.digest.preferences import Ask, Metric, Platform, Preferences, Ranking
from bot.errors import Unusable
from bot.rendering import buttons
from bot.rendering.limits import BUTTON_VALUE

asks = st.builds(
    Ask,
    st.sampled_from(Period),
    st.builds(
        Preferences,
        st.integers(1, 25),
        st.lists(st.sampled_from(Metric), unique=True).map(tuple),
        st.sampled_from(Ranking),
        st.none() | st.sampled_from(Platform),
    ),
)


@given(asks)
def test_button_carries_its_question(ask: Ask) -> None:
    """What the button was made for comes back, whatever was chosen."""
    value = buttons.pack(ask)
    assert buttons.unpack(value) == ask
    assert len(value) <= BUTTON_VALUE


@pytest.mark.parametrize(
    ("ask", "fields"),
    [
        (Ask(Period.MONTH, Preferences(3)), {"period": "30d", "top": 3}),
        (
            Ask(preferences=Preferences(ranking=Ranking.GAIN)),
            {"period": "7d", "top": 5, "ranking": "gain"},
        ),
        (
            Ask(preferences=Preferences(metrics=(Metric.LIKES,), platform=Platform.TIKTOK)),
            {"period": "7d", "top": 5, "metrics": ["likes"], "platform": "tiktok"},
        ),
    ],
)
def test_short(ask: Ask, fields: dict[str, object]) -> None:
    """Only what differs from the usual; the rest of an older button's value is the usual, too."""
    assert json.loads(buttons.pack(ask)) == fields
    assert buttons.unpack(json.dumps(fields)) == ask


@pytest.mark.parametrize(
    "value",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"period":"14d","top":5}',
        '{"period":"7d","top":"x"}',
        '{"period":"7d","top":5,"platform":"youtube"}',
        '{"period":"7d","top":5,"platform":null}',
        '{"period":"7d","top":5,"ranking":"reach"}',
        '{"period":"7d","top":5,"metrics":["views","reach"]}',
        '{"period":"7d","top":5,"metrics":"views"}',
        '{"period":"7d","top":5,"metrics":1}',
    ],
)
def test_stale_button(value: str) -> None:
    """A value of another version gets a sentence, and never the answer to another question."""
    with pytest.raises(Unusable) as caught:
        buttons.unpack(value)
    assert caught.value.reader == (
        "This button is from another version of Recap. Type `/recap` for a fresh one."
    )


def test_what_a_newer_version_adds_is_left_alone() -> None:
    """A choice of which this version has never heard has a usual value there."""
    assert buttons.unpack('{"period":"7d","top":5,"language":"de"}') == Ask()


def test_stale_top_is_bounded() -> None:
    """A number that Slack hands back is not trusted."""
    assert buttons.unpack('{"period":"7d","top":999}').preferences.top == 25
    assert buttons.unpack('{"period":"7d","top":-1}').preferences.top == 1
