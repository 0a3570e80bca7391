"""What may be sent, and what a person decides."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.digest.periods import Period
from bot.digest.preferences import Ask, Platform, Preferences, Ranking
from bot.subscriptions.deliveries import State
from bot.subscriptions.outcomes import BadMessage, Busy, Refused, Result, Sent, Unsure
from bot.subscriptions.sends import Send, Step, begun, ended, key_of, next_step
from bot.subscriptions.targets import identity, parse_target
from tests.examples import NOON

SECOND = timedelta(seconds=1)
POSTING = Send("k", "example.com/…", State.POSTING, NOON)
SENT = replace(POSTING, state=State.SENT)
UNCONFIRMED = replace(POSTING, state=State.UNCONFIRMED)
FAILED = replace(POSTING, state=State.FAILED)
WAITING = replace(FAILED, ready_at=NOON + 30 * SECOND)


@pytest.mark.parametrize(
    ("send", "after", "step", "again"),
    [
        (None, 0, Step.GO, Step.GO),
        (SENT, 0, Step.ALREADY, Step.GO),
        (UNCONFIRMED, 0, Step.IN_DOUBT, Step.GO),
        (POSTING, 0, Step.UNDER_WAY, Step.UNDER_WAY),
        (POSTING, 59, Step.UNDER_WAY, Step.UNDER_WAY),
        (POSTING, 60, Step.IN_DOUBT, Step.GO),
        (POSTING, -59, Step.UNDER_WAY, Step.UNDER_WAY),
        (POSTING, -60, Step.IN_DOUBT, Step.GO),
        (FAILED, 0, Step.GO, Step.GO),
        (replace(FAILED, number=2), 0, Step.ALREADY, Step.GO),
        (WAITING, 29, Step.WAIT, Step.WAIT),
        (WAITING, 30, Step.GO, Step.GO),
    ],
)
def test_next_step(send: Send | None, after: int, step: Step, again: Step) -> None:
    """What may have arrived is sent again on a person's word only; a wait binds everybody."""
    now = NOON + after * SECOND
    assert next_step(send, now, again=False) is step
    assert next_step(send, now, again=True) is again


@pytest.mark.parametrize(
    ("before", "number"), [(SENT, 2), (UNCONFIRMED, 1), (FAILED, 1), (POSTING, 1)]
)
def test_begun_again(before: Send, number: int) -> None:
    """Only what was certainly sent makes the next one another message."""
    send = begun(replace(before, detail="x", message="7"), "k", "shown", NOON + SECOND)
    assert send == Send("k", "shown", State.POSTING, NOON + SECOND, number=number, version=2)
    assert send.idempotency_key == ("k" if number == 1 else "k/2")


def test_begun_first() -> None:
    """The first version of the first message."""
    assert begun(None, "k", "example.com/…", NOON) == POSTING


@pytest.mark.parametrize(
    ("result", "after"),
    [
        (Sent("example.com", "7"), replace(SENT, message="7")),
        (Unsure("503"), replace(UNCONFIRMED, detail="503")),
        (Busy("no connection"), replace(FAILED, detail="no connection")),
        (Busy("429", wait=30.0), replace(WAITING, detail="429")),
        (Busy("429", wait=0.0), replace(FAILED, detail="429")),
        (Refused("404 no_service"), replace(FAILED, detail="404 no_service")),
        (BadMessage("400 invalid"), replace(FAILED, detail="400 invalid")),
    ],
)
def test_ended(result: Result, after: Send) -> None:
    """Each ending has its state, and what is said of it is kept."""
    assert ended(POSTING, result, NOON) == replace(after, version=2)


def test_key() -> None:
    """Window, platform and target; what is shown of them makes no other recap."""
    target = parse_target("https://example.com/in")
    day = date(2026, 11, 23)
    key = key_of(Ask(), day, target, "owner")
    assert key == f"7d/2026-11-23/all/{identity(target, 'owner')}"
    assert "example" not in key
    assert key == key_of(Ask(preferences=Preferences(top=9, ranking=Ranking.GAIN)), day, target,
                         "owner")  # fmt: skip
    others = {
        key_of(Ask(Period.MONTH), day, target, "owner"),
        key_of(Ask(), date(2026, 11, 24), target, "owner"),
        key_of(Ask(preferences=Preferences(platform=Platform.TIKTOK)), day, target, "owner"),
        key_of(Ask(), day, target, "other"),
        key_of(Ask(), day, parse_target("https://example.com/out"), "owner"),
    }
    assert len(others | {key}) == 6
