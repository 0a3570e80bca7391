"""A recap computed by hand: from CreatorAudit's raw answers, with plain loops.

Nothing here may use the product's code: it is what the product is compared with.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.playground.creatoraudit import Exchange

Row = dict[str, Any]
Table = dict[str, Any]
"""Every printed number by what it stands beside."""

DAY = timedelta(days=1)


@dataclass
class Answers:
    """The raw answers of one recap that was made on ``day``, of so many ``days``."""

    day: date
    days: int
    overview: Row
    top: list[Row]
    accounts: list[Row]
    now: dict[str, Row]
    before: dict[str, Row]
    posts: list[Row]

    @property
    def start(self) -> date:
        """The first day of the window; its last is the one before ``day``."""
        return self.day - self.days * DAY


def read(exchanges: Iterable[Exchange], day: date, days: int) -> Answers:
    """The raw answers among ``exchanges``."""
    answers = Answers(day, days, {}, [], [], {}, {}, [])
    for one in exchanges:
        assert one.status == 200, one
        data = one.json["data"]
        if one.path == "/overview":
            answers.overview = data
        elif one.path == "/creators/top":
            answers.top = data
        elif one.path == "/accounts":
            answers.accounts += data
        elif one.path == "/accounts/metrics":
            asked, meta = json.loads(one.request_body), one.json["meta"]
            assert (asked["start_date"], asked["end_date"]) == (
                meta["start_date"],
                meta["end_date"],
            )
            if meta["end_date"] == str(day - DAY):
                assert meta["start_date"] == str(answers.start)
                answers.now |= data
            else:
                assert meta["start_date"] == str(answers.start - days * DAY)
                assert meta["end_date"] == str(answers.start - DAY)
                answers.before |= data
        elif one.path.endswith("videos/metrics"):
            assert one.json["meta"]["start_date"] == str(answers.start)
            assert one.json["meta"]["end_date"] == str(day - DAY)
            answers.posts += data.values()
    return answers


def change(now: float | None, was: float | None) -> str:
    """How a count moved: in percent, as a factor, as a difference on a small base, or not."""
    if now is None or was is None:
        return "?"
    if now == was:
        return "="
    if was < 20:
        return f"{now - was:+}"
    if now >= 10 * was:
        return f"×{now / was:.4f}"
    percent = round(100 * (now - was) / was, 1)
    return f"{percent:+.1f} %" if percent else "="


def points(now: float, was: float) -> str:
    """How a rate moved."""
    moved = round(now - was, 2)
    return f"{moved:+.2f} pp" if moved else "="


def rate(rows: list[Row]) -> float | None:
    """Likes, comments and shares over views, in percent."""
    views = interactions = 0
    for row in rows:
        views += row["views"]
        interactions += row["likes"] + row["comments"] + row["shares"]
    return 100 * interactions / views if views else None


def is_early(this: Answers) -> bool:
    """Whether less than nine of ten accounts are refreshed."""
    counted, refreshed, *_ = coverage(this)
    return refreshed < 0.9 * counted


def ready(this: Answers) -> set[str]:
    """The accounts that compare: all, or the refreshed ones while most are not."""
    closed = datetime(this.day.year, this.day.month, this.day.day, tzinfo=UTC)
    early, found = is_early(this), set()
    for account in this.accounts:
        last = account["last_scrape_time"]
        fresh = last is not None and datetime.fromisoformat(last) >= closed
        if not early or (fresh and account["is_active"] and not account["is_unavailable"]):
            found.add(account["id"])
    return found


def figures(this: Answers, then: Answers | None) -> Table:
    """The headline; ``then`` is what was answered when the window began."""
    current, previous = this.overview["current"], this.overview["previous"]
    table: Table = {}
    early, compared = is_early(this), ready(this)
    for label, key in (
        ("Total views", "total_views"),
        ("Active accounts", "active_accounts"),
        ("Account videos", "account_videos"),
        ("Tracked videos", "tracked_videos"),
    ):
        moved = change(current[key], previous[key])
        if early and key in {"total_views", "account_videos"}:
            moved = "?"
        table[label] = (current[key], previous[key], moved)
    rates = current["engagement_rate"], previous["engagement_rate"]
    table["Engagement rate"] = (*rates, points(*rates))
    for metric in ("likes", "comments", "shares"):
        whole = now = was = 0
        for account in this.accounts:
            whole += this.now[account["id"]][metric]
            if account["id"] in compared:
                now += this.now[account["id"]][metric]
                was += this.before[account["id"]][metric]
        table[metric.capitalize()] = (whole, was, change(now, was))
    return table | {"Followers": followers(this, then)}


def followers(this: Answers, earlier: Answers | None) -> tuple[int, int | None, str]:
    """Of all accounts now; the change is that of those that were counted earlier, too."""
    then: dict[str, int] = {}
    for account in earlier.accounts if earlier else ():
        if account["last_scrape_time"] is not None:
            then[account["id"]] = account["follower_count"]
    now = both_now = both_then = 0
    known = False
    for account in this.accounts:
        if account["last_scrape_time"] is None:
            continue
        now += account["follower_count"]
        if account["id"] in then:
            known = True
            both_now += account["follower_count"]
            both_then += then[account["id"]]
    if not known:
        return now, None, "?"
    return now, both_then, change(both_now, both_then)


def by_creator(this: Answers) -> dict[str, tuple[str, list[str]]]:
    """Name and accounts of everybody; an account without a creator stands for itself."""
    found: dict[str, tuple[str, list[str]]] = {}
    for account in this.accounts:
        key = account["creator_id"] or account["id"]
        name = account["creator_name"] if account["creator_id"] else "@" + account["username"]
        found.setdefault(key, (name, []))[1].append(account["id"])
    return found


def top(this: Answers, week_ago: Answers | None, shown: int = 5) -> list[tuple[Any, ...]]:
    """Place, name, views, movement, gain and rate of each row."""
    people = by_creator(this)
    places = {row["id"]: place for place, row in enumerate(week_ago.top, 1)} if week_ago else {}
    rows = []
    for place, row in enumerate(this.top, 1):
        own = people.get(row["id"], ("", []))[1]
        engagement = rate([this.now[one] for one in own])
        moved: object = None
        if week_ago:
            moved = places[row["id"]] - place if row["id"] in places else "NEW"
        rows.append((place, row["name"], row["views"], moved, gain(this, own), engagement))
    now = {row["id"] for row in this.top[:shown]}
    out = [row["name"] for row in week_ago.top[:shown] if row["id"] not in now] if week_ago else []
    return [*rows, tuple(out)]


def new(this: Answers) -> set[str]:
    """The accounts that were added in the window and have no views before."""
    return {
        account["id"]
        for account in this.accounts
        if str(this.start) <= account["added_at"][:10] <= str(this.day - DAY)
        if not this.before[account["id"]]["views"]
    }


def gain(this: Answers, own: list[str]) -> int | None:
    """Views of ``own`` more than before; None where none of them compares."""
    comparing = ready(this) - new(this)
    old = [one for one in own if one in comparing]
    return sum(this.now[one]["views"] - this.before[one]["views"] for one in old) if old else None


def movers(this: Answers) -> Table:
    """Who gained and who lost, what is noise, and who led."""
    moved = []
    all_before = net = 0
    comparing = ready(this) - new(this)
    for key, (name, everything) in by_creator(this).items():
        own = [one for one in everything if one in comparing]
        if not own:
            continue
        now = sum(this.now[one]["views"] for one in own)
        was = sum(this.before[one]["views"] for one in own)
        moved.append((now - was, key, name, now, was))
        all_before += was
        net += now - was
    there = sum(now + was > 0 for *_, now, was in moved)
    floor = max(100, min(all_before / 200, all_before / there / 5))
    gains = [row for row in sorted(moved, key=lambda row: (-row[0], row[1])) if row[0] >= floor]
    drops = [row for row in sorted(moved, key=lambda row: (row[0], row[1])) if -row[0] >= floor]
    lead = None
    if net >= max(100, all_before / 200) and gains and gains[0][0] >= net / 20:
        lead = gains[0]
    if -net >= max(100, all_before / 200) and drops and drops[0][0] <= net / 20:
        lead = drops[0]
    return {
        "gains": [row[2:] for row in gains[:25]],
        "drops": [row[2:] for row in drops[:25]],
        "floor": floor,
        "net": net,
        "lead": lead and lead[2],
        "share": lead and lead[0] / net,
    }


def carried(this: Answers) -> tuple[str, Table, bool]:
    """How the views of the old accounts changed, who did it, and whether more than that changed."""
    was = now = 0
    new_ones = new(this)
    for account in this.accounts:
        if account["id"] not in new_ones:
            was += this.before[account["id"]]["views"]
            now += this.now[account["id"]]["views"]
    current, previous = this.overview["current"], this.overview["previous"]
    printed = change(current["total_views"], previous["total_views"])
    return change(now, was), movers(this), change(now, was) != printed


def coverage(this: Answers) -> tuple[int, int, int, int, int, int]:
    """Counted, refreshed, stale, waiting, paused and unavailable accounts."""
    closed = datetime(this.day.year, this.day.month, this.day.day, tzinfo=UTC)
    refreshed = stale = waiting = paused = gone = 0
    for account in this.accounts:
        last = account["last_scrape_time"]
        if not account["is_active"]:
            paused += 1
        elif account["is_unavailable"]:
            gone += 1
        elif last is None:
            waiting += 1
        elif datetime.fromisoformat(last) >= closed:
            refreshed += 1
        else:
            stale += 1
    return refreshed + stale + waiting, refreshed, stale, waiting, paused, gone


def trend(this: Answers, earlier: list[Answers]) -> list[tuple[date, int]]:
    """Views by the last day of each week, oldest first."""
    weeks = [*earlier, this] if earlier else []
    return [(one.day - DAY, one.overview["current"]["total_views"]) for one in weeks]


def videos(this: Answers) -> list[int]:
    """Views of the best three."""
    return sorted((post["views"] for post in this.posts if post["views"]), reverse=True)[:3]


def added(this: Answers) -> tuple[float, float, int]:
    """The printed change of all views, the part of added accounts, and how many brought any."""
    current, previous = this.overview["current"], this.overview["previous"]
    whole = (current["total_views"] - previous["total_views"]) / previous["total_views"]
    new_ones = new(this)
    base = sum(row["views"] for one, row in this.before.items() if one not in new_ones)
    brought = [this.now[one]["views"] for one in new_ones if this.now[one]["views"]]
    return whole, sum(brought) / base, len(brought)


def unusual(this: Answers, earlier: list[Answers]) -> tuple[int, float, int]:
    """Views, and the median of the weeks before."""
    weeks = sorted(one.overview["current"]["total_views"] for one in earlier)
    middle = len(weeks) // 2
    median = weeks[middle] if len(weeks) % 2 else (weeks[middle - 1] + weeks[middle]) / 2
    return this.overview["current"]["total_views"], median, len(weeks)


def disagreements(this: Answers) -> list[str]:
    """Where the overview and the accounts are more than a percent apart."""
    current = this.overview["current"]
    rows = [this.now[account["id"]] for account in this.accounts]
    views = sum(row["views"] for row in rows)
    found = []
    if abs(current["total_views"] - views) > max(current["total_views"], 1) / 100:
        found.append("Total views")
    own = rate(rows)
    theirs = current["engagement_rate"]
    if own is not None and abs(theirs - own) > max(theirs, 1) / 100:
        found.append("Engagement rate")
    return found


def on_platform(this: Answers, platform: str) -> Answers:
    """What was answered of the accounts of one platform."""
    own = [account for account in this.accounts if account["platform"] == platform]
    return replace(this, accounts=own)


def sums(this: Answers) -> Table:
    """The headline of one platform: everything is summed over its accounts."""
    table: Table = {}
    now = [this.now[account["id"]] for account in this.accounts]
    was = [this.before[account["id"]] for account in this.accounts]
    for metric in ("views", "likes", "comments", "shares"):
        pair = sum(row[metric] for row in now), sum(row[metric] for row in was)
        table[metric.capitalize()] = (*pair, change(*pair))
    rates = rate(now), rate(was)
    assert rates[0] is not None
    assert rates[1] is not None
    table["Engagement rate"] = (*rates, points(rates[0], rates[1]))
    return table | {"Followers": followers(this, None)}


def by_gain(this: Answers) -> list[tuple[Any, ...]]:
    """Place, name, gain and rate of those who gained most; the best twenty-five."""
    rows = []
    for key, (name, own) in by_creator(this).items():
        gained = gain(this, own)
        if gained is not None:
            rows.append((-gained, key, name, rate([this.now[one] for one in own])))
    ranked = enumerate(sorted(rows)[:25], 1)
    return [(place, name, -gained, own) for place, (gained, _, name, own) in ranked]
