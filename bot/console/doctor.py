"""``recap doctor``: every setting tried against the real thing that it names."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console

from bot.console.checks import Check, checks, set_up
from bot.console.findings import Finding, Mark, Note, conclusion, table
from bot.errors import RecapError
from bot.settings import Settings, load

UNHEALTHY: Final = 3


async def examine() -> int:
    """Check all that this set-up needs; 0 when all is well, 3 when something must be changed."""
    console = Console(highlight=False, markup=False)
    findings: Sequence[Finding]
    try:
        settings = load()
    except RecapError as error:
        findings = [Finding("settings", Mark.BAD, error.operator)]
    else:
        console.print(f"Set-up: {set_up(settings)}.", soft_wrap=True)
        findings = await examined(settings)
    console.print(table(findings))
    console.print(conclusion(findings), soft_wrap=True)
    return UNHEALTHY if any(one.mark is Mark.BAD for one in findings) else 0


async def examined(settings: Settings) -> Sequence[Finding]:
    """What is found with ``settings``, the first thing to do first."""
    findings: list[Finding] = []
    for check in checks(settings):
        findings += await tried(check, settings, findings)
    return findings


async def tried(check: Check, settings: Settings, before: Sequence[Finding]) -> Sequence[Finding]:
    """What ``check`` finds, unless something that it needs is not in order."""
    in_order = {one.setting for one in before if one.mark is Mark.GOOD}
    if lacking := next((name for name in check.after if name not in in_order), None):
        return [Finding(check.name, Mark.NOTE, f"tried once {lacking} is in order")]
    try:
        said = await check.probe(settings)
    except RecapError as error:
        return [Finding(check.name, Mark.BAD, error.operator)]
    except Exception as error:  # noqa: BLE001 -- one check must not take the table from the others
        return [Finding(check.name, Mark.BAD, f"This check failed: {type(error).__name__}.")]
    match said:
        case str():
            return [Finding(check.name, Mark.GOOD, said)]
        case Note():
            return [Finding(check.name, Mark.NOTE, said.sentence)]
    return said
