"""Each block as HTML, whole."""

from typing import Any

import pytest

from bot.playground.page.blocks import render_blocks
from tests.playground.page.examples import (
    BLOCKS,
    RICH,
    VIEWER,
    element,
    line,
    mrkdwn,
    number,
    options,
    plain,
    question,
    raw,
    read,
    rich,
    row,
    written,
)

PRESS = element("button", text=plain("Press"), value="v")
BUTTON = (
    '<button type="button" class="bk-button bk-default" data-action="a" data-block="{}"'
    ' data-type="button" data-value="v">Press</button>'
)


def drawn(block: dict[str, Any], **more: Any) -> str:  # noqa: ANN401
    """The HTML of one block, without what stands around every block."""
    html = str(render_blocks([block], VIEWER, **more))
    head, tail = '<div class="bk-blocks">\n<div class="bk-block">', "</div>\n</div>"
    assert html.startswith(head)
    assert html.endswith(tail)
    return html[len(head) : -len(tail)]


@pytest.mark.parametrize(
    ("block", "html"),
    [
        (
            {"type": "header", "text": plain("Recap & more :tada:")},
            '<h3 class="bk-header">Recap &amp; more 🎉</h3>',
        ),
        (
            {"type": "header", "text": plain("Small"), "level": 4},
            '<h6 class="bk-header">Small</h6>',
        ),
        (
            {"type": "section", "text": mrkdwn("*a*\nb")},
            '<div class="bk-section"><div class="bk-body">'
            '<div class="bk-text"><b>a</b><br>b</div></div></div>',
        ),
        (
            {"type": "section", "text": plain("*a*"), "accessory": PRESS, "block_id": "s"},
            '<div class="bk-section"><div class="bk-body"><div class="bk-text">*a*</div></div>'
            f'<div class="bk-accessory">{BUTTON.format("s")}</div></div>',
        ),
        (
            {"type": "section", "fields": [mrkdwn("*a*"), plain("1")]},
            '<div class="bk-section"><div class="bk-body"><div class="bk-fields">'
            '<div class="bk-text"><b>a</b></div><div class="bk-text">1</div></div></div></div>',
        ),
        (
            {"type": "context", "elements": [mrkdwn("_a_"), {"type": "image", "alt_text": "B"}]},
            '<div class="bk-context"><div class="bk-text"><i>a</i></div>'
            '<div class="bk-text"><span class="bk-picture" role="img" aria-label="B">🖼</span>'
            "</div></div>",
        ),
        (
            {"type": "actions", "elements": [PRESS]},
            f'<div class="bk-actions">{BUTTON.format("")}</div>',
        ),
        ({"type": "divider"}, "<hr>"),
        (
            {
                "type": "image",
                "image_url": "https://a.b/c",
                "alt_text": "C & D",
                "title": plain("T"),
            },
            '<figure class="bk-image"><figcaption>T</figcaption><img src="https://a.b/c"'
            ' alt="C &amp; D" loading="lazy" referrerpolicy="no-referrer"></figure>',
        ),
        (
            {"type": "image", "image_url": "javascript:x", "alt_text": "C"},
            '<figure class="bk-image"><div class="bk-unknown">C</div></figure>',
        ),
        (
            {"type": "card", "title": plain("x")},
            '<div class="bk-unknown">Slack would show a card block here</div>',
        ),
        (
            {"type": "data_visualization", "title": "x", "chart": {"type": "map"}},
            '<div class="bk-unknown">Slack would show a map chart block here</div>',
        ),
        (
            row({"type": "workflow_button", "text": plain("x")}),
            '<div class="bk-actions">'
            '<div class="bk-unknown">Slack would show a workflow_button element here</div></div>',
        ),
    ],
)
def test_block(block: dict[str, Any], html: str) -> None:
    """What Slack was sent, and what the browser gets."""
    assert drawn(block) == html


def test_question() -> None:
    """Its label, its hint, and the sentence below it, which a screen reader finds as well."""
    block = question(element("plain_text_input"), hint=plain("One *line*."), dispatch_action=True)
    assert drawn(block, errors={"b": "Too <long>."}) == (
        '<div class="bk-input" data-block="b" data-dispatch="" data-required="">'
        '<label class="bk-label" for="bk-b-a">Label</label>'
        '<input id="bk-b-a" name="bk-b-a" data-action="a" data-block="b"'
        ' data-type="plain_text_input" aria-describedby="bk-b-a-hint bk-b-a-error"'
        ' aria-invalid="true" required="" type="text" value="">'
        '<p class="bk-hint" id="bk-b-a-hint">One *line*.</p>'
        '<p class="bk-error" role="alert" id="bk-b-a-error">Too &lt;long&gt;.</p></div>'
    )
    assert drawn(question(element("plain_text_input"), optional=True)) == (
        '<div class="bk-input" data-block="b"><label class="bk-label" for="bk-b-a">Label'
        ' <span class="bk-optional">(optional)</span></label>'
        '<input id="bk-b-a" name="bk-b-a" data-action="a" data-block="b"'
        ' data-type="plain_text_input" type="text" value=""></div>'
    )


