"""What can be made to go wrong: a switch each, with a sentence that says what it does."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn
from bot.playground.faults import Fault, Faults
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import BOT

KEY: Final = "stand-in-key"
POST: Final = "chat.postMessage"
RETRY_AFTER: Final = "10"
HALF: Final = 0.5


@dataclass
class KillingFaults(Faults):
    """A fault of Slack's whose answer is lost because nobody is left to read it."""

    kill: Callable[[], None] = field(default=lambda: None)

    def strike(self, where: str, *kinds: str) -> Fault | None:
        """The fault that matches; the process dies of it where it is a deadly one."""
        fault = super().strike(where, *kinds)
        if fault is not None and fault.error == DEADLY:
            self.kill()
        return fault


DEADLY: Final = "kill"


@dataclass(frozen=True)
class Switch:
    """One thing that can go wrong.

    Attributes:
        name: How the page names it to the server.
        title: What the switch says.
        sentence: What happens while it is on.
        is_on: Whether it is.
        turn: Switch it on or off.
        of_channel: Whether it is about the channel that the page shows, and not about everything.
    """

    name: str
    title: str
    sentence: str
    is_on: Callable[[str], bool]
    turn: Callable[[bool, str], Awaitable[None]]
    of_channel: bool = False


class Breakages:
    """Every switch, over the two stand-ins; each takes the channel that the page shows."""

    def __init__(self, slack: SlackStandIn, api: CreatorAuditStandIn) -> None:
        self._slack = slack
        self._api = api
        down = Fault("status", times=None, error="SERVICE_UNAVAILABLE")
        busy = Fault("rate_limited", POST, times=None, retry_after=RETRY_AFTER)
        self._switches = (
            _fault(
                api.faults, down, "api", "CreatorAudit is down",
                "Its API answers every request with 503.",
            ),
            Switch(
                "half", "Half of the accounts are behind",
                "Their last refresh is two days old. Recap notices after 5 minutes.",
                self._is_behind, self._fall_behind,
            ),
            _fault(
                slack.faults, busy, "busy", "Slack is busy",
                "New messages are answered 429, Retry-After: 10.",
            ),
            _fault(
                slack.faults, Fault("lost", POST), "lost", "Lose an answer",
                "The next message arrives, Slack's answer does not.",
            ),
            _fault(
                slack.faults, Fault("lost", POST, error=DEADLY), "kill", "Die while posting",
                "kill -9 when the next message arrives, then a restart.",
            ),
            Switch(
                "removed", "Recap is not in this channel",
                "Off invites it again.",
                self._is_away, self._leave, of_channel=True,
            ),
            Switch(
                "blocks", "Tables and charts are refused",
                "This workspace does not know such blocks.",
                lambda _: not slack.workspace.data_blocks, self._refuse_blocks,
            ),
        )  # fmt: skip

    def __iter__(self) -> Iterator[Switch]:
        return iter(self._switches)

    async def turn(self, name: str, channel: str, *, on: bool) -> Switch:
        """Turn one of them on or off.

        Raises:
            LookupError: There is none of that name, or ``channel`` is no channel for it.
        """
        for switch in self._switches:
            if switch.name == name and not (switch.of_channel and self._is_direct(channel)):
                if switch.is_on(channel) != on:
                    await switch.turn(on, channel)
                return switch
        raise LookupError(name)

    def _is_direct(self, channel: str) -> bool:
        return self._slack.workspace.channels[channel].is_im

    def _is_behind(self, _: str) -> bool:
        return self._api.keys[KEY].organisation.half_refreshed > 0

    async def _fall_behind(self, on: bool, _: str) -> None:  # noqa: FBT001 -- a switch's turn
        key = self._api.keys[KEY]
        behind = replace(key.organisation, half_refreshed=HALF if on else 0.0)
        self._api.keys[KEY] = ApiKey(behind)

    def _is_away(self, channel: str) -> bool:
        return BOT not in self._slack.workspace.channels[channel].members

    async def _leave(self, on: bool, channel: str) -> None:  # noqa: FBT001
        await (self._slack.remove_bot if on else self._slack.invite_bot)(channel)

    async def _refuse_blocks(self, on: bool, _: str) -> None:  # noqa: FBT001
        self._slack.workspace.data_blocks = not on


def _fault(faults: Faults, fault: Fault, name: str, title: str, sentence: str) -> Switch:
    """A switch for ``fault``; one that strikes once is off afterwards."""
    times = fault.times

    def is_on(_: str) -> bool:
        return fault in faults.switched_on and fault.times != 0

    async def turn(on: bool, _: str) -> None:  # noqa: FBT001
        if fault in faults.switched_on:
            faults.switched_on.remove(fault)
        if on:
            fault.times = times
            faults.add(fault)

    return Switch(name, title, sentence, is_on, turn)
