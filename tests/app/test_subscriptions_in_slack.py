"""Subscriptions as people in Slack meet them, from the button to the Monday post."""

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.playground.faults import Fault
from bot.playground.slack import Delivery
from bot.playground.slack_workspace import Message
from bot.rendering import buttons
from bot.storage import engine
from bot.subscriptions.targets import TargetKind
from tests.app.conftest import KOFI, MARKETING, MIA, Journey, Theatre, some_ticks
from tests.posting.receivers import Receivers

MONDAY_BERLIN = datetime(2026, 11, 23, 8, 0, 1, tzinfo=UTC)
MONDAY_NEW_YORK = datetime(2026, 11, 23, 14, 0, 1, tzinfo=UTC)
LAUNCH, GENERAL, LEADS, OLD = "C0LAUNCH", "C0GENERAL", "G0LEADS", "C0OLD"


def lines(message: Message) -> list[str]:
    return message.text.splitlines()


async def window(theatre: Theatre, user: str = MIA) -> dict[str, Any]:
    """The uppermost window of ``user``, once there is one."""
    await theatre.slack.until(lambda: bool(theatre.slack.workspace.windows.get(user)))
    return theatre.slack.workspace.windows[user][-1]


async def home(theatre: Theatre, user: str = MIA) -> dict[str, Any]:
    """The Home that ``user`` has just opened."""
    before = theatre.slack.workspace.homes.get(user, {}).get("hash")
    await theatre.slack.open_home(user)
    await theatre.slack.until(
        lambda: theatre.slack.workspace.homes.get(user, {}).get("hash") != before
    )
    return theatre.slack.workspace.homes[user]


async def subscribe(
    theatre: Theatre, words: str = "mon 09:00", *, user: str = MIA, channel: str = MARKETING
) -> Message:
    """Subscribe in words; returns what the person reads, which comes after the introduction."""
    messages = theatre.slack.workspace.messages
    before = len(messages)
    accepted(await theatre.slack.command(user, channel, f"subscribe {words}"))
    await theatre.slack.until(
        lambda: any(one.text.startswith(("Done.", "Changed.")) for one in messages[before:])
    )
    return messages[-1]


def accepted(delivery: Delivery) -> None:
    assert delivery.error is None


async def test_subscribe_by_button(theatre: Theatre) -> None:
    """Under the recap a button, a window with the person's zone, a line for the channel."""
    recap = await theatre.ask("30d top 10")
    accepted(await theatre.slack.press(MIA, recap, buttons.SUBSCRIBE))
    view = await window(theatre)
    assert view["title"]["text"] == "Subscribe"
    accepted(await theatre.slack.submit(MIA, {"at": {"selected_time": "16:30"}}))
    messages = theatre.slack.workspace.messages
    await theatre.slack.until(lambda: messages[-1].text.startswith("Done."))
    intro, done = messages[-2:]
    assert intro.ephemeral_to is None
    assert lines(intro)[0] == (
        f"<@{MIA}> subscribed this channel to Recap: the last 30 days with the top 10, every "
        "Monday at 16:30 (Europe/Berlin)."
    )
    assert (done.ephemeral_to, len(done.text.splitlines())) == (MIA, 3)
    labels = [one["text"]["text"] for one in (await theatre.ask("7d")).blocks[-1]["elements"]]
    assert "Manage subscription" in labels


