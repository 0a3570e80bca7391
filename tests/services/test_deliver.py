"""Exactly once, on time, never silent: the protocol over fakes that misbehave."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.errors import OperatorMustAct, TryLater
from bot.posting.slack import TIMEOUT
from bot.rendering.notices import plain
from bot.services import build, record, tidings
from bot.services.build import Work
from bot.services.record import HAND_OVER
from bot.services.tidings import NO_CONTACT
from bot.subscriptions.brief import Brief
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import Attempt, State
from bot.subscriptions.model import Pause, Status, activated, paused, removed
from bot.subscriptions.outcomes import (
    BadMessage,
    Busy,
    Hidden,
    NotAllowed,
    NotThere,
    Sent,
    Unsure,
)
from bot.subscriptions.protocol import Policy
from bot.subscriptions.schedule import Schedule
from tests.examples import owed
from tests.services.post_office import MONDAY, SATURDAY, SECOND, PostOffice, Turns, subscription

AWAY = TryLater("away", "The database does not answer: locked.")


async def test_posted_once_when_due() -> None:
    """Not a second before, and not again however often the clock ticks."""
    office = PostOffice()
    office.clock.instant = MONDAY - SECOND
    await office.keep(subscription())
    await office.tick()
    assert office.recaps() == []
    for _ in range(5):
        await office.later(seconds=1)
    assert office.posts() == ["Recap: last 7 days"]
    one = office.recap
    assert (one.state, one.key, one.ts) == (State.SENT, "s1/2026-11-23", "1.0")
    assert one.sent_at == MONDAY
    assert [tried.outcome for tried in await office.ledger.attempts(one.id)] == ["post:Sent"]


async def test_footer_knows_last_and_next() -> None:
    """The second post says when the first one came."""
    office = PostOffice()
    await office.keep(subscription())
    await office.tick()
    await office.later(days=7)
    first, second = (message.text.splitlines()[-1] for _, message, _ in office.messenger.posted)
    assert first == "Every Monday at 09:00 (UTC) · Next: Mon, Nov 30 at 09:00"
    assert second == (
        "Every Monday at 09:00 (UTC) · Last: Mon, Nov 23 at 09:00 · Next: Mon, Dec 7 at 09:00"
    )


async def test_posting_is_committed_before_the_call() -> None:
    """Whoever dies in the middle of the call leaves a row that says so, with the message in it."""
    office = PostOffice()
    seen = []

    async def post(target: str, *_: object) -> Sent:
        seen.append(office.recap)
        return Sent(target, "1.0")

    office.messenger.post = post  # type: ignore[assignment,method-assign]
    await office.keep(subscription())
    await office.tick()
    assert seen[0].state is State.POSTING
    assert seen[0].posting_at == MONDAY
    assert seen[0].message is not None
    assert seen[0].message.text.startswith("Recap: last 7 days")


async def test_one_fetch_serves_everybody() -> None:
    """Sixty channels, one window: the API is asked once."""
    office = PostOffice()
    await office.keep(*(subscription(f"s{n}", f"C{n}") for n in range(60)))
    await office.tick()
    assert len(office.messenger.posted) == 60
    assert len(office.source.asked) == len(set(office.source.asked))


async def test_an_old_edition_serves_nobody() -> None:
    """Numbers from before the slot are never posted for it."""
    office = PostOffice()
    await office.keep(subscription())
    await office.tick()
    asked = len(office.source.asked)
    await office.later(days=7)
    assert len(office.source.asked) == 2 * asked


@pytest.mark.parametrize("lost", [Unsure("reset"), Unsure("fatal_error")])
async def test_an_answer_that_was_lost(lost: Unsure) -> None:
    """Slack has taken it: it is found by its key, and not posted again."""
    office = PostOffice()
    office.messenger.outcomes = [lost]
    await office.keep(subscription())
    await office.tick()
    assert office.recap.state is State.POSTING
    message = office.recap.message
    assert message
    office.messenger.posted.append(("C1", message, office.recap.key))
    await office.later(seconds=31)
    assert len(office.posts()) == 1
    assert (office.recap.state, office.recap.ts) == (State.SENT, "1.0")
    assert office.messenger.looked == [("C1", "s1/2026-11-23", MONDAY)]


async def test_an_answer_that_never_was() -> None:
    """Slack has not taken it: the same message goes out once it surely is not there."""
    office = PostOffice()
    office.messenger.outcomes = [Unsure("reset")]
    await office.keep(subscription())
    await office.tick()
    frozen = office.recap.message
    office.source.numbers = TryLater("gone", "gone")
    await office.later(seconds=20)
    await office.later(seconds=19)
    assert office.posts() == []
    await office.later(seconds=1)
    assert office.posts() == ["Recap: last 7 days"]
    assert office.messenger.posted[0][1] == frozen
    assert office.recap.state is State.SENT
    tried = await office.ledger.attempts(office.recap.id)
    assert [(one.outcome, one.detail) for one in tried] == [
        ("post:Unsure", "reset"),
        ("look:NotThere", ""),
        ("look:NotThere", ""),
        ("post:Sent", "1.0"),
    ]


async def test_it_is_looked_for_before_every_try() -> None:
    """A first attempt in doubt stays in doubt, also after a definite refusal of the second."""
    office = PostOffice()
    office.messenger.outcomes = [Unsure("reset"), Busy("ratelimited", wait=30, hold=True)]
    await office.keep(subscription())
    await office.tick()
    await office.later(seconds=30)
    assert len(office.messenger.looked) == 1
    office.messenger.sightings = [Sent("C1", "9.9")]
    await office.later(seconds=30)
    assert office.posts() == []
    assert (office.recap.state, office.recap.ts) == (State.SENT, "9.9")


async def test_a_worker_that_dies_in_the_call() -> None:
    """Its lease runs out; the next one looks first."""
    office = PostOffice()
    office.messenger.outcomes = [asyncio.CancelledError()]  # type: ignore[list-item]
    await office.keep(subscription())
    await office.tick()
    assert office.recap.state is State.POSTING
    await office.later(seconds=59)
    assert office.messenger.looked == []
    await office.later(seconds=1)
    assert len(office.messenger.looked) == 1
    await office.later(seconds=19)
    assert office.posts() == []
    await office.later(seconds=1)
    assert len(office.messenger.looked) == 2
    assert office.posts() == ["Recap: last 7 days"]


async def test_history_that_may_not_be_read() -> None:
    """Nobody can tell, so a person decides: no blind second post."""
    office = PostOffice()
    office.messenger.outcomes = [Unsure("reset")]
    office.messenger.sightings = [Hidden("missing_scope")]
    await office.keep(subscription())
    await office.tick()
    await office.later(seconds=30)
    await office.later(days=1)
    assert office.posts() == []
    assert (office.recap.state, office.recap.reason) == (State.UNCONFIRMED, "missing_scope")
    assert office.posts("U1") == [
        "Slack did not confirm the recap for #name-C1 of Mon, Nov 23 at 09:00, and Recap can't "
        "read the channel to look for it (`missing_scope`)."
    ]


async def test_history_that_can_not_be_read_for_now() -> None:
    """It stays in doubt, and is looked for later; after two days a person decides."""
    office = PostOffice()
    office.messenger.outcomes = [Unsure("reset")]
    office.messenger.sightings = [Busy("ratelimited", wait=100, hold=True)]
    await office.keep(subscription())
    await office.tick()
    await office.later(seconds=30)
    assert office.recap.state is State.POSTING
    assert await office.ledger.held(office.clock.now()) != {}
    office.messenger.sightings = [Busy("away")]
    await office.later(days=3)
    assert (office.recap.state, office.recap.reason) == (State.UNCONFIRMED, "too_late")


async def test_retry_after_is_never_undercut() -> None:
    """The whole workspace waits for as long as Slack says, and then goes on."""
    office = PostOffice()
    office.messenger.outcomes = [Busy("ratelimited", wait=120, hold=True)]
    await office.keep(subscription("s1", "C1"))
    await office.tick()
    await office.keep(subscription("s2", "C2"))
    await office.later(seconds=119)
    assert office.messenger.posted == []
    await office.later(seconds=1)
    assert sorted(office.posts("C1") + office.posts("C2")) == ["Recap: last 7 days"] * 2


async def test_late_because_slack_was_away() -> None:
    """Certainly not taken: the message is built anew, and says how late it is."""
    office = PostOffice()
    office.messenger.outcomes = [Busy("ratelimited", wait=5 * 3600, hold=True)]
    await office.keep(subscription())
    await office.tick()
    await office.later(hours=5)
    assert office.posts() == ["5 hours late: this was due on Mon, Nov 23 at 09:00."]


async def test_held_after_the_claim() -> None:
    """Slack tells another worker to wait while this one builds its message: it waits as well."""
    office = PostOffice()
    gate = office.source.gate = asyncio.Event()
    await office.keep(subscription())
    await office.dispatcher.tick()
    await office.ledger.hold("T1", MONDAY + timedelta(minutes=2))
    gate.set()
    await office.dispatcher.finish()
    assert office.posts() == []
    assert office.recap.ready_at == MONDAY + timedelta(minutes=2)
    await office.later(minutes=2)
    assert office.posts() == ["Recap: last 7 days"]


@pytest.mark.parametrize(
    ("pause", "code", "why"),
    [
        (Pause.NOT_IN_CHANNEL, "not_in_channel", "Recap is not in the channel."),
        (Pause.ARCHIVED, "is_archived", "the channel is archived."),
        (Pause.CHANNEL_GONE, "channel_not_found", "Slack no longer shows Recap the channel."),
        (Pause.MAY_NOT_POST, "restricted_action", "Recap may not post in the channel."),
    ],
)
async def test_a_refusal_pauses_and_tells(pause: Pause, code: str, why: str) -> None:
    """The subscription stops with its reason, and the contact gets one message with one fix."""
    office = PostOffice()
    office.messenger.outcomes = [NotAllowed(pause, code)]
    await office.keep(subscription())
    await office.tick()
    await office.later(days=7)
    one = await office.ledger.subscription("s1")
    assert one
    assert (one.status, one.pause, one.next_slot) == (Status.PAUSED, pause, None)
    assert (office.recap.state, office.recap.reason) == (State.FAILED, code)
    assert office.posts("U1") == [f"The recap for #name-C1 is paused: {why}"]
    assert office.notice.message
    button = office.notice.message.blocks[-1]["elements"][0]
    assert (button["action_id"], button["value"]) == ("recap_resume", "s1")
    entry = (await office.ledger.trail("s1"))[0]
    assert (entry.actor, entry.action, entry.detail) == ("recap", "paused", code)
    (tried,) = await office.ledger.attempts(office.recap.id)
    assert (tried.outcome, tried.detail) == ("post:NotAllowed", code)


async def test_a_refusal_while_somebody_edits() -> None:
    """The pause is written into what the subscription is by then."""
    office = PostOffice()
    await office.keep(subscription())
    changed = []

    async def post(target: str, *_: object) -> NotAllowed:
        if target == "C1":
            changed.append(await office.edit(channel_name="renamed"))
        return NotAllowed(Pause.ARCHIVED, "is_archived")

    office.messenger.post = post  # type: ignore[assignment,method-assign]
    await office.tick()
    one = await office.ledger.subscription("s1")
    assert one
    assert (one.channel_name, one.pause) == ("renamed", Pause.ARCHIVED)
    assert office.recap.state is State.FAILED


async def test_a_refusal_of_what_is_paused_already() -> None:
    """Nobody is told twice."""
    office = PostOffice()
    await office.keep(subscription())

    async def post(*_: object) -> NotAllowed:
        await office.edit(status=Status.PAUSED, pause=Pause.BY_PERSON, next_slot=None)
        return NotAllowed(Pause.ARCHIVED, "is_archived")

    office.messenger.post = post  # type: ignore[assignment,method-assign]
    await office.tick()
    assert office.recap.state is State.FAILED
    assert office.notices() == []


async def test_a_refusal_whose_worker_has_lost_its_lease() -> None:
    """Its word counts no more: whoever has taken over decides."""
    office = PostOffice()
    await office.keep(subscription())

    async def post(*_: object) -> NotAllowed:
        await office.ledger.claim("other", MONDAY + timedelta(hours=1), timedelta(hours=1), 10)
        return NotAllowed(Pause.ARCHIVED, "is_archived")

    office.messenger.post = post  # type: ignore[assignment,method-assign]
    with capture_logs() as logs:
        await office.tick()
    assert [line["event"] for line in logs] == ["planned", "delivery_lost"]
    assert office.recap.owner == "other"
    one = await office.ledger.subscription("s1")
    assert one
    assert one.is_active


async def test_blocks_that_slack_refuses() -> None:
    """The same goes out in words alone; refused again, the contact is told."""
    office = PostOffice()
    office.messenger.outcomes = [BadMessage("invalid_blocks", "/blocks/1")]
    await office.keep(subscription())
    with capture_logs() as logs:
        await office.dispatcher.tick()
        await office.dispatcher.finish()
    (line,) = (line for line in logs if line["event"] == "blocks_refused")
    assert (line["code"], line["at"]) == ("invalid_blocks", "/blocks/1")
    assert (office.recap.state, office.recap.reason) == (State.PLANNED, None)
    await office.later(seconds=1)
    (posted,) = office.messenger.posted
    assert posted[1].blocks == ()
    assert posted[1].text.startswith("Recap: last 7 days")
    office.messenger.outcomes = [BadMessage("invalid_blocks"), BadMessage("msg_too_long")]
    await office.later(days=7)
    await office.later(seconds=1)
    failed = office.recaps()[-1]
    assert (failed.state, failed.reason) == (State.FAILED, "msg_too_long")
    assert office.posts("U1") == ["Slack refused the recap for #name-C1 (`msg_too_long`)."]


async def test_no_numbers_no_post() -> None:
    """CreatorAudit is away: the delivery waits and then goes out, and says how late it is."""
    office = PostOffice()
    numbers = office.source.numbers
    office.source.numbers = TryLater("away", "GET failed: 503.", retry_after=600)
    await office.keep(subscription())
    await office.tick()
    await office.later(seconds=599)
    assert len(await office.ledger.attempts(office.recap.id)) == 1
    office.source.numbers = numbers
    await office.later(seconds=1)
    assert office.posts() == ["10 minutes late: this was due on Mon, Nov 23 at 09:00."]


async def test_a_key_that_is_dead() -> None:
    """It is tried until it is too late; the contact hears of it after half an hour, once."""
    office = PostOffice()
    office.source.numbers = OperatorMustAct("no key", "401 from CreatorAudit")
    await office.keep(subscription())
    for _ in range(8):
        await office.later(minutes=10)
    assert office.posts("U1") == ["The recap for #name-C1 of Mon, Nov 23 at 09:00 is late."]
    await office.later(days=2)
    assert (office.recap.state, office.recap.reason) == (State.MISSED, "too_late")
    assert office.posts("U1")[1:] == [
        "1 post for #name-C1 could not be sent in time (Mon, Nov 23)."
    ]


async def test_numbers_that_never_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """A digest that takes longer than the lease allows is given up and tried again."""
    monkeypatch.setattr("bot.services.build.BUILD", 0.01)
    office = PostOffice()
    office.source.gate = asyncio.Event()
    await office.keep(subscription())
    with capture_logs() as logs:
        await office.tick()
    (line,) = (line for line in logs if line["event"] == "recap_not_built")
    (tried,) = await office.ledger.attempts(office.recap.id)
    why = "The numbers were given up after 0.01 s."
    assert tried == Attempt(office.recap.id, 1, MONDAY, MONDAY, "not_built", why)
    assert (line["key"], line["detail"]) == (office.recap.key, why)
    assert office.recap.state is State.PLANNED


async def test_a_machine_that_slept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too long between the commit and the call: nothing is handed over, and all begins anew."""
    monkeypatch.setattr("bot.services.deliver.HAND_OVER", -1.0)
    office = PostOffice()
    await office.keep(subscription())
    await office.tick()
    assert office.messenger.posted == []
    assert (office.recap.state, office.recap.posting_at) == (State.PLANNED, None)
    (tried,) = await office.ledger.attempts(office.recap.id)
    assert (tried.outcome, tried.detail) == ("post:Busy", "not handed over in time")
    monkeypatch.undo()
    await office.later(seconds=5)
    assert office.posts() == ["Recap: last 7 days"]


