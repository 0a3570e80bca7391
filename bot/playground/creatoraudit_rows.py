"""The resources of CreatorAudit's stand-in, with every field that the documentation lists."""

from datetime import date, datetime, timedelta
from typing import Final

from bot.playground.creatoraudit_asked import Json
from bot.playground.days import Day
from bot.playground.organisation import Organisation, usual_refresh
from bot.playground.tracked import Creator, Post, TrackedAccount, TrackedVideo

LIFE_SO_FAR: Final = 400
"""Days of views that an account had behind it when the organization was looked at first."""

SUMMED: Final = timedelta(days=30)
POSTS_KEPT: Final = 50
LOOKBACK: Final = 90


def account_row(organisation: Organisation, account: TrackedAccount, now: datetime) -> Json:
    """One row of ``GET /accounts``."""
    life = lifetime(organisation, account, now)
    picture = f"https://cdn.creatoraudit.com/profiles/{account.id}.jpg"
    instagram = account.platform == "instagram"
    return {
        "id": account.id,
        "type": "account",
        "platform": account.platform,
        "username": account.username,
        "name": account.username,
        "description": None,
        "link_in_bio": None,
        "category": account.category,
        "profile_pic_url": picture,
        "profile_pic_url_original": picture,
        "is_verified": False,
        "is_active": account.is_active,
        "is_unavailable": account.is_unavailable,
        "creator_id": account.creator.id if account.creator else None,
        "creator_name": account.creator.name if account.creator else None,
        "metadata": {},
        "added_at": f"{account.added_on}T08:00:00Z",
        "first_scrape_time": None if account.waiting else f"{account.added_on}T08:01:00Z",
        "last_scrape_time": _iso(organisation.scraped(account, now)),
        "scrape_interval_hours": 24,
        "follower_count": followers(account, now),
        "following_count": 100 + account.number,
        "profile_post_count": 0 if account.waiting else 240 + account.number,
        "total_post_count": 0 if account.waiting else 240 + account.number,
        "view_count": life.views,
        "like_count": life.likes,
        "comment_count": life.comments,
        "share_count": life.shares,
        "play_count": life.plays,
        "saved_count": life.likes // 9 if instagram else None,
        "fb_play_count": life.plays // 20 if instagram else None,
        "ig_play_count": life.plays - life.plays // 20 if instagram else None,
        "fb_like_count": life.likes // 20 if instagram else None,
        "max_recent_posts_per_account": None,
        "post_lookback_days": None,
        "effective_max_recent_posts_per_account": POSTS_KEPT,
        "effective_post_lookback_days": LOOKBACK,
    }


def lifetime(organisation: Organisation, account: TrackedAccount, now: datetime) -> Day:
    """Everything that ``account`` ever had, also before it was tracked."""
    if account.waiting:
        return Day()
    before = account.pattern.numbers(account.pattern.base_views * LIFE_SO_FAR)
    known = min(_yesterday(now), organisation.known_until(account, now))
    return before + account.pattern.total(organisation.today - SUMMED, known)


def followers(account: TrackedAccount, now: datetime) -> int:
    """A few more every day."""
    if account.waiting:
        return 0
    return int(account.followers * (1 + 0.0004 * (now.date() - account.added_on).days))


def creator_row(organisation: Organisation, creator: Creator, now: datetime) -> Json:
    """One row of ``GET /creators``."""
    theirs = organisation.by_creator[creator.id]
    platforms = [account.platform for account in theirs]
    return {
        "id": creator.id,
        "name": creator.name,
        "type": "creator",
        "is_active": True,
        "metadata": {},
        "accounts_summary": {
            "total": len(theirs),
            "platforms": {one: platforms.count(one) for one in sorted(set(platforms))},
            "total_followers": sum(followers(account, now) for account in theirs),
        },
    }


def video_row(organisation: Organisation, video: TrackedVideo, now: datetime) -> Json:
    """One row of ``GET /videos``; ``video_url`` is a media file."""
    scraped = video_scraped(organisation, video, now)
    return {
        "id": video.id,
        "type": "video",
        "added_at": f"{video.added_on}T09:30:00Z",
        "updated_at": _iso(scraped) or f"{video.added_on}T09:30:00Z",
        "first_scrape_time": None if video.waiting else f"{video.added_on}T09:31:00Z",
        "last_scrape_time": _iso(scraped),
        "is_active": video.is_active,
        "is_unavailable": False,
        "scrape_interval_hours": 24,
        "metadata": {},
        "account_id": video.account.id if video.account else None,
        "platform_data": {},
        **_post_fields(video, video.username, video_life(organisation, video, now)),
    }


def video_life(organisation: Organisation, video: TrackedVideo, now: datetime) -> Day:
    """Everything that ``video`` ever had."""
    return video.lifetime(min(_yesterday(now), organisation.known_until(video, now)))


def video_scraped(
    organisation: Organisation, video: TrackedVideo, now: datetime
) -> datetime | None:
    """When ``video`` was last refreshed: together with its account, where that is tracked."""
    if video.waiting:
        return None
    if video.account is None:
        return usual_refresh(0, now)
    return organisation.scraped(video.account, now)


def post_row(organisation: Organisation, post: Post, now: datetime) -> Json:
    """One row of ``GET /account-videos``, whose shape is not documented: a believable one."""
    page = f"https://www.instagram.com/p/{post.shortcode}/" if post.shortcode else None
    creator = post.account.creator
    return {
        "id": post.id,
        "type": "account_video",
        "account_id": post.account.id,
        "creator": {"id": creator.id, "name": creator.name} if creator else None,
        "caption": post.caption,
        "permalink": page,
        **_post_fields(post, post.account.username, post_life(organisation, post, now)),
    }


def post_life(organisation: Organisation, post: Post, now: datetime) -> Day:
    """Everything that ``post`` ever had."""
    return organisation.total(post, post.created_on, _yesterday(now), now)


def _post_fields(post: TrackedVideo | Post, username: str, life: Day) -> Json:
    platform = post.account.platform if isinstance(post, Post) else post.platform
    media = f"https://cdn.creatoraudit.com/media/{post.external_id}"
    return {
        "platform": platform,
        "external_id": post.external_id,
        "shortcode": post.shortcode,
        "description": post.caption,
        "create_time": f"{post.created_on}T06:00:00Z",
        "media_type": "video",
        "duration": 31.5,
        "cover_image_url": f"{media}.jpg",
        "cover_image_url_original": f"{media}.jpg",
        "video_url": f"{media}.mp4",
        "video_url_original": f"{media}.mp4",
        "account_username": username,
        "platform_account_id": str(int.from_bytes(username.encode()[:7], "big")),
        "view_count": life.views,
        "like_count": life.likes,
        "comment_count": life.comments,
        "share_count": life.shares,
        "play_count": life.plays,
        "saved_count": None if platform == "tiktok" else life.likes // 9,
        "total_views": life.views,
        "total_plays": life.plays,
    }


def _yesterday(now: datetime) -> date:
    return now.date() - timedelta(days=1)


def _iso(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