def test_question_of_several() -> None:
    """The label names the group; the error marks what can be ticked."""
    made = element("checkboxes", options=options("One"))
    assert drawn(question(made), errors={"b": "Choose one."}) == (
        '<div class="bk-input" data-block="b" data-required="">'
        '<div class="bk-label" id="bk-b-a-label">Label</div>'
        '<div class="bk-group bk-checks" role="group" id="bk-b-a" data-action="a" data-block="b"'
        ' data-type="checkboxes" aria-labelledby="bk-b-a-label" aria-describedby="bk-b-a-error">'
        '<label class="bk-choice"><input type="checkbox" name="bk-b-a" value="one"'
        ' aria-invalid="true"><span class="bk-text">One</span></label></div>'
        '<p class="bk-error" role="alert" id="bk-b-a-error">Choose one.</p></div>'
    )


def test_error_below_another_block() -> None:
    """It stands below whatever block it names."""
    block = {**row(PRESS), "block_id": "r"}
    html = f'<div class="bk-actions">{BUTTON.format("r")}</div>'
    assert drawn(block, errors={"r": "No."}) == f'{html}<p class="bk-error" role="alert">No.</p>'
    assert drawn(block, errors={"other": "No."}) == html


def test_rich_text() -> None:
    """Sections, lists, quotes and preformatted text, with every element in them."""
    assert drawn(RICH) == (
        '<div class="bk-line"><b><i><s><code>all</code></s></i></b>'
        '<a href="https://example.com/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">'
        "here</a>javascript:alert(1)🎉👍🏻:nobody_knows:"
        '<span class="bk-mention bk-mention-me">@mia</span>'
        '<span class="bk-mention" data-channel="C1">#marketing</span>'
        '<span class="bk-mention">@S1</span>'
        '<span class="bk-mention bk-mention-me">@here</span>'
        '<a href="https://example.com" target="_blank" rel="noopener noreferrer">'
        '<time datetime="1970-01-01T01:00:00+01:00">1970-01-01</time></a>long ago'
        '<svg class="bk-swatch" viewBox="0 0 10 10" aria-hidden="true">'
        '<rect width="10" height="10" rx="2" fill="#ff8800"></rect></svg>#ff8800url(#x)new</div>'
        '<ul class="bk-list bk-indent-0 bk-bar"><li><div class="bk-line">one</div></li></ul>'
        '<ol class="bk-list bk-indent-1" start="3"><li><div class="bk-line">three</div></li></ol>'
        "<blockquote>said</blockquote><pre>a<br>  b</pre>"
    )


def test_data_table() -> None:
    """Numbers to the right, each row named by its own cell; the caption names the box."""
    block = {
        "type": "data_table",
        "caption": "Top <5>",
        "rows": [[raw("#"), raw("Name")], [number(1.5, "1.5K"), raw("Mia")]],
        "page_size": 10,
        "row_header_column_index": 1,
    }
    assert drawn(block) == (
        '<div class="bk-table" role="group" tabindex="0" aria-label="Top &lt;5&gt;">'
        '<table data-page-size="10"><caption>Top &lt;5&gt;</caption><thead><tr>'
        '<th scope="col" class="bk-right">#</th><th scope="col">Name</th></tr></thead><tbody>'
        '<tr><td class="bk-right" data-value="1.5">1.5K</td><th scope="row">Mia</th></tr>'
        "</tbody></table></div>"
    )


def test_table() -> None:
    """The first row is its head; columns stand as the app says."""
    block = {
        "type": "table",
        "column_settings": [{"align": "center"}, None],
        "rows": [[raw("A"), raw("B")], [raw("1"), rich(line(written("2", bold=True)))]],
    }
    assert drawn(block) == (
        '<div class="bk-table" role="group" tabindex="0" aria-label="Table"><table><thead><tr>'
        '<th scope="col" class="bk-center">A</th><th scope="col">B</th></tr></thead><tbody>'
        '<tr><td class="bk-center">1</td><td><div class="bk-line"><b>2</b></div></td></tr>'
        "</tbody></table></div>"
    )


def test_several_blocks() -> None:
    """One below the other; none of a kind that is drawn is taken for an unknown one."""
    html = str(render_blocks([{"type": "divider"}, {"type": "divider"}], VIEWER))
    one = '<div class="bk-block"><hr></div>\n'
    assert html == f'<div class="bk-blocks">\n{one}{one}</div>'
    known = read(render_blocks(list(BLOCKS), VIEWER))
    assert "Slack would show" not in known.text


def test_ids_have_no_space() -> None:
    """An id with white space or a hyphen in it stays one id, and its own."""
    blocks = [
        {**question(element("plain_text_input")), "block_id": name}
        for name in ("a b", "a-b", "a%20b", "a")
    ]
    page = read(render_blocks(blocks, VIEWER))
    ids = [attributes["id"] for tag, attributes in page.tags if tag == "input"]
    assert ids == ["bk-a%20b-a", "bk-a%2Db-a", "bk-a%2520b-a", "bk-a-a"]