async def test_too_late_is_missed() -> None:
    """Two days of outage: it is not posted any more, and the contact can send a fresh one."""
    office = PostOffice(policy=Policy(catch_up=timedelta(hours=48)))
    office.clock.instant = MONDAY + timedelta(hours=48, seconds=1)
    await office.keep(subscription())
    await office.tick()
    assert office.posts() == []
    assert office.recap.state is State.MISSED
    assert office.notice.message
    button = office.notice.message.blocks[-1]["elements"][0]
    assert (button["action_id"], button["value"]) == ("recap_send_now", "s1 2026-11-23")


async def test_just_in_time_is_posted_with_its_lateness() -> None:
    """At the very end of the window."""
    office = PostOffice()
    office.clock.instant = MONDAY + timedelta(hours=48)
    await office.keep(subscription())
    await office.tick()
    assert office.posts() == ["2 days late: this was due on Mon, Nov 23 at 09:00."]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": Status.PAUSED, "pause": Pause.BY_PERSON, "next_slot": None}, "by_person"),
        ({"since": MONDAY + SECOND}, "rescheduled"),
    ],
)
async def test_what_changes_before_the_post_counts(changes: dict[str, object], reason: str) -> None:
    """Paused, or resumed since: an old slot is not posted."""
    office = PostOffice()
    office.source.numbers = TryLater("away", "503")
    await office.keep(subscription())
    await office.tick()
    await office.edit("s1", **changes)
    office.source.numbers = PostOffice().source.numbers
    await office.later(minutes=1)
    assert office.posts() == []
    assert (office.recap.state, office.recap.reason) == (State.SKIPPED, reason)
    assert office.notices() == []


