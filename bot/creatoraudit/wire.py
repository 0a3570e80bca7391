"""CreatorAudit's JSON, read tolerantly and turned into our own facts.

Any field may be absent, null, or of another type than documented: that field is then unknown, and
the rest of the answer is still read. Fields we don't know are kept, never refused.
"""

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from bot.digest.facts import (
    Account,
    BatchMetrics,
    Identity,
    Leaderboard,
    LeaderboardRow,
    Number,
    Overview,
    WindowMetrics,
)
from bot.digest.periods import Window

Json = Mapping[str, Any]

LARGEST: Final = 10**18
"""No count of anything here is larger; beyond it arithmetic in floats would fail."""

NOT_METRICS: Final = frozenset({"type", "id", "period", "current", "previous", "changes"})
NOT_METRIC_ENDINGS: Final = ("_pct", "_date", "_at", "_id")
VALUE_PATHS: Final = ("views", "total_views", "view_count", "metrics.views", "current.total_views")
"""Where a leaderboard row may hold its views: only a tutorial shows the shape."""


def number(value: object) -> Number | None:
    """``value`` if it is a finite number of a sensible size, else None: a string is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if abs(value) <= LARGEST else None


def text(value: object) -> str | None:
    """``value`` as text that UTF-8 can carry: a name cut within an emoji ends in half a pair."""
    if value is None or isinstance(value, dict | list):
        return None
    return str(value).encode(errors="ignore").decode()


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def record(value: object) -> Json:
    """An object whose keys pydantic can take: none with half a surrogate pair in it."""
    return {key: one for key, one in _object(value).items() if key.isascii() or text(key) == key}


MOMENT: Final = TypeAdapter(datetime)
DAY: Final = TypeAdapter(date)


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = MOMENT.validate_python(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValidationError, OverflowError):
        return None


def _day(value: object) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        return DAY.validate_python(value[:10])
    except ValidationError:
        return None


MaybeNumber = Annotated[Number | None, BeforeValidator(number)]
MaybeText = Annotated[str | None, BeforeValidator(text)]
MaybeFlag = Annotated[bool | None, BeforeValidator(_flag)]
MaybeMoment = Annotated[datetime | None, BeforeValidator(_moment)]


class Wire(BaseModel):
    """A record of the API: every field optional, unknown ones kept."""

    model_config = ConfigDict(extra="allow", frozen=True)


class WireIdentity(Wire):
    """``data`` of ``GET /whoami``."""

    organization_id: MaybeText = None
    api_key_name: MaybeText = None


class WireAccount(Wire):
    """One row of ``GET /accounts``."""

    id: MaybeText = None
    platform: MaybeText = None
    username: MaybeText = None
    creator_id: MaybeText = None
    creator_name: MaybeText = None
    is_active: MaybeFlag = None
    is_unavailable: MaybeFlag = None
    follower_count: MaybeNumber = None
    added_at: MaybeMoment = None
    last_scrape_time: MaybeMoment = None
    scrape_interval_hours: MaybeNumber = None


class WireMetrics(Wire):
    """One entry of the batch metrics."""

    views: MaybeNumber = None
    plays: MaybeNumber = None
    likes: MaybeNumber = None
    comments: MaybeNumber = None
    shares: MaybeNumber = None
    engagement: MaybeNumber = None


def read_identity(data: Json) -> Identity:
    """``data`` of ``GET /whoami``."""
    read = WireIdentity.model_validate(record(data))
    # An id of nothing is none: it would be one and the same for all whose answers hold it.
    return Identity((read.organization_id or "").strip() or None, read.api_key_name)


def read_overview(data: Json) -> Overview:
    """``data`` of ``GET /overview``: the documented nested shape, or the tutorial's flat one."""
    nested = isinstance(data.get("current"), dict)
    current = _object(data["current"]) if nested else data
    metrics = {key: value for key, value in current.items() if nested or _may_be_metric(key)}
    changes = _object(data.get("changes"))
    return Overview(
        shape="nested" if nested else "flat",
        current=_numbers(metrics),
        previous=_numbers(_object(data.get("previous"))),
        server_changes={
            key.removesuffix("_pct"): value for key, value in _numbers(changes).items()
        },
        keys_seen=_keys(data) + (_keys(current) if nested else ()),
        unreadable=tuple(
            key for key, value in metrics.items() if value is not None and number(value) is None
        ),
    )


def _may_be_metric(key: str) -> bool:
    return key not in NOT_METRICS and not key.endswith(NOT_METRIC_ENDINGS)


def _numbers(values: Json) -> dict[str, Number | None]:
    """The metrics among ``values``: a number, or unknown where it is null."""
    return {
        key: number(value)
        for key, value in values.items()
        if value is None or number(value) is not None
    }


def _keys(values: Json) -> tuple[str, ...]:
    return tuple(key[:40] for key in list(values)[:20])


def read_leaderboard(rows: list[Any]) -> Leaderboard:
    """``data`` of ``GET /creators/top``, in the server's order; rows that are none are skipped."""
    objects = [row for row in rows if isinstance(row, dict)]
    metric = next((path for row in objects for path in VALUE_PATHS if _has(row, path)), None)
    return Leaderboard(metric, tuple(_row(row) for row in objects))


def _row(row: Json) -> LeaderboardRow:
    identifier = text(row.get("id"))
    name = text(row.get("name")) or identifier or ""
    path = next((path for path in VALUE_PATHS if _has(row, path)), None)
    return LeaderboardRow(identifier, name, _at(row, path) if path else None)


def _has(row: Json, path: str) -> bool:
    return _at(row, path) is not None


def _at(row: Json, path: str) -> Number | None:
    outer, _, inner = path.rpartition(".")
    return number((_object(row.get(outer)) if outer else row).get(inner))


def read_account(row: object) -> Account | None:
    """One row of ``GET /accounts``; None where it has no id to ask metrics for, or nothing else."""
    read = WireAccount.model_validate(record(row))
    known = [name for name in WireAccount.model_fields if getattr(read, name) is not None]
    if not read.id or known == ["id"]:
        return None
    return Account(
        id=read.id,
        platform=read.platform,
        username=read.username,
        creator_id=read.creator_id,
        creator_name=read.creator_name,
        is_active=read.is_active,
        is_unavailable=read.is_unavailable,
        follower_count=read.follower_count,
        added_at=read.added_at,
        last_scrape_time=read.last_scrape_time,
        scrape_interval_hours=read.scrape_interval_hours,
    )


def read_metrics(body: Json) -> BatchMetrics:
    """The whole body of a batch call for metrics; ``meta`` says which days were summed."""
    meta = _object(body.get("meta"))
    start, end = _day(meta.get("start_date")), _day(meta.get("end_date"))
    missing = meta.get("not_found")
    return BatchMetrics(
        window=Window(start, end) if start and end else None,
        by_account={
            key: _metrics(value)
            for key, value in _object(body.get("data")).items()
            if isinstance(value, dict)
        },
        not_found=tuple(map(str, missing)) if isinstance(missing, list) else (),
    )


def _metrics(values: Json) -> WindowMetrics:
    read = WireMetrics.model_validate(record(values))
    sums = (read.views, read.plays, read.likes, read.comments, read.shares)
    return WindowMetrics(*sums, engagement=_engagement(read))


def _engagement(read: WireMetrics) -> Number | None:
    """What the API says, else the three that it is documented to add up."""
    if read.engagement is not None:
        return read.engagement
    if read.likes is None or read.comments is None or read.shares is None:
        return None
    return read.likes + read.comments + read.shares
