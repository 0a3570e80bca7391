"""``recap tick``: one pass over what is due, for an outside cron and for trying things out."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.clock import SystemClock
from bot.rendering import calendar
from bot.rendering.numbers import Numbers
from bot.rendering.subscription import RESULTS
from bot.services.dispatch import would_do
from bot.settings import Settings
from bot.subscriptions.deliveries import WAITING_FOR_DATA, Delivery, Kind
from bot.subscriptions.model import Subscription
from bot.subscriptions.protocol import Plan
from bot.subscriptions.zones import zone_named
from bot.wiring import open_dispatcher, open_stores, policy_of

WAITING: Final = 4
EXAMPLES: Final = "2026-11-23T09:00+01:00 or '2026-11-23 09:00 Europe/Berlin'"
YEARS: Final = range(2000, 2100)
AHEAD: Final = timedelta(seconds=5)
"""Two clocks that agree may still differ by this much."""


def instant(text: str | None, *, force: bool) -> datetime:
    """The instant that ``--at`` names, in UTC; now where it is not given.

    Raises:
        ValueError: It names none, or one in the future without ``force``; the sentence says so.
    """
    now = SystemClock().now()
    if text is None:
        return now
    named = _instant(text)
    if named > now + AHEAD and not force:
        raise ValueError(
            f"{text} is in the future. A pass as of then would use up the slots until then; add "
            "--force if that is what you want."
        )
    return named


def _instant(text: str) -> datetime:
    written, _, zone = text.strip().rpartition(" ")
    name = zone_named(zone)
    try:
        if name is not None:
            return _bounded(_local(written).replace(tzinfo=ZoneInfo(name)).astimezone(UTC))
        found = datetime.fromisoformat(text.strip())
        if found.tzinfo is not None:
            return _bounded(found.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"“{text}” is no instant. Write {EXAMPLES}.") from error
    raise ValueError(f"“{text}” lacks its time zone. Write {EXAMPLES}.")


def _local(written: str) -> datetime:
    local = datetime.fromisoformat(written)
    if local.tzinfo is not None:
        raise ValueError("two time zones")
    return local


def _bounded(found: datetime) -> datetime:
    if found.year not in YEARS:
        raise ValueError("a year that no calendar of ours reaches")
    return found


async def tick(settings: Settings, as_of: datetime, *, dry_run: bool) -> int:
    """Deliver everything that is due as of ``as_of``, or say what would be.

    Returns:
        0, or 4 when something has to be tried again later.

    Raises:
        RecapError: A setting is missing or impossible, or Slack or the database refuse one.
    """
    numbers = Numbers(settings.recap_locale)
    if dry_run:
        async with open_stores(settings) as stores:
            _print(_would(await would_do(stores.ledger, as_of, policy_of(settings)), numbers))
        return 0
    done: list[Delivery] = []
    async with open_dispatcher(settings) as dispatcher:
        dispatcher.on_delivery = done.append
        waiting = await dispatcher.settle(as_of)
    _print([_line(one, numbers) for one in _newest(done)] or ["Nothing is due."])
    if waiting is None:
        return 0
    _print([f"Some posts wait until {numbers.moment(waiting)}; run `recap tick` again then."])
    return WAITING


def _newest(done: Sequence[Delivery]) -> list[Delivery]:
    """Each delivery as it was in the end, without the posts that are there and only watched."""
    ended = {one.id: one for one in done}.values()
    return [one for one in ended if one.kind is not Kind.CORRECTION or not one.is_open]


def _line(one: Delivery, numbers: Numbers) -> str:
    when = numbers.day(one.day) if one.day else numbers.moment(one.due_at)
    if one.is_open and one.reason == WAITING_FOR_DATA:
        return f"{one.target}  {one.kind} of {when} is waiting for fresh data"
    reason = f" ({one.reason})" if one.reason else ""
    return f"{one.target}  {one.kind} of {when} {RESULTS[one.state]}{reason}"


def _would(planned: Sequence[tuple[Subscription, Plan]], numbers: Numbers) -> list[str]:
    lines = []
    for subscription, plan in planned:
        name = f"#{subscription.channel_name or subscription.channel}"
        if plan.slot:
            when = calendar.when(plan.slot, subscription.schedule, numbers)
            lines.append(f"{name}  the recap of {when} would be posted")
        if plan.missed_count:
            lines.append(f"{name}  {plan.missed_count} older would count as missed")
    return lines or ["Nothing would be posted."]


def _print(lines: Sequence[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
