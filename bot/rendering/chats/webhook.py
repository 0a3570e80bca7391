"""For a webhook of anybody's: ``{"text": …}``, which most chats take, and the digest as JSON.

There is no limit that holds for all; ``WHOLE`` is below what the chats are known to take.

The whole digest stands under ``digest`` where it is asked for. Its ``schema`` is 1; new keys may
come without a new number. What is unknown is null, a 0 was measured, a rate is in percent, a change
of kind ``percent`` a fraction. Names and titles are as people typed them, on one line: whoever
shows them has to escape them.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

from bot.digest.facts import Call, Number
from bot.digest.freshness import Coverage
from bot.digest.model import (
    Change,
    Difference,
    Digest,
    Disagreement,
    Figure,
    NoChange,
    Percent,
    RankedCreator,
    Times,
    TopCreators,
    TopVideo,
)
from bot.digest.movers import Mover, Movers
from bot.digest.standings import Moved, Movement
from bot.rendering import sentences, words
from bot.rendering.chats.escaping import literal
from bot.rendering.limits import whole_lines
from bot.rendering.markdown import markdown_lines
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers

WHOLE: Final = 16_000
"""Bytes of the text."""

LONGEST: Final = 500
SCHEMA: Final = 1

Json = dict[str, Any]


def render_webhook(digest: Digest, numbers: Numbers) -> Json:
    """``digest`` as Markdown under ``text``."""
    return {"text": whole_lines(list(markdown_lines(digest, numbers, literal)), WHOLE)}


def render_json(digest: Digest, numbers: Numbers) -> Json:
    """The same, and all of ``digest`` under ``digest``."""
    return render_webhook(digest, numbers) | {"digest": _digest(digest, numbers)}


def _digest(digest: Digest, numbers: Numbers) -> Json:
    window, top = digest.window, digest.top_creators
    return {
        "schema": SCHEMA,
        "title": words.title(digest),
        "period": digest.period.value,
        "days": digest.period.days,
        "platform": digest.platform and digest.platform.value,
        "built_at": digest.built_at.isoformat(),
        "window": window and {"start": window.start.isoformat(), "end": window.end.isoformat()},
        "figures": [_figure(one) for one in digest.figures],
        "story": list(sentences.story(digest, numbers)),
        "quiet": digest.quiet,
        "top_creators": top and _top(top),
        "movers": digest.movers and _movers(digest.movers),
        "coverage": digest.coverage and _coverage(digest.coverage),
        "trend": [
            {"end": point.end.isoformat(), "views": _number(point.views)} for point in digest.trend
        ],
        "videos": [_video(one) for one in digest.videos],
        "missing": [
            {"part": _text(one.part), "because": _text(one.because)} for one in digest.missing
        ],
        "disagreements": [_disagreement(one) for one in digest.disagreements],
        "sums": {key: _number(value) for key, value in digest.sums.items()},
        "partial": digest.partial,
        "notes": _texts(digest.receipt.notes),
        "calls": [_call(one) for one in digest.receipt.calls],
    }


def _figure(one: Figure) -> Json:
    return {
        "key": _text(one.key),
        "label": _text(one.label),
        "unit": one.unit.value,
        "current": _number(one.current),
        "previous": _number(one.previous),
        "compared": _number(one.compared),
        "change": one.change and _change(one.change),
        "source": _text(one.source),
    }


def _change(change: Change) -> Json:
    match change:
        case NoChange():
            return {"kind": "none", "by": 0}
        case Percent(by=by):
            return {"kind": "percent", "by": _number(by)}
        case Times(factor=factor):
            return {"kind": "times", "by": _number(factor)}
        case Difference(by=by):
            return {"kind": "difference", "by": _number(by)}
        case _:
            return {"kind": "points", "by": _number(change.by)}


def _top(top: TopCreators) -> Json:
    return {
        "by": top.metric,
        "unit": top.unit.value,
        "rows": [_row(row) for row in top.rows],
        "further_rows": [_row(row) for row in top.rest],
        "dropped_out": _texts(top.out),
    }


def _row(row: RankedCreator) -> Json:
    return {
        "rank": row.rank,
        "name": _text(row.name),
        "value": _number(row.value),
        "gain": _number(row.gain),
        "engagement": _number(row.engagement),
        "is_new": row.movement is not None and not isinstance(row.movement, Moved),
        "places_up": _places(row.movement),
    }


def _places(movement: Movement | None) -> int | None:
    return movement.by if isinstance(movement, Moved) else None


def _movers(movers: Movers) -> Json:
    return {
        "gains": [_mover(one) for one in movers.gains],
        "drops": [_mover(one) for one in movers.drops],
    }


def _mover(one: Mover) -> Json:
    return {
        "name": _text(one.name),
        "current": _number(one.current),
        "previous": _number(one.before),
    }


def _coverage(one: Coverage) -> Json:
    return {
        "of": one.of,
        "refreshed": one.refreshed,
        "stale": _texts(one.stale),
        "waiting": _texts(one.waiting),
        "paused": _texts(one.paused),
        "unavailable": _texts(one.unavailable),
    }


def _video(one: TopVideo) -> Json:
    return {
        "title": _text(one.title),
        "by": one.by and _text(one.by),
        "url": one.url,
        "views_gained": _number(one.views),
    }


def _disagreement(one: Disagreement) -> Json:
    return {
        "label": _text(one.label),
        "unit": one.unit.value,
        "printed": _number(one.printed),
        "source": _text(one.source),
        "other": _number(one.other),
        "other_source": _text(one.other_source),
    }


def _call(one: Call) -> Json:
    return {
        "endpoint": _text(one.endpoint),
        "fetched_at": one.fetched_at.isoformat(),
        "unchanged": one.unchanged,
        "request_id": one.request_id and _text(one.request_id),
    }


def _texts(several: Sequence[str]) -> list[str]:
    return [_text(one) for one in several]


def _text(text: str) -> str:
    return one_line(text, LONGEST)


def _number(value: Number | None) -> Number | None:
    """JSON has no infinity."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
