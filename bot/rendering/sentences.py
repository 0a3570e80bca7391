"""What a digest says in sentences, the same in every medium; names stand in them as plain text."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.digest.freshness import Coverage
from bot.digest.highlights import QUIET_CREATOR
from bot.digest.model import (
    Carried,
    Digest,
    Disagreement,
    Highlight,
    LikeForLike,
    RankedCreator,
    TopCreators,
    TopVideo,
    Unit,
)
from bot.digest.movers import Mover
from bot.digest.periods import Period
from bot.digest.standings import Moved, Movement, New
from bot.rendering import words
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.rendering.sparkline import sparkline

NAMED: Final = 3
"""Movers that are named in one line."""

NAMES_LISTED: Final = 20
TITLE: Final = 80
COUNTING: Final = "Likes, followers and movers are still being counted."


def story(digest: Digest, numbers: Numbers) -> Iterator[str]:
    """What happened: at most two sentences and who moved; one sentence for a quiet window."""
    if digest.quiet:
        yield quiet(digest, numbers)
        return
    for one in digest.highlights:
        yield highlight(one, digest, numbers)
    if digest.movers:
        if gains := movers(digest.movers.gains, numbers):
            yield f"▲ {gains}"
        if drops := movers(digest.movers.drops, numbers):
            yield f"▼ {drops}"


def quiet(digest: Digest, numbers: Numbers) -> str:
    """Nothing happened that is worth a look."""
    window = "week" if digest.period is Period.WEEK else f"{digest.period.days} days"
    share = numbers.value(100 * QUIET_CREATOR, Unit.PERCENT)
    return f"A quiet {window}: nobody moved by more than {share} of all views."


def highlight(one: Highlight, digest: Digest, numbers: Numbers) -> str:
    """A highlight as one sentence."""
    if isinstance(one, Carried):
        return _carried(one, numbers)
    if isinstance(one, LikeForLike):
        return _like_for_like(one, numbers)
    kind = "many" if one.views > one.median else "few"
    window = "" if digest.period is Period.WEEK else f"{digest.period.days}-day "
    return (
        f"Unusually {kind} views: the {window}median of the {one.weeks} weeks before is "
        f"{numbers.compact(one.median)}."
    )


def _carried(one: Carried, numbers: Numbers) -> str:
    movers, change = one.movers, numbers.change(one.change)
    verb = "rose" if movers.net > 0 else "fell"
    start = f"Views {verb} by {numbers.compact(abs(movers.net))} ({change})"
    assert movers.lead is not None  # noqa: S101 -- the highlight is about the lead
    assert movers.share is not None  # noqa: S101
    name = one_line(movers.lead.name)
    if movers.share > 1:
        return f"{start}; {name} alone accounts for {numbers.gain(movers.lead.by)}."
    return f"{start}; {name} accounts for {round(100 * movers.share)}% of that."


def _like_for_like(one: LikeForLike, numbers: Numbers) -> str:
    accounts = "1 added account" if one.accounts == 1 else f"{one.accounts} added accounts"
    return (
        f"Like for like, views changed by {numbers.percent(one.like_for_like)}: {accounts} "
        f"brought {numbers.points(one.of_new)} points of the {numbers.percent(one.by)}."
    )


def movers(some: Sequence[Mover], numbers: Numbers, most: int = NAMED) -> str:
    """``Mia Chen +85K, Kofi Mensah +20K and 4 more``; empty without any."""
    named = [f"{one_line(one.name)} {numbers.gain(one.by)}" for one in some[:most]]
    more = len(some) - most
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def mark(movement: Movement | None) -> str:
    """``▲3``, ``▼2``, ``NEW``; empty for the same place, and where nobody can say."""
    match movement:
        case New():
            return "NEW"
        case Moved(by) if by:
            return f"▲{by}" if by > 0 else f"▼{-by}"
        case _:
            return ""


def ranked(row: RankedCreator, top: TopCreators, numbers: Numbers) -> str:
    """``1. Mia Chen: 245K ▲3``."""
    line = f"{row.rank}. {one_line(row.name)}: {numbers.value(row.value, top.unit)}"
    moved = mark(row.movement)
    return f"{line} {moved}" if moved else line


def ranking(top: TopCreators, numbers: Numbers) -> Iterator[str]:
    """The rows that were asked for, and who is not among them any more."""
    for row in top.rows:
        yield ranked(row, top, numbers)
    if not top.rows:
        yield words.NOBODY_RANKED
    if top.out:
        named = ", ".join(one_line(name) for name in top.out[:NAMED])
        more = f" and {len(top.out) - NAMED} more" if len(top.out) > NAMED else ""
        yield f"Out of the top {len(top.rows)}: {named}{more}"


def coverage(one: Coverage) -> str:
    """``47 of 50 accounts refreshed since the window closed; 3 paused.``."""
    if not one.of and not one.paused and not one.unavailable:
        return "No accounts are tracked yet."
    if one.is_complete:
        parts = [f"All {one.of} accounts refreshed since the window closed"]
    else:
        parts = [f"{one.refreshed} of {one.of} accounts refreshed since the window closed"]
    for names, what in (
        (one.waiting, "waiting for their first refresh"),
        (one.paused, "paused"),
        (one.unavailable, "unavailable"),
    ):
        if names:
            parts.append(f"{len(names)} {what}")
    return "; ".join(parts) + "."


def uncovered(one: Coverage) -> Iterator[str]:
    """Who is not in the numbers, or not up to date, by name."""
    for names, what in (
        (one.stale, "Not refreshed since the window closed"),
        (one.waiting, "Waiting for the first refresh"),
        (one.paused, "Paused"),
        (one.unavailable, "Unavailable"),
    ):
        if names:
            named = ", ".join(one_line(name) for name in names[:NAMES_LISTED])
            more = len(names) - NAMES_LISTED
            yield f"{what}: {named}" + (f" and {more} more" if more > 0 else "")


def disagreement(one: Disagreement, numbers: Numbers) -> str:
    """Which of two sources is printed, and what the other one says."""
    printed, other = numbers.value(one.printed, one.unit), numbers.value(one.other, one.unit)
    return (
        f"{one_line(one.label)}: {printed} is {_whose(one.source)}, while "
        f"{_whose(one.other_source)} is {other}."
    )


def _whose(source: str) -> str:
    overview = source.startswith("GET /overview")
    return "the overview's figure" if overview else "the sum over the accounts"


def video(one: TopVideo, numbers: Numbers) -> str:
    """``“Behind the scenes” by Mia Chen: +12K views``."""
    by = f" by {one_line(one.by)}" if one.by else ""
    return f"“{one_line(one.title, TITLE)}”{by}: {numbers.gain(one.views)} views"


def trend(digest: Digest) -> str:
    """``Views of the last 9 weeks: ▁▂▂▃▅▄▆▇█``."""
    drawn = sparkline([point.views for point in digest.trend])
    window = "" if digest.period is Period.WEEK else f" over {digest.period.days} days"
    return f"Views{window}, the last {len(digest.trend)} weeks: {drawn}"


def small_print(digest: Digest, numbers: Numbers) -> Iterator[str]:
    """What the reader has to know of the numbers."""
    if digest.partial:
        yield COUNTING
    for one in digest.disagreements:
        yield disagreement(one, numbers)
    if digest.coverage:
        yield coverage(digest.coverage)
