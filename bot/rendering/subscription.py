"""What people read about their subscription: set up, changed, listed, its last and next post."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from bot.rendering import buttons, calendar, mrkdwn, timing
from bot.rendering.blocks import SlackMessage
from bot.rendering.choices import unusual
from bot.rendering.contact import FIX, LONGEST_REASON, WHY, name, spoken
from bot.rendering.limits import (
    BLOCKS_IN_MESSAGE,
    MESSAGE_TEXT,
    Block,
    actions,
    button,
    context,
    sections,
    whole_lines,
)
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.rendering.scheduled import unsubscribe_button
from bot.subscriptions.deliveries import (
    KEY_REFUSED,
    NO_KEY,
    SKIPPED_BY_PERSON,
    WAITING_FOR_DATA,
    WAITING_FOR_KEY,
    Delivery,
    State,
)
from bot.subscriptions.model import Pause, Status, Subscription
from bot.subscriptions.protocol import RESCHEDULED, TOO_LATE
from bot.subscriptions.schedule import Schedule, Slot

NEXT_DATES: Final = 3
LISTED: Final = 20
CORRECTIONS: Final = 3
"""The newest of a post; there are seldom as many."""

PREFLIGHT: Final = {
    Pause.ARCHIVED: "This channel is archived. Unarchive it first, then try again.",
    Pause.NOT_IN_CHANNEL: "Recap is not in this channel. Type `/invite @recap` here, then "
    "try again.",
    Pause.CHANNEL_GONE: "Slack does not show Recap this channel. Type `/invite @recap` here, then "
    "try again.",
    Pause.MAY_NOT_POST: "Recap may not post in this channel. Ask an admin of the channel to let "
    "apps post, then try again.",
    Pause.INSTALL_GONE: "Slack does not accept Recap's token. Ask whoever runs Recap to reinstall "
    "it.",
}
"""What is in the way of a new subscription, and the one thing to do."""

RESULTS: Final = {
    State.PLANNED: "is on its way",
    State.CLAIMED: "is on its way",
    State.POSTING: "is being posted",
    State.SENT: "was sent",
    State.FAILED: "was refused by Slack",
    State.UNCONFIRMED: "is not confirmed by Slack: look in the channel",
    State.SKIPPED: "was skipped",
    State.MISSED: "was missed",
}
OURS: Final = {
    SKIPPED_BY_PERSON: "somebody wanted it so",
    TOO_LATE: "it was too late to post it",
    RESCHEDULED: "the subscription was changed or resumed after it was due",
    Status.REMOVED.value: "the channel was unsubscribed",
    NO_KEY: "this workspace has no CreatorAudit key; an admin enters one in the Home of Recap",
    KEY_REFUSED: "CreatorAudit refuses the key; an admin enters another in the Home of Recap",
    **{pause.value: why for pause, why in WHY.items()},
}
"""Our own reasons; everything else is Slack's code, or what an attempt met."""

NO_ZONE_KNOWN: Final = (
    "Done. Slack did not say which time zone you are in, so the time is in UTC; "
    "*Manage* changes it."
)
NONE_HERE: Final = "This channel is not subscribed. `/recap subscribe` sets it up."
NONE_AT_ALL: Final = "No channel that you can see is subscribed. `/recap subscribe` sets one up."
NONE_SENT: Final = "Recap has not posted here yet."


@dataclass(frozen=True, slots=True)
class Standing:
    """A subscription with the newest delivery that is not in the future, if there was one.

    ``trouble`` is what the newest attempt met, while the delivery is still open.
    """

    subscription: Subscription
    last: Delivery | None = None
    trouble: str | None = None


def intro(subscription: Subscription, user: str | None, numbers: Numbers) -> SlackMessage:
    """Tells the whole channel what it is going to get, and from whom, if that was a person."""
    every = mrkdwn.escape(calendar.every(subscription.schedule))
    who = "This channel is subscribed to Recap"
    if user is not None:
        who = f"<@{mrkdwn.escape(user)}> subscribed this channel to Recap"
    what = f"{who}: {_what(subscription)}, {every}."
    lines = [what, *_unusual(subscription), *_next_dates(subscription, numbers)]
    choices = [
        button("Manage", buttons.MANAGE, subscription.id, label="Manage this subscription"),
        unsubscribe_button(subscription),
    ]
    return _message(lines, choices)


def confirmed(subscription: Subscription, numbers: Numbers, *, head: str) -> SlackMessage:
    """What holds from now on; ``head`` says what has just happened, escaped."""
    lines = [head, *described(subscription, numbers)]
    return _message(lines, list(_choices(subscription)))


def described(subscription: Subscription, numbers: Numbers) -> Iterator[str]:
    """What it posts, when, and its next dates; or why it posts nothing."""
    every = mrkdwn.escape(calendar.every(subscription.schedule))
    yield f"{name(subscription)}: {_what(subscription)}, {every}."
    yield from _unusual(subscription)
    if subscription.pause is not None:
        yield f":double_vertical_bar: Paused: {WHY[subscription.pause]}. {FIX[subscription.pause]}"
    yield from _next_dates(subscription, numbers)


def skipped(subscription: Subscription, slot: Slot, numbers: Numbers) -> SlackMessage:
    """One post is left out; it can be taken back until it would have been due."""
    day = calendar.when(slot, subscription.schedule, numbers)
    lines = [f"The recap of {day} is skipped.", *_next_dates(subscription, numbers)]
    value = f"{subscription.id} {slot.day.isoformat()}"
    return _message(lines, [button("Undo", buttons.UNDO_SKIP, value, label="Undo the skip")])


