"""Where else a recap goes, in words; addresses are secrets and are shown masked."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.rendering import buttons, calendar, elsewhere, mrkdwn
from bot.rendering.blocks import SlackMessage
from bot.rendering.limits import (
    MESSAGE_TEXT,
    OPTION_TEXT,
    Block,
    context,
    plain_text,
    sections,
    whole_lines,
)
from bot.rendering.names import one_line
from bot.subscriptions.model import Subscription
from bot.subscriptions.outcomes import BadMessage, Busy, Refused, Result, Sent
from bot.subscriptions.targets import TargetKind, masked
from bot.subscriptions.ways import Way

KINDS: Final[Mapping[TargetKind, str]] = {
    TargetKind.WEBHOOK: "Webhook",
    TargetKind.JSON: "Webhook with the whole digest",
    TargetKind.SLACK_WEBHOOK: "Slack",
    TargetKind.MATTERMOST: "Mattermost",
    TargetKind.DISCORD: "Discord",
    TargetKind.TEAMS: "Teams",
    TargetKind.EMAIL: "E-mail",
}
TRY, RESUME, REMOVE = "try", "resume", "remove"
"""What the menu beside a target does; the first word of its value."""

LONGEST_REASON: Final = 100


def shown(way: Way) -> str:
    """``way`` as a line of the form: what is left as it is keeps its target."""
    return masked(way.target)


def described(way: Way) -> str:
    """``Discord: discord.com/…wxyz``, in mrkdwn, and why nothing is sent there, if nothing is."""
    line = f"{KINDS[way.target.kind]}: {mrkdwn.literal(shown(way))}"
    if way.pause is None:
        return line
    fix = elsewhere.fix(way.target, way.pause)
    return f"{line}. Paused, because it refused ({_reason(way.pause)}). {fix}"


def also(message: SlackMessage, ways: Sequence[Way]) -> SlackMessage:
    """``message`` with a line that says where else the recap goes; as it is where nowhere."""
    if not ways:
        return message
    line = f"Also to {', '.join(mrkdwn.literal(shown(way)) for way in ways)}."
    *before, last = message.blocks
    text = whole_lines([*message.text.splitlines(), line], MESSAGE_TEXT)
    return SlackMessage(text, [*before, context([line]), last])


def section(way: Way) -> Block:
    """A target in the Home, with a menu of what can be done with it."""
    choices = [(TRY, "Send a test"), *([] if way.is_active else [(RESUME, "Resume")])]
    options = [
        {"text": plain_text(label, OPTION_TEXT), "value": f"{action} {way.id}"}
        for action, label in [*choices, (REMOVE, "Remove")]
    ]
    (made,) = sections([f"↳ {described(way)}"])
    menu = {"type": "overflow", "action_id": buttons.WAY, "options": options}
    return made | {"block_id": f"way_{way.id}", "accessory": menu}


def trial(subscription: Subscription) -> str:
    """What a test message says."""
    every = calendar.every(subscription.schedule)
    channel = one_line(subscription.channel_name or subscription.channel)
    return f"A test of Recap: the recap of #{channel} comes here {every}."


TRYING: Final = SlackMessage("A test is on its way …", list(sections(["A test is on its way …"])))


def tried(way: Way, result: Result) -> SlackMessage:
    """What came back of a test message."""
    return _said(way, _came(way, result))


def _came(way: Way, result: Result) -> str:
    match result:
        case Sent():
            return "took the test message. Look whether it reads well."
        case Busy(detail=detail):
            return f"did not take it: {_reason(detail)}. Try again later."
        case BadMessage(code=code):
            return (
                f"did not take it ({_reason(code)}). If it is another service than Recap takes it "
                "for, write it as mattermost+https://… in its line."
            )
        case Refused(code=code):
            return f"refused it ({_reason(code)}). {elsewhere.fix(way.target, code)}"
        case _:
            return f"gave no clear answer ({_reason(result.detail)}). Look whether it arrived."


def _reason(text: str) -> str:
    return mrkdwn.literal(one_line(text, LONGEST_REASON))


def removed(way: Way) -> SlackMessage:
    """Nothing is sent there any more."""
    return _said(way, "gets no more recaps.")


def resumed(way: Way) -> SlackMessage:
    """It gets recaps again."""
    return _said(way, "gets the next recap again.")


def _said(way: Way, what: str) -> SlackMessage:
    line = f"{mrkdwn.literal(shown(way))} {what}"
    return SlackMessage(line, list(sections([line])))
