"""As fast as Slack allows, and no faster."""

from itertools import pairwise

import pytest

from bot.services.pace import BURST, CHANNEL_INTERVAL, PER_SECOND, REMEMBERED, Pace


def turns(pace: Pace, count: int, now: float = 0.0) -> list[float]:
    """The waits of ``count`` messages to as many channels, asked for at the same moment."""
    return [pace.turn("T1", f"C{number} at {now}", now) for number in range(count)]


def test_a_channel_gets_one_message_a_second() -> None:
    """Turns come in the order in which they are asked for, whenever that is."""
    pace = Pace()
    asked = [0.0, 0.0, 0.25, 1.0, 10.0]
    waits = [pace.turn("T1", "C1", now) for now in asked]
    assert waits == [0.0, 1.0, 1.75, 2.0, 0.0]


def test_a_burst_and_then_ten_a_second() -> None:
    """A workspace takes five hundred at once, in other channels; the rest wait for their turn."""
    waits = turns(Pace(), BURST + 30)
    assert waits[:BURST] == pytest.approx([0.0] * BURST, abs=1e-6)
    rest = [number / PER_SECOND for number in range(1, 31)]
    assert waits[BURST:] == pytest.approx(rest, abs=1e-6)


def test_a_burst_is_earned_again() -> None:
    """Ten of them a second, and never more than there are."""
    pace = Pace(burst=10, per_second=10)
    turns(pace, 10)
    assert turns(pace, 6, now=0.5) == pytest.approx([0.0] * 5 + [0.1])
    assert turns(pace, 11, now=1_000.0) == pytest.approx([0.0] * 10 + [0.1])


def test_workspaces_do_not_wait_for_each_other() -> None:
    """The limit is one of a workspace."""
    pace = Pace(burst=1, per_second=1)
    assert [pace.turn(team, f"{team}-1", 0.0) for team in ("T1", "T2")] == [0.0, 0.0]
    assert [pace.turn(team, f"{team}-2", 0.0) for team in ("T1", "T2")] == [1.0, 1.0]


def test_a_turn_may_have_to_wait_for_both() -> None:
    """The later of the two instants counts."""
    pace = Pace(burst=1, per_second=10)
    assert pace.turn("T1", "C1", 0.0) == 0.0
    assert pace.turn("T1", "C1", 0.0) == CHANNEL_INTERVAL
    assert pace.turn("T1", "C2", 0.0) == pytest.approx(0.2)


def test_no_second_has_more_than_its_share() -> None:
    """However they are asked for, a minute holds a burst and ten a second more at most."""
    pace = Pace()
    at = sorted(
        now + pace.turn("T1", f"C{number}", now)
        for number, now in enumerate(step / 50 for step in range(5_000))
    )
    most = BURST + round(60 * PER_SECOND) + 1
    assert all(later - earlier > 60 for earlier, later in zip(at, at[most:], strict=False))
    assert all(earlier <= later for earlier, later in pairwise(at))


def test_forgets_what_is_long_over() -> None:
    """Ten thousand channels are remembered, those that posted last; a second is soon over."""
    pace = Pace(burst=10 * REMEMBERED, per_second=1_000)
    turns(pace, REMEMBERED)
    assert pace.turn("T1", "C0 at 0.0", 0.0) == CHANNEL_INTERVAL
    pace.turn("T1", "new", 0.0)
    # C0 has posted once more since, so that C1 is the one that is forgotten.
    assert pace.turn("T1", "C1 at 0.0", 0.0) == 0.0
    assert pace.turn("T1", "C0 at 0.0", 0.0) == 2 * CHANNEL_INTERVAL
