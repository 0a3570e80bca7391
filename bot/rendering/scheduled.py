"""The recap as a subscription posts it."""

from dataclasses import dataclass
from functools import lru_cache

from bot.digest.model import Digest
from bot.rendering import buttons, calendar, mrkdwn
from bot.rendering.blocks import SlackMessage, receipt_button, short_body
from bot.rendering.limits import (
    MESSAGE_TEXT,
    Block,
    actions,
    button,
    confirm,
    context,
    sections,
    whole_lines,
)
from bot.rendering.numbers import Numbers
from bot.rendering.text import text_lines
from bot.subscriptions.model import Subscription


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why it is posted now.

    Attributes:
        asked_by: Slack's id of who asked; None when it was due.
        late: That it is late, in words; None when that is not worth a word.
        waited: That it has waited for fresh data, in words; None when it has not.
        last: When the channel got its last one, in words; None for the first.
        corrected: What was corrected in it, in words; None while it is as it was posted.
    """

    asked_by: str | None = None
    late: str | None = None
    waited: str | None = None
    last: str | None = None
    corrected: str | None = None


def render_scheduled(
    digest: Digest, subscription: Subscription, occasion: Occasion, numbers: Numbers
) -> SlackMessage:
    """The recap for the whole channel, with how it came here and what can be done about it."""
    late = [occasion.late] if occasion.late else []
    notes = [line for line in (occasion.waited, occasion.corrected) if line]
    foot = _footer(subscription, occasion, numbers)
    asked = (
        [f"Sent on request of <@{mrkdwn.escape(occasion.asked_by)}>"] if occasion.asked_by else []
    )
    shared = _shared(digest, numbers)
    blocks: list[Block] = [
        *sections([f":hourglass: {mrkdwn.escape(line)}" for line in late]),
        *shared.body,
        *(context([mrkdwn.literal(line)]) for line in notes),
        context([*asked, mrkdwn.escape(foot)]),
        actions(
            [
                shared.receipt,
                button("Manage", buttons.MANAGE, subscription.id, label="Manage this subscription"),
                button("Skip next", buttons.SKIP, subscription.id),
                unsubscribe_button(subscription),
            ]
        ),
    ]
    around = [[mrkdwn.literal(line) for line in lines] for lines in (late, [*notes, foot])]
    lines = [*around[0], *shared.lines, *around[1]]
    return SlackMessage(whole_lines(lines, MESSAGE_TEXT), blocks)


@dataclass(frozen=True, slots=True)
class _Shared:
    """What every channel with the same digest gets alike."""

    body: tuple[Block, ...]
    lines: tuple[str, ...]
    receipt: Block


@lru_cache(maxsize=8)
def _shared(digest: Digest, numbers: Numbers) -> _Shared:
    # A thousand channels that are due together get the same numbers.
    lines = tuple(mrkdwn.literal(line) for line in text_lines(digest, numbers))
    return _Shared(tuple(short_body(digest, numbers)), lines, receipt_button(digest, numbers))


def unsubscribe_button(subscription: Subscription) -> Block:
    """Ends the subscription, once the question has been answered."""
    asked = confirm(
        "Unsubscribe this channel?",
        "Recap posts nothing here any more. You can subscribe again at any time.",
        "Unsubscribe",
    )
    made = button("Unsubscribe", buttons.UNSUBSCRIBE, subscription.id)
    return made | {"confirm": asked}


def _footer(subscription: Subscription, occasion: Occasion, numbers: Numbers) -> str:
    parts = [_capital(calendar.every(subscription.schedule))]
    if occasion.last:
        parts.append(f"Last: {occasion.last}")
    if upcoming := subscription.upcoming(1):
        parts.append(f"Next: {calendar.when(upcoming[0], subscription.schedule, numbers)}")
    return " · ".join(parts)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
