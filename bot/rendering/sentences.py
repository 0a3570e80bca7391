"""What a digest says in sentences, the same in every medium; names stand in them as plain text."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.digest.freshness import Coverage
from bot.digest.headline import is_of_overview
from bot.digest.highlights import quiet_share
from bot.digest.model import (
    Carried,
    Difference,
    Digest,
    Disagreement,
    Highlight,
    LikeForLike,
    RankedCreator,
    TopCreators,
    TopVideo,
    Unit,
    Unusual,
)
from bot.digest.movers import LARGEST, Mover, Movers
from bot.digest.periods import Period
from bot.digest.preferences import Platform
from bot.digest.standings import Moved, Movement, New
from bot.rendering import words
from bot.rendering.choices import PLATFORMS
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.rendering.sparkline import sparkline

NAMED: Final = 3
"""Movers that are named in one line."""

NAMES_LISTED: Final = 12
DISAGREEMENTS: Final = 3
"""Told under a message; the receipt has them all."""

TITLE: Final = 80
TOP_VIDEOS: Final = "Top videos by views gained"
EARLY: Final = (
    "Until more are refreshed, changes of views, likes, comments and shares are those of the "
    "refreshed accounts."
)
PLACES_SO_FAR: Final = "Places in the ranking may still change."
PLACES: Final = "Places compare with CreatorAudit's ranking of a week ago."
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
    start = "A quiet week" if digest.period is Period.WEEK else f"{digest.period.days} quiet days"
    share = numbers.value(100 * quiet_share(digest.movers), Unit.PERCENT)
    return f"{start}: no creator moved total views by more than {share}."


def highlight(one: Highlight, digest: Digest, numbers: Numbers) -> str:
    """A highlight as one sentence."""
    if isinstance(one, Carried):
        return _carried(one, numbers)
    if isinstance(one, LikeForLike):
        return _like_for_like(one, numbers)
    return _unusual(one, digest, numbers)


def _carried(one: Carried, numbers: Numbers) -> str:
    net = one.movers.net
    views = "Account by account, views" if one.is_own else "Views"
    start = f"{views} {'rose' if net > 0 else 'fell'} by {numbers.compact(abs(net))}"
    if not isinstance(one.change, Difference):
        start += f" ({numbers.change(one.change)})"
    return f"{start}, {_lead(one.movers, numbers)}."


def _lead(movers: Movers, numbers: Numbers) -> str:
    assert movers.lead is not None  # noqa: S101 -- the highlight is about the lead
    assert movers.share is not None  # noqa: S101
    name, percent = one_line(movers.lead.name), round(100 * movers.share)
    if movers.share > 1:
        return f"with {numbers.gain(movers.lead.by)} through {name} alone"
    if percent in {0, 100}:
        return f"{'all' if percent else 'less than 1%'} of it through {name}"
    # A creator may be two people: no verb is right for all of them.
    return f"{numbers.value(percent, Unit.PERCENT)} of it through {name}"


def _like_for_like(one: LikeForLike, numbers: Numbers) -> str:
    without, whole = numbers.relative(one.like_for_like), numbers.relative(one.by)
    return f"Views without {_added(one, numbers)} (like for like): {without} instead of {whole}."


def _added(one: LikeForLike, numbers: Numbers) -> str:
    many = f"{numbers.exact(one.accounts)} newly added accounts"
    return "1 newly added account" if one.accounts == 1 else many


def _unusual(one: Unusual, digest: Digest, numbers: Numbers) -> str:
    kind = "many" if one.views > one.median else "few"
    days = digest.period.days
    windows = "weeks" if digest.period is Period.WEEK else f"{days}-day windows"
    median = numbers.compact(one.median)
    return _ended(
        f"Unusually {kind} views: the median of {one.weeks} earlier {windows} is {median}"
    )


def _ended(sentence: str) -> str:
    """With its full stop, once: a German number may end with ``Mio.``."""
    return f"{sentence.removesuffix('.')}."


def movers(some: Sequence[Mover], numbers: Numbers) -> str:
    """``Mia Chen +85K views, Kofi Mensah +20K and 4 more``; empty without any."""
    named = [f"{one_line(one.name)} {numbers.gain(one.by)}" for one in some[:NAMED]]
    if named:
        named[0] += " views"
    more: int | str = len(some) - NAMED
    if len(some) == LARGEST:
        # The digest holds no more of them.
        more = "many"
    return ", ".join(named) + (f" and {more} more" if len(some) > NAMED else "")


def moved_title(movers: Movers) -> str:
    """What a chart of ``movers`` shows."""
    if movers.gains and movers.drops:
        return "Biggest gains and drops in views"
    return "Biggest gains in views" if movers.gains else "Biggest drops in views"


def place(movement: Movement | None) -> str | None:
    """``mark`` for a table, which shows an empty cell as unknown: ``=`` for the same place."""
    return "=" if isinstance(movement, Moved) and not movement.by else mark(movement) or None


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
    yield from dropped_out(top)


def dropped_out(top: TopCreators) -> Iterator[str]:
    """Who is not among the rows any more; nothing where nobody is."""
    if top.out:
        named = ", ".join(one_line(name) for name in top.out[:NAMED])
        more = f" and {len(top.out) - NAMED} more" if len(top.out) > NAMED else ""
        where = f" of the top {len(top.rows)}" if top.rest else ""
        yield f"Dropped out{where}: {named}{more}"


def coverage(
    one: Coverage, numbers: Numbers, platform: Platform | None = None, *, short: bool = False
) -> str:
    """``47 of 50 accounts refreshed since the window closed; 3 paused.``.

    In ``short``, accounts that are not refreshed on purpose are left to the thread.
    """
    its = "its" if len(one.waiting) == 1 else "their"
    others = [
        f"{numbers.exact(len(names))} {what}"
        for names, what in (
            (one.waiting, f"waiting for {its} first refresh"),
            (one.paused, "paused"),
            (one.unavailable, "unavailable"),
        )[: 1 if short and one.of else None]
        if names
    ]
    if one.of:
        return "; ".join([f"{_refreshed(one, numbers)} since the window closed", *others]) + "."
    if others:
        return f"No account is refreshed: {', '.join(others)}."
    return f"No accounts are tracked{f' on {PLATFORMS[platform]}' if platform else ''} yet."


def _refreshed(one: Coverage, numbers: Numbers) -> str:
    if one.of == 1:
        return f"The only account was {'' if one.refreshed else 'not '}refreshed"
    if not one.refreshed:
        return f"None of {numbers.exact(one.of)} accounts refreshed"
    many = "All" if one.is_complete else f"{numbers.exact(one.refreshed)} of"
    return f"{many} {numbers.exact(one.of)} accounts refreshed"


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
    return _ended(
        f"{one_line(one.label)}: {printed} is printed, from {_whose(one.source)}; "
        f"{_whose(one.other_source)} says {other}"
    )


def _whose(source: str) -> str:
    return "CreatorAudit's overview" if is_of_overview(source) else "the sum over the accounts"


def video(one: TopVideo, numbers: Numbers) -> str:
    """``“Behind the scenes” by Mia Chen: +12K views``."""
    by = f" by {one_line(one.by)}" if one.by else ""
    views = "view" if one.views == 1 else "views"
    return f"“{one_line(one.title, TITLE)}”{by}: {numbers.gain(one.views)} {views}"


def videos(some: Sequence[TopVideo], numbers: Numbers) -> Iterator[str]:
    """A title and the posts, best first; nothing without any."""
    if some:
        yield TOP_VIDEOS
    for place, one in enumerate(some, start=1):
        yield f"{place}. {video(one, numbers)}"


def trend(digest: Digest, numbers: Numbers) -> str:
    """For the eye: ``Views, the last 9 weeks: ▁▂▂▃▅▄▆▇█ (410K to 1.24M)``."""
    views = [point.views for point in digest.trend]
    known = [one for one in views if one is not None]
    line = f"{_weeks(digest)}: {sparkline(views)}"
    if not known:
        return line
    ends = dict.fromkeys(numbers.compact(one) for one in (min(known), max(known)))
    return f"{line} ({' to '.join(ends)})"


def spoken_trend(digest: Digest, numbers: Numbers) -> str:
    """For the ear, to which a sparkline says nothing: ``Views, the last 2 weeks: 410K, 1.24M``."""
    views = ", ".join(numbers.compact(point.views) for point in digest.trend)
    return f"{_weeks(digest)}: {views}"


def so_far(digest: Digest) -> str:
    """That the last point of the trend will still grow; empty where it will not by much."""
    return " (this one so far)" if digest.coverage and not digest.coverage.is_enough else ""


def _weeks(digest: Digest) -> str:
    last = f"the last {len(digest.trend)} weeks"
    last += so_far(digest)
    if digest.period is Period.WEEK:
        return f"Views, {last}"
    return f"Views over {digest.period.days} days, at the end of {last}"


def small_print(digest: Digest, numbers: Numbers, *, short: bool = False) -> Iterator[str]:
    """What the reader has to know of the numbers; ``short`` where a thread tells the rest."""
    if digest.partial:
        yield COUNTING
    for one in digest.disagreements[:DISAGREEMENTS]:
        yield disagreement(one, numbers)
    if (more := len(digest.disagreements) - DISAGREEMENTS) > 0:
        yield f"{more} more such {'figure is' if more == 1 else 'figures are'} in the receipt."
    if digest.coverage:
        yield coverage(digest.coverage, numbers, digest.platform, short=short)
        if not digest.coverage.is_enough:
            yield from _of_early(digest)
    if digest.period is not Period.WEEK and not (short and digest.quiet) and _has_places(digest):
        yield PLACES


def _of_early(digest: Digest) -> Iterator[str]:
    if digest.movers:
        yield EARLY
    if _has_places(digest):
        yield PLACES_SO_FAR


def _has_places(digest: Digest) -> bool:
    """Whether its ranking says who has moved."""
    top = digest.top_creators
    return top is not None and any(row.movement for row in top.rows)
