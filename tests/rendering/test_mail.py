"""The recap as a mail: the whole of it, and nothing that a name could do to it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest.model import (
    Change,
    Difference,
    Digest,
    Figure,
    Missing,
    NoChange,
    Percent,
    Points,
    RankedCreator,
    Times,
    TopCreators,
    TopVideo,
    Unit,
)
from bot.digest.standings import Moved, New
from bot.posting.letter import Envelope, letter
from bot.rendering.mail.model import Mail, Picture
from bot.rendering.mail.page import render_mail
from bot.rendering.numbers import Numbers
from bot.subscriptions.mailbox import Mailbox
from tests.examples import FIGURES, NOON, TOP, digest, rich
from tests.rendering import mail_page
from tests.rendering.test_slack_takes_everything import LONG, digests, locales, names

numbers = Numbers()
RECAP = Mailbox("recap@acme.example", "Recap")
LARGEST = 100_000
"""Bytes of a mail as it is sent: from 102 KB on, Gmail shows only the beginning."""

TEXT = """\
6 hours late.
Recap: last 7 days
Total views: 1.24M (+18.3%)
Likes: 43.1K (+10.6%)
Followers: 910K (+0.9%)
Engagement rate: 4.2% (+0.2 pp)
Comments: 3,910 (-7.1%)
Shares: 2,204 (+4.9%)
Active accounts: 50 (+4.2%)
Account videos: 412 (+5.1%)
Tracked videos: 36 (no change)
Views rose by 193K (+18.3%), 44% of it through Mia Chen.
Views without 3 newly added accounts (like for like): +7.3% instead of +18.3%.
▲ Mia Chen +85.1K views, Kofi Mensah +60K, Sofia Rossi +41K and 3 more
▼ Lena Fuchs -26.9K views, Omar Ali -9,171
Top creators by views
1. Mia Chen: 245K ▲2
2. Kofi Mensah: 98K NEW
3. Sofia Rossi: 91K
4. Ana Lima: 64K ▼3
5. Lena Fuchs: 58K
Dropped out of the top 5: Omar Ali, Yui Sato
Views, the last 9 weeks: 410K, 455K, 502K, –, 640K, 811K, 930K, 1.05M, 1.24M
Top videos by views gained
1. “Behind the scenes” by Mia Chen: +61.2K views
2. “What I eat in a day” by @kofi: +40K views
3. “Post 9”: +9,120 views
Rank movement missing: CreatorAudit is busy.
Total views: 1.24M is printed, from CreatorAudit's overview; the sum over the accounts says 1.22M.
46 of 50 accounts refreshed since the window closed; 1 waiting for its first refresh; 2 paused; \
1 unavailable.
Changes compare with the 7 days before. From CreatorAudit, 23 Nov 2026, 12:00 UTC.
The accounts' own numbers: Nov 16 to Nov 22, whole days in UTC.
Every Monday at 09:00.
"""

SHOWN = """\
Views rose by 193K (+18.3%), 44% of it through Mia Chen.
Recap: last 7 days
6 hours late.
Total views
1.24M +18.3%
Likes | 43.1K | +10.6%
Followers | 910K | +0.9%
Engagement rate | 4.2% | +0.2 pp
Comments | 3,910 | -7.1%
Shares | 2,204 | +4.9%
Active accounts | 50 | +4.2%
Account videos | 412 | +5.1%
Tracked videos | 36 | no change
Views rose by 193K (+18.3%), 44% of it through Mia Chen.
Views without 3 newly added accounts (like for like): +7.3% instead of +18.3%.
▲ Mia Chen +85.1K views, Kofi Mensah +60K, Sofia Rossi +41K and 3 more
▼ Lena Fuchs -26.9K views, Omar Ali -9,171
[cid:chart@recap.invalid: Views, the last 9 weeks: 410K, 455K, 502K, –, 640K, 811K, 930K, \
1.05M, 1.24M]
Top creators by views
1 | Mia Chen ▲2 | 245K
2 | Kofi Mensah NEW | 98K
3 | Sofia Rossi | 91K
4 | Ana Lima ▼3 | 64K
5 | Lena Fuchs | 58K
Dropped out of the top 5: Omar Ali, Yui Sato
Top videos by views gained
1 | “Behind the scenes” by Mia Chen: +61.2K views (https://www.tiktok.com/@mia.1/video/7)
2 | “What I eat in a day” by @kofi: +40K views (https://www.instagram.com/reel/C1/)
3 | “Post 9”: +9,120 views
Rank movement missing: CreatorAudit is busy.
Total views: 1.24M is printed, from CreatorAudit's overview; the sum over the accounts says 1.22M.
46 of 50 accounts refreshed since the window closed; 1 waiting for its first refresh; 2 paused; \
1 unavailable.
The accounts' own numbers: Nov 16 to Nov 22, whole days in UTC.
Changes compare with the 7 days before. From CreatorAudit, 23 Nov 2026, 12:00 UTC.
Every Monday at 09:00."""

LINES = frozenset({"tr", "p", "div", "h1", "h2", "img"})
HIDDEN = frozenset({"style", "title", "head"})
TAGS = frozenset(
    [
        "html",
        "head",
        "title",
        "meta",
        "style",
        "body",
        "div",
        "table",
        "tbody",
        "tr",
        "td",
        "span",
        "h1",
        "h2",
        "p",
        "img",
        "a",
    ]
)


class Page(HTMLParser):
    """What a reader sees of an HTML page, line by line, and every tag in it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.links: list[str] = []
        self._text = ""
        self._inside: list[str] = []
        self.feed(html)
        self.close()

    @property
    def lines(self) -> list[str]:
        lines = [" ".join(line.split()).strip("| ") for line in self._text.split("\n")]
        return [line for line in lines if line]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        if tag in LINES:
            self._text += "\n"
        if tag == "td":
            self._text += " | "
        if tag == "img":
            self._text += f"[{given['src']}: {given['alt']}]\n"
        if tag == "a":
            self.links.append(given["href"] or "")
        if tag not in {"img", "meta"}:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._text += f" ({self.links[-1]})"
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not HIDDEN.intersection(self._inside):
            self._text += data.replace("\n", " ")


def sent(mail: Mail) -> bytes:
    return letter(mail, Envelope(RECAP, RECAP, "key", NOON))


def test_page_is_what_mrml_makes_of_its_source() -> None:
    """After a change of ``recap.mjml``: ``python -m tests.rendering.mail_page``."""
    assert mail_page.PAGE.read_text(encoding="utf-8") == mail_page.made()


def test_whole() -> None:
    """The same words in the page and in the text, and a picture that says what it shows."""
    mail = render_mail(rich(), numbers, notes=["6 hours late."], foot=["Every Monday at 09:00."])
    assert mail.subject == "Recap: last 7 days · Total views 1.24M (+18.3%)"
    assert mail.text == TEXT
    assert "\n".join(Page(mail.html).lines) == SHOWN
    (picture,) = mail.pictures
    assert picture.source == "cid:chart@recap.invalid"
    assert picture.png.startswith(b"\x89PNG")


def test_least() -> None:
    """One figure and nothing else: no empty part stands around it."""
    given = replace(digest(), figures=FIGURES[:1], top_creators=None, missing=())
    mail = render_mail(given, numbers)
    assert Page(mail.html).lines == [
        "Changes compare with the 7 days before.",
        "Recap: last 7 days",
        "Total views",
        "1.24M +18.3%",
        "Changes compare with the 7 days before. From CreatorAudit, 23 Nov 2026, 12:00 UTC.",
    ]
    assert mail.pictures == ()
    assert mail.page == mail.html


def test_nobody_ranked() -> None:
    """A sentence, not an empty list."""
    given = rich(top_creators=TopCreators("views", ()))
    assert (
        "CreatorAudit ranked no creator in this window."
        in Page(render_mail(given, numbers).html).lines
    )


def test_more_figures_than_fit() -> None:
    """Where the others are is said."""
    given = rich(figures=FIGURES * 2)
    assert "6 more figures are in the receipt." in Page(render_mail(given, numbers).html).lines


@pytest.mark.parametrize(
    ("change", "look"),
    [
        (Percent(0.1), "up"),
        (Percent(-0.1), "down"),
        (Difference(-3), "down"),
        (Points(0.2), "up"),
        (Times(12), "up"),
        (NoChange(), "soft"),
    ],
)
def test_direction_is_seen(change: Change, look: str) -> None:
    """In colour for those who see it; the sign stands there for everybody."""
    first = Figure("v", "Views", Unit.COUNT, 10, 9, change, "x")
    html = render_mail(rich(figures=(first,)), numbers).html
    assert f'<span class="{look}" style=' in html


@pytest.mark.parametrize(
    ("movement", "look"), [(New(), "up"), (Moved(2), "up"), (Moved(-2), "down")]
)
def test_places_that_changed(movement: New | Moved, look: str) -> None:
    """As in the headline."""
    top = TopCreators("views", (RankedCreator(1, "Mia", 5, movement),))
    given = rich(top_creators=top, figures=FIGURES[-1:], quiet=True)
    assert f'<span class="mark {look}">' in render_mail(given, numbers).html


@pytest.mark.parametrize(
    "url", [None, "javascript:alert(1)", "http://tiktok.com/", "https://tiktok.com/" + "x" * 500]
)
def test_links_that_are_none(url: str | None) -> None:
    """Only https goes under a reader's finger, and nothing as long as a page."""
    given = rich(videos=(TopVideo("A", None, url, 5),))
    assert Page(render_mail(given, numbers).html).links == []


def test_dark_and_light() -> None:
    """A mail program is told that the page knows both, and has colours for both."""
    html = render_mail(rich(), numbers).html
    assert '<meta name="color-scheme" content="light dark"' in html
    assert "@media (prefers-color-scheme: dark)" in html


def test_nothing_is_fetched() -> None:
    """No font, no picture and no style from elsewhere: opening a mail tells nobody."""
    html = render_mail(rich(videos=()), numbers).html
    assert re.findall(r"""(?:src|href|url|@import)\W{1,3}(\w+:)""", html) == ["cid:"]
    assert {"link", "script", "iframe"}.isdisjoint(Page(html).tags)


def test_picture_within_the_page() -> None:
    """For a browser, to which ``cid:`` says nothing."""
    mail = Mail("s", '<img src="cid:a@b" alt="x">', "", (Picture("a@b", b"PNG", "x"),))
    assert mail.page == '<img src="data:image/png;base64,UE5H" alt="x">'


SCRIPT = "<script>alert(1)</script>"
ATTACKS = (
    SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "a\r\nBcc: everybody@example.com",
    "</td></table><!-- ",
    "]]><mj-raw>&lt;script&gt;",
)


@pytest.mark.parametrize("name", ATTACKS)
def test_names_that_are_code(name: str) -> None:
    """They are letters wherever they stand: in the page, in the picture, in the subject."""
    row = RankedCreator(1, name, 5, New())
    first = Figure("v", name, Unit.COUNT, 5, 4, None, name)
    given = rich(
        figures=(first, first),
        top_creators=TopCreators(name, (row,), out=(name,)),
        missing=(Missing(name, name),),
        videos=(TopVideo(name, name, None, 4),),
        trend=(),
    )
    mail = render_mail(given, numbers, notes=[name], foot=[name])
    assert Page(mail.html).tags <= TAGS
    shown = " ".join(name.split())[:39]
    assert any(shown in line for line in Page(mail.html).lines)
    head = sent(mail).split(b"\r\n\r\n")[0]
    assert b"\r\nBcc" not in head
    assert "\n" not in mail.subject


def longest(name: str) -> Digest:
    """25 creators, and as many of everything else as there can be."""
    rows = tuple(RankedCreator(place, name, 10**30, Moved(-20)) for place in range(1, 26))
    video = TopVideo(name, name, "https://www.tiktok.com/" + "x" * 470, 10**30)
    return rich(
        figures=tuple(replace(one, label=name) for one in FIGURES * 2),
        top_creators=TopCreators(name, rows, (), (name,) * 25),
        missing=(Missing(name, name),) * 10,
        videos=(video,) * 3,
        trend=(),
    )


@pytest.mark.parametrize("name", [*LONG, "Wolfeschlegelsteinhausenbergerdorff Jr. III"])
@pytest.mark.parametrize("locale", ["en", "de", "ar"])
def test_the_longest_is_small(name: str, locale: str) -> None:
    """As it is sent, with its picture and both its bodies."""
    mail = render_mail(longest(name), Numbers(locale), notes=[name[:40]], foot=[name[:40]])
    assert len(sent(mail)) <= LARGEST


@settings(deadline=None, max_examples=60)
@given(digests, locales, st.lists(names, max_size=2))
def test_any_digest(given: Digest, written: Numbers, around: Sequence[str]) -> None:
    """Whatever is in it: a page of our own tags, a subject of one line, a small mail."""
    lines = [line.encode("utf-8", "ignore").decode() for line in around]
    mail = render_mail(given, written, notes=lines, foot=lines)
    assert Page(mail.html).tags <= TAGS
    assert mail.subject.splitlines() == [mail.subject]
    whole = sent(mail)
    assert len(whole) <= LARGEST
    assert max(map(len, whole.split(b"\r\n"))) <= 998
    assert whole.isascii()


def test_top_is_as_long_as_asked_for() -> None:
    """Those who follow are for Slack's thread."""
    lines = Page(render_mail(rich(), numbers).html).lines
    assert sum(TOP.rest[0].name in line for line in lines) == 0
