"""Who looks at the page in these tests, a block of every kind, and HTML taken apart."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from bot.playground.page.viewer import Viewer
from tests.examples import NOON

Json = dict[str, Any]

VIEWER = Viewer(
    user="U1",
    zone="Europe/Berlin",
    now=NOON,
    users={"U1": "mia", "U2": "kofi"},
    channels={"C1": "marketing", "C2": "a&b"},
)


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def element(kind: str, **more: Any) -> Json:  # noqa: ANN401
    return {"type": kind, "action_id": "a", **more}


def options(*names: str) -> list[Json]:
    return [{"text": plain(name), "value": name.lower()} for name in names]


def question(made: Json, **more: Any) -> Json:  # noqa: ANN401
    return {"type": "input", "block_id": "b", "label": plain("Label"), "element": made, **more}


def row(*made: Json) -> Json:
    return {"type": "actions", "block_id": "b", "elements": list(made)}


def chart(kind: str, categories: list[str], *, x: str = "", **series: list[float]) -> Json:
    """A line, bar or area chart of ``series``."""
    drawn = [
        {
            "name": name,
            "data": [
                {"label": label, "value": value}
                for label, value in zip(categories, values, strict=True)
            ],
        }
        for name, values in series.items()
    ]
    axes = {"categories": categories, **({"x_label": x, "y_label": "Y"} if x else {})}
    made = {"type": kind, "series": drawn, "axis_config": axes}
    return {"type": "data_visualization", "title": "Title", "chart": made}


def pie(**segments: float) -> Json:
    parts = [{"label": label, "value": value} for label, value in segments.items()]
    made = {"type": "pie", "segments": parts}
    return {"type": "data_visualization", "title": "Title", "chart": made}


def raw(text: str) -> Json:
    return {"type": "raw_text", "text": text}


def number(value: float, text: str) -> Json:
    return {"type": "raw_number", "value": value, "text": text}


def rich(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": list(parts)}


def line(*inside: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(inside)}


def written(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


RICH = rich(
    line(
        written("all", bold=True, italic=True, strike=True, code=True),
        {"type": "link", "url": "https://example.com/?a=1&b=2", "text": "here"},
        {"type": "link", "url": "javascript:alert(1)"},
        {"type": "emoji", "name": "tada"},
        {"type": "emoji", "name": "odd", "unicode": "1f44d-1f3fb"},
        {"type": "emoji", "name": "nobody_knows"},
        {"type": "user", "user_id": "U1"},
        {"type": "channel", "channel_id": "C1"},
        {"type": "usergroup", "usergroup_id": "S1"},
        {"type": "broadcast", "range": "here"},
        {"type": "date", "timestamp": 0, "format": "{date_num}", "url": "https://example.com"},
        {"type": "date", "timestamp": 10**18, "format": "{date_num}", "fallback": "long ago"},
        {"type": "color", "value": "#ff8800"},
        {"type": "color", "value": "url(#x)"},
        {"type": "news", "text": "new"},
    ),
    {"type": "rich_text_list", "style": "bullet", "border": 1, "elements": [line(written("one"))]},
    {
        "type": "rich_text_list",
        "style": "ordered",
        "indent": 1,
        "offset": 2,
        "elements": [line(written("three"))],
    },
    {"type": "rich_text_quote", "elements": [written("said")]},
    {"type": "rich_text_preformatted", "elements": [written("a\n  b")]},
)

CONFIRM = {
    "title": plain("Sure?"),
    "text": mrkdwn("Really *sure*"),
    "confirm": plain("Yes"),
    "deny": plain("No"),
    "style": "danger",
}
GROUPED = [{"label": plain("Group"), "options": options("One", "Two")}]

ELEMENTS = (
    element("button", text=plain("Press"), value="v", style="primary", confirm=CONFIRM),
    element("button", text=plain("Open"), url="https://example.com", accessibility_label="Go"),
    element("static_select", options=options("One", "Two"), placeholder=plain("Pick")),
    element("static_select", option_groups=GROUPED, initial_option=options("Two")[0]),
    element("multi_static_select", options=options("One", "Two"), placeholder=plain("All")),
    element("conversations_select", initial_conversation="C2"),
    element("channels_select", placeholder=plain("Where")),
    element("users_select", initial_user="U2"),
    element("radio_buttons", options=options("One", "Two"), initial_option=options("Two")[0]),
    element(
        "checkboxes",
        options=[{"text": mrkdwn("*One*"), "value": "one", "description": plain("first")}],
    ),
    element("timepicker", initial_time="09:00", timezone="Europe/Berlin"),
    element("datepicker", initial_date="2026-11-23"),
    element("plain_text_input", placeholder=plain("Type"), max_length=9, focus_on_load=True),
    element("plain_text_input", multiline=True, initial_value="a\nb"),
    element("number_input", is_decimal_allowed=True, min_value="1", initial_value="2.5"),
    element("email_text_input"),
    element("url_text_input"),
    element("overflow", options=[*options("Edit"), {**options("Go")[0], "url": "https://a.b"}]),
)

BLOCKS: tuple[Json, ...] = (
    {"type": "header", "text": plain("Head :tada:"), "level": 2},
    {
        "type": "section",
        "text": mrkdwn("*a* _b_ ~c~ `d` <https://e.f|g> <@U1> <#C1> <!here> :x:\n> h\n```i```"),
        "fields": [mrkdwn("*One*"), plain("1")],
        "accessory": {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A"},
    },
    {"type": "context", "elements": [mrkdwn("small"), {"type": "image", "alt_text": "B"}]},
    {"type": "divider"},
    {
        "type": "image",
        "image_url": "https://example.com/a.png",
        "alt_text": "C",
        "title": plain("T"),
    },
    {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "D"},
    RICH,
    {
        "type": "table",
        "column_settings": [{"align": "right"}],
        "rows": [[raw("One"), raw("Two")], [number(1, "1"), rich(line(written("b")))]],
    },
    {
        "type": "data_table",
        "caption": "Caption",
        "rows": [[raw("#"), raw("Name")], [number(1.5, "1.5"), raw("Mia")]],
        "row_header_column_index": 1,
    },
    chart("line", ["a", "b"], x="X", Views=[1, -2]),
    chart("bar", ["a", "b"], Views=[1, 2], Likes=[3, 4]),
    chart("area", ["a", "b"], Views=[1, 2]),
    pie(a=1, b=3),
    pie(a=1),
    row(*ELEMENTS),
    *(
        {**question(one, hint=plain("Hint")), "block_id": f"b{place}"}
        for place, one in enumerate(ELEMENTS)
        if one["type"] not in {"button", "overflow"}
    ),
)
"""Every kind of block, with every kind of element in a row and in a question."""


@dataclass
class Page(HTMLParser):
    """HTML as a browser would read it: its tags with their attributes, and its text."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_decl(self, decl: str) -> None:
        self.comments.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.comments.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def read(html: str) -> Page:
    page = Page()
    page.feed(str(html))
    page.close()
    return page