async def test_choose_what_is_posted(by_socket: Theatre) -> None:
    """It is saved as it was picked, said in words, kept by a command, and shown when managed."""
    slack = by_socket.slack
    accepted(await slack.command(MIA, MARKETING, "subscribe"))
    await window(by_socket)
    figures = [{"value": "likes"}, {"value": "views"}]
    chosen: dict[str, dict[str, Any]] = {
        "metrics": {"selected_options": figures},
        "ranking": {"selected_option": {"value": "gain"}},
        "platform": {"selected_option": {"value": "tiktok"}},
        "wait": {"selected_option": {"value": "4"}},
    }
    accepted(await slack.submit(MIA, chosen))
    await slack.until(lambda: slack.workspace.messages[-1].text.startswith("Done."))
    choices = "TikTok only · ranked by gain · shows likes, views · waits up to 4 hours."
    assert lines(slack.workspace.messages[-1])[2] == choices
    assert lines(await subscribe(by_socket, "fri 10:00"))[2] == choices
    assert choices in (await by_socket.ask("list")).text
    assert choices in json.dumps(await home(by_socket), ensure_ascii=False)
    accepted(await slack.command(MIA, MARKETING, "subscribe"))
    state = (await window(by_socket))["state"]["values"]
    shown = [one["value"] for one in state["metrics"]["value"]["selected_options"]]
    assert shown == ["likes", "views"]
    accepted(await slack.submit(MIA, {"metrics": {"selected_options": []}}))
    await slack.until(lambda: slack.workspace.messages[-1].text.startswith("Changed."))
    assert "ranked by gain · waits up to 4 hours." in (await by_socket.ask("status")).text


async def test_also_send_to(by_socket: Theatre) -> None:
    """Named in the window, shown in the Home without its secret, tried and removed there."""
    slack = by_socket.slack
    async with Receivers() as receivers:
        address = receivers.target(TargetKind.WEBHOOK).address
        accepted(await slack.command(MIA, MARKETING, "subscribe"))
        await window(by_socket)
        accepted(await slack.submit(MIA, {"to": {"value": f"{address}\nnowhere"}}))
        wrong = slack.workspace.window_errors[MIA]["to"]
        assert wrong.startswith("Line 2: A target is an address that begins with https://")
        accepted(await slack.submit(MIA, {"to": {"value": address}}))
        await slack.until(lambda: slack.workspace.messages[-1].text.startswith("Done."))
        assert lines(slack.workspace.messages[-1])[-1].startswith("Also to 127.0.0.1:")
        view = await home(by_socket)
        assert "a-long-secret" not in json.dumps(view)
        block = next(one for one in view["blocks"] if one["block_id"].startswith("way_"))

        async def choose(deed: str) -> None:
            shown = slack.workspace.homes[MIA]
            options = {one["value"].split()[0]: one for one in block["accessory"]["options"]}
            value = {"selected_option": options[deed]}
            accepted(
                await slack.press_in_view(
                    MIA, shown, buttons.WAY, block_id=block["block_id"], value=value
                )
            )

        await choose("try")
        await slack.until(
            lambda: "took the test message" in json.dumps(slack.workspace.windows.get(MIA)), 15.0
        )
        ((service, taken),) = receivers.messages
        assert (service, taken["text"].startswith("A test of Recap")) == ("in", True)
        await choose("remove")
        await slack.until(
            lambda: block["block_id"] not in json.dumps(slack.workspace.homes[MIA]), 15.0
        )


async def test_two_channels_two_zones_one_post_each(journey: Journey) -> None:
    """By button in one, in words in the other; each at nine on its own wall clock, once."""
    recap = await journey.ask("7d", channel=GENERAL)
    await journey.slack.press(MIA, recap, buttons.SUBSCRIBE)
    await window(journey)
    await journey.slack.submit(MIA, {})
    await subscribe(journey, user=KOFI)
    await journey.posts(GENERAL, 1)
    journey.clock.to(MONDAY_BERLIN)
    posted = (await journey.posts(GENERAL, 2))[-1]
    assert lines(posted)[0] == "Recap: last 7 days"
    assert lines(posted)[-1] == (
        "Every Monday at 09:00 (Europe/Berlin) · Next: Mon, Nov 30 at 09:00"
    )
    assert len(await journey.posts(MARKETING, 1)) == 1
    journey.clock.to(MONDAY_NEW_YORK)
    posted = (await journey.posts(MARKETING, 2))[-1]
    assert "Every Monday at 09:00 (America/New_York)" in lines(posted)[-1]
    await some_ticks()
    assert (len(await journey.posts(GENERAL, 2)), len(await journey.posts(MARKETING, 2))) == (2, 2)


