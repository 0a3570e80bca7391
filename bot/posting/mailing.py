"""Recaps to mailboxes, in the same way as to webhooks."""

from bot.posting.letter import Envelope
from bot.posting.mail import MailSender
from bot.rendering.mail.model import unpacked
from bot.rendering.targets import Payload
from bot.subscriptions.mailbox import Mailbox, mailbox
from bot.subscriptions.outcomes import Result
from bot.subscriptions.targets import Target


class MailTargets:
    """``TargetSender`` for e-mail.

    Args:
        mails: Hands them in.
        sender: Who they come from.
        one_click: What takes a wish to get no more of them, as ``Envelope`` wants it.
    """

    def __init__(self, mails: MailSender, sender: Mailbox, one_click: str | None = None) -> None:
        self._mails = mails
        self._sender = sender
        self._one_click = one_click

    async def send(self, target: Target, payload: Payload, key: str) -> Result:
        """Mail ``payload`` to ``target``; the same ``key`` makes the same Message-ID."""
        mail, at = unpacked(payload)
        envelope = Envelope(self._sender, mailbox(target.address), key, at, self._one_click)
        return await self._mails.send(mail, envelope)