async def test_removed_before_the_post() -> None:
    """Nothing is posted for a subscription that is gone."""
    office = PostOffice()
    office.source.numbers = TryLater("away", "503")
    await office.keep(subscription())
    await office.tick()
    one = await office.ledger.subscription("s1")
    assert one
    await office.edit(status=removed(one).status, next_slot=None)
    await office.later(minutes=1)
    assert (office.recap.state, office.recap.reason) == (State.SKIPPED, "removed")


async def test_a_lease_that_was_lost_before_the_call() -> None:
    """Another worker has taken over while this one built: it posts, this one does not."""
    office = PostOffice()
    gate = office.source.gate = asyncio.Event()
    await office.keep(subscription())
    await office.dispatcher.tick()
    (taken,) = await office.ledger.claim("o", MONDAY + 61 * SECOND, timedelta(hours=1), 9)
    gate.set()
    with capture_logs() as logs:
        await office.dispatcher.finish()
    assert office.messenger.posted == []
    assert office.recap == taken
    assert "delivery_lost" in [line["event"] for line in logs]


async def test_the_word_of_a_late_worker_counts_no_more() -> None:
    """It found no numbers, but another one has taken over meanwhile."""
    office = PostOffice()
    gate = office.source.gate = asyncio.Event()
    office.source.numbers = TryLater("away", "503")
    await office.keep(subscription())
    await office.dispatcher.tick()
    (taken,) = await office.ledger.claim("o", MONDAY + 61 * SECOND, timedelta(hours=1), 9)
    gate.set()
    await office.dispatcher.finish()
    assert office.recap == taken


