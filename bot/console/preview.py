"""``recap preview``: the message on stdout, everything else on stderr."""

import asyncio
import json
import sys
from collections.abc import Awaitable
from typing import Final, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.digest.model import Digest
from bot.digest.preferences import Ask
from bot.posting.letter import Envelope, letter
from bot.rendering.blocks import render_private
from bot.rendering.mail.page import render_mail
from bot.rendering.markdown import render_markdown
from bot.rendering.numbers import Numbers
from bot.rendering.terminal import render_terminal
from bot.rendering.text import render_text
from bot.settings import Settings
from bot.subscriptions.mailbox import mailbox
from bot.wiring import open_recap

T = TypeVar("T")

PATIENCE: Final = 1.0
"""Seconds before a progress bar is worth its flicker."""

NOBODY: Final = "Recap <recap@example.com>"
"""Whom a previewed mail is from, and to, where MAIL_FROM is not set."""


async def show(settings: Settings, ask: Ask, output: str) -> None:
    """Print the recap as ``output``: text, markdown, blocks, html or mail.

    Raises:
        RecapError: The recap could not be had.
    """
    async with open_recap(settings) as recap:
        digest = await _watched(recap.digest(ask))
    numbers = Numbers(settings.recap_locale)
    if output in {"html", "mail"}:
        sys.stdout.write(_mail(digest, settings, numbers, output))
    else:
        _write(digest, ask, output, numbers)


def _mail(digest: Digest, settings: Settings, numbers: Numbers, output: str) -> str:
    mail = render_mail(digest, numbers)
    if output == "html":
        return mail.page
    sender = mailbox(settings.mail_from or NOBODY)
    envelope = Envelope(sender, sender, "preview", digest.built_at, settings.mail_unsubscribe_url)
    return letter(mail, envelope).decode("ascii").replace("\r\n", "\n")


def _write(digest: Digest, ask: Ask, output: str, numbers: Numbers) -> None:
    if output == "markdown":
        sys.stdout.write(render_markdown(digest, numbers) + "\n")
    elif output == "blocks":
        message = render_private(digest, ask, numbers)
        whole = {"text": message.text, "blocks": list(message.blocks)}
        sys.stdout.write(json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
    elif sys.stdout.isatty():
        Console().print(render_terminal(digest, numbers))
    else:
        sys.stdout.write(render_text(digest, numbers) + "\n")


async def _watched(work: Awaitable[T]) -> T:
    """``work``, with a progress bar on a terminal once it has taken more than a second."""
    task = asyncio.ensure_future(work)
    console = Console(stderr=True)
    done, _ = await asyncio.wait({task}, timeout=PATIENCE)
    if done or not console.is_terminal:
        return await task
    columns = (TextColumn("Asking CreatorAudit"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task("", total=None)
        return await task
