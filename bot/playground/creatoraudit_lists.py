"""The lists of CreatorAudit's stand-in: filters, sorts, pages, and the search over all of them."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from bot.playground import creatoraudit_rows as rows
from bot.playground.creatoraudit_asked import PLATFORMS, ApiError, Asked, Json, invalid
from bot.playground.tracked import Creator, Post, TrackedAccount, TrackedVideo

T = TypeVar("T")

LONGEST_SEARCH: Final = 128
SORTS: Final = ("order_by", "order_direction", "sort")


@dataclass(frozen=True)
class Listing(Generic[T]):
    """One list: what it can be narrowed and sorted by, and what its rows are.

    Attributes:
        everything: All that the organization has, in the order that sorting keeps among equals.
        filters: What a parameter demands of an item.
        sorts: What ``order_by`` may name, and the value that is sorted by.
        default: Sorted by this where nothing is asked for; a leading ``-`` is descending.
        row: An item as JSON.
    """

    everything: Callable[[Asked], tuple[T, ...]]
    filters: Mapping[str, Callable[[Asked, str, T], bool]]
    sorts: Mapping[str, Callable[[Asked, T], Any]]
    default: str
    row: Callable[[Asked, T], Json]

    def answer(self, asked: Asked) -> Json:
        """A page; a cursor is tied to the filter and the sort that it was made for."""
        limit = asked.limit(default=50, largest=200)
        sort, descending = self._sort(asked)
        filters = {name: asked.query[name] for name in self.filters if name in asked.query}
        tied_to = json.dumps([asked.path, filters, sort, descending])
        start = _position(asked.query.get("cursor"), tied_to)
        found = self._sorted(asked, self._filtered(asked, filters), sort, descending=descending)
        following = start + limit
        more = following < len(found)
        pagination: Json = {
            "next_cursor": _cursor(following, tied_to) if more else None,
            "has_next": more,
            "limit": limit,
        }
        if asked.flag("include_total"):
            pagination["total_count"] = len(found)
        sorts = {name: asked.query[name] for name in SORTS if name in asked.query}
        return {
            "data": [self.row(asked, item) for item in found[start:following]],
            "pagination": pagination,
            "filters": {**filters, **sorts},
        }

    def _filtered(self, asked: Asked, filters: Mapping[str, str]) -> list[T]:
        if "platform" in filters:
            asked.choice("platform", PLATFORMS)
        asked.flag("is_active")
        return [
            item
            for item in self.everything(asked)
            if all(self.filters[name](asked, text, item) for name, text in filters.items())
        ]

    def _sort(self, asked: Asked) -> tuple[str, bool]:
        """What is sorted by, and whether descending; ``order_by`` wins over ``sort``."""
        signed = self.default
        if "sort" in asked.query:
            signs = tuple(f"{sign}{name}" for name in self.sorts for sign in ("", "-"))
            signed = asked.choice("sort", signs)
        name = asked.choice("order_by", tuple(self.sorts), signed.removeprefix("-"))
        usual = (
            "desc" if (self.default if "order_by" in asked.query else signed)[0] == "-" else "asc"
        )
        return name, asked.choice("order_direction", ("asc", "desc"), usual) == "desc"

    def _sorted(self, asked: Asked, items: list[T], sort: str, *, descending: bool) -> list[T]:
        """Unknown values stand last, either way."""
        values = [(self.sorts[sort](asked, item), item) for item in items]
        known = [pair for pair in values if pair[0] is not None]
        known.sort(key=lambda pair: pair[0], reverse=descending)
        return [item for _, item in known] + [item for value, item in values if value is None]


def links(asked: Asked, pagination: Json) -> str:
    """The ``Link`` header of a page (RFC 8288), with absolute addresses."""
    query = {name: value for name, value in asked.query.items() if name != "cursor"}
    pages = [("first", query)]
    if cursor := pagination["next_cursor"]:
        pages.append(("next", {**query, "cursor": cursor}))
    address = f"{asked.base_url}{asked.path}"
    return ", ".join(
        f'<{address}{"?" if query else ""}{_encoded(query)}>; rel="{rel}"' for rel, query in pages
    )


def _encoded(query: Mapping[str, str]) -> str:
    return urlencode(query, errors="replace")  # what is no text can't be part of an address


def _cursor(position: int, tied_to: str) -> str:
    made = base64.urlsafe_b64encode(json.dumps([position, tied_to]).encode())
    return made.decode().rstrip("=")


def _position(cursor: str | None, tied_to: str) -> int:
    if cursor is None:
        return 0
    try:
        read = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        invalid("cursor", "cursor can't be read")
    match read:
        case [int(position), str(made_for)] if position >= 0:
            if made_for != tied_to:
                invalid("cursor", "cursor belongs to another filter or sort")
            return position
    return invalid("cursor", "cursor can't be read")


def _holds(text: str, value: str | None) -> bool:
    return text.lower() in (value or "").lower()


def _id_of(one: Creator | TrackedAccount | None) -> str | None:
    return one.id if one else None


ACCOUNTS: Final = Listing[TrackedAccount](
    everything=lambda asked: asked.whose.tracked,
    filters={
        "platform": lambda _, text, account: account.platform == text,
        "q": lambda _, text, account: _holds(text, account.username),
        "is_active": lambda asked, _, account: account.is_active == asked.flag("is_active"),
        "category": lambda _, text, account: account.category == text,
        "creator_id": lambda _, text, account: _id_of(account.creator) == text,
    },
    sorts={
        "added_at": lambda _, account: account.added_on,
        "username": lambda _, account: account.username,
        "last_scrape_time": lambda asked, account: asked.whose.scraped(account, asked.now),
        "follower_count": lambda asked, account: rows.followers(account, asked.now),
        "view_count": lambda asked, one: rows.lifetime(asked.whose, one, asked.now).views,
        "like_count": lambda asked, one: rows.lifetime(asked.whose, one, asked.now).likes,
        "play_count": lambda asked, one: rows.lifetime(asked.whose, one, asked.now).plays,
    },
    default="-added_at",
    row=lambda asked, account: rows.account_row(asked.whose, account, asked.now),
)
CREATORS: Final = Listing[Creator](
    everything=lambda asked: asked.whose.creators,
    filters={"is_active": lambda asked, *_: bool(asked.flag("is_active"))},
    sorts={"name": lambda _, creator: creator.name},
    default="name",
    row=lambda asked, creator: rows.creator_row(asked.whose, creator, asked.now),
)
VIDEOS: Final = Listing[TrackedVideo](
    everything=lambda asked: asked.whose.videos,
    filters={
        "platform": lambda _, text, video: video.platform == text,
        "q": lambda _, text, video: _holds(text, video.caption),
        "is_active": lambda asked, _, video: video.is_active == asked.flag("is_active"),
        "account_id": lambda _, text, video: _id_of(video.account) == text,
    },
    sorts={
        "added_at": lambda _, video: video.added_on,
        "create_time": lambda _, video: video.created_on,
        "view_count": lambda asked, one: rows.video_life(asked.whose, one, asked.now).views,
        "like_count": lambda asked, one: rows.video_life(asked.whose, one, asked.now).likes,
        "play_count": lambda asked, one: rows.video_life(asked.whose, one, asked.now).plays,
    },
    default="-added_at",
    row=lambda asked, video: rows.video_row(asked.whose, video, asked.now),
)
POSTS: Final = Listing[Post](
    everything=lambda asked: asked.whose.posts(asked.now.date()),
    filters={
        "platform": lambda _, text, post: post.account.platform == text,
        "q": lambda _, text, post: _holds(text, post.caption),
        "account_id": lambda _, text, post: post.account.id == text,
    },
    sorts={
        "create_time": lambda _, post: post.created_on,
        "view_count": lambda asked, post: rows.post_life(asked.whose, post, asked.now).views,
    },
    default="-create_time",
    row=lambda asked, post: rows.post_row(asked.whose, post, asked.now),
)


def account(asked: Asked, identifier: str) -> Json:
    """``GET /accounts/{id}``; a foreign id is as unknown as one that nobody has."""
    found = asked.whose.by_id.get(identifier)
    if found is None:
        raise ApiError(404, "NOT_FOUND", "No such account.")
    return {"data": rows.account_row(asked.whose, found, asked.now)}


def search(asked: Asked) -> Json:
    """``GET /search``: substrings of usernames, names and captions; blank finds nothing."""
    text = asked.query.get("q", "")
    if len(text) > LONGEST_SEARCH:
        invalid("q", f"q takes at most {LONGEST_SEARCH} characters")
    limit = asked.limit(default=10, largest=25)
    whose, blank = asked.whose, not text.strip()
    found: dict[str, list[Json]] = {
        "accounts": [
            {
                "id": one.id,
                "platform": one.platform,
                "username": one.username,
                "display_name": one.username,
            }
            for one in whose.tracked
            if _holds(text, one.username)
        ],
        "creators": [
            {"id": one.id, "name": one.name} for one in whose.creators if _holds(text, one.name)
        ],
        "videos": [
            {
                "id": one.id,
                "platform": one.platform,
                "caption": one.caption,
                "account_id": _id_of(one.account),
                "account_username": one.username,
            }
            for one in whose.videos
            if _holds(text, one.caption)
        ],
    }
    return {
        "data": {section: [] if blank else some[:limit] for section, some in found.items()},
        "meta": {
            "query": text,
            "limit_per_section": limit,
            "effective_caps": dict.fromkeys(found, limit),
        },
    }
