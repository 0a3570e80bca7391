"""The App Home: the connection, and every subscription that its reader may see."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.rendering import buttons, keys, mrkdwn
from bot.rendering.contact import spoken
from bot.rendering.keys import KeyStanding
from bot.rendering.limits import Block, actions, button, context, header, sections
from bot.rendering.numbers import Numbers
from bot.rendering.scheduled import unsubscribe_button
from bot.rendering.subscription import NONE_AT_ALL, Standing, described, result
from bot.rendering.ways import section
from bot.subscriptions.model import Subscription
from bot.subscriptions.ways import Way

NO_WAYS: Final[Mapping[str, Sequence[Way]]] = {}
BLOCKS: Final = 99
"""A Home holds a hundred, and one says how many subscriptions it has no room for."""


def view(
    standings: Sequence[Standing],
    connection: str,
    numbers: Numbers,
    *,
    nonce: str,
    ways: Mapping[str, Sequence[Way]] = NO_WAYS,
    key: KeyStanding | None = None,
) -> Block:
    """The Home; ``ways`` are the targets by the id of their subscription.

    ``key`` is that of the workspace, where each has its own.
    ``nonce`` makes two presses of the same **Send now** count as one.
    """
    blocks: list[Block] = [header("Recap"), context([mrkdwn.escape(connection)])]
    blocks += keys.section(key, numbers) if key else ()
    for shown, one in enumerate(standings):
        its = list(_subscription(one, ways.get(one.subscription.id, ()), numbers, nonce))
        if len(blocks) + len(its) > BLOCKS:
            more = len(standings) - shown
            blocks.append(context([f"… and {more} more channel{'' if more == 1 else 's'}."]))
            break
        blocks += its
    if not standings:
        blocks += sections([NONE_AT_ALL])
    return {"type": "home", "blocks": blocks}


def _subscription(
    one: Standing, ways: Sequence[Way], numbers: Numbers, nonce: str
) -> Iterator[Block]:
    yield from sections(list(described(one.subscription, numbers)))
    yield context([result(one, numbers)])
    yield from map(section, ways)
    yield _row(one.subscription, nonce)


def _row(subscription: Subscription, nonce: str) -> Block:
    channel = spoken(subscription)
    run = (
        button("Pause", buttons.PAUSE, subscription.id, label=f"Pause {channel}")
        if subscription.is_active
        else button("Resume", buttons.RESUME, subscription.id, label=f"Resume {channel}")
    )
    value = f"{subscription.id} {nonce}"
    row = actions(
        [
            button("Edit", buttons.MANAGE, subscription.id, label=f"Edit {channel}"),
            run,
            button("Send now", buttons.SEND_NOW, value, label=f"Send now to {channel}"),
            unsubscribe_button(subscription),
        ]
    )
    return row | {"block_id": f"row_{subscription.id}"}
