"""Deliveries in a workspace where Recap is not installed any more."""

from datetime import timedelta

from structlog.testing import capture_logs

from bot.errors import NotInstalled, OperatorMustAct, RecapError
from bot.rendering.numbers import Numbers
from bot.services.deliver import Delivering
from bot.services.dispatch import Dispatcher
from bot.services.uninvited import uninvited
from bot.subscriptions.change import Change
from bot.subscriptions.deliveries import State
from bot.subscriptions.model import Pause, Status
from bot.subscriptions.outcomes import Sent, Unsure
from bot.subscriptions.protocol import REINSTALL, TOO_LATE, Policy, ended
from tests.examples import owed
from tests.services.post_office import MONDAY, SECOND, PostOffice, subscription

GONE = NotInstalled("gone", "Recap is not installed in T1.")
SEALED = OperatorMustAct("keys", "No key opens installations/T1/token.")


class Locked(PostOffice):
    """A post office whose workspace can't be entered while there is ``trouble``."""

    trouble: RecapError | None = GONE

    def another(self) -> Dispatcher:
        async def of(team: str) -> Delivering:
            assert team == "T1"
            if self.trouble:
                raise self.trouble
            return self.delivering

        return Dispatcher(self.ledger, of, self.clock, Numbers(), self.policy)


async def test_a_recap() -> None:
    """It is not posted, its subscription waits, and whoever set it up is told once they can be."""
    office = Locked()
    await office.keep(subscription())
    await office.tick()
    assert (office.recap.state, office.recap.reason) == (State.SKIPPED, "install_gone")
    one = await office.ledger.subscription("s1")
    assert one
    assert one.pause is Pause.INSTALL_GONE
    assert office.notice.ready_at == MONDAY + REINSTALL * SECOND
    office.trouble = None
    await office.later(seconds=REINSTALL)
    assert office.notice.state is State.SENT
    assert "paused" in office.posts("U1")[0]


async def test_nobody_installs_it_again() -> None:
    """Everything ends; nothing is tried for ever."""
    office = Locked()
    await office.keep(subscription())
    await office.tick()
    await office.later(days=8)
    assert (office.notice.state, office.notice.reason) == (State.FAILED, TOO_LATE)
    assert await office.ledger.next_ready() is None


async def test_a_recap_that_slack_may_have() -> None:
    """With the next token it is looked for, and not posted twice."""
    office = Locked()
    office.trouble = None
    office.messenger.outcomes = [Unsure("reset")]
    office.messenger.sightings = [Sent("C1", "1.000001")]
    await office.keep(subscription())
    await office.tick()
    office.trouble = GONE
    await office.later(seconds=60)
    assert [one.state for one in office.recaps()] == [State.POSTING]
    office.trouble = None
    await office.later(minutes=1)
    assert [one.state for one in office.recaps()] == [State.SENT]
    assert office.posts() == []


async def test_a_recap_of_a_subscription_that_waits_already() -> None:
    """A revoked token has paused it: what was planned before that ends, and nobody hears twice."""
    office = Locked()
    office.trouble = None
    office.source.numbers = ZeroDivisionError()
    await office.keep(subscription())
    await office.tick()
    await office.edit(status=Status.PAUSED, pause=Pause.INSTALL_GONE, next_slot=None)
    office.trouble = GONE
    await office.later(seconds=60)
    assert (office.recap.state, office.recap.reason) == (State.SKIPPED, "install_gone")
    assert office.notices() == []


async def test_a_token_that_cannot_be_read() -> None:
    """Who runs Recap has to put a key back: it is tried later and later until then."""
    office = Locked()
    office.trouble = SEALED
    await office.keep(subscription())
    waits = []
    for _ in range(3):
        with capture_logs() as logs:
            await office.tick()
        assert "delivery_in_need" in [one["event"] for one in logs]
        assert office.recap.ready_at
        waits.append(office.recap.ready_at - office.clock.instant)
        office.clock.instant = office.recap.ready_at
    assert waits == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    office.trouble = None
    await office.tick()
    assert office.recap.state is State.SENT


def test_a_recap_without_its_subscription() -> None:
    """There is nothing to pause, and nobody to tell."""
    assert uninvited(owed(), None, MONDAY, Policy()) == Change(
        delivery=(owed(), ended(owed(), State.SKIPPED, "removed"))
    )
