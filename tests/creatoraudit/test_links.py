"""Links lead to Instagram and TikTok, and nowhere else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.creatoraudit import links


@pytest.mark.parametrize(
    "link",
    [
        "https://www.instagram.com/p/C0de_-1/",
        "https://instagram.com/mia/reel/C0de/?igsh=a%20b",
        "https://www.tiktok.com/@mia.chen/video/7301",
        "https://vm.tiktok.com/ZMabc/",
        "HTTPS://WWW.TikTok.com/@mia/photo/12",
    ],
)
def test_links_that_are_kept(link: str) -> None:
    """Both platforms and their subdomains, as they came."""
    assert links.safe(link) == link


@pytest.mark.parametrize(
    "link",
    [
        None,
        "",
        "http://www.instagram.com/p/a/",
        "javascript:alert(1)//instagram.com/",
        "https://instagram.com",
        "https://instagram.com.evil.example/p/a/",
        "https://evilinstagram.com/p/a/",
        "https://evil.example/instagram.com/",
        "https://instagram.com@evil.example/p/a/",
        "https://evil.example\\@instagram.com/p/a/",
        "https://me:secret@instagram.com/p/a/",
        "https://instagram.com:8443/p/a/",
        "https://instagram.com./p/a/",
        "https://ınstagram.com/p/a/",
        "https://instagram.com/p/a|evil",
        "https://instagram.com/p/<!channel>",
        "https://instagram.com/p/a b",
        "https://instagram.com/p/a\n",
        "https://instagram.com/p/ä/",
        "https://instagram.com/p/" + "a" * 1_000,
    ],
)
def test_links_that_are_not_kept(link: str | None) -> None:
    """Another host, however it is dressed up, and what a message could misread."""
    assert links.safe(link) is None


@given(st.text(max_size=30))
def test_no_text_becomes_another_host(text: str) -> None:
    """Whatever stands before or behind, the host is one of the two."""
    for link in (text, f"https://{text}instagram.com/", f"https://tiktok.com{text}"):
        kept = links.safe(link)
        if kept is not None:
            host = kept.lower().removeprefix("https://").partition("/")[0]
            assert re.fullmatch(r"([a-z0-9-]+\.)*(instagram|tiktok)\.com", host)


@pytest.mark.parametrize(
    ("link", "is_page"),
    [
        ("https://www.instagram.com/reel/C0de/", True),
        ("https://www.instagram.com/mia/p/C0de?x=1", True),
        ("https://www.tiktok.com/@mia/video/7301", True),
        ("https://v16-webapp.tiktok.com/video/tos/useast2a/a.mp4?a=1", False),
        ("https://scontent.cdninstagram.com/v/t50/a.mp4", False),
        ("https://www.instagram.com/mia/", False),
        (None, False),
    ],
)
def test_pages_and_media(link: str | None, *, is_page: bool) -> None:
    """A media file is no page, even on TikTok's own host."""
    assert links.page(link) == (link if is_page else None)


def test_links_made_from_codes() -> None:
    """From what the platforms call their posts, and from nothing else."""
    assert links.instagram("C0de_-1") == "https://www.instagram.com/p/C0de_-1/"
    assert links.tiktok("@mia.chen", "73") == "https://www.tiktok.com/@mia.chen/video/73"
    for odd in (None, "", "a/b", "a|b", "ä", "x" * 65):
        assert links.instagram(odd) is None
        assert links.tiktok(odd, "73") is None
        assert links.tiktok("mia", odd) is None