async def test_a_database_that_is_away_after_the_post(monkeypatch: pytest.MonkeyPatch) -> None:
    """What became of the post is written down as soon as it is back."""
    monkeypatch.setattr("bot.services.record.RECORD_PAUSES", (0.0, 0.0))
    office = PostOffice()
    await office.keep(subscription())
    commit, failing = office.ledger.commit, [AWAY, AWAY]

    async def unreliable(change: object) -> bool:
        delivery = getattr(change, "delivery", None)
        if delivery and delivery[1].state is State.SENT and failing:
            raise failing.pop()
        return await commit(change)  # type: ignore[arg-type]

    office.ledger.commit = unreliable  # type: ignore[method-assign]
    with capture_logs() as logs:
        await office.tick()
    assert [line["event"] for line in logs].count("not_recorded") == 2
    assert office.recap.state is State.SENT
    failing += [AWAY, AWAY, AWAY]
    office.clock.instant += timedelta(days=7)
    with capture_logs() as logs:
        await office.tick()
    assert "delivery_cut_short" in [line["event"] for line in logs]
    assert office.recaps()[-1].state is State.POSTING
    await office.later(seconds=60)
    assert office.recaps()[-1].state is State.SENT
    assert len(office.posts()) == 2


async def test_a_bug_is_tried_later_and_later() -> None:
    """An exception of ours is logged with its traceback, and the delivery is not lost."""
    office = PostOffice()
    office.source.numbers = ZeroDivisionError()
    await office.keep(subscription())
    with capture_logs() as logs:
        await office.tick()
    assert "delivery_failed" in [line["event"] for line in logs]
    assert office.recap.state is State.PLANNED
    assert office.recap.ready_at == MONDAY + timedelta(seconds=5)


