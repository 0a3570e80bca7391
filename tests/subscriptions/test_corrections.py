"""The post as it is + the numbers of now → what becomes of its correction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.subscriptions.corrections import after_edit, changed, compared, looked_enough
from bot.subscriptions.deliveries import Kind, State
from bot.subscriptions.model import Pause
from bot.subscriptions.outcomes import BadMessage, Busy, Gone, NotAllowed, Unsure
from bot.subscriptions.protocol import Policy
from tests.examples import MONDAY, owed

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
CLAIMED = owed(kind=Kind.CORRECTION, state=State.CLAIMED, owner="w", fence=3, tries=2, thread="1.0")
HAS_CORRECTED = replace(CLAIMED, sent_at=MONDAY + HOUR, posted_in="C1", ts="1.0")
WAITS: dict[str, Any] = {"state": State.PLANNED, "owner": None, "tries": 0}
OVER: dict[str, Any] = {"owner": None, "ready_at": None}


@pytest.mark.parametrize(
    ("before", "after", "keys"),
    [
        ({"views": 1_000}, {"views": 1_000}, ()),
        ({"views": 1_000}, {"views": 1_009}, ()),
        ({"views": 1_000}, {"views": 1_010}, ("views",)),
        ({"views": 1_000}, {"views": 990}, ("views",)),
        ({"views": 1_000}, {"views": 991}, ()),
        ({"views": 0}, {"views": 0}, ()),
        ({"views": 0}, {"views": 1}, ("views",)),
        ({"views": -100}, {"views": -101}, ("views",)),
        ({"rate": 4.0}, {"rate": 4.1}, ("rate",)),
        ({"views": 10**400}, {"views": 2 * 10**400}, ("views",)),
        # What one of the two does not know can't be compared.
        ({"views": 1}, {"likes": 2}, ()),
        ({}, {}, ()),
        ({"views": 1, "likes": 1, "shares": 1}, {"likes": 2, "views": 2}, ("views", "likes")),
    ],
)
def test_changed(
    before: Mapping[str, int | float], after: Mapping[str, int | float], keys: tuple[str, ...]
) -> None:
    """From a hundredth of what was posted on, up or down."""
    assert changed(before, after) == keys


@pytest.mark.parametrize(
    ("now", "next_look", "changes"),
    [
        (MONDAY, None, {**WAITS, "ready_at": MONDAY + HOUR / 4}),
        (MONDAY, MONDAY + HOUR, {**WAITS, "ready_at": MONDAY + HOUR}),
        (MONDAY, MONDAY, {**WAITS, "ready_at": MONDAY + HOUR / 12}),
        (MONDAY + DAY - SECOND, None, {**WAITS, "ready_at": MONDAY + DAY}),
        (MONDAY + DAY, None, {**OVER, "state": State.SKIPPED, "reason": "too_late"}),
    ],
)
def test_compared(now: datetime, next_look: datetime | None, changes: dict[str, Any]) -> None:
    """While the numbers may still change it looks again, for a day."""
    after = compared(CLAIMED, complete=False, next_look=next_look, now=now, policy=Policy())
    assert after == replace(CLAIMED, **changes)


def test_compared_with_all_there_is() -> None:
    """Nothing more is to come."""
    after = compared(CLAIMED, complete=True, next_look=MONDAY, now=MONDAY, policy=Policy())
    assert after == replace(CLAIMED, **OVER, state=State.SKIPPED, reason="unchanged")


def test_looked_enough() -> None:
    """What has ever corrected something was good for something."""
    assert looked_enough(HAS_CORRECTED, "too_late") == replace(
        HAS_CORRECTED, **OVER, state=State.SENT, reason=None
    )


@pytest.mark.parametrize(
    ("outcome", "changes"),
    [
        (Unsure("reset"), {**WAITS, "ready_at": MONDAY + 20 * SECOND, "tries": 3}),
        (Busy("503"), {**WAITS, "ready_at": MONDAY + 20 * SECOND, "tries": 3}),
        (Busy("429", wait=90.0), {**WAITS, "ready_at": MONDAY + 90 * SECOND, "tries": 3}),
        (Gone("message_not_found"), {**OVER, "reason": "message_not_found"}),
        (NotAllowed(Pause.ARCHIVED, "is_inactive"), {**OVER, "reason": "is_inactive"}),
        (BadMessage("no_text"), {**OVER, "reason": "no_text"}),
    ],
)
def test_after_edit(
    outcome: Busy | Unsure | Gone | NotAllowed | BadMessage, changes: dict[str, Any]
) -> None:
    """What is in doubt is done again, what was refused is left."""
    after = replace(CLAIMED, state=State.FAILED)
    assert after_edit(CLAIMED, outcome, MONDAY) == replace(after, **changes)
