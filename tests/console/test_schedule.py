"""Subscriptions and ticks from the terminal, in processes of their own."""

import asyncio
import signal
import socket
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.playground.creatoraudit import CreatorAuditStandIn
from bot.playground.faults import Fault
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import Message
from bot.rendering.numbers import Numbers
from bot.subscriptions.schedule import Schedule, Weekday
from tests.console.processes import PATIENCE, recap, started
from tests.console.test_doctor import healthy

MARKETING = "C0MARKETING"
SLOT = next(
    Schedule(frozenset({Weekday.MON}), time(9), "Europe/Berlin").slots_after(SystemClock().now())
)
"""The next one, whenever this runs."""

MONDAY = f"{SLOT.day} 09:00 Europe/Berlin"
DAY = Numbers().day(SLOT.day)


def posts(slack: SlackStandIn) -> list[Message]:
    """What #marketing has seen of the schedule: all but the introduction and the threads."""
    return [
        message
        for message in slack.workspace.seen_by("nobody", MARKETING)
        if "subscribed to Recap" not in message.text and message.thread_ts is None
    ]


async def struck(fault: Fault) -> None:
    """Wait until ``fault`` has struck; the stand-in tells nobody when an answer only waits."""
    async with asyncio.timeout(PATIENCE):
        while not fault.fired:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def subscribed(settings: dict[str, str], folder: Path) -> None:
    words = ("mon", "09:00", "Europe/Berlin", "--contact", "U0MIA")
    done = await recap(folder, "subscriptions", "add", MARKETING, *words, **settings)
    assert (done.code, done.err.count("error")) == (0, 0)
    assert done.out.startswith("Done.\n")


async def test_migrate(tmp_path: Path) -> None:
    """A new file, and once more."""
    for _ in range(2):
        done = await recap(tmp_path, "migrate", DATABASE_URL="sqlite:///new.db")
        assert (done.code, done.out) == (0, "The database is up to date (revision 0012).\n")
    assert (tmp_path / "new.db").exists()


async def test_postgresql_is_brought_up_to_date_by_hand(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path, postgres: str
) -> None:
    """Other processes may be using it: ``run`` refuses with the command, ``migrate`` does it."""
    settings = {**healthy(slack, api), "DATABASE_URL": postgres}
    refused = await recap(tmp_path, "run", **settings)
    assert refused.code == 3
    assert refused.err.splitlines()[-1] == (
        "The database is older than this Recap: run `recap migrate` once, then start again."
    )
    assert (await recap(tmp_path, "migrate", **settings)).code == 0
    done = await recap(tmp_path, "subscriptions", "list", **settings)
    assert (done.code, done.out) == (0, "Nothing is subscribed.\n")


