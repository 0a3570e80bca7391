"""The other ways out of a subscription: where its recaps go beside its channel."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.subscriptions.targets import Target, identity, masked, parse_target

MOST: Final = 10
"""Targets of one subscription."""

LONGEST_PAUSE: Final = 100


@dataclass(frozen=True, slots=True)
class Way:
    """One target of a subscription; a subscription has each target once.

    Attributes:
        id: Ours, never shown.
        subscription: Id of the subscription whose recaps it gets.
        target: Where they go. Show it ``masked``: the address of a webhook is a secret.
        added_by: Slack's id of who added it, or ``operator``.
        pause: What it said when it refused for good, while nothing is sent there; None else.
        paused_at: Since when.
        version: Counts the changes; whoever changes an old version is refused.
    """

    id: str
    subscription: str
    target: Target
    added_by: str
    pause: str | None = None
    paused_at: datetime | None = None
    version: int = 0

    @property
    def is_active(self) -> bool:
        """Whether recaps are sent there."""
        return self.pause is None

    @property
    def identity(self) -> str:
        """Stands for the target, of which a subscription has no second one."""
        return identity(self.target)


def paused(way: Way, code: str, now: datetime) -> Way:
    """``way`` getting nothing until somebody resumes it."""
    return replace(way, pause=code[:LONGEST_PAUSE], paused_at=now)


def resumed(way: Way) -> Way:
    """``way`` getting the next recap; what was due meanwhile is never replayed."""
    return replace(way, pause=None, paused_at=None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants of a subscription's targets.

    Attributes:
        added: Targets that it does not have yet.
        dropped: Those of its own that are not wanted any more.
    """

    added: tuple[Target, ...] = ()
    dropped: tuple[Way, ...] = ()


def wanted(lines: Sequence[str], ways: Sequence[Way], own_hosts: Collection[str] = ()) -> Wanted:
    """What ``lines`` ask for: each is one of ``ways`` as it is shown, or a new address.

    Addresses are secrets, so people see them masked; a line that they leave as it is keeps its
    target. ``own_hosts`` is as for ``parse_target``.

    Raises:
        ValueError: A line is neither, or there are too many; the sentence says which line and why,
            and never repeats it.
    """
    shown: dict[str, list[Way]] = defaultdict(list)
    for way in ways:
        shown[masked(way.target)].append(way)
    kept: list[Way] = []
    new: dict[str, Target] = {}
    for number, line in enumerate(lines, start=1):
        if shown.get(line):
            kept.append(shown[line].pop(0))
            continue
        try:
            target = parse_target(line, own_hosts)
        except ValueError as error:
            raise ValueError(f"Line {number}: {error}") from error
        new[identity(target)] = target
    for way in ways:
        if way not in kept and way.identity in new:
            del new[way.identity]
            kept.append(way)
    if len(kept) + len(new) > MOST:
        raise ValueError(f"A recap goes to {MOST} other places at most.")
    return Wanted(tuple(new.values()), tuple(way for way in ways if way not in kept))
