"""Where a post can be seen: a page on Instagram or TikTok, or no link at all.

A link comes from the wire and ends under somebody's finger, so only these two places are let
through, and nothing that a browser might read as another host.
"""

import re
from typing import Final

LONGEST: Final = 1_000
IN_A_LINK: Final = r"[\w\-.~:/?#@!$&'()*+,;=%\[\]]"
LINK: Final = re.compile(
    rf"https://(?:[a-z0-9-]+\.)*(?:instagram|tiktok)\.com/{IN_A_LINK}*", re.ASCII | re.IGNORECASE
)
PAGE: Final = re.compile(
    r"https://[^/]+/(?:(?:[\w.]+/)?(?:p|reel|reels|tv)/[\w-]+|@[\w.]+/(?:video|photo)/\d+)/?(?:\?.*)?",
    re.ASCII | re.IGNORECASE,
)
SHORTCODE: Final = re.compile(r"[\w-]{1,64}", re.ASCII)
USERNAME: Final = re.compile(r"[\w.]{1,64}", re.ASCII)
NUMBER: Final = re.compile(r"[0-9]{1,32}")


def safe(link: str | None) -> str | None:
    """``link`` if it is https and leads to Instagram or TikTok, else None."""
    if link is None or len(link) > LONGEST or not LINK.fullmatch(link):
        return None
    return link


def page(link: str | None) -> str | None:
    """``link`` if it is safe and has the form of a post's page: a media file soon expires."""
    return link if safe(link) and PAGE.fullmatch(link or "") else None


def instagram(shortcode: str | None) -> str | None:
    """The page of an Instagram post."""
    if shortcode is None or not SHORTCODE.fullmatch(shortcode):
        return None
    return f"https://www.instagram.com/p/{shortcode}/"


def tiktok(username: str | None, number: str | None) -> str | None:
    """The page of a TikTok video; ``number`` is TikTok's own for it."""
    name = (username or "").removeprefix("@")
    if not USERNAME.fullmatch(name) or not NUMBER.fullmatch(number or ""):
        return None
    return f"https://www.tiktok.com/@{name}/video/{number}"
