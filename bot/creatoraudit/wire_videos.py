"""CreatorAudit's posts, read as tolerantly as everything else.

The row of ``GET /videos`` is documented in part, that of ``GET /account-videos`` not at all, so a
value is looked for under every name that the documentation uses for it somewhere.
"""

from typing import Final

from bot.creatoraudit import links
from bot.creatoraudit.wire import Json, MaybeFlag, MaybeMoment, Wire, record, text
from bot.digest.facts import Video

TITLE: Final = ("caption", "description", "title")
PAGE: Final = ("permalink", "url", "link")
USERNAME: Final = ("account_username", "username", "account.username")
ACCOUNT: Final = ("account_id", "account.id")
CREATOR: Final = ("creator_id", "creator.id", "account.creator_id")
CREATOR_NAME: Final = ("creator_name", "creator.name", "account.creator_name", "creator")
PLATFORM: Final = ("platform", "account.platform")
NUMBER: Final = ("external_id", "shortcode")
"""TikTok's own number of a video."""


class WireVideo(Wire):
    """What a row holds under one name only."""

    is_active: MaybeFlag = None
    is_unavailable: MaybeFlag = None
    create_time: MaybeMoment = None
    added_at: MaybeMoment = None
    last_scrape_time: MaybeMoment = None


def is_whole_number(identifier: str) -> bool:
    """Whether ``identifier`` is an integer that goes out and comes back as the same text."""
    return bool(links.NUMBER.fullmatch(identifier)) and str(int(identifier)) == identifier


def read_video(row: object) -> Video | None:
    """One row of ``GET /videos``; None where it has no id to ask metrics for."""
    known = record(row)
    identifier = _identifier(known.get("id"))
    return _video(known, identifier, _first(known, PLATFORM)) if identifier else None


def read_account_video(row: object) -> Video | None:
    """One row of ``GET /account-videos``; None without an id or the platform that it belongs to."""
    known = record(row)
    identifier, platform = _identifier(known.get("id")), _first(known, PLATFORM)
    return _video(known, identifier, platform) if identifier and platform else None


def _identifier(value: object) -> str | None:
    """An id is a string or an integer; anything else could not be asked about."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return text(value) or None


def _video(row: Json, identifier: str, platform: str | None) -> Video:
    read = WireVideo.model_validate(row)
    platform = platform.lower() if platform else None
    return Video(
        id=identifier,
        platform=platform,
        title=_first(row, TITLE),
        url=_url(row, platform),
        account_id=_first(row, ACCOUNT),
        account_username=_first(row, USERNAME),
        creator_id=_first(row, CREATOR),
        creator_name=_first(row, CREATOR_NAME),
        is_active=read.is_active,
        is_unavailable=read.is_unavailable,
        published_at=read.create_time,
        added_at=read.added_at,
        last_scrape_time=read.last_scrape_time,
    )


def _url(row: Json, platform: str | None) -> str | None:
    """The post's page: as given, else made from its code, else ``video_url`` if that is one."""
    for path in PAGE:
        if given := links.safe(_at(row, path)):
            return given
    return _made(row, platform) or links.page(_at(row, "video_url"))


def _made(row: Json, platform: str | None) -> str | None:
    if platform == "instagram":
        return links.instagram(_at(row, "shortcode"))
    if platform != "tiktok":
        return None
    username = _first(row, USERNAME)
    made = (links.tiktok(username, _at(row, path)) for path in NUMBER)
    return next(filter(None, made), None)


def _first(row: Json, paths: tuple[str, ...]) -> str | None:
    return next(filter(None, (_at(row, path) for path in paths)), None)


def _at(row: Json, path: str) -> str | None:
    """The text at ``path``; None where it is absent, blank or no text."""
    outer, _, inner = path.rpartition(".")
    found = (record(row.get(outer)) if outer else row).get(inner)
    return (text(found) or "").strip() or None