async def test_an_answer_lost_after_acceptance(journey: Journey) -> None:
    """One post, found again by its key."""
    await subscribe(journey)
    journey.slack.faults.add(Fault("lost", "chat.postMessage"))
    journey.clock.to(MONDAY_BERLIN)
    await journey.posts(MARKETING, 2)
    await asyncio.sleep(1)
    journey.clock.to(MONDAY_BERLIN.replace(minute=2))
    await journey.calls("conversations.history")
    await some_ticks()
    assert len(await journey.posts(MARKETING, 2)) == 2
    status = await journey.ask("status")
    assert "The recap of Mon, Nov 23 at 09:00 was sent at 09:02." in status.text


async def test_buttons_under_a_post(journey: Journey) -> None:
    """Skip next with undo, Manage, and Unsubscribe after a question."""
    await subscribe(journey)
    journey.clock.to(MONDAY_BERLIN)
    posted = (await journey.posts(MARKETING, 2))[-1]
    seen = len(journey.slack.workspace.messages)
    await journey.press(posted, buttons.SKIP, user=KOFI)
    skipped = await journey.newest(after=seen)
    assert skipped.ephemeral_to == KOFI
    assert lines(skipped)[0] == "The recap of Mon, Nov 30 at 09:00 is skipped."
    seen = len(journey.slack.workspace.messages)
    accepted(await journey.slack.press(KOFI, skipped, buttons.UNDO_SKIP))
    await journey.slack.until(lambda: "The skip is undone." in skipped.text)
    await journey.press(posted, buttons.MANAGE)
    assert (await window(journey))["title"]["text"] == "Manage recap"
    assert journey.slack.button(posted, buttons.UNSUBSCRIBE)["confirm"]["confirm"]["text"] == (
        "Unsubscribe"
    )
    seen = len(journey.slack.workspace.messages)
    await journey.press(posted, buttons.UNSUBSCRIBE)
    assert lines(await journey.newest(after=seen)) == [
        "#marketing is unsubscribed. Recap posts nothing there."
    ]
    seen = len(journey.slack.workspace.messages)
    await journey.press(posted, buttons.SKIP)
    assert lines(await journey.newest(after=seen)) == [
        "This subscription is gone. `/recap subscribe` sets up a new one."
    ]


async def test_verbs(journey: Journey) -> None:
    """Every word of the help, on a channel with a subscription and on one without."""
    assert lines(await journey.ask("status")) == [
        "This channel is not subscribed. `/recap subscribe` sets it up."
    ]
    await subscribe(journey, "mon,thu 09:00 Europe/Berlin 30d top 3")
    assert lines(await journey.ask("skip"))[0] == "The recap of Mon, Nov 23 at 09:00 is skipped."
    assert lines(await journey.ask("pause"))[0] == "Paused."
    assert lines(await journey.ask("list")) == [
        f"<#{MARKETING}>: every Monday and Thursday at 09:00 (Europe/Berlin). Paused: somebody "
        "paused it."
    ]
    assert lines(await journey.ask("resume"))[0] == "On again."
    assert lines(await journey.ask("last")) == ["Recap has not posted here yet."]
    journey.clock.to(datetime(2026, 11, 26, 8, 0, 1, tzinfo=UTC))
    posted = (await journey.posts(MARKETING, 2))[-1]
    messages = journey.slack.workspace.messages
    await journey.slack.until(lambda: any(one.thread_ts for one in messages))
    last = await journey.ask("last")
    assert last.ephemeral_to == MIA
    assert lines(last)[0] == "Delivered Thu, Nov 26 at 09:00:"
    assert lines(last)[1:] == lines(posted)
    assert "Connected to CreatorAudit with the key “Recap”." in (await journey.ask("status")).text
    assert lines(await journey.ask("unsubscribe")) == [
        "#marketing is unsubscribed. Recap posts nothing there."
    ]


