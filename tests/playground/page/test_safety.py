"""Whatever stands in a block, the page's own tags and attributes are all that a browser finds."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.playground.page.blocks import render_blocks
from bot.playground.page.mrkdwn import render_mrkdwn
from tests.playground.page.examples import BLOCKS, VIEWER, Page, read

MRKDWN_TAGS = {"a", "b", "blockquote", "br", "code", "i", "pre", "s", "span", "time"}
# fmt: off
TAGS = MRKDWN_TAGS | {
    "button", "caption", "circle", "desc", "div", "figcaption", "figure", "h3", "h4", "hr",
    "img", "input", "label", "legend", "li", "line", "mark", "ol", "optgroup", "option", "p",
    "path", "polygon", "polyline", "rect", "select", "svg", "table", "tbody", "td", "text",
    "textarea", "th", "thead", "title", "tr", "u", "ul",
}
# fmt: on
# fmt: off
ATTRIBUTES = {
    "alt", "aria-describedby", "aria-hidden", "aria-invalid", "aria-label", "aria-labelledby",
    "autofocus", "checked", "class", "cx", "cy", "d", "data-action", "data-block",
    "data-channel", "data-confirm", "data-dispatch", "data-most", "data-order",
    "data-page-size", "data-required", "data-type", "data-url", "data-value", "datetime", "dy",
    "fill", "for", "height", "href", "id", "label", "loading", "max", "maxlength", "min",
    "minlength", "name", "placeholder", "points", "r", "referrerpolicy", "rel", "required",
    "role", "rows", "rx", "scope", "selected", "src", "start", "step", "tabindex", "target",
    "text-anchor", "transform", "type", "value", "viewbox", "width", "x", "x1", "x2", "y", "y1",
    "y2",
}
# fmt: on
SAFE = ("http://", "https://", "mailto:")
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "--><svg/onload=alert(1)>",
    "</textarea></select></title><script>",
    "javascript:alert(1)",
    "<javascript:alert(1)|x>",
    "<https://a.b/\"onclick='x'|</a>>",
    '<!date^1^{time}^https://a.b/"onclick="x|<b>>',
    "<@<b>> <#<i>> <!<u>>",
    "&lt;script&gt; &#60;script&#62; &amp;lt;b&amp;gt;",
    "{{ 7 * 7 }} {% raw %}",
    "\x00\u2028\x0b",
)
texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(),
    st.lists(st.sampled_from([*HOSTILE, *'*_~`<>|&;:"\n']), max_size=6).map("".join),
)


def assert_ours(page: Page, tags: set[str]) -> None:
    """No tag, attribute, address or comment but those that the page draws with."""
    assert {tag for tag, _ in page.tags} <= tags
    for _, attributes in page.tags:
        assert set(attributes) <= ATTRIBUTES
        for name in ("href", "src"):
            assert (attributes.get(name) or SAFE[0]).lower().startswith(SAFE)
        if "href" in attributes:
            assert attributes["rel"] == "noopener noreferrer"
    assert page.comments == []


def spoilt(value: Any, text: str) -> Any:  # noqa: ANN401 -- blocks are whatever Slack takes
    """``value`` with ``text`` put into every text in it; the same texts stay the same."""
    if isinstance(value, dict):
        return {
            key: inner if key == "type" else spoilt(inner, text) for key, inner in value.items()
        }
    if isinstance(value, list):
        return [spoilt(inner, text) for inner in value]
    return f"{value}{text}" if isinstance(value, str) else value


@given(texts)
@example("<a*b*c>")
def test_mrkdwn(text: str) -> None:
    """A text alone."""
    assert_ours(read(render_mrkdwn(text, VIEWER)), MRKDWN_TAGS)


@settings(deadline=None, max_examples=40)
@given(texts)
def test_blocks(text: str) -> None:
    """In every place of every block, its ids included, and in the error below it."""
    clean = render_blocks(list(BLOCKS), VIEWER)
    blocks = spoilt(list(BLOCKS), text)
    errors = {block.get("block_id", ""): text for block in blocks}
    page = read(render_blocks(blocks, VIEWER, errors=errors))
    assert_ours(page, TAGS)
    assert_ours(read(clean), TAGS)


@settings(deadline=None, max_examples=20)
@given(texts)
def test_what_is_typed(text: str) -> None:
    """In what people have put into a window."""
    values = {
        block["block_id"]: {"a": dict.fromkeys(("value", "selected_time", "selected_date"), text)}
        for block in BLOCKS
        if block["type"] == "input"
    }
    assert_ours(read(render_blocks(list(BLOCKS), VIEWER, values=values)), TAGS)


def test_ids_are_unique() -> None:
    """Every id stands once, and whatever points to one finds it."""
    inputs = [block for block in BLOCKS if block["type"] == "input"]
    page = read(
        render_blocks(inputs, VIEWER, errors={block["block_id"]: "Wrong." for block in inputs})
    )
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    pointed = [
        one
        for _, attributes in page.tags
        for name in ("for", "aria-labelledby", "aria-describedby")
        for one in (attributes.get(name) or "").split()
    ]
    assert len(pointed) == 3 * len(inputs)
    assert set(pointed) <= set(ids)
