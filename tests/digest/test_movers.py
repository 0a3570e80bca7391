"""Who really moved, and through whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.facts import Number
from bot.digest.movers import LARGEST, Mover, Movers, find_movers
from tests.digest.examples import creator

counts = st.none() | st.integers(0, 10**12) | st.floats(0, 1e12)
pairs = st.lists(st.tuples(counts, counts), max_size=40)


def moved(*pairs: tuple[Number | None, Number | None]) -> Movers:
    found = find_movers([creator(f"c{n}", *pair) for n, pair in enumerate(pairs)])
    assert found is not None
    return found


def keys(movers: tuple[Mover, ...]) -> list[str]:
    return [one.key for one in movers]


def test_gains_and_drops_by_their_size() -> None:
    """Largest first in both directions; who hardly moved is noise."""
    found = moved((5_000, 4_000), (900, 3_000), (2_000, 2_050), (9_000, 5_000), (100, 300))
    assert [(one.key, one.by) for one in found.gains] == [("c3", 4_000), ("c0", 1_000)]
    assert [(one.key, one.by) for one in found.drops] == [("c1", -2_100), ("c4", -200)]
    assert found.net == 2_650
    assert found.lead == Mover("c3", "Creator c3", 9_000, 5_000)
    assert found.share == 4_000 / 2_650


def test_the_lead_of_a_fall_fell() -> None:
    """Who rose against everybody did not carry the fall."""
    found = moved((9_000, 5_000), (0, 6_000), (1_000, 4_000))
    assert found.net == -5_000
    assert found.lead is not None
    assert found.lead.key == "c1"
    assert found.share == 1.2


@pytest.mark.parametrize(
    ("before", "floor"), [(0, 100), (19_999, 100), (20_000, 100), (1_000_000, 5_000)]
)
def test_the_floor_follows_all_views(before: int, floor: Number) -> None:
    """Half a percent of them, but never less than a hundred; a change of just that counts."""
    found = moved((before + floor, before))
    assert found.floor == floor
    assert keys(found.gains) == ["c0"]
    assert moved((before + floor - 1, before)).gains == ()


@pytest.mark.parametrize("creators", [1, 40, 41, 400, 1_700])
def test_the_floor_follows_the_number_of_creators(creators: int) -> None:
    """A creator who doubles is no noise, however large the organization, and 1 % is always."""
    usual = [(10_000, 10_000)] * (creators - 1)
    assert keys(moved((20_000, 10_000), *usual).gains) == ["c0"]
    assert keys(moved((0, 10_000), *usual).drops) == ["c0"]
    found = moved((10_099, 10_000), *usual, *[(0, 0)] * 50)
    assert found.gains == ()
    assert found.floor == max(100, min(50 * creators, 2_000))
    assert found.creators == creators


def test_a_part_of_a_change_that_is_no_lead() -> None:
    """A hundred creators grew alike: the first of them carried nothing."""
    found = moved((3_010, 1_000), *[(3_000, 1_000)] * 99)
    assert len(found.gains) == LARGEST
    assert found.lead is None
    assert moved((12_000, 1_000), *[(3_000, 1_000)] * 99).lead == Mover(
        "c0", "Creator c0", 12_000, 1_000
    )


def test_many_small_changes_have_no_lead() -> None:
    """Everybody grew a little: nobody in particular carried it."""
    found = moved(*[(1_099, 1_000)] * 30)
    assert found.net == 2_970
    assert found.lead is None
    assert found.share is None


def test_changes_that_even_out_have_no_lead() -> None:
    """All together nothing happened, so nobody carried anything."""
    found = moved((9_000, 5_000), (1_000, 5_000))
    assert (keys(found.gains), keys(found.drops), found.lead) == (["c0"], ["c1"], None)


def test_unknown_is_no_change() -> None:
    """Who is not known in both windows neither gains nor drops."""
    found = moved((9_000, None), (None, 9_000), (500, 300))
    assert keys(found.gains) == ["c2"]
    assert found.drops == ()
    assert found.net == 200


@pytest.mark.parametrize("pairs", [[], [(None, None)], [(5, None)], [(None, 5)]])
def test_nothing_known_nothing_said(pairs: list[tuple[int | None, int | None]]) -> None:
    """No movers is not the same as a quiet week."""
    assert find_movers([creator("c", *pair) for pair in pairs]) is None


def test_from_nothing_and_to_nothing() -> None:
    """A base of zero is a base like others: views more, not percent."""
    found = moved((5_000, 0), (0, 5_000))
    assert (found.gains[0].by, found.drops[0].by) == (5_000, -5_000)


def test_ties_have_an_order() -> None:
    """Two runs over the same numbers say the same."""
    ones = [creator(key, 900, 300) for key in ("b", "c", "a")]
    found = find_movers(ones)
    assert found is not None
    assert found == find_movers(ones[::-1])
    assert keys(found.gains) == ["a", "b", "c"]
    assert found.lead == found.gains[0]


@given(pairs)
def test_every_change_is_a_gain_a_drop_or_noise(
    pairs: list[tuple[Number | None, Number | None]],
) -> None:
    """Together they are the whole change, and nothing is on two lists."""
    found = find_movers([creator(f"c{n}", *pair) for n, pair in enumerate(pairs)])
    known = {f"c{n}": now - was for n, (now, was) in enumerate(pairs) if None not in (now, was)}  # type: ignore[operator]
    if found is None:
        assert known == {}
        return
    told = [*found.gains, *found.drops]
    assert len({one.key for one in told}) == len(told)
    assert max(len(found.gains), len(found.drops)) <= LARGEST
    noise = {key: by for key, by in known.items() if abs(by) < found.floor}
    listed = sum(one.by for one in told) + sum(noise.values())
    if len(told) + len(noise) == len(known):
        assert listed == pytest.approx(found.net, abs=1)
    assert all(one.by >= found.floor for one in found.gains)
    assert all(one.by <= -found.floor for one in found.drops)
    if found.lead:
        assert found.lead.by * found.net > 0
        assert found.lead.by == max((one.by for one in told), key=lambda by: by * found.net)
        assert found.share is not None
        assert found.share > 0.0499