@pytest.mark.parametrize(
    ("text", "problem", "nearest"),
    [
        (
            "subscribe mon 25:00",
            "“25:00” is no time of day: it goes from 00:00 to 23:59.",
            "/recap subscribe mon 09:00",
        ),
        (
            "subscribe mon 9am",
            "Write the time with hours and minutes: 09:00, not “9am”.",
            "/recap subscribe mon 09:00",
        ),
        (
            "subscribe mon 09:00 CET",
            "“CET” is an abbreviation that does not know summer time, or means several places. "
            "Write a place, such as Europe/Berlin.",
            "/recap subscribe mon 09:00 Europe/Berlin",
        ),
    ],
)
async def test_misread(by_socket: Theatre, text: str, problem: str, nearest: str) -> None:
    """What is wrong, and the nearest that would be right."""
    said = lines(await by_socket.ask(text))
    assert said[:2] == [problem, f"Did you mean `{nearest}`?"]


async def test_unknown_zone(by_socket: Theatre) -> None:
    """A place that is on another planet."""
    said = lines(await by_socket.ask("subscribe mon 09:00 Mars/Olympus"))
    assert "mars/olympus" in said[0]
    assert said[1] == "Did you mean `/recap subscribe mon 09:00`?"


@pytest.mark.parametrize(
    ("channel", "sentence"),
    [
        (LAUNCH, "Recap is not in this channel. Type `/invite @recap` here, then try again."),
        (OLD, "This channel is archived. Unarchive it first, then try again."),
    ],
)
async def test_preflight(theatre: Theatre, channel: str, sentence: str) -> None:
    """In words and in the window, with the one thing to do; nothing is posted."""
    assert lines(await theatre.ask("subscribe mon 09:00", channel=channel)) == [sentence]
    accepted(await theatre.slack.command(MIA, channel, "subscribe"))
    await window(theatre)
    accepted(await theatre.slack.submit(MIA, {}))
    assert theatre.slack.workspace.window_errors[MIA] == {"days": sentence}
    assert theatre.slack.workspace.windows[MIA]


async def test_a_private_channel(theatre: Theatre) -> None:
    """It can be subscribed from within, and those outside do not learn that it is there."""
    await subscribe(theatre, channel=LEADS)
    assert LEADS in (await theatre.ask("list", channel=LEADS)).text
    assert LEADS not in (await theatre.ask("list", user=KOFI)).text
    assert "leads" not in json.dumps(await home(theatre, KOFI))
    assert "leads" in json.dumps(await home(theatre))


async def test_two_people_edit_at_once(by_socket: Theatre) -> None:
    """The second sees what the first has made of it, and nothing is overwritten unseen."""
    await subscribe(by_socket)
    await by_socket.slack.command(MIA, MARKETING, "subscribe")
    await window(by_socket)
    await subscribe(by_socket, "tue 10:00", user=KOFI)
    accepted(await by_socket.slack.submit(MIA, {"at": {"selected_time": "07:00"}}))
    view = await window(by_socket)
    assert "Somebody else has changed this subscription meanwhile." in json.dumps(view["blocks"])
    at = next(one["block_id"] for one in view["blocks"] if one["block_id"].startswith("at"))
    accepted(await by_socket.slack.submit(MIA, {at: {"selected_time": "07:00"}}))
    await by_socket.slack.until(lambda: not by_socket.slack.workspace.windows[MIA])
    said = await by_socket.ask("status")
    assert "every Tuesday at 07:00" in said.text


async def test_home(theatre: Theatre) -> None:
    """Every subscription with its buttons; what is pressed shows at once."""
    empty = await home(theatre)
    assert "No channel that you can see is subscribed." in json.dumps(empty)
    await subscribe(theatre)
    view = await home(theatre)
    row = view["blocks"][-1]["block_id"]

    async def press(action: str, *, then: str) -> None:
        shown = theatre.slack.workspace.homes[MIA]
        accepted(await theatre.slack.press_in_view(MIA, shown, action, block_id=row))
        await theatre.slack.until(
            lambda: then in json.dumps(theatre.slack.workspace.homes[MIA], ensure_ascii=False)
        )

    await press(buttons.PAUSE, then="Paused: somebody paused it.")
    await press(buttons.RESUME, then="recap_pause")
    messages = theatre.slack.workspace.messages
    shown = theatre.slack.workspace.homes[MIA]
    for _ in range(2):
        accepted(await theatre.slack.press_in_view(MIA, shown, buttons.SEND_NOW, block_id=row))
    await theatre.slack.until(lambda: any(one.text.startswith("Recap:") for one in messages))
    # The second press of the same button is told so, in a window.
    assert "It was sent already" in json.dumps(await window(theatre))
    await some_ticks()
    assert sum(one.text.startswith("Recap:") for one in messages) == 1
    theatre.slack.workspace.windows[MIA].clear()
    accepted(await theatre.slack.press_in_view(MIA, shown, buttons.MANAGE, block_id=row))
    assert (await window(theatre))["title"]["text"] == "Manage recap"
    await press(buttons.UNSUBSCRIBE, then="No channel that you can see is subscribed.")