async def test_a_bug_while_the_database_is_away() -> None:
    """Then the lease runs out."""
    office = PostOffice()
    office.source.numbers = ZeroDivisionError()
    await office.keep(subscription())
    commit = office.ledger.commit

    async def unreliable(change: object) -> bool:
        if getattr(change, "delivery", None):
            raise AWAY
        return await commit(change)  # type: ignore[arg-type]

    office.ledger.commit = unreliable  # type: ignore[method-assign]
    with capture_logs() as logs:
        await office.tick()
    assert "delivery_cut_short" in [line["event"] for line in logs]
    assert office.recap.state is State.CLAIMED


async def test_nobody_to_tell() -> None:
    """An operator's subscription without a contact: the ledger and the log keep the notice."""
    office = PostOffice()
    office.messenger.outcomes = [NotAllowed(Pause.ARCHIVED, "is_archived")]
    await office.keep(subscription(contact=None))
    with capture_logs() as logs:
        await office.tick()
    assert (office.notice.state, office.notice.reason) == (State.SKIPPED, NO_CONTACT)
    assert "nobody_to_tell" in [line["event"] for line in logs]


async def test_a_notice_waits_for_a_new_token() -> None:
    """A revoked token: the contact is told once Recap may speak again."""
    office = PostOffice()
    gone = NotAllowed(Pause.INSTALL_GONE, "token_revoked")
    office.messenger.outcomes = [gone, gone, gone]
    await office.keep(subscription())
    await office.tick()
    await office.later(minutes=10)
    assert office.notice.state is State.PLANNED
    await office.later(minutes=10)
    assert office.posts("U1") == [
        "The recap for #name-C1 is paused: Slack no longer accepts Recap's token."
    ]


