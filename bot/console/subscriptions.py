"""``recap subscriptions``: what is subscribed, and changing it without Slack's windows."""

import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from bot.console.whose import called, names, of_channel, team_of
from bot.errors import OperatorMustAct, Unusable
from bot.listeners import schedule_words
from bot.rendering import calendar
from bot.rendering.choices import unusual
from bot.rendering.contact import WHY
from bot.rendering.numbers import Numbers
from bot.rendering.subscription import NONE_SENT, RESULTS
from bot.rendering.ways import also
from bot.services.manage import OPERATOR
from bot.settings import Settings, setting_error
from bot.subscriptions.deliveries import Delivery
from bot.subscriptions.model import Subscription
from bot.subscriptions.targets import masked
from bot.subscriptions.ways import Way
from bot.wiring import open_stores, open_subscriptions

WIDE: Final = 400
"""Characters of a line that is read by a program, or wrapped by whoever opens the file."""

TITLES: Final = (
    "workspace",
    "channel",
    "id",
    "schedule",
    "window",
    "next",
    "last",
    "also to",
    "contact",
)


async def show(settings: Settings) -> None:
    """Print every subscription with its next and its last post.

    Raises:
        RecapError: The database can't be used.
    """
    numbers = Numbers(settings.recap_locale)
    async with open_stores(settings) as stores:
        ledger, known = stores.ledger, await names(stores.installations)
        found = await ledger.subscriptions()
        ways = await ledger.ways([one.id for one in found])
        rows = []
        for one in found:
            history = await ledger.history(one.id, 1)
            row = _row(one, history[0] if history else None, ways[one.id], numbers)
            rows.append((called(one.team, known), *row))
    if not rows:
        sys.stdout.write("Nothing is subscribed.\n")
        return
    # Which workspace is said only where there is more than one.
    first = 0 if len({*known, *(one.team for one in found)}) > 1 else 1
    table = Table(box=None, pad_edge=False)
    for title in TITLES[first:]:
        table.add_column(title, no_wrap=True)
    for row in rows:
        table.add_row(*row[first:])
    width = None if sys.stdout.isatty() else WIDE
    Console(width=width, highlight=False, markup=False).print(table)


def _row(
    one: Subscription, last: Delivery | None, ways: Sequence[Way], numbers: Numbers
) -> Sequence[str]:
    upcoming = one.upcoming(1)
    following = f"paused: {WHY[one.pause]}" if one.pause else ""
    if upcoming:
        following = calendar.when(upcoming[0], one.schedule, numbers)
    result = NONE_SENT if last is None else f"{numbers.moment(last.due_at)} {RESULTS[last.state]}"
    return (
        f"#{one.channel_name or one.channel}",
        one.channel,
        calendar.every(one.schedule),
        " · ".join(filter(None, (f"{one.ask.period} top {one.ask.preferences.top}", unusual(one)))),
        following,
        result,
        ", ".join(map(_shown, ways)) or "–",
        one.contact or "–",
    )


def _shown(way: Way) -> str:
    return masked(way.target) if way.is_active else f"{masked(way.target)} (paused: {way.pause})"


async def add(
    settings: Settings,
    channel: str,
    words: Sequence[str],
    contact: str | None,
    targets: Sequence[str] = (),
    workspace: str | None = None,
) -> None:
    """Subscribe the channel with the id ``channel``, as ``/recap subscribe words`` would.

    Its recaps also go to ``targets``, beside those that it has already. ``workspace`` is the id or
    the name of that; the only one needs none.

    Raises:
        RecapError: The words fit nothing, or the channel can't be posted to.
    """
    wish, problems, typed = schedule_words.read(" ".join(words).lower().split())
    if problems:
        raise setting_error(f"{problems[0]} The nearest is: {channel} {typed}")
    team = await team_of(settings, workspace)
    async with open_subscriptions(settings, team) as (subscriptions, ways):
        try:
            new = ways.wanted(targets, ()).added
            message = await subscriptions.subscribe(OPERATOR, channel, wish, contact)
            one = await subscriptions.of_channel(channel)
            assert one is not None  # noqa: S101 -- it has just been subscribed
            await ways.add(OPERATOR, one, new)
            message = also(message, await ways.of(one))
        except Unusable as error:
            raise _said(error) from error
        except ValueError as error:
            raise setting_error(f"--to can't be used. {error}") from error
    sys.stdout.write(f"{message.text}\n")


async def change(
    settings: Settings, channel: str, action: str, workspace: str | None = None
) -> None:
    """Pause, resume or remove the subscription of ``channel``, by its id or its name.

    ``workspace`` is the id or the name of the one that it is in, where several have such a channel.

    Raises:
        RecapError: There is none, or it can't be done.
    """
    async with open_stores(settings) as stores:
        known, everything = await names(stores.installations), await stores.ledger.subscriptions()
    one = of_channel(everything, channel, workspace, known)
    offline = action != "resume"
    async with open_subscriptions(settings, one.team, offline=offline) as (subscriptions, _):
        if one.id not in {mine.id for mine in await subscriptions.everything()}:
            raise setting_error(f"SLACK_BOT_TOKEN is for another workspace than {one.team}.")
        act = {
            "pause": subscriptions.pause,
            "resume": subscriptions.resume,
            "remove": subscriptions.unsubscribe,
        }
        try:
            message = await act[action](OPERATOR, one)
        except Unusable as error:
            raise _said(error) from error
    sys.stdout.write(f"{message.text}\n")


def _said(error: Unusable) -> OperatorMustAct:
    """The reader's sentence says what to do; here the operator reads it."""
    return setting_error(f"{error.reader} ({error.operator})")