async def told(theatre: Theatre, user: str, count: int) -> list[str]:
    """The first lines of what Recap has written to ``user`` directly."""
    channel = f"D{user.removeprefix('U')}"
    slack = theatre.slack

    def seen() -> list[Message]:
        return [one for one in slack.workspace.messages if one.channel == channel]

    await slack.until(lambda: len(seen()) >= count)
    return [lines(one)[0] for one in seen()]


async def renamed(database: Path, name: str) -> None:
    """Wait until the ledger has written down that a subscribed channel has this name."""
    question = "SELECT count(*) FROM subscriptions WHERE channel_name = ?"
    async with asyncio.timeout(60):
        with closing(sqlite3.connect(database)) as ledger:
            while ledger.execute(question, (name,)).fetchone() == (0,):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def test_what_happens_to_a_channel(theatre: Theatre, tmp_path: Path) -> None:
    """Archived, back; Recap thrown out, invited: paused and on again, and the contact knows."""
    slack = theatre.slack
    await subscribe(theatre)
    accepted(await slack.rename(MARKETING, "growth"))
    # Slack's events may overtake each other, and so may our work on them.
    await renamed(tmp_path / "recap.db", "growth")
    accepted(await slack.archive(MARKETING))
    assert await told(theatre, MIA, 1) == [
        "The recap for #growth is paused: the channel is archived."
    ]
    accepted(await slack.unarchive(MARKETING))
    assert (await told(theatre, MIA, 2))[1].startswith("The recap for #growth goes on. Next:")
    accepted(await slack.remove_bot(MARKETING))
    assert (await told(theatre, MIA, 3))[2] == (
        "The recap for #growth is paused: Recap is not in the channel."
    )
    accepted(await slack.invite_bot(MARKETING))
    assert len(await told(theatre, MIA, 4)) == 4
    assert "Next:" in (await theatre.ask("list")).text


async def test_converted_to_private(by_socket: Theatre) -> None:
    """The id stays, and so does the subscription."""
    await subscribe(by_socket)
    await by_socket.slack.make_private(MARKETING)
    assert "every Monday" in (await by_socket.ask("status")).text


async def test_removed_between_claim_and_post(journey: Journey) -> None:
    """The post meets the closed door: paused, one message with one fix, and Resume works."""
    await subscribe(journey)
    members = journey.slack.workspace.channels[MARKETING].members
    members.discard("U0RECAPBOT")
    journey.clock.to(MONDAY_BERLIN)
    assert await told(journey, MIA, 1) == [
        "The recap for #marketing is paused: Recap is not in the channel."
    ]
    notice = next(one for one in journey.slack.workspace.messages if one.channel == "D0MIA")
    assert lines(notice)[1] == ("Type `/invite @recap` there, and the posts go on by themselves.")
    seen = len(journey.slack.workspace.messages)
    await journey.press(notice, buttons.RESUME)
    assert "/invite @recap" in (await journey.newest(after=seen)).text
    members.add("U0RECAPBOT")
    seen = len(journey.slack.workspace.messages)
    await journey.press(notice, buttons.RESUME)
    assert lines(await journey.newest(after=seen))[0] == "On again."
    await some_ticks()
    assert len(await journey.posts(MARKETING, 1)) == 1


