"""What the contact of a subscription is told when something is in the way: one thing to do each."""

from typing import Final

from bot.rendering import buttons, calendar, mrkdwn
from bot.rendering.blocks import SlackMessage
from bot.rendering.limits import MESSAGE_TEXT, Block, actions, button, sections, whole_lines
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.subscriptions.deliveries import Delivery
from bot.subscriptions.model import Pause, Subscription
from bot.subscriptions.schedule import Slot

LONGEST_REASON: Final = 200
WHY: Final = {
    Pause.BY_PERSON: "somebody paused it",
    Pause.ARCHIVED: "the channel is archived",
    Pause.NOT_IN_CHANNEL: "Recap is not in the channel",
    Pause.CHANNEL_GONE: "Slack no longer shows Recap the channel",
    Pause.MAY_NOT_POST: "Recap may not post in the channel",
    Pause.INSTALL_GONE: "Slack no longer accepts Recap's token",
}
FIX: Final = {
    Pause.BY_PERSON: "Press Resume when you want it back.",
    Pause.ARCHIVED: "Unarchive it, and the posts go on by themselves.",
    Pause.NOT_IN_CHANNEL: "Type `/invite @recap` there, and the posts go on by themselves.",
    Pause.CHANNEL_GONE: "If it still exists, type `/invite @recap` there; the posts then go on by "
    "themselves.",
    Pause.MAY_NOT_POST: "Ask an admin of the channel to let apps post there, then press Resume.",
    Pause.INSTALL_GONE: "Ask whoever runs Recap to reinstall it, then press Resume.",
}


def name(subscription: Subscription) -> str:
    """The channel as a link that Slack shows by its name, to those who may see it."""
    return f"<#{mrkdwn.escape(subscription.channel)}>"


def spoken(subscription: Subscription) -> str:
    """The channel in plain words, escaped."""
    return f"#{mrkdwn.literal(one_line(subscription.channel_name or subscription.channel))}"


def paused(subscription: Subscription, pause: Pause) -> SlackMessage:
    """The subscription does nothing until somebody acts."""
    return notice(
        f"The recap for {spoken(subscription)} is paused: {WHY[pause]}.",
        FIX[pause],
        button("Resume", buttons.RESUME, subscription.id),
    )


def resumed(subscription: Subscription, numbers: Numbers) -> SlackMessage:
    """What stood in the way is gone."""
    upcoming = calendar.when(subscription.upcoming(1)[0], subscription.schedule, numbers)
    return notice(
        f"The recap for {spoken(subscription)} goes on. Next: {upcoming}.",
        "Nothing that was missed meanwhile is posted later.",
    )


def missed(
    subscription: Subscription, slots: tuple[Slot, ...], count: int, numbers: Numbers
) -> SlackMessage:
    """Posts that are too old to be worth posting; ``slots`` are the newest of ``count``."""
    which = calendar.dates(slots[-3:], subscription.schedule, numbers)
    what, them = (
        ("1 post", "it by itself") if count == 1 else (f"{count} posts", "them by themselves")
    )
    more = " and earlier" if count > len(slots[-3:]) else ""
    return notice(
        f"{what} for {spoken(subscription)} could not be sent in time ({which}{more}).",
        f"It was too late to post {them}. Send now posts a fresh recap.",
        button("Send now", buttons.SEND_NOW, f"{subscription.id} {slots[-1].day.isoformat()}"),
    )


def unconfirmed(subscription: Subscription, delivery: Delivery, numbers: Numbers) -> SlackMessage:
    """Nobody can tell whether the post is there."""
    due = calendar.moment(delivery.due_at, subscription.schedule, numbers)
    return notice(
        f"Slack did not confirm the recap for {spoken(subscription)} of {due}, and Recap can't "
        f"read the channel to look for it ({reason(delivery)}).",
        "Look in the channel. If it is not there, press Post again.",
        button("Post again", buttons.POST_AGAIN, delivery.id),
    )


def failed(subscription: Subscription, delivery: Delivery) -> SlackMessage:
    """Slack does not take the message, whatever form it has."""
    return notice(
        f"Slack refused the recap for {spoken(subscription)} ({reason(delivery)}).",
        "Tell whoever runs Recap; the next one is tried as usual.",
    )


def late(subscription: Subscription, delivery: Delivery, numbers: Numbers) -> SlackMessage:
    """It should have been there long ago, and Recap is still trying."""
    due = calendar.moment(delivery.due_at, subscription.schedule, numbers)
    return notice(
        f"The recap for {spoken(subscription)} of {due} is late.",
        "Recap keeps trying. `/recap status` in the channel says what is in the way.",
    )


def reason(delivery: Delivery) -> str:
    """Why ``delivery`` ended as it did, as it was said."""
    return mrkdwn.inline_code(one_line(delivery.reason or "unknown", LONGEST_REASON))


def notice(what: str, fix: str, *choices: Block) -> SlackMessage:
    """What is in the way, what to do about it, and the buttons for that."""
    text = whole_lines([what, fix], MESSAGE_TEXT)
    blocks = list(sections([what, fix]))
    return SlackMessage(text, [*blocks, *([actions(choices)] if choices else [])])
