"""Slack's mrkdwn as HTML: what Slack gives a meaning to, and nothing more."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from markupsafe import Markup, escape

from bot.playground.page import mentions
from bot.playground.page.dates import moment
from bot.playground.page.emoji import with_emoji
from bot.playground.page.links import link
from bot.playground.page.viewer import Viewer

BREAK: Final = Markup("<br>")
PRE: Final = re.compile(r"```(.+?)```", re.DOTALL)
ENTITY: Final = re.compile(r"&(amp|lt|gt);")
ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">"}
QUOTE: Final = re.compile(r"(?:>|&gt;) ?")
REST: Final = re.compile(r"(?:>>>|(?:&gt;){3}) ?")

STYLES: Final = {"bold": "b", "italic": "i", "strike": "s"}
MARKS: Final = {"bold": r"\*", "italic": "_", "strike": "~"}


def _span(name: str, mark: str) -> str:
    """Text between two marks: none of them within a word, and no white space inside of them.

    A zero-width space counts as white space: that is how the app takes a mark's meaning away.
    """
    inner = rf"(?:<[^<>\n]*>|[^{mark}\n<])+?"
    return rf"(?<![^\W_]){mark}(?![\s\u200b])(?P<{name}>{inner})(?<![\s\u200b]){mark}(?![^\W_])"


INLINE: Final = re.compile(
    "|".join(
        (
            r"`(?P<code>[^`\n\u200b][^`\n]*)`",
            r"<(?P<token>[^<>\n]+)>",
            *(_span(name, mark) for name, mark in MARKS.items()),
        )
    )
)
DATE: Final = re.compile(r"!date\^(-?\d{1,15})\^([^^|]+)(?:\^([^|]+))?(?:\|(.*))?")
SPECIAL: Final = re.compile(r"([@#!])([^|^]+)(?:\^([^|]*))?(?:\|(.*))?")
BROADCASTS: Final = frozenset({"channel", "here", "everyone"})


def render_mrkdwn(text: str, viewer: Viewer) -> Markup:
    """``text`` as ``viewer`` reads it."""
    return Markup().join(_parts(text, viewer))


def plain_text(text: str) -> Markup:
    """A text without markup: its emoji and its lines."""
    return BREAK.join(escape(line) for line in with_emoji(text).split("\n"))


def _parts(text: str, viewer: Viewer) -> Iterator[Markup]:
    """Preformatted text, which has its lines for itself, and what stands around it."""
    parts = PRE.split(text)
    last = len(parts) - 1
    for place, part in enumerate(parts):
        if place % 2:
            yield Markup("<pre>{}</pre>").format(_literal(part).strip("\n"))
        else:
            around = part.removeprefix("\n") if place else part
            around = around.removesuffix("\n") if place < last else around
            yield _quotes(around, viewer)


def _quotes(text: str, viewer: Viewer) -> Markup:
    made = Markup()
    for quoted, lines in groupby(_lines(text), key=lambda line: line[0]):
        body = BREAK.join(_inline(line, viewer) for _, line in lines)
        made += Markup("<blockquote>{}</blockquote>").format(body) if quoted else body
    return made


def _lines(text: str) -> Iterator[tuple[bool, str]]:
    """Every line, and whether it is quoted; after ``>>>`` all the rest is."""
    rest = False
    for line in text.split("\n"):
        if not rest and (mark := REST.match(line)):
            rest = True
            yield True, line[mark.end() :]
        elif not rest and (mark := QUOTE.match(line)):
            yield True, line[mark.end() :]
        else:
            yield rest, line


def _inline(text: str, viewer: Viewer) -> Markup:
    made, at = Markup(), 0
    for found in INLINE.finditer(text):
        made += _words(text[at : found.start()]) + _styled(found, viewer)
        at = found.end()
    return made + _words(text[at:])


def _styled(found: re.Match[str], viewer: Viewer) -> Markup:
    kind = str(found.lastgroup)
    inner = found[kind]
    if kind == "token":
        return _token(inner, viewer)
    if kind == "code":
        return Markup("<code>{}</code>").format(_literal(inner))
    tag = Markup(STYLES[kind])  # noqa: S704 -- one of three
    return Markup("<{0}>{1}</{0}>").format(tag, _inline(inner, viewer))


def _token(token: str, viewer: Viewer) -> Markup:
    """What stands between ``<`` and ``>``; text as it is where Slack has no meaning for it."""
    if date := DATE.fullmatch(token):
        return _date(date, viewer)
    if special := SPECIAL.fullmatch(token):
        return _special(special, viewer)
    url, _, label = token.partition("|")
    made = link(_literal(url), _words(label or url.removeprefix("mailto:")))
    return made or escape(f"<{_literal(token)}>")


def _date(date: re.Match[str], viewer: Viewer) -> Markup:
    seconds, template, url, fallback = date.groups()
    shown = moment(int(seconds), _literal(template), viewer) or _words(fallback or "")
    return (link(_literal(url), shown) if url else None) or shown


def _special(special: re.Match[str], viewer: Viewer) -> Markup:
    sign, name, more, label = special.groups(default="")
    label = _literal(label)
    match sign, name:
        case "@", _:
            return mentions.user(name, viewer, label)
        case "#", _:
            return mentions.channel(name, viewer, label)
        case "!", "subteam":
            return mentions.group(more, label)
        case "!", _ if name in BROADCASTS:
            return mentions.broadcast(name)
        case _:
            return escape(label or f"<{special[0]}>")


def _words(text: str) -> Markup:
    return escape(_literal(with_emoji(text)))


def _literal(text: str) -> str:
    """``text`` without Slack's three escapes, and without any other."""
    return ENTITY.sub(lambda found: ENTITIES[found[1]], text)
