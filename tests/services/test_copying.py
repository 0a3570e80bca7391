"""Targets beside the channel: the same numbers, each once, and none in the way of another."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.posting.mail import GOODBYE, PATIENCE
from bot.posting.webhook import TIMEOUT as WEBHOOK
from bot.rendering.mail.model import unpacked
from bot.services import dispatch
from bot.services.build import BUILD, Work
from bot.services.record import HAND_OVER, RECORD_PAUSES
from bot.subscriptions import copies
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import COPIES, Delivery, Kind, State
from bot.subscriptions.model import Pause, Status
from bot.subscriptions.outcomes import BadMessage, Busy, NotAllowed, Refused, Sent, Unsure
from bot.subscriptions.protocol import Policy
from bot.subscriptions.targets import Target, TargetKind
from bot.subscriptions.ways import Way
from tests.examples import overview
from tests.services.fakes import BUSY, subscriptions
from tests.services.post_office import MONDAY, SECOND, PostOffice, subscription

HOOK = Target(TargetKind.WEBHOOK, "https://hooks.example.com/in/1234567890abcdef")
CHAT = Target(TargetKind.DISCORD, "https://discord.com/api/webhooks/1/abcdefghijklmnop")
MAIL = Target(TargetKind.EMAIL, "ana@example.com")
ONLY = frozenset({Kind.RECAP})
KEY = "s1/2026-11-23/to/"


async def opened(*targets: Target) -> PostOffice:
    """An office with one subscription of these targets, and its Monday."""
    office = PostOffice()
    await office.keep(subscription())
    for number, target in enumerate(targets):
        way = Way(f"w{number}", "s1", target, "U1")
        assert await office.ledger.commit(Change(way=(None, way)))
    return office


def states(office: PostOffice) -> list[str]:
    return [one.state.value for one in office.copies()]


def sent(office: PostOffice, target: Target) -> list[Mapping[str, Any]]:
    return [payload for address, payload, _ in office.sender.sent if address == target.address]


async def test_the_same_numbers_three_times() -> None:
    """The channel, a webhook and a mailbox, each once, with keys of their own."""
    office = await opened(HOOK, MAIL)
    await office.tick()
    assert (office.recap.state, states(office)) == (State.SENT, ["sent", "sent"])
    assert "1.24M" in office.messenger.posted[0][1].text
    assert "1.24M" in sent(office, HOOK)[0]["text"]
    assert "1.24M" in unpacked(sent(office, MAIL)[0])[0].text
    assert sorted(key for _, _, key in office.sender.sent) == [f"{KEY}w0", f"{KEY}w1"]
    await office.later(hours=1)
    assert len(office.sender.sent) == 2
    assert office.source.asked.count("GET /overview?period=7d") == 1


async def until(done: Callable[[], bool]) -> None:
    """Let everything that is under way go on until ``done``."""
    async with asyncio.timeout(30):
        while not done():  # noqa: ASYNC110
            await asyncio.sleep(0)


async def killed_while_sending(office: PostOffice) -> None:
    """The worker ends in the middle of the calls to all targets."""
    office.sender.hanging = {HOOK.address, CHAT.address, MAIL.address}
    await office.dispatcher.tick()
    await until(lambda: office.recap.state is State.SENT)
    await office.dispatcher.tick()
    await until(lambda: set(states(office)) == {"posting"})
    await office.dispatcher.drain(0)
    office.sender.hanging = set()


async def test_killed_when_the_channel_had_it() -> None:
    """Other numbers an hour later: the copies keep those that the channel got."""
    office = await opened(HOOK, MAIL)
    await killed_while_sending(office)
    assert (office.recap.state, states(office)) == (State.SENT, ["posting", "posting"])
    office.source.numbers = overview({"total_views": 9})
    office.clock.instant += timedelta(hours=1)
    await office.tick(office.another())
    assert states(office) == ["sent", "sent"]
    assert "1.24M" in sent(office, HOOK)[0]["text"]
    mail, at = unpacked(sent(office, MAIL)[0])
    assert "1.24M" in mail.text
    assert at == MONDAY
    assert len(office.messenger.posted) == 1


async def test_what_can_not_tell_a_repetition_waits_for_a_person() -> None:
    """A chat that may have it gets nothing by itself; Post again sends the same message."""
    office = await opened(CHAT)
    await killed_while_sending(office)
    await office.later(hours=1, worker=office.another())
    (copy,) = office.copies()
    assert (copy.state, copy.reason) == (State.UNCONFIRMED, copies.CUT_SHORT)
    assert office.sender.sent == []
    assert office.notice.message is not None
    assert office.notice.message.text == (
        "`discord.com/…mnop` did not confirm the recap for #name-C1 of Mon, Nov 23 at 09:00 "
        "(Recap was cut off while it was sending).\n"
        "Look there. If it is not there, press Post again."
    )
    button = office.notice.message.blocks[-1]["elements"][0]
    assert (button["action_id"], button["value"]) == ("recap_post_again", copy.id)
    again = await subscriptions(office.ledger, clock=office.clock).post_again("U1", copy.id)
    assert again.text == "It is sent to `discord.com/…mnop` again."
    office.source.numbers = overview({"total_views": 9})
    await office.later(seconds=1, worker=office.another())
    assert states(office) == ["sent"]
    assert "1.24M" in sent(office, CHAT)[0]["content"]
    assert len(office.notices()) == 1


@pytest.mark.parametrize("target", [HOOK, MAIL])
async def test_an_answer_that_was_lost(target: Target) -> None:
    """The same message with the same key once more: the other side can tell."""
    office = await opened(target)
    office.sender.results = {target.address: [Unsure("ServerDisconnectedError")]}
    await office.tick()
    assert states(office) == ["posting"]
    await office.later(seconds=4)
    assert len(office.sender.tried) == 1
    await office.later(seconds=1)
    assert states(office) == ["sent"]
    assert len(office.sender.tried) == 2
    assert office.notices() == []


async def test_an_answer_that_was_lost_of_a_chat() -> None:
    """One try, and a person decides."""
    office = await opened(CHAT)
    office.sender.results = {CHAT.address: [Unsure("ServerDisconnectedError")]}
    await office.tick()
    await office.later(hours=1)
    assert states(office) == ["unconfirmed"]
    assert len(office.sender.tried) == 1
    assert "(`ServerDisconnectedError`)" in _text(office.notice)


async def test_one_that_hangs_keeps_nobody_waiting() -> None:
    """More targets that hang than there are places: every channel has its post."""
    office = await opened(*(Target(TargetKind.WEBHOOK, f"https://h{n}.example/") for n in range(9)))
    office.sender.hanging = {f"https://h{n}.example/" for n in range(9)}
    await office.dispatcher.tick()
    await until(lambda: office.recap.state is State.SENT)
    await office.dispatcher.tick()
    await until(lambda: len(office.sender.tried) == dispatch.COPIES_AT_ONCE)
    await office.keep(*(subscription(f"t{n}", f"D{n}") for n in range(60)))
    await office.dispatcher.tick()
    await until(lambda: all(one.state is State.SENT for one in office.recaps()))
    assert len(office.messenger.posted) == 61
    assert len(office.sender.tried) == dispatch.COPIES_AT_ONCE
    await office.dispatcher.drain(0)


async def test_one_in_trouble_never_sends_to_the_others_again() -> None:
    """A webhook that is down for an hour; the mail and the channel have theirs once."""
    office = await opened(HOOK, MAIL)
    office.sender.results = {HOOK.address: [Busy("503")] * 20}
    await office.tick()
    for _ in range(12):
        await office.later(minutes=6)
    assert states(office)[1] == "sent"
    assert (len(office.messenger.posted), len(sent(office, MAIL))) == (1, 1)
    assert 5 < len(office.sender.tried) - 1 < 20
    office.sender.results = {}
    await office.later(minutes=6)
    assert states(office) == ["sent", "sent"]
    assert "1.24M" in sent(office, HOOK)[0]["text"]


async def test_a_wait_is_never_undercut() -> None:
    """It puts off that one row, and neither the workspace nor another target."""
    office = await opened(HOOK, CHAT)
    office.sender.results = {HOOK.address: [Busy("429", wait=600.0, hold=True)]}
    await office.tick()
    assert await office.ledger.held(MONDAY) == {}
    await office.later(seconds=599)
    assert office.sender.tried.count(HOOK.address) == 1
    await office.later(seconds=1)
    assert states(office) == ["sent", "sent"]
    assert office.sender.tried.count(CHAT.address) == 1


async def test_a_refusal_for_good_pauses_that_target_alone() -> None:
    """The contact is told once, with the address masked; the others go on."""
    office = await opened(HOOK, CHAT)
    office.sender.results = {HOOK.address: [Refused("410 gone")]}
    await office.tick()
    first = next(one for one in office.copies() if one.way == "w0")
    assert (first.state, first.reason) == (State.FAILED, "410 gone")
    way = await office.ledger.way("w0")
    assert way is not None
    assert (way.pause, way.paused_at, way.version) == ("410 gone", MONDAY, 1)
    assert _text(office.notice) == (
        "The recap for #name-C1 is no longer sent to `hooks.example.com/…cdef`: it refused "
        "(`410 gone`).\n"
        "Create a new webhook there and put its address in place of this one."
    )
    (entry,) = await office.ledger.trail("s1")
    assert (entry.actor, entry.action) == ("recap", "target_paused")
    assert entry.detail == "hooks.example.com/…cdef: 410 gone"
    await office.later(days=7)
    assert (len(office.recaps()), len(office.copies())) == (2, 3)
    assert (len(sent(office, CHAT)), len(office.notices())) == (2, 1)


async def test_a_refusal_of_what_somebody_has_changed_meanwhile() -> None:
    """A target that is edited is paused as it is now; one that is gone or paused stays so."""
    for change, pause in (("edited", "404"), ("paused", "410"), ("removed", None)):
        office = await opened(HOOK)
        way = await office.ledger.way("w0")
        assert way is not None
        wanted = {
            "edited": replace(way, added_by="U2"),
            "paused": replace(way, pause="410"),
            "removed": None,
        }[change]

        async def send(
            *_: object, office: PostOffice = office, way: Way = way, wanted: Way | None = wanted
        ) -> Refused:
            assert await office.ledger.commit(Change(way=(way, wanted)))
            return Refused("404")

        office.sender.send = send  # type: ignore[assignment,method-assign]
        await office.tick()
        assert states(office) == ["failed"]
        kept = await office.ledger.way("w0")
        assert (kept.pause if kept else None) == pause
        assert len(office.notices()) == (change == "edited")


async def test_a_refusal_that_came_after_the_lease() -> None:
    """Whoever has the copy now hears the same, and pauses the target then."""
    office = await opened(HOOK)

    async def slow(*_: object) -> Refused:
        much_later = MONDAY + timedelta(hours=1)
        (taken,) = await office.ledger.claim("other", much_later, SECOND, 1, kinds=COPIES)
        assert taken.state is State.POSTING
        return Refused("404")

    office.sender.send = slow  # type: ignore[assignment,method-assign]
    await office.tick()
    assert states(office) == ["posting"]
    way = await office.ledger.way("w0")
    assert way is not None
    assert way.is_active
    assert office.notices() == []


async def test_a_message_that_is_not_taken_pauses_nothing() -> None:
    """The contact is told, and the next one is tried as usual."""
    office = await opened(HOOK)
    office.sender.results = {HOOK.address: [BadMessage("413")]}
    await office.tick()
    assert states(office) == ["failed"]
    assert _text(office.notice).startswith(
        "The recap for #name-C1 of Mon, Nov 23 at 09:00 did not get to "
        "`hooks.example.com/…cdef` (`413`).\n"
    )
    await office.later(days=7)
    assert states(office) == ["failed", "sent"]


async def test_what_was_tried_until_it_was_too_late() -> None:
    """It is given up; where it may be there already, a person looks."""
    for outcome, state in ((Busy("503"), "failed"), (Unsure("reset"), "unconfirmed")):
        office = await opened(HOOK)
        office.sender.results = {HOOK.address: [outcome] * 3}
        await office.tick()
        await office.later(hours=1)
        await office.later(hours=47, seconds=1)
        assert states(office) == [state]
        assert "(it was tried until it was too late)" in _text(office.notice)


async def test_the_channel_is_in_trouble() -> None:
    """Archived while everything was planned: the copies go out, and no more are planned."""
    office = await opened(HOOK)
    office.messenger.outcomes = [NotAllowed(Pause.ARCHIVED, "is_archived")]
    await office.tick()
    assert office.recap.state is State.FAILED
    assert states(office) == ["sent"]
    await office.later(days=7)
    assert len(office.copies()) == 1


async def test_slack_takes_nothing() -> None:
    """The workspace has to wait: the copies ask for their numbers themselves, soon."""
    office = await opened(HOOK, MAIL)
    await office.ledger.hold("T1", MONDAY + timedelta(hours=1))
    await office.tick()
    assert states(office) == ["planned", "planned"]
    await office.later(seconds=15)
    assert (office.recap.state, states(office)) == (State.PLANNED, ["sent", "sent"])
    assert "1.24M" in sent(office, HOOK)[0]["text"]


async def test_a_recap_that_takes_long_keeps_its_copies_a_minute_at_most() -> None:
    """They look again and again, and then go without it."""
    office = await opened(HOOK)
    office.messenger.outcomes = []
    owed = await office.ledger.subscription("s1")
    assert owed is not None
    await office.dispatcher.plan(MONDAY)
    (recap,) = await office.ledger.claim("slow", MONDAY, timedelta(hours=1), 1)
    assert recap.id == office.recap.id
    for _ in range(3):
        await office.later(seconds=15)
        assert states(office) == ["planned"]
    await office.later(seconds=15)
    assert states(office) == ["sent"]
    assert office.recap.state is State.CLAIMED


async def test_copies_wait_for_fresh_data_with_their_recap() -> None:
    """By the same deadline, and then with the same numbers."""
    office = await opened(HOOK)
    await office.edit(wait_hours=2)
    office.refreshed(5)
    await office.tick()
    assert (office.recap.state, states(office)) == (State.PLANNED, ["planned"])
    for _ in range(3):
        await office.later(minutes=30)
        assert states(office) == ["planned"]
    office.source.numbers = overview({"total_views": 9_000_000})
    await office.later(minutes=30)
    assert (office.recap.state, states(office)) == (State.SENT, ["sent"])
    assert "9M" in sent(office, HOOK)[0]["text"]


async def test_a_recap_that_waits_for_ever_keeps_no_copy() -> None:
    """Its worker never came back after the deadline."""
    office = await opened(HOOK)
    await office.edit(wait_hours=2)
    office.refreshed(5)
    await office.tick()
    office.clock.instant += timedelta(hours=2, minutes=2)
    await office.ledger.claim("dead", office.clock.instant, timedelta(hours=9), 1, kinds=ONLY)
    await office.tick()
    assert states(office) == ["sent"]


async def test_without_numbers() -> None:
    """Nobody has any; once there are, all have the same."""
    office = await opened(HOOK)
    office.source.numbers = BUSY
    await office.tick()
    for _ in range(4):
        await office.later(seconds=20)
        assert states(office) == ["planned"]
    (tried, *_) = await office.ledger.attempts(office.copies()[0].id)
    assert tried.outcome == "not_built"
    office.source.numbers = overview()
    await office.later(minutes=5)
    await office.later(minutes=5)
    assert (office.recap.state, states(office)) == (State.SENT, ["sent"])


async def test_a_shape_that_can_not_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug in one of them keeps neither the channel nor the others waiting."""

    def broken(kind: TargetKind, *_: object) -> dict[str, object]:
        if kind is TargetKind.DISCORD:
            raise ZeroDivisionError
        return {"text": "fine"}

    monkeypatch.setattr("bot.services.build.render_target", broken)
    office = await opened(HOOK, CHAT)
    await office.tick()
    await office.later(seconds=15)
    assert office.recap.state is State.SENT
    assert states(office) == ["sent", "planned"]
    await office.later(hours=48, seconds=1)
    assert states(office) == ["sent", "failed"]