async def test_postgresql_that_never_answers(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """Its system takes the connection, and nobody says a word: every command ends with a reason."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        address = f"postgresql://recap@127.0.0.1:{port}/recap?connect_timeout=2"
        settings = {**healthy(slack, api), "DATABASE_URL": address}
        commands = ("run", "tick", "migrate", "doctor")
        *ends, doctor = await asyncio.gather(
            *(recap(tmp_path, command, **settings) for command in commands)
        )
    sentence = "The database does not answer: connection timeout expired."
    assert [(done.code, done.err.splitlines()[-1]) for done in ends] == [(4, sentence)] * 3
    assert not any("Traceback" in done.err for done in ends)
    assert (doctor.code, doctor.err) == (3, "")
    assert "can't be used: connection timeout expired." in " ".join(doctor.out.split())


async def test_subscriptions(slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """Added, listed, paused, resumed and removed, by id or by name."""
    settings = healthy(slack, api)
    await subscribed(settings, tmp_path)
    listed = await recap(tmp_path, "subscriptions", "list", **settings)
    row = listed.out.splitlines()[1]
    assert row.startswith(
        "#marketing  C0MARKETING  every Monday at 09:00 (Europe/Berlin)  7d top 5"
    )
    assert row.split()[-2:] == ["–", "U0MIA"]
    for action, said in (("pause", "Paused."), ("resume", "On again.")):
        done = await recap(tmp_path, "subscriptions", action, "#marketing", **settings)
        assert (done.code, done.out.splitlines()[0]) == (0, said)
    # Without Slack: a token that is gone must not be in the way of removing what it posted.
    offline = {"DATABASE_URL": "sqlite:///recap.db"}
    done = await recap(tmp_path, "subscriptions", "remove", MARKETING, **offline)
    assert (done.code, done.out) == (0, "#marketing is unsubscribed. Recap posts nothing there.\n")
    done = await recap(tmp_path, "subscriptions", "remove", MARKETING, **offline)
    assert (done.code, done.err.splitlines()[-1]) == (
        3,
        "No subscription of C0MARKETING. `recap subscriptions list` shows what there is.",
    )


async def test_also_to(slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """Where else it goes: named as often as needed, and never shown whole."""
    settings, hook = healthy(slack, api), "https://chat.example.com/hooks/secret-secret-1234"
    shown = "n…@example.com, chat.example.com/…1234"
    add = ("subscriptions", "add", MARKETING, "--to", hook, "--to")
    wrong = await recap(tmp_path, *add, "nowhere", **settings)
    assert wrong.code == 3
    assert wrong.err.startswith("--to can't be used. Line 2: A target is an address that begins")
    done = await recap(tmp_path, *add, "name@example.com", **settings)
    assert (done.code, done.out.splitlines()[-1]) == (0, f"Also to {shown}.")
    listed = await recap(tmp_path, "subscriptions", "list", **settings)
    assert f"  {shown}  " in listed.out


async def test_choices(slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path) -> None:
    """Options and words mean the same; the list says what differs, however long its lines."""
    settings = healthy(slack, api)
    add = ("subscriptions", "add", MARKETING)
    words = ("mon", "09:00", "Europe/Berlin", "top", "3")
    options = ("--by", "gain", "--platform", "tiktok", "--wait", "4")
    done = await recap(tmp_path, *add, *words, *options, **settings)
    choices = "TikTok only · ranked by gain · waits up to 4 hours"
    assert (done.code, done.out.splitlines()[2]) == (0, f"{choices}.")
    row = (await recap(tmp_path, "subscriptions", "list", **settings)).out.splitlines()[1]
    assert f"(Europe/Berlin)  7d top 3 · {choices}  " in row
    assert row.rstrip().endswith("–")
    both = ("--platform", "instagram", "--platform", "tiktok", "--by", "views", "--wait", "0")
    done = await recap(tmp_path, *add, "top", "5", *both, **settings)
    assert (done.code, done.out.splitlines()[0]) == (0, "Changed. From now on:")
    row = (await recap(tmp_path, "subscriptions", "list", **settings)).out.splitlines()[1]
    assert "(Europe/Berlin)  7d top 5  " in row


@pytest.mark.parametrize("options", [("--wait", "25"), ("--platform", "x"), ("--by", "likes")])
async def test_choices_that_there_are_not(tmp_path: Path, options: tuple[str, str]) -> None:
    """Exit code 2, and nothing was asked of anybody."""
    done = await recap(tmp_path, "subscriptions", "add", MARKETING, *options)
    assert done.code == 2
    assert options[0] in done.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("C0MARKETING", "by", "views", "--by", "gain"),
            "A subscription has one ranking, not both views and gain. "
            "The nearest is: C0MARKETING mon 09:00 by views",
        ),
        (
            ("C0MARKETING", "mon", "25:00"),
            "“25:00” is no time of day: it goes from 00:00 to 23:59. "
            "The nearest is: C0MARKETING mon 09:00",
        ),
        (
            ("C0LAUNCH", "mon", "09:00"),
            "Recap is not in this channel. Type `/invite @recap` here, then try again. "
            "(C0LAUNCH: not_in_channel.)",
        ),
    ],
)
async def test_add_what_can_not_be(
    slack: SlackStandIn,
    api: CreatorAuditStandIn,
    tmp_path: Path,
    words: tuple[str, ...],
    sentence: str,
) -> None:
    """One sentence, and nothing is subscribed."""
    done = await recap(tmp_path, "subscriptions", "add", *words, **healthy(slack, api))
    assert (done.code, done.err.splitlines()[-1]) == (3, sentence)


async def test_tick_posts_once_however_often(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """As of the same instant three times, and as of a later one: one post."""
    settings = healthy(slack, api)
    await subscribed(settings, tmp_path)
    dry = await recap(tmp_path, "tick", "--dry-run", "--at", MONDAY, **settings)
    assert dry.code == 0
    assert f"#marketing  the recap of {DAY} at 09:00 would be posted" in dry.out
    assert posts(slack) == []
    first = await recap(tmp_path, "tick", "--at", MONDAY, "--force", **settings)
    assert first.code == 0
    assert f"C0MARKETING  recap of {DAY} was sent" in first.out
    for instant in (MONDAY, MONDAY, f"{SLOT.day} 10:00 Europe/Berlin"):
        again = await recap(tmp_path, "tick", "--at", instant, "--force", **settings)
        assert (again.code, again.out) == (0, "Nothing is due.\n")
    (message,) = posts(slack)
    assert "Recap: last 7 days" in message.text


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        ("2060-01-01T09:00Z", "is in the future"),
        ("2026-11-16T09:00", "lacks its time zone"),
        ("monday", "is no instant"),
    ],
)
async def test_tick_as_of_an_odd_instant(tmp_path: Path, at: str, sentence: str) -> None:
    """Wrong usage, said in words, before anything is opened."""
    done = await recap(tmp_path, "tick", "--at", at)
    assert done.code == 2
    assert sentence in " ".join(done.err.replace("│", "").split())


async def test_tick_without_numbers(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """What has to wait for long is left for the next run, and the exit code says so."""
    settings = healthy(slack, api)
    await subscribed(settings, tmp_path)
    api.faults.add(Fault("status", "/overview", times=None, status=429, retry_after="3600"))
    done = await recap(tmp_path, "tick", "--at", MONDAY, "--force", **settings)
    assert done.code == 4
    assert "is on its way" in done.out
    assert "run `recap tick` again then." in done.out
    assert posts(slack) == []


async def test_tick_with_a_patient_subscription(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """What waits for fresh data is named, and when to come again."""
    settings = healthy(slack, api)
    await subscribed(settings, tmp_path)
    with sqlite3.connect(tmp_path / "recap.db") as database:
        database.execute("UPDATE subscriptions SET wait_hours = 4")
    ((token, key),) = api.keys.items()
    stale = replace(key.organisation, scraped_at=lambda *_: datetime(2026, 1, 1, tzinfo=UTC))
    api.keys[token] = replace(key, organisation=stale)
    done = await recap(tmp_path, "tick", "--at", MONDAY, "--force", **settings)
    assert done.code == 4
    assert f"C0MARKETING  recap of {DAY} is waiting for fresh data\n" in done.out
    assert "run `recap tick` again then." in done.out
    assert posts(slack) == []


async def test_tick_waits_out_a_lost_answer(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """A worker that was killed in the call: the next one finds the message and posts nothing."""
    settings = healthy(slack, api)
    await subscribed(settings, tmp_path)
    slow = slack.faults.add(Fault("slow", "chat.postMessage", seconds=600.0))
    seen = len(posts(slack))
    async with started(tmp_path, "tick", "--at", MONDAY, "--force", **settings) as process:
        await struck(slow)
        process.kill()
    assert len(posts(slack)) == seen
    with sqlite3.connect(tmp_path / "recap.db") as database:
        (state,) = database.execute("SELECT state FROM deliveries WHERE kind = 'recap'").fetchone()
        assert state == "posting"
        # Its lease runs out a minute from now; nobody waits for that here.
        database.execute("UPDATE deliveries SET ready_at = planned_at")
    slack.faults.clear()
    done = await recap(tmp_path, "tick", "--at", MONDAY, "--force", **settings)
    assert (done.code, len(posts(slack))) == (0, 1)
    assert "conversations.history" in [call.method for call in slack.traffic]


async def test_a_stop_in_the_middle_of_a_post(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """SIGTERM: the post under way is finished and written down, within ten seconds."""
    settings = healthy(slack, api)
    await subscribed(settings, tmp_path)
    with sqlite3.connect(tmp_path / "recap.db") as database:
        minute_ago = datetime.now(UTC) - timedelta(minutes=1)  # noqa: TID251 -- for a real process
        due = minute_ago.replace(second=0, microsecond=0, tzinfo=None)
        database.execute(
            "UPDATE subscriptions SET days = ?, at_minute = ?, zone = 'UTC', next_day = ?, "
            "next_due_at = ?, since = ?",
            (
                1 << due.weekday(),
                due.hour * 60 + due.minute,
                str(due.date()),
                f"{due}.000000",
                f"{due - timedelta(days=1)}.000000",
            ),
        )
    slow = slack.faults.add(Fault("slow", "chat.postMessage", seconds=2.0))
    async with started(tmp_path, "run", **settings) as process:
        await struck(slow)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode == 0
    assert len(posts(slack)) == 1
    with sqlite3.connect(tmp_path / "recap.db") as database:
        assert database.execute("SELECT state FROM deliveries WHERE kind = 'recap'").fetchall() == [
            ("sent",)
        ]