async def test_a_notice_to_somebody_who_is_gone() -> None:
    """It is not tried for ever, and nobody is told that nobody was told."""
    office = PostOffice()
    office.messenger.outcomes = [
        NotAllowed(Pause.ARCHIVED, "is_archived"),
        NotAllowed(Pause.MAY_NOT_POST, "user_disabled"),
    ]
    await office.keep(subscription())
    await office.tick()
    assert (office.notice.state, office.notice.reason) == (State.FAILED, "user_disabled")


async def test_the_first_of_two_lookups_finds_nothing_yet() -> None:
    """Right after the call the channel may not show it: it is looked for again."""
    office = PostOffice()
    await office.keep(subscription())
    office.messenger.outcomes = [Unsure("reset")]
    await office.tick()
    early = replace(office.recap, ready_at=MONDAY)
    office.ledger._deliveries[early.id] = early
    office.messenger.sightings = [NotThere()]
    await office.later(seconds=1)
    assert office.recap.state is State.POSTING
    assert office.posts() == []
    office.messenger.sightings = [Sent("C1", "7.7")]
    await office.later(seconds=30)
    assert office.recap.ts == "7.7"


async def test_every_try_is_written_down() -> None:
    """Who tried what, from when to when, and what came of it: enough to explain a gap later."""
    office = PostOffice()
    office.messenger.sightings = [Hidden("x" * 600)]
    await office.keep(subscription())
    clock = office.clock

    async def slow(*_: object) -> Unsure:
        clock.instant += 2 * SECOND
        return Unsure("reset")

    office.messenger.post = slow  # type: ignore[assignment,method-assign]
    await office.tick()
    await office.later(seconds=60)
    posted, looked = await office.ledger.attempts(office.recap.id)
    assert posted == Attempt(
        office.recap.id, 1, MONDAY, MONDAY + 2 * SECOND, "post:Unsure", "reset"
    )
    later = MONDAY + 62 * SECOND
    assert looked == Attempt(office.recap.id, 2, later, later, "look:Hidden", "x" * 500)


@pytest.mark.parametrize(
    ("seconds", "first_line"),
    [
        (300, "Recap: last 7 days"),
        (301, "5 minutes late: this was due on Mon, Nov 23 at 09:00."),
    ],
)
async def test_five_minutes_are_not_worth_a_word(seconds: int, first_line: str) -> None:
    """Nobody minds a little; from then on the post says it."""
    office = PostOffice()
    office.clock.instant = MONDAY + seconds * SECOND
    await office.keep(subscription())
    await office.tick()
    assert office.posts() == [first_line]


