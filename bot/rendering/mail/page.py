"""From a digest to a mail: the same words as everywhere, in a page that a phone can show.

``recap.html`` is what mrml makes of ``recap.mjml``, and is kept in step with it by a test: so
no name ever goes through another parser, and nobody needs mrml to send a mail.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bot.digest.model import Change, Difference, Digest, Figure, Percent, Points, Times, TopCreators
from bot.digest.standings import Moved, Movement, New
from bot.rendering import sentences, words
from bot.rendering.blocks import LONGEST_LINK
from bot.rendering.limits import fitting
from bot.rendering.mail.chart import Chart, chart
from bot.rendering.mail.model import Mail, Picture
from bot.rendering.mail.picture import png
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.rendering.text import text_lines

FOLDER: Final = Path(__file__).parent
TEMPLATE: Final = "recap.html"
CHART: Final = "chart@recap.invalid"
SUBJECT: Final = 150
MISSING: Final = 2_000
"""Bytes for what is missing; the plain text says all of it."""

ROOM_FOR_A_PICTURE: Final = 40_000
"""Bytes of page and text; where there are more, the page says what the picture shows. On the way
all of it takes a third more, and Gmail cuts a mail off at 102 KB."""

MARKS: Final = ("▲ ", "▼ ")


UP, DOWN, SOFT = "up", "down", "soft"
"""The page's classes for how a number moved."""


def render_mail(
    digest: Digest, numbers: Numbers, *, notes: Sequence[str] = (), foot: Sequence[str] = ()
) -> Mail:
    """``digest`` as a mail.

    Args:
        digest: What is told.
        numbers: How numbers are written.
        notes: Sentences above all else, such as that it is late.
        foot: Sentences below all else, such as how to get no more of them.
    """
    drawn = chart(digest, numbers)
    page = _page(digest, numbers, drawn, notes, foot)
    lines = [*notes, *text_lines(digest, numbers), *_window(digest, numbers), *foot]
    text = "\n".join(lines) + "\n"
    html = _template().render(page)
    pictures: tuple[Picture, ...] = ()
    if drawn and len(html.encode()) + len(text.encode()) <= ROOM_FOR_A_PICTURE:
        pictures = (Picture(CHART, png(drawn.svg), drawn.alt),)
    elif drawn:
        said = [*page["story"], _told(drawn.alt)]
        html = _template().render(page | {"chart": None, "story": said})
    return Mail(_subject(digest, numbers), html, text, pictures)


@lru_cache(maxsize=1)
def _template() -> Template:
    folder = FileSystemLoader(FOLDER)
    environment = Environment(loader=folder, autoescape=True, undefined=StrictUndefined)
    return environment.get_template(TEMPLATE)


def _subject(digest: Digest, numbers: Numbers) -> str:
    first = digest.figures[0]
    figure = f"{one_line(first.label)} {words.figure(first, numbers)}"
    return one_line(f"{words.title(digest)} · {figure}", SUBJECT)


def _page(
    digest: Digest,
    numbers: Numbers,
    drawn: Chart | None,
    notes: Sequence[str],
    foot: Sequence[str],
) -> dict[str, Any]:
    first, *rest = (_figure(one, numbers) for one in words.shown(digest))
    story = list(sentences.story(digest, numbers))
    top = digest.top_creators
    small = [
        *([more] if (more := words.left_out(digest)) else ()),
        *sentences.small_print(digest, numbers),
        *_window(digest, numbers),
        f"{words.comparison(digest.period)} {words.fetched(digest, numbers)}.",
    ]
    return {
        "title": words.title(digest),
        "preheader": next(iter(story), words.comparison(digest.period)),
        "notes": notes,
        "first": first,
        "figures": rest,
        "story": [_told(line) for line in story],
        "chart": {"src": f"cid:{CHART}", "alt": drawn.alt} if drawn else None,
        "ranking": _ranking(top, numbers) if top else None,
        "videos_title": sentences.TOP_VIDEOS,
        "videos": list(_videos(digest, numbers)),
        "missing": fitting(list(words.missing(digest)), MISSING),
        "foot": [*small, *foot],
    }


def _figure(one: Figure, numbers: Numbers) -> dict[str, str]:
    return {
        "label": one_line(one.label),
        "value": numbers.figure(one),
        "change": numbers.change(one.change) or "",
        "tone": _of_change(one.change),
    }


def _of_change(change: Change | None) -> str:
    match change:
        case Percent(by) | Difference(by) | Points(by):
            return UP if by > 0 else DOWN
        case Times():
            return UP
        case _:
            return SOFT


def _told(line: str) -> dict[str, str]:
    mark = line[:1] if line.startswith(MARKS) else ""
    text = line.removeprefix(f"{mark} ") if mark else line
    return {"mark": mark, "text": text, "tone": DOWN if mark == "▼" else UP}


def _ranking(top: TopCreators, numbers: Numbers) -> dict[str, Any]:
    rows = [
        {
            "rank": row.rank,
            "name": one_line(row.name),
            "value": numbers.value(row.value, top.unit),
            "mark": sentences.mark(row.movement),
            "tone": _of_movement(row.movement),
        }
        for row in top.rows
    ]
    notes = [*sentences.dropped_out(top)] if top.rows else [words.NOBODY_RANKED]
    return {"title": one_line(words.creators_title(top)), "rows": rows, "notes": notes}


def _of_movement(movement: Movement | None) -> str:
    match movement:
        case New():
            return UP
        case Moved(by):
            return UP if by > 0 else DOWN
        case _:
            return SOFT


def _videos(digest: Digest, numbers: Numbers) -> Iterator[dict[str, str | None]]:
    for one in digest.videos:
        link = one.url or ""
        fits = link.startswith("https://") and len(link) <= LONGEST_LINK
        yield {"text": sentences.video(one, numbers), "url": link if fits else None}


def _window(digest: Digest, numbers: Numbers) -> Iterator[str]:
    if digest.window:
        start, end = (numbers.short_day(day) for day in (digest.window.start, digest.window.end))
        yield f"The accounts' own numbers: {start} to {end}, whole days in UTC."
