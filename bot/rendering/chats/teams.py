"""For a Microsoft Teams workflow: an Adaptive Card in a message.

The wrapper and the 28 KB of a message are Microsoft's (learn.microsoft.com, /microsoftteams/
platform/webhooks-and-connectors/how-to/connectors-using). Every word of somebody else's stands in a
``TextRun``, in which no Markdown is read (/adaptive-cards/schema-explorer/text-run), and nothing is
a mention without an entity of its own.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from bot.digest.model import Digest, TopVideo
from bot.rendering import sentences, words
from bot.rendering.blocks import LONGEST_LINK
from bot.rendering.chats.escaping import plain
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers

VERSION: Final = "1.4"
BODY: Final = 24_000
"""Bytes of the card's elements; the message may have 28 KB, its frame included."""

Json = dict[str, Any]


def render_teams(digest: Digest, numbers: Numbers) -> Json:
    """``digest`` as a message with one card."""
    return _message(_fitting(list(_elements(digest, numbers))))


def message(lines: Sequence[str]) -> Json:
    """``lines`` of plain text as a message with one card."""
    return _message([_line(_run(line)) for line in lines])


def _message(body: Sequence[Json]) -> Json:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": VERSION,
        "msteams": {"width": "Full"},
        "body": list(body),
    }
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": card,
            }
        ],
    }


def _elements(digest: Digest, numbers: Numbers) -> Iterator[Json]:
    yield _line(_run(words.title(digest), size="Large", weight="Bolder"))
    for figure in words.shown(digest):
        value = _run(words.figure(figure, numbers), weight="Bolder")
        yield _line(_run(f"{one_line(figure.label)}: "), value)
    if more := words.left_out(digest):
        yield _line(_run(more))
    yield from _paragraph(list(sentences.story(digest, numbers)))
    if top := digest.top_creators:
        yield _heading(words.creators_title(top))
        yield from (_line(_run(line)) for line in sentences.ranking(top, numbers))
    if digest.trend:
        yield from _paragraph([sentences.trend(digest, numbers)])
    if digest.videos:
        yield _heading(sentences.TOP_VIDEOS)
        yield from _videos(digest.videos, numbers)
    yield from _paragraph(list(words.missing(digest)), italic=True)
    foot = [*sentences.small_print(digest, numbers), words.comparison(digest.period)]
    said = f"{' '.join(foot)} {words.fetched(digest, numbers)}."
    yield from _paragraph([said], isSubtle=True, size="Small")


def _videos(videos: Sequence[TopVideo], numbers: Numbers) -> Iterator[Json]:
    for place, one in enumerate(videos, start=1):
        link = one.url if one.url and len(one.url) <= LONGEST_LINK else None
        opens = {"selectAction": {"type": "Action.OpenUrl", "url": link}} if link else {}
        yield _line(_run(f"{place}. "), _run(sentences.video(one, numbers), **opens))


def _heading(text: str) -> Json:
    return _line(_run(text, weight="Bolder")) | {"spacing": "Medium"}


def _paragraph(lines: Sequence[str], **how: object) -> Iterator[Json]:
    """``lines`` close together, and apart from what comes before."""
    for number, line in enumerate(lines):
        yield _line(_run(line, **how)) | {"spacing": "None" if number else "Medium"}


def _line(*runs: Json) -> Json:
    return {"type": "RichTextBlock", "spacing": "None", "inlines": list(runs)}


def _run(text: str, **how: object) -> Json:
    return {"type": "TextRun", "text": plain(text), **how}


def _fitting(elements: Sequence[Json]) -> list[Json]:
    """As many whole ``elements`` as fit; the last one says how many are left out."""
    kept: list[Json] = []
    spent = 0
    for position, element in enumerate(elements):
        spent += len(json.dumps(element)) + len(", ")
        if spent > BODY:
            more = len(elements) - position
            return [*kept, _line(_run(f"… and {more} more line{'' if more == 1 else 's'}"))]
        kept.append(element)
    return kept
