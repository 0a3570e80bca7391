"""Slack's ``rich_text``: what its own composer writes, and what cells of tables may hold."""

import re
from collections.abc import Callable
from typing import Final

from markupsafe import Markup, escape

from bot.playground.page import mentions
from bot.playground.page.dates import moment
from bot.playground.page.emoji import EMOJI, emoji
from bot.playground.page.links import link
from bot.playground.page.markup import Json
from bot.playground.page.mrkdwn import BREAK
from bot.playground.page.viewer import Viewer

TAGS: Final = {
    "code": "code",
    "strike": "s",
    "underline": "u",
    "italic": "i",
    "bold": "b",
    "highlight": "mark",
    "client_highlight": "mark",
}
"""The tag of each style, from the innermost to the outermost."""

DEEPEST: Final = 8
HEX: Final = re.compile(r"#[0-9a-fA-F]{3,8}")
COLOUR: Final = Markup(
    '<svg class="bk-swatch" viewBox="0 0 10 10" aria-hidden="true">'
    '<rect width="10" height="10" rx="2" fill="{0}"></rect></svg>{0}'
)


def render_rich_text(block: Json, viewer: Viewer) -> Markup:
    """A ``rich_text`` block's sections, lists, preformatted texts and quotes."""
    return Markup().join(_part(part, viewer) for part in block.get("elements", []))


def _part(part: Json, viewer: Viewer) -> Markup:
    kind = part.get("type")
    if kind == "rich_text_list":
        return _list(part, viewer)
    inside = Markup().join(_element(one, viewer) for one in part.get("elements", []))
    match kind:
        case "rich_text_preformatted":
            return Markup("<pre>{}</pre>").format(inside)
        case "rich_text_quote":
            return Markup("<blockquote>{}</blockquote>").format(inside)
        case _:
            return Markup('<div class="bk-line">{}</div>').format(inside)


def _list(part: Json, viewer: Viewer) -> Markup:
    items = Markup().join(
        Markup("<li>{}</li>").format(_part(one, viewer)) for one in part.get("elements", [])
    )
    indent = min(int(part.get("indent", 0)), DEEPEST)
    classes = f"bk-list bk-indent-{indent}{' bk-bar' if part.get('border') else ''}"
    if part.get("style") != "ordered":
        return Markup('<ul class="{}">{}</ul>').format(classes, items)
    start = int(part.get("offset", 0)) + 1
    return Markup('<ol class="{}" start="{}">{}</ol>').format(classes, start, items)


def _element(element: Json, viewer: Viewer) -> Markup:
    made = ELEMENTS.get(str(element.get("type")), _unknown)(element, viewer)
    style = element.get("style")
    for name, tag in TAGS.items():
        if isinstance(style, dict) and style.get(name):
            made = Markup("<{0}>{1}</{0}>").format(Markup(tag), made)  # noqa: S704 -- ours
    return made


def _lines(text: str) -> Markup:
    return BREAK.join(map(escape, text.split("\n")))


def _text(element: Json, _viewer: Viewer) -> Markup:
    return _lines(element.get("text", ""))


def _link(element: Json, _viewer: Viewer) -> Markup:
    url = element.get("url", "")
    text = _lines(element.get("text") or url)
    return link(url, text) or text


def _emoji(element: Json, _viewer: Viewer) -> Markup:
    name = element.get("name", "")
    try:
        given = "".join(chr(int(one, 16)) for one in element.get("unicode", "").split("-"))
    except (ValueError, OverflowError):
        given = emoji(name)
    return escape(EMOJI.get(name, given))


def _date(element: Json, viewer: Viewer) -> Markup:
    shown = moment(int(element.get("timestamp", 0)), element.get("format", ""), viewer)
    shown = shown or escape(element.get("fallback", ""))
    return link(element.get("url", ""), shown) or shown


def _colour(element: Json, _viewer: Viewer) -> Markup:
    value = str(element.get("value", ""))
    return COLOUR.format(value) if HEX.fullmatch(value) else escape(value)


def _unknown(element: Json, _viewer: Viewer) -> Markup:
    return escape(element.get("text", ""))


ELEMENTS: Final[dict[str, Callable[[Json, Viewer], Markup]]] = {
    "text": _text,
    "link": _link,
    "emoji": _emoji,
    "date": _date,
    "color": _colour,
    "user": lambda element, viewer: mentions.user(element.get("user_id", ""), viewer),
    "channel": lambda element, viewer: mentions.channel(element.get("channel_id", ""), viewer),
    "usergroup": lambda element, _: mentions.group(element.get("usergroup_id", "")),
    "broadcast": lambda element, _: mentions.broadcast(element.get("range", "")),
}
