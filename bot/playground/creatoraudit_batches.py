"""The batch calls of CreatorAudit's stand-in: sums and changes for many ids at once."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from bot.playground.creatoraudit_asked import Asked, Json, invalid
from bot.playground.days import Day
from bot.playground.organisation import PRESETS
from bot.playground.tracked import Post, TrackedAccount, TrackedVideo

MOST_WINDOWS: Final = 10
LONGEST_WINDOW: Final = 365
LARGEST: Final = 2**63


def account_metrics(asked: Asked) -> Json:
    """``POST /accounts/metrics``."""
    body = asked.body()
    return _metrics(asked, body, _texts(asked, body, "account_ids"), asked.whose.by_id)


def video_metrics(asked: Asked) -> Json:
    """``POST /videos/metrics``."""
    body = asked.body()
    videos = {video.id: video for video in asked.whose.videos}
    return _metrics(asked, body, _texts(asked, body, "video_ids"), videos)


def account_video_metrics(asked: Asked) -> Json:
    """``POST /account-videos/metrics``: where both platforms have an id, TikTok's wins."""
    body = asked.body()
    ids: list[str] = []
    known: dict[str, Post] = {}
    for name, platform in (("instagram_post_ids", "instagram"), ("tiktok_video_ids", "tiktok")):
        given = _whole_numbers(asked, body, name)
        ids += given
        wanted = set(given)
        for post in asked.whose.posts(asked.now.date()):
            if post.account.platform == platform and str(post.id) in wanted:
                known[str(post.id)] = post
    if not ids:
        invalid("instagram_post_ids", "instagram_post_ids or tiktok_video_ids is required")
    return _metrics(asked, body, ids, known)


def video_deltas(asked: Asked) -> Json:
    """``POST /videos/deltas``: how many views came in the last days."""
    body = asked.body()
    ids = _texts(asked, body, "video_ids")
    windows = _windows(body)
    videos = {video.id: video for video in asked.whose.videos}
    yesterday = asked.now.date() - timedelta(days=1)
    found = {
        one: {
            f"{days}d": asked.whose.total(
                videos[one], yesterday - timedelta(days=days - 1), yesterday, asked.now
            ).views
            for days in windows
        }
        for one in ids
        if one in videos
    }
    not_found = [one for one in ids if one not in videos]
    meta = {"windows": windows, "video_count": len(found), "not_found": not_found}
    return {"data": found, "meta": meta}


def _windows(body: Json) -> list[int]:
    given = body.get("windows")
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_WINDOWS:
        invalid("windows", f"windows must be a list of 1 to {MOST_WINDOWS} numbers of days")
    if not all(type(days) is int and 1 <= days <= LONGEST_WINDOW for days in given):
        invalid("windows", f"each window must be from 1 to {LONGEST_WINDOW} days")
    return list(dict.fromkeys(given))


def _metrics(
    asked: Asked,
    body: Json,
    ids: list[str],
    known: Mapping[str, TrackedAccount] | Mapping[str, TrackedVideo] | Mapping[str, Post],
) -> Json:
    start, end = _range(asked, body)
    return {
        "data": {
            one: _sums(asked.whose.total(known[one], start, end, asked.now))
            for one in ids
            if one in known
        },
        "meta": {
            "period": body.get("period", "30d"),
            "start_date": start.isoformat(),
            "end_date": end.isoformat(),
            "days": (end - start).days + 1,
            "not_found": [one for one in ids if one not in known],
        },
    }


def _sums(total: Day) -> Json:
    return {
        "views": total.views,
        "plays": total.plays,
        "likes": total.likes,
        "comments": total.comments,
        "shares": total.shares,
        "engagement": total.engagement,
    }


def _texts(asked: Asked, body: Json, name: str) -> list[str]:
    given = body.get(name)
    if not isinstance(given, list) or not given:
        invalid(name, f"{name} must be a list of ids")
    _check_size(asked, name, given)
    return list(map(str, given))


def _whole_numbers(asked: Asked, body: Json, name: str) -> list[str]:
    given = body.get(name)
    if given is None:
        return []
    if not isinstance(given, list) or not all(
        type(one) is int and abs(one) < LARGEST for one in given
    ):
        invalid(name, f"{name} must be a list of integers")
    _check_size(asked, name, given)
    return list(map(str, given))


def _check_size(asked: Asked, name: str, given: list[object]) -> None:
    if len(given) > asked.max_batch:
        invalid(name, f"{name} takes at most {asked.max_batch} items")


def _range(asked: Asked, body: Json) -> tuple[date, date]:
    period = body.get("period", "30d")
    if period in (*PRESETS,):
        return asked.whose.window(period, asked.now.date())
    if period != "custom":
        invalid("period", "period must be one of 7d, 30d, 90d, custom")
    try:
        start = date.fromisoformat(str(body.get("start_date")))
        end = date.fromisoformat(str(body.get("end_date")))
    except ValueError:
        invalid("start_date", "start_date and end_date are required for custom")
    if start > end:
        invalid("end_date", "end_date must not be before start_date")
    return start, end
