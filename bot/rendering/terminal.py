"""The recap for a person at a terminal, in colour (rich)."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.digest.model import Change, Difference, Digest, Figure, Percent, Points, Times, TopCreators
from bot.rendering import sentences, words
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers


def render_terminal(digest: Digest, numbers: Numbers) -> RenderableType:
    """``digest`` as something that a rich console prints; plain where there is no colour."""
    shown: list[RenderableType] = [
        Text(words.title(digest), style="bold"),
        _figures(words.shown(digest), numbers),
    ]
    if more := words.left_out(digest):
        shown.append(Text(more, style="dim"))
    if story := list(sentences.story(digest, numbers)):
        shown += [Text(), *map(Text, story)]
    if digest.top_creators:
        shown += [Text(), *_creators(digest.top_creators, numbers)]
    if digest.trend:
        shown += [Text(), Text(sentences.trend(digest, numbers))]
    if digest.videos:
        title, *videos = sentences.videos(digest.videos, numbers)
        shown += [Text(), Text(title, style="bold"), *map(Text, videos)]
    if missing := list(words.missing(digest)):
        shown += [Text(), *(Text(f"! {sentence}", style="yellow") for sentence in missing)]
    small = " ".join([*sentences.small_print(digest, numbers), words.comparison(digest.period)])
    foot = f"{small} {words.fetched(digest, numbers)}."
    return Group(*shown, Text(), Text(foot, style="dim"))


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(justify="right")
    grid.add_column()
    return grid


def _figures(figures: tuple[Figure, ...], numbers: Numbers) -> Table:
    grid = _grid()
    for figure in figures:
        change = Text(numbers.change(figure.change) or "", style=_colour(figure.change))
        value = Text(numbers.figure(figure), style="bold")
        grid.add_row(Text(one_line(figure.label)), value, change)
    return grid


def _creators(top: TopCreators, numbers: Numbers) -> list[RenderableType]:
    title = Text(words.creators_title(top), style="bold")
    if not top.rows:
        return [title, *map(Text, sentences.ranking(top, numbers))]
    grid = _grid()
    for row in top.rows:
        name = Text(f"{row.rank:>2}. {one_line(row.name)}")
        value = Text(numbers.value(row.value, top.unit), style="bold")
        grid.add_row(name, value, Text(sentences.mark(row.movement), style="dim"))
    return [title, grid, *map(Text, sentences.dropped_out(top))]


def _colour(change: Change | None) -> str:
    match change:
        case Percent(by) | Difference(by) | Points(by):
            return "green" if by > 0 else "red"
        case Times():
            return "green"
        case _:
            return "dim"
