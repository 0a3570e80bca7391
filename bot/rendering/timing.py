"""Why a post comes, or stands there, as it does: late, after a wait for fresh data, corrected."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.digest.facts import Number
from bot.digest.freshness import Coverage
from bot.digest.labels import label_of
from bot.digest.model import Unit
from bot.rendering import calendar
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.subscriptions.schedule import Schedule, Slot

SUPERSEDED: Final = "What stood here is superseded: the corrected post above has it all."
DETAILS_OF_BEFORE: Final = "The details in this thread are still those of before."
"""What a correction says where it could not change them."""


def late(slot: Slot, by: timedelta, schedule: Schedule, numbers: Numbers) -> str:
    """``2 hours late: this was due on Mon, Nov 23 at 09:00.``."""
    due = calendar.when(slot, schedule, numbers)
    return f"{calendar.how_long(by)} late: this was due on {due}."


def waited(
    due_at: datetime,
    now: datetime,
    coverage: Coverage | None,
    schedule: Schedule,
    numbers: Numbers,
) -> str:
    """``Posted at 11:00 instead of 09:00, once 92% of the accounts were refreshed.``."""
    zone = ZoneInfo(schedule.zone)
    local, due = now.astimezone(zone), due_at.astimezone(zone)
    said = f"Posted at {local:%H:%M} instead of {due:%H:%M}"
    if local.date() != due.date():
        said = f"Posted on {_when(local, numbers)} instead of {_when(due, numbers)}"
    if coverage is None:
        return f"{said}."
    share = numbers.value(round(100 * coverage.share), Unit.PERCENT)
    if coverage.is_enough:
        return f"{said}, once {share} of the accounts were refreshed."
    return f"{said}; {share} of the accounts were refreshed by then."


def waiting(due_at: datetime, until: datetime, schedule: Schedule, numbers: Numbers) -> str:
    """``is waiting for fresh data and comes at 13:00 at the latest``."""
    zone = ZoneInfo(schedule.zone)
    latest, due = until.astimezone(zone), due_at.astimezone(zone)
    when = f"at {latest:%H:%M}"
    if latest.date() != due.date():
        when = f"on {_when(latest, numbers)}"
    return f"is waiting for fresh data and comes {when} at the latest"


def corrected(
    now: datetime,
    before: Mapping[str, Number],
    after: Mapping[str, Number],
    changed: Sequence[str],
    refreshed: int,
    schedule: Schedule,
    numbers: Numbers,
) -> str:
    """``Corrected on Mon 11:20: views 1.21M → 1.24M after 3 accounts were refreshed.``.

    ``changed`` are the metrics that are named, and ``refreshed`` is how many accounts it took.
    """
    local = now.astimezone(ZoneInfo(schedule.zone))
    said = ", ".join(
        f"{_label(key)} {numbers.compact(before[key])} → {numbers.compact(after[key])}"
        for key in changed
    )
    why = ""
    if refreshed > 0:
        why = f" after {refreshed} account{' was' if refreshed == 1 else 's were'} refreshed"
    return f"Corrected on {numbers.weekday(local.date())} {local:%H:%M}: {said}{why}."


def _label(key: str) -> str:
    return one_line(label_of(key)).lower()


def _when(local: datetime, numbers: Numbers) -> str:
    return f"{numbers.day(local.date())} at {local:%H:%M}"
