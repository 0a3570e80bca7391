"""``recap send``: a recap to webhooks and mailboxes, without Slack, once for each window."""

import sys
from collections.abc import Sequence
from typing import Final

from bot.digest.preferences import Ask
from bot.rendering.numbers import Numbers
from bot.rendering.sends import report_line
from bot.settings import Settings
from bot.subscriptions.outcomes import Busy, Sent
from bot.subscriptions.sends import Report, Step
from bot.subscriptions.targets import Target, parse_target
from bot.wiring import open_sends

LATER: Final = 4
TROUBLE: Final = 3


def targets_of(settings: Settings, texts: Sequence[str]) -> Sequence[Target]:
    """What ``texts`` name.

    Raises:
        ValueError: One of them names none; the sentence says which, and does not repeat it.
    """
    found = []
    for number, text in enumerate(texts, start=1):
        try:
            found.append(parse_target(text, settings.own_hosts))
        except ValueError as error:
            which = f"Number {number}: " if len(texts) > 1 else ""
            raise ValueError(f"{which}{error}") from None
    return found


async def send(settings: Settings, ask: Ask, targets: Sequence[Target], *, again: bool) -> int:
    """Send the recap to each of ``targets``, and say what came of it.

    Returns:
        0 when all have it; 4 when some may get it later; 3 when a person has to do something.

    Raises:
        RecapError: The recap could not be had, or the database can't be used.
    """
    numbers = Numbers(settings.recap_locale)
    async with open_sends(settings) as sends:
        reports = await sends.send(ask, targets, again=again)
    for report in reports:
        out = sys.stdout if _has_it(report) else sys.stderr
        out.write(f"{report_line(report, numbers)}\n")
    if all(map(_has_it, reports)):
        return 0
    return LATER if any(map(_may_get_it_later, reports)) else TROUBLE


def _has_it(report: Report) -> bool:
    return report.step is Step.ALREADY or isinstance(report.result, Sent)


def _may_get_it_later(report: Report) -> bool:
    return report.step in {Step.UNDER_WAY, Step.WAIT} or isinstance(report.result, Busy)
