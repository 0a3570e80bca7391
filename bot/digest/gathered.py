"""What several parts of a digest look at: everybody's sums, and how complete they are."""

from bot.digest.collected import Facts
from bot.digest.facts import Fetched
from bot.digest.freshness import Coverage, coverage
from bot.digest.preferences import Platform
from bot.digest.sums import People, of_platform


def everybody(facts: Facts, platform: Platform | None) -> People | None:
    """The accounts of ``platform``, added up; None where their numbers could not be had."""
    return facts.tracked.value.people(platform) if isinstance(facts.tracked, Fetched) else None


def covered(facts: Facts, platform: Platform | None) -> Coverage | None:
    """How complete the window is for them; None where that can't be said."""
    if not isinstance(facts.accounts, Fetched) or facts.window is None:
        return None
    counted = everybody(facts, platform)
    if counted and counted.coverage:
        return counted.coverage
    return coverage(of_platform(facts.accounts.value, platform), facts.window)
