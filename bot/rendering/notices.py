"""Everything else that Recap says in Slack: help, a misread command, a failure, a wait."""

from typing import Final

from bot.digest.preferences import Ask
from bot.errors import RecapError
from bot.rendering import buttons, mrkdwn
from bot.rendering.blocks import SlackMessage
from bot.rendering.limits import (
    MESSAGE_TEXT,
    VIEW_TITLE,
    Block,
    button,
    clip,
    plain_text,
    sections,
    whole_lines,
)

LONGEST_LINE: Final = 700

USAGE: Final = (
    "/recap [7d|30d|90d] [top 1-25] [by gain] [tiktok] [share], "
    "subscribe [mon 09:00 Europe/Berlin], help"
)
EXAMPLES: Final = (
    ("/recap", "the last 7 days, for your eyes only"),
    ("/recap 30d", "another window: 7d, 30d or 90d"),
    ("/recap 7d top 10", "more of the leaderboard: top 1 to top 25"),
    ("/recap 7d by gain", "the leaderboard ranked by views, gain or engagement"),
    ("/recap 7d tiktok", "the accounts of one platform: instagram or tiktok"),
    ("/recap 7d share", "the recap posted to this channel"),
    ("/recap subscribe", "the recap posted here every week: a window asks when"),
    ("/recap subscribe mon 09:00 Europe/Berlin", "the same in one line: days, time, zone, window"),
    ("/recap subscribe wait 4h", "the post waits up to 4 hours for fresh data"),
    ("/recap pause", "nothing is posted here until `/recap resume`"),
    ("/recap skip", "the next post is left out"),
    ("/recap unsubscribe", "nothing is posted here any more"),
    ("/recap status", "the last post, the next one, and what is in the way"),
    ("/recap last", "the last post as it was delivered, and what was corrected in it since"),
    ("/recap list", "every subscribed channel that you can see"),
    ("/recap help", "this list"),
)


def help_message() -> SlackMessage:
    """What Recap can be asked."""
    lines = [f"{mrkdwn.inline_code(example)}  {meaning}" for example, meaning in EXAMPLES]
    return _message("*Recap sums up your CreatorAudit numbers.*", *lines)


def misread(problem: str, nearest: str) -> SlackMessage:
    """A command that does not fit the grammar: what is wrong, and the nearest one that does."""
    return _message(
        mrkdwn.literal(problem),
        f"Did you mean {mrkdwn.inline_code(nearest)}?",
        f"Usage: {mrkdwn.inline_code(USAGE)}",
    )


def working(ask: Ask) -> SlackMessage:
    """Shown only when an answer takes longer than a second."""
    return _message(f"Working on the last {ask.period.days} days…")


def failure(error: RecapError, ask: Ask | None) -> SlackMessage:
    """Why there is no answer and what to do; where a recap was wanted, a button asks again."""
    message = _message(mrkdwn.escape(error.reader))
    if ask is None:
        return message
    again = button("Try again", buttons.show_id(ask.period), buttons.pack(ask))
    return SlackMessage(message.text, [*message.blocks, {"type": "actions", "elements": [again]}])


def bug(reference: str) -> SlackMessage:
    """Recap itself failed; ``reference`` stands in the log beside the traceback."""
    return _message(
        "Something went wrong in Recap itself, so there is no answer.",
        f"Tell whoever runs Recap this reference: {mrkdwn.inline_code(reference)}",
    )


def shared(ask: Ask) -> SlackMessage:
    """What remains of the private recap once it is in the channel."""
    return _message(f"The recap of the last {ask.period.days} days is in the channel.")


def already_shared(ask: Ask) -> SlackMessage:
    """A second press of the same button."""
    return _message(
        f"Already shared: the recap of the last {ask.period.days} days is in the channel."
    )


def plain(sentences: str) -> SlackMessage:
    """Plain sentences of ours, a line each."""
    return _message(*(mrkdwn.escape(line) for line in sentences.splitlines()))


def window(message: SlackMessage) -> Block:
    """``message`` in a window, for where there is no channel to answer in."""
    return {
        "type": "modal",
        "title": plain_text("Recap", VIEW_TITLE),
        "close": plain_text("Close", VIEW_TITLE),
        "blocks": list(message.blocks),
    }


def _message(*lines: str) -> SlackMessage:
    text = whole_lines([clip(line, LONGEST_LINE) for line in lines], MESSAGE_TEXT)
    shown = [line for line in text.splitlines() if line.strip()]
    return SlackMessage(text, list(sections(shown)))
