"""mrkdwn as Slack reads it, and nothing that a person typed as HTML."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.page.mrkdwn import plain_text, render_mrkdwn
from bot.rendering.mrkdwn import inline_code, literal
from tests.playground.page.examples import VIEWER, read

ME = '<span class="bk-mention bk-mention-me">'
LINK = '<a href="https://a.b/?c=1&amp;d=2" target="_blank" rel="noopener noreferrer">'


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("*a* _b_ ~c~", "<b>a</b> <i>b</i> <s>c</s>"),
        ("*_a_ b*", "<b><i>a</i> b</b>"),
        ("_*a*_", "<i><b>a</b></i>"),
        ("a*b*c total_views_now 2~3~4", "a*b*c total_views_now 2~3~4"),
        ("* a* *b * **", "* a* *b * **"),
        ("*a\nb*", "*a<br>b*"),
        ("*\u200ba*\u200b", "*\u200ba*\u200b"),
        ("(*a*), *b*.", "(<b>a</b>), <b>b</b>."),
        ("`a *b* &lt;c&gt; <@U1>`", "<code>a *b* &lt;c&gt; &lt;@U1&gt;</code>"),
        ("a\n```\n*b*\n  c```\nd", "a<pre>*b*\n  c</pre>d"),
        ("```a```", "<pre>a</pre>"),
        ("> a\n&gt; *b*\nc", "<blockquote>a<br><b>b</b></blockquote>c"),
        (">>> a\nb", "<blockquote>a<br>b</blockquote>"),
        ("a > b &gt; c", "a &gt; b &gt; c"),
        ("&amp;lt; &quot; &#60;", "&amp;lt; &amp;quot; &amp;#60;"),
        ("a  b\nc", "a  b<br>c"),
        (":warning: 09:00:30 :nobody:", "⚠️ 09:00:30 :nobody:"),
    ],
)
def test_formats(markup: str, shown: str) -> None:
    """Marks at the edges of words format; within words, and before a space, they are text."""
    assert render_mrkdwn(markup, VIEWER) == shown


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<https://a.b/?c=1&amp;d=2|e &amp; f>", f"{LINK}e &amp; f</a>"),
        ("<https://a.b/?c=1&amp;d=2>", f"{LINK}https://a.b/?c=1&amp;d=2</a>"),
        ("*<https://a.b/?c=1&amp;d=2|e*f>*", f"<b>{LINK}e*f</a></b>"),
        (
            "<mailto:a@b.c>",
            '<a href="mailto:a@b.c" target="_blank" rel="noopener noreferrer">a@b.c</a>',
        ),
        ("<javascript:alert(1)|a>", "&lt;javascript:alert(1)|a&gt;"),
        ("<data:text/html,x>", "&lt;data:text/html,x&gt;"),
        ("<https://a b|c>", "&lt;https://a b|c&gt;"),
        ("<b>", "&lt;b&gt;"),
        ("<", "&lt;"),
        ("<@U1>", f"{ME}@mia</span>"),
        ("<@U2|x>", '<span class="bk-mention">@kofi</span>'),
        ("<@U9|zoe>", '<span class="bk-mention">@zoe</span>'),
        ("<@U9>", '<span class="bk-mention">@U9</span>'),
        ("<#C2>", '<span class="bk-mention" data-channel="C2">#a&amp;b</span>'),
        ("<#C9|x>", '<span class="bk-mention" data-channel="C9">#x</span>'),
        ("<#C9>", '<span class="bk-mention">🔒 private channel</span>'),
        ("<!channel>", f"{ME}@channel</span>"),
        ("<!here|here>", f"{ME}@here</span>"),
        ("<!subteam^S1|@team>", '<span class="bk-mention">@team</span>'),
        ("<!subteam^S1>", '<span class="bk-mention">@S1</span>'),
        ("<!other|a &amp; b>", "a &amp; b"),
        ("<!other>", "&lt;!other&gt;"),
    ],
)
def test_links_and_mentions(markup: str, shown: str) -> None:
    """Names by id, links only to the web and to mail."""
    assert render_mrkdwn(markup, VIEWER) == shown


def test_dates() -> None:
    """In the viewer's zone; linked where a link is given, and the fallback where it can't be."""
    shown = '<time datetime="2026-11-23T10:00:00+01:00">Today at 10:00 AM</time>'
    date = "<!date^1795424400^{date_short_pretty} at {time}"
    assert render_mrkdwn(f"{date}|x>", VIEWER) == shown
    assert render_mrkdwn(f"{date}^https://a.b/?c=1&amp;d=2|x>", VIEWER) == f"{LINK}{shown}</a>"
    assert render_mrkdwn(f"{date}^javascript:x|x>", VIEWER) == shown
    assert render_mrkdwn("<!date^999999999999999^{time}|a &amp; b>", VIEWER) == "a &amp; b"
    there = replace(VIEWER, zone="America/New_York", locale="de")
    assert read(render_mrkdwn(f"{date}|x>", there)).text == "Heute at 04:00"


def test_plain_text() -> None:
    """Emoji and lines, and no markup."""
    shown = "*a* &lt;@U1&gt; &amp;amp; 🎉<br>b"
    assert plain_text("*a* <@U1> &amp; :tada:\nb") == shown


@given(st.text())
def test_what_the_app_makes_literal(text: str) -> None:
    """Somebody else's text shows every character of it, and formats nothing."""
    line = text.replace("\n", " ").lstrip("> ")
    page = read(render_mrkdwn(literal(line), VIEWER))
    assert page.tags == []
    assert page.text.replace("\u200b", "") == line.replace("\u200b", "")


@given(st.text(min_size=1))
def test_what_the_app_shows_as_code(text: str) -> None:
    """Code is shown as it is."""
    line = f"x{text}".replace("\n", " ").replace("`", "'")
    page = read(render_mrkdwn(inline_code(line), VIEWER))
    assert [tag for tag, _ in page.tags] == ["code"]
    assert page.text == line