async def test_what_is_not_wanted_any_more() -> None:
    """Each for its own reason; nobody has to be told what they did themselves."""
    by_person = {"pause": Pause.BY_PERSON, "status": Status.PAUSED, "next_slot": None}
    for changes, reason in (
        (by_person, "by_person"),
        ({"status": Status.REMOVED, "next_slot": None}, "removed"),
        ({"since": MONDAY + SECOND}, "rescheduled"),
    ):
        office = await opened(HOOK)
        await office.dispatcher.plan(MONDAY)
        await office.edit(**changes)
        office.clock.instant += timedelta(seconds=20)
        await office.tick()
        (copy,) = office.copies()
        assert (copy.state, copy.reason) == (State.SKIPPED, reason)
        assert office.sender.tried == []
        assert office.notices() == []


async def test_a_target_that_was_removed_or_paused() -> None:
    """Before its copy was sent."""
    for wanted, reason in ((None, "target_removed"), ("410", "target_paused")):
        office = await opened(HOOK)
        await office.dispatcher.plan(MONDAY)
        way = await office.ledger.way("w0")
        assert way is not None
        after = replace(way, pause=wanted) if wanted else None
        assert await office.ledger.commit(Change(way=(way, after)))
        await office.later(seconds=20)
        assert [one.reason for one in office.copies()] == [reason]
        await office.later(days=7)
        assert len(office.copies()) == 1, "and it gets no more"


