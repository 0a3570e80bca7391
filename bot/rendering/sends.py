"""What ``recap send`` says of each target."""

from collections.abc import Mapping
from typing import Final

from bot.rendering.numbers import Numbers
from bot.subscriptions.outcomes import BadMessage, Busy, Refused, Sent, Unsure
from bot.subscriptions.sends import Report, Step

WHY: Final[Mapping[str, str]] = {
    "private_address": "its address leads into a private network. If that host is your own, add it "
    "to RECAP_WEBHOOK_HOSTS.",
    "insecure_address": "its address must begin with https://.",
    "impossible_address": "its host is not a possible one.",
    "redirect": "it sends Recap on to another address, and Recap goes nowhere else by itself. Use "
    "that address, if you know it.",
    "mail_not_set_up": "e-mail is not set up. SMTP_URL and MAIL_FROM name the server and the "
    "sender.",
}
MAIL: Final = "@"
"""In what is shown of a mailbox; no other target may hold one."""

AGAIN: Final = "--again sends it once more."


def report_line(report: Report, numbers: Numbers) -> str:
    """One sentence or two on what became of a target, and on what can be done."""
    return f"{report.send.shown}: {_said(report, numbers)}"


def _said(report: Report, numbers: Numbers) -> str:
    send = report.send
    when = numbers.moment(send.begun_at)
    match report.step:
        case Step.ALREADY:
            return f"already sent on {when}. {AGAIN}"
        case Step.IN_DOUBT:
            return f"begun on {when}, and nobody knows whether it arrived. Look there; {AGAIN}"
        case Step.UNDER_WAY:
            return "another run is sending it, or was cut off just now. Try again in a minute."
        case Step.WAIT:
            return f"not sent. {_until(report, numbers)}"
        case _:
            return _came(report, numbers)


def _came(report: Report, numbers: Numbers) -> str:
    send = report.send
    match report.result:
        case Sent(ts=message):
            return f"sent, as message {message}." if message else "sent."
        case Busy(detail=detail):
            later = _until(report, numbers) if send.ready_at else "Run this again later."
            return f"not sent: {detail}. {later}"
        case Unsure(detail=detail):
            return f"not confirmed ({detail}), so it may have arrived. Look there; {AGAIN}"
        case BadMessage(code=code):
            return (
                f"it did not take the message ({code}). If it is another service than Recap takes "
                "it for, say so: mattermost+https://…"
            )
        case Refused(code=code) if code in WHY:
            return f"not sent: {WHY[code]}"
        case Refused(detail=detail) if MAIL in send.shown:
            return f"not sent: {detail}. Check the address; recap doctor checks the mail server."
        case _:
            assert report.result is not None  # noqa: S101 -- what was tried has one
            code = report.result.code
            return f"refused ({code}). Create a new webhook there, and use its address."


def _until(report: Report, numbers: Numbers) -> str:
    assert report.send.ready_at is not None  # noqa: S101 -- that is why it waits
    return f"It asks to wait until {numbers.moment(report.send.ready_at)}."