@pytest.mark.parametrize(
    ("seconds", "first_line"),
    [
        (300, "Recap: last 7 days"),
        (301, "5 minutes late: this was due on Mon, Nov 23 at 09:00."),
    ],
)
async def test_a_message_that_grew_old(seconds: int, first_line: str) -> None:
    """Frozen in time and refused for a while: it goes out as it is, until it would be late."""
    office = PostOffice()
    office.messenger.outcomes = [Busy("ratelimited", wait=seconds, hold=True)]
    await office.keep(subscription())
    await office.tick()
    asked = len(office.source.asked)
    await office.later(seconds=seconds)
    assert office.posts() == [first_line]
    assert (len(office.source.asked) > asked) is (seconds > 300)


async def test_each_channel_that_is_paused_is_told_of() -> None:
    """And told again when it is paused once more after somebody had resumed it."""
    office = PostOffice()
    archived = NotAllowed(Pause.ARCHIVED, "is_archived")
    office.messenger.outcomes = [archived, archived]
    await office.keep(subscription("s1", "C1"), subscription("s2", "C2"))
    with capture_logs() as logs:
        await office.tick()
    assert len(office.posts("U1")) == 2
    assert "nobody_to_tell" not in [line["event"] for line in logs]
    one = await office.ledger.subscription("s1")
    assert one
    again = activated(one, office.clock.now(), "test")
    assert await office.ledger.commit(Change(subscription=(one, again)))
    office.messenger.outcomes = [archived]
    await office.later(days=7)
    assert len(office.posts("U1")) == 3


async def test_each_recap_that_slack_refuses_is_told_of() -> None:
    """One notice for every one of them."""
    office = PostOffice()
    blocks, words = BadMessage("invalid_blocks"), BadMessage("msg_too_long")
    office.messenger.outcomes = [blocks, blocks, words, words]
    await office.keep(subscription("s1", "C1"), subscription("s2", "C2"))
    await office.tick()
    await office.later(seconds=1)
    assert sorted(office.posts("U1")) == [
        "Slack refused the recap for #name-C1 (`msg_too_long`).",
        "Slack refused the recap for #name-C2 (`msg_too_long`).",
    ]


async def test_a_notice_that_slack_refuses() -> None:
    """Nobody is told that nobody could be told."""
    office = PostOffice()
    bad = BadMessage("msg_too_long")
    office.messenger.outcomes = [bad] * 4
    await office.keep(subscription())
    for _ in range(3):
        await office.later(seconds=1)
    assert (office.recap.state, office.notice.state) == (State.FAILED, State.FAILED)


async def test_what_somebody_asked_for_is_never_late() -> None:
    """Refused for ten minutes, it goes out as it was frozen: no slot waits for it."""
    office = PostOffice()
    office.messenger.outcomes = [Busy("ratelimited", wait=600, hold=True)]
    office.clock.instant = MONDAY - timedelta(hours=1)
    await office.keep(subscription())
    wanted = owed(due_at=office.clock.instant, ready_at=office.clock.instant, asked_by="U9")
    assert await office.ledger.commit(Change(new=(wanted,)))
    await office.tick()
    frozen, asked = office.recap.message, len(office.source.asked)
    await office.later(minutes=10)
    assert [message for _, message, _ in office.messenger.posted] == [frozen]
    assert len(office.source.asked) == asked


async def test_whoever_delivers_learns_what_became_of_it() -> None:
    """Posted, looked for in vain or given up: what is returned is what the ledger keeps."""
    office = PostOffice()
    office.messenger.outcomes = [Unsure("reset")]
    office.messenger.sightings = [Busy("503"), Hidden("missing_scope")]
    await office.keep(subscription())
    assert await office.ledger.commit(Change(new=(owed(due_at=MONDAY),)))
    for minutes in (0, 1, 2):
        now = MONDAY + timedelta(minutes=minutes)
        (claimed,) = await office.ledger.claim("me", now, 60 * SECOND, 1)
        briefs = await office.ledger.briefs([claimed])
        came = await office.delivering.deliver(claimed, briefs[claimed.id], Work(now, now))
        assert came == office.recap
    assert came.state is State.UNCONFIRMED


