"""What people read about the targets beside a channel; their addresses are masked."""

from collections.abc import Mapping
from typing import Final

from bot.rendering import buttons, calendar, mrkdwn
from bot.rendering.blocks import SlackMessage
from bot.rendering.contact import notice, reason, spoken
from bot.rendering.limits import button
from bot.rendering.names import one_line
from bot.rendering.numbers import Numbers
from bot.subscriptions.copies import CUT_SHORT
from bot.subscriptions.deliveries import Delivery
from bot.subscriptions.model import Subscription
from bot.subscriptions.protocol import TOO_LATE
from bot.subscriptions.targets import Target, TargetKind, masked

PRIVATE: Final = "private_address"
FIX: Final[Mapping[str, str]] = {
    PRIVATE: "Its address leads into a private network. Ask whoever runs Recap to add the host to "
    "RECAP_WEBHOOK_HOSTS, then resume it.",
    "redirect": "It sends Recap on to another address. Put that one in its place.",
    "mail_not_set_up": "Ask whoever runs Recap to set up e-mail, then resume it.",
    "unsafe_mail_server": "Ask whoever runs Recap to look at the mail server, then resume it.",
}
NEW_WEBHOOK: Final = "Create a new webhook there and put its address in place of this one."
CHECK: Final = "Check the address and put the right one in its place."
WHY: Final[Mapping[str, str]] = {
    CUT_SHORT: "Recap was cut off while it was sending",
    TOO_LATE: "it was tried until it was too late",
}


def shown(target: Target) -> str:
    """``target`` as people may see it, in a message of Slack's."""
    return mrkdwn.inline_code(one_line(masked(target)))


def fix(target: Target, code: str) -> str:
    """The one thing to do about a target that refuses for good."""
    usual = CHECK if target.kind is TargetKind.EMAIL else NEW_WEBHOOK
    return FIX.get(code, usual)


def paused(subscription: Subscription, target: Target, code: str) -> SlackMessage:
    """The target refused for good; the channel and the other targets go on."""
    return notice(
        f"The recap for {spoken(subscription)} is no longer sent to {shown(target)}: it refused "
        f"({mrkdwn.inline_code(one_line(code))}).",
        fix(target, code),
        button("Manage", buttons.MANAGE, subscription.id),
    )


def unconfirmed(
    subscription: Subscription, target: Target, delivery: Delivery, numbers: Numbers
) -> SlackMessage:
    """Nobody can tell whether it arrived."""
    due = calendar.moment(delivery.due_at, subscription.schedule, numbers)
    return notice(
        f"{shown(target)} did not confirm the recap for {spoken(subscription)} of {due} "
        f"({_why(delivery)}).",
        "Look there. If it is not there, press Post again.",
        button("Post again", buttons.POST_AGAIN, delivery.id),
    )


def failed(
    subscription: Subscription, target: Target, delivery: Delivery, numbers: Numbers
) -> SlackMessage:
    """This one recap did not get there."""
    due = calendar.moment(delivery.due_at, subscription.schedule, numbers)
    return notice(
        f"The recap for {spoken(subscription)} of {due} did not get to {shown(target)} "
        f"({_why(delivery)}).",
        "Tell whoever runs Recap if that happens again; the next one is tried as usual.",
    )


def _why(delivery: Delivery) -> str:
    return WHY.get(delivery.reason or "") or reason(delivery)