def none_here(*, can_subscribe: bool) -> SlackMessage:
    """There is no subscription to do anything with."""
    if not can_subscribe:
        return _message([NONE_HERE], [])
    return _message([NONE_HERE], [button("Subscribe this channel", buttons.SUBSCRIBE, "")])


def listing(standings: Sequence[Standing], numbers: Numbers) -> SlackMessage:
    """Every subscription that the reader may see, one line each."""
    if not standings:
        return _message([NONE_AT_ALL], [])
    lines = [summary(one, numbers) for one in standings[:LISTED]]
    if len(standings) > LISTED:
        lines.append(f"… and {len(standings) - LISTED} more: see the Home of Recap.")
    return _message(lines, [])


def summary(one: Standing, numbers: Numbers) -> str:
    """``#marketing: every Monday at 09:00 (Europe/Berlin). Next: Mon, Nov 30.``."""
    subscription = one.subscription
    every = mrkdwn.escape(calendar.every(subscription.schedule))
    what = " ".join([f"{name(subscription)}: {every}.", *_unusual(subscription)])
    if subscription.pause is not None:
        return f"{what} Paused: {WHY[subscription.pause]}."
    upcoming = calendar.when(subscription.upcoming(1)[0], subscription.schedule, numbers)
    return f"{what} Next: {upcoming}."


def status(one: Standing, connection: str, numbers: Numbers) -> SlackMessage:
    """How the subscription of a channel stands, what became of its last post, and the source."""
    lines = [*described(one.subscription, numbers), result(one, numbers), mrkdwn.escape(connection)]
    return _message(lines, list(_choices(one.subscription)))


def result(one: Standing, numbers: Numbers) -> str:
    """``The recap of Mon, Nov 23 at 09:00 was sent at 09:00.``."""
    if one.last is None:
        return NONE_SENT
    zone = ZoneInfo(one.subscription.schedule.zone)
    due_at = one.last.due_at.astimezone(zone)
    due = calendar.moment(due_at, one.subscription.schedule, numbers)
    until = one.last.waits_until
    if until is not None and one.last.is_open and one.last.reason == WAITING_FOR_DATA:
        schedule = one.subscription.schedule
        return f"The recap of {due} {timing.waiting(due_at, until, schedule, numbers)}."
    waits_for_key = one.last.reason in WAITING_FOR_KEY
    reason = _because(one.last.reason if waits_for_key else one.trouble or one.last.reason)
    at = ""
    if one.last.state is State.SENT and one.last.sent_at is not None:
        sent_at = one.last.sent_at.astimezone(zone)
        late = sent_at.date() != due_at.date()
        at = f"{f' on {numbers.day(sent_at.date())}' if late else ''} at {sent_at:%H:%M}"
    return f"The recap of {due} {RESULTS[one.last.state]}{at}{reason}."


def _because(reason: str | None) -> str:
    if reason is None:
        return ""
    if reason in OURS:
        return f": {OURS[reason]}"
    return f" ({mrkdwn.inline_code(one_line(reason, LONGEST_REASON))})"


def delivered(delivery: Delivery, schedule: Schedule, numbers: Numbers) -> SlackMessage:
    """A delivered recap as it was delivered, without the buttons that were under it.

    What was corrected since stands above it: the channel shows other figures by now.
    """
    when = calendar.moment(delivery.sent_at or delivery.due_at, schedule, numbers)
    message = delivery.message
    since = message.corrections[-CORRECTIONS:] if message else ()
    head = f"Delivered {when}{', and corrected since' if since else ''}:"
    text = message.text if message else ""
    shown = [block for block in (message.blocks if message else ()) if block["type"] != "actions"]
    blocks = shown or list(sections(text.splitlines()))
    heads = [head, *map(mrkdwn.literal, since)]
    whole = [*(context([line]) for line in heads), *blocks][:BLOCKS_IN_MESSAGE]
    return SlackMessage(whole_lines([*heads, *text.splitlines()], MESSAGE_TEXT), whole)


def _what(subscription: Subscription) -> str:
    ask = subscription.ask
    return f"the last {ask.period.days} days with the top {ask.preferences.top}"


def _unusual(subscription: Subscription) -> Iterator[str]:
    if choices := unusual(subscription):
        yield f"{choices[0].upper()}{choices[1:]}."


def _next_dates(subscription: Subscription, numbers: Numbers) -> Iterator[str]:
    upcoming = subscription.upcoming(NEXT_DATES)
    if upcoming:
        # Some languages write a month with a full stop of its own.
        dates = calendar.dates(upcoming, subscription.schedule, numbers).removesuffix(".")
        yield f"Next: {dates}."
    if note := calendar.clock_change(upcoming, subscription.schedule):
        yield note


def _choices(subscription: Subscription) -> Iterator[Block]:
    yield button("Manage", buttons.MANAGE, subscription.id, label="Manage this subscription")
    if subscription.is_active:
        yield button("Skip next", buttons.SKIP, subscription.id)
        yield button("Pause", buttons.PAUSE, subscription.id)
    else:
        yield button("Resume", buttons.RESUME, subscription.id)
    yield unsubscribe_button(subscription)


def ended(subscription: Subscription) -> SlackMessage:
    """The subscription is gone."""
    return _message([f"{spoken(subscription)} is unsubscribed. Recap posts nothing there."], [])


def said(sentence: str) -> SlackMessage:
    """One sentence of ours, in mrkdwn."""
    return _message([sentence], [])


def _message(lines: Sequence[str], choices: Sequence[Block]) -> SlackMessage:
    blocks = list(sections(lines))
    text = whole_lines(lines, MESSAGE_TEXT)
    return SlackMessage(text, [*blocks, *([actions(choices)] if choices else [])])