async def test_whoever_has_lost_a_delivery_learns_nothing_new() -> None:
    """What is returned is what it had claimed: it can't know what the other one makes of it."""
    office = PostOffice()
    await office.keep(subscription())
    assert await office.ledger.commit(Change(new=(owed(due_at=MONDAY),)))
    (claimed,) = await office.ledger.claim("me", MONDAY, 60 * SECOND, 1)
    await office.ledger.claim("other", MONDAY + 60 * SECOND, 60 * SECOND, 1)
    brief = Brief(subscription())
    assert await office.delivering.deliver(claimed, brief, Work(MONDAY, MONDAY)) == claimed
    assert office.recap.owner == "other"


async def test_what_slack_refuses_of_a_channel_that_is_paused() -> None:
    """Somebody asked for one recap; its contact has been told that nothing comes by itself."""
    office = PostOffice()
    office.messenger.outcomes = [BadMessage("invalid_blocks"), BadMessage("msg_too_long")]
    await office.keep(paused(subscription(), Pause.BY_PERSON))
    assert await office.ledger.commit(Change(new=(owed(due_at=MONDAY, asked_by="U9"),)))
    await office.tick()
    assert (office.recap.state, office.recap.reason) == (State.FAILED, "msg_too_long")
    assert office.notices() == []


def test_a_notice_is_owed_from_now_on() -> None:
    """Like a recap, it waits for a worker; without anybody to tell it is only kept."""
    told = tidings.notice("n1", subscription(), plain("Hello."), MONDAY)
    assert (told.state, told.ready_at, told.target) == (State.PLANNED, MONDAY, "U1")
    kept = tidings.notice("n1", subscription(contact=None), plain("Hello."), MONDAY)
    assert (kept.state, kept.ready_at, kept.target) == (State.SKIPPED, None, "")


async def test_what_changes_while_it_is_in_doubt_counts() -> None:
    """Looked for and surely not there: a paused channel does not get it any more."""
    office = PostOffice()
    office.messenger.outcomes = [Unsure("reset")]
    await office.keep(subscription())
    await office.tick()
    await office.edit(status=Status.PAUSED, pause=Pause.BY_PERSON, next_slot=None)
    await office.later(seconds=20)
    await office.later(seconds=20)
    assert office.posts() == []
    assert (office.recap.state, office.recap.reason) == (State.SKIPPED, "by_person")


async def test_a_missed_slot_is_named_by_its_local_date() -> None:
    """Nine on Monday in Auckland is Sunday in UTC; the button still means Monday's."""
    office = PostOffice()
    office.clock.instant = SATURDAY
    office.source.numbers = TryLater("away", "503")
    auckland = Schedule(zone="Pacific/Auckland")
    await office.keep(activated(replace(subscription(), schedule=auckland), SATURDAY, "test"))
    office.clock.instant = MONDAY - timedelta(hours=13)
    await office.tick()
    await office.later(days=2, seconds=1)
    assert office.recap.state is State.MISSED
    message = office.notices()[-1].message
    assert message
    assert message.blocks[-1]["elements"][0]["value"] == "s1 2026-11-23"


async def test_a_wait_that_no_other_worker_knows_yet() -> None:
    """Slack's word reaches the next post of this process before it is in the database."""
    office = PostOffice()
    office.messenger.outcomes = [Busy("ratelimited", wait=120, hold=True)]

    async def nowhere(*_: object) -> None:
        return

    office.ledger.hold = nowhere  # type: ignore[assignment,method-assign]
    await office.keep(subscription("s1", "C1"))
    await office.tick()
    await office.keep(subscription("s2", "C2"))
    await office.later(seconds=1)
    assert office.posts("C2") == []
    assert office.recaps()[1].ready_at == MONDAY + 120 * SECOND
    await office.later(seconds=119)
    assert office.posts("C2") == ["Recap: last 7 days"]


async def test_every_message_waits_for_its_turn() -> None:
    """A recap in its channel, a notice with its person, each in its workspace."""
    turns = Turns()
    office = PostOffice(pace=turns)
    office.messenger.outcomes = [NotAllowed(Pause.ARCHIVED, "is_archived")]
    await office.keep(subscription())
    await office.tick()
    assert turns.asked == [("T1", "C1"), ("T1", "U1")]


def test_everything_of_one_delivery_fits_into_its_lease() -> None:
    """The numbers before the call; and what became of it, as long as the database is away."""
    lease = Policy().lease.total_seconds()
    assert lease > build.BUILD + HAND_OVER
    assert HAND_OVER + TIMEOUT + sum(record.RECORD_PAUSES) < lease