async def test_missed_skipped_and_by_hand() -> None:
    """Only what the schedule posts goes to the targets."""
    office = await opened(HOOK)
    await office.later(days=21, hours=1)
    assert len(office.copies()) == 1, "the latest; those before it were missed"
    desk = subscriptions(office.ledger, clock=office.clock)
    one = await office.ledger.subscription("s1")
    assert one is not None
    await desk.send_now("U1", one, "nonce")
    await desk.skip("U1", one)
    await office.later(days=6)
    assert len(office.copies()) == 1


async def test_another_worker_is_faster() -> None:
    """Whoever has lost a copy sends nothing."""
    office = await opened(HOOK)
    await office.tick()
    (copy,) = office.copies()
    stale = replace(copy, state=State.CLAIMED, fence=copy.fence - 1)
    (brief,) = (await office.ledger.briefs([stale])).values()
    work = Work(MONDAY, MONDAY)
    assert await office.delivering.deliver(stale, brief, work) == stale
    bare = replace(stale, message=None)
    assert await office.delivering.deliver(bare, brief, work) == bare
    assert len(office.sender.tried) == 1


async def test_a_machine_that_slept_after_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not handed over, and tried again."""
    monkeypatch.setattr("bot.services.copying.HAND_OVER", -1.0)
    office = await opened(CHAT)
    await office.tick()
    assert (states(office), office.sender.tried) == (["planned"], [])
    monkeypatch.setattr("bot.services.copying.HAND_OVER", 5.0)
    await office.later(seconds=5)
    assert states(office) == ["sent"]


async def test_the_name_of_the_message_is_kept() -> None:
    """Where there is one that is not too long; the attempt has it whole."""
    office = await opened(CHAT, MAIL)
    long = f"<{'a' * 32}@example.com>"
    office.sender.results = {
        CHAT.address: [Sent("discord.com", "1042")],
        MAIL.address: [Sent("example.com", long)],
    }
    await office.tick()
    assert [one.ts for one in office.copies()] == ["1042", None]
    (tried,) = await office.ledger.attempts(office.copies()[1].id)
    assert (tried.outcome, tried.detail) == ("send:Sent", long)


async def test_the_database_is_away_for_the_copies() -> None:
    """The pass goes on; the next one begins where this one stood."""
    office = await opened(HOOK)
    claim = office.ledger.claim

    async def away(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        if arguments[-1] == COPIES:
            raise BUSY
        return await claim(*arguments, **named)

    office.ledger.claim = away  # type: ignore[method-assign]
    await office.tick()
    assert office.recap.state is State.SENT
    office.ledger.claim = claim  # type: ignore[method-assign]
    await office.tick()
    assert states(office) == ["sent"]


def test_everything_of_one_copy_fits_into_its_lease() -> None:
    """The numbers before the call; the slowest server, and what became of it."""
    lease = Policy().copy_lease.total_seconds()
    assert lease > BUILD + HAND_OVER
    assert HAND_OVER + max(PATIENCE + GOODBYE, WEBHOOK) + sum(RECORD_PAUSES) < lease


def _text(delivery: Delivery) -> str:
    assert delivery.message is not None
    return delivery.message.text