async def test_a_token_revoked_before_nine(journey: Journey) -> None:
    """Everything stops, and once Recap is installed again the contact hears why."""
    await subscribe(journey)
    await journey.slack.uninstall()
    journey.clock.to(MONDAY_BERLIN)
    await some_ticks()
    assert len(await journey.posts(MARKETING, 1)) == 1
    journey.slack.revoked = False
    journey.clock.to(MONDAY_BERLIN.replace(minute=30))
    assert await told(journey, MIA, 1) == [
        "The recap for #marketing is paused: Slack no longer accepts Recap's token."
    ]


async def test_history_without_a_scope(journey: Journey) -> None:
    """Nobody can tell: the contact looks, and presses Post again."""
    journey.slack.scopes -= {"channels:history"}
    await subscribe(journey)
    lost = journey.slack.faults.add(Fault("reset", "chat.postMessage"))
    journey.clock.to(MONDAY_BERLIN)
    while not lost.fired:
        await some_ticks()
    await some_ticks()
    journey.clock.to(MONDAY_BERLIN.replace(minute=2))
    (said,) = await told(journey, MIA, 1)
    assert said.startswith("Slack did not confirm the recap for #marketing")
    notice = next(one for one in journey.slack.workspace.messages if one.channel == "D0MIA")
    accepted(await journey.slack.press(MIA, notice, buttons.POST_AGAIN))
    assert lines((await journey.posts(MARKETING, 2))[-1])[0].startswith("Recap: last 7 days")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may not write gives up at once, and not after five seconds."""
    monkeypatch.setattr(engine, "PRAGMAS", (*engine.PRAGMAS, "busy_timeout=20"))


@pytest.mark.usefixtures("impatient")
async def test_a_database_that_is_locked_for_a_minute(journey: Journey) -> None:
    """Another program holds the file at nine: the post waits and then comes, once."""
    await subscribe(journey)
    other = sqlite3.connect(journey.database, isolation_level=None, check_same_thread=False)
    await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
    journey.clock.to(MONDAY_BERLIN)
    await some_ticks()
    assert len(await journey.posts(MARKETING, 1)) == 1
    other.execute("ROLLBACK")
    other.close()
    await journey.posts(MARKETING, 2)
    await some_ticks()
    assert len(await journey.posts(MARKETING, 2)) == 2


async def test_an_event_that_slack_repeats(theatre: Theatre) -> None:
    """The same event three times is one pause and one message."""
    await subscribe(theatre)
    theatre.slack.workspace.channels[MARKETING].is_archived = True
    event = {"type": "channel_archive", "channel": MARKETING, "user": MIA}
    for retry in range(3):
        accepted(await theatre.slack.event(event, event_id="Ev1", retry_num=retry))
    assert len(await told(theatre, MIA, 1)) == 1


async def test_an_event_that_slack_repeats_too_late(theatre: Theatre) -> None:
    """The channel is back by then: what was followed once is not followed again."""
    slack = theatre.slack
    await subscribe(theatre)
    event = {"type": "channel_archive", "channel": MARKETING, "user": MIA}
    accepted(await slack.event(event, event_id="Ev1"))
    await told(theatre, MIA, 1)
    accepted(await slack.unarchive(MARKETING))
    await told(theatre, MIA, 2)
    accepted(await slack.event(event, event_id="Ev1", retry_num=1))
    await some_ticks()
    assert len(await told(theatre, MIA, 2)) == 2
    assert "Next:" in (await theatre.ask("list")).text


async def test_other_peoples_events(theatre: Theatre) -> None:
    """Somebody else joins, somebody's own token goes, another tab is opened: nothing of ours."""
    await subscribe(theatre)
    await asyncio.sleep(0.3)
    calls = len(theatre.slack.traffic)
    for event in (
        {"type": "member_joined_channel", "channel": MARKETING, "user": KOFI},
        {"type": "tokens_revoked", "tokens": {"oauth": [KOFI], "bot": []}},
        {"type": "app_home_opened", "user": MIA, "tab": "messages"},
    ):
        accepted(await theatre.slack.event(event))
    await asyncio.sleep(0.3)
    assert len(theatre.slack.traffic) == calls
    assert "Next:" in (await theatre.ask("list")).text
