"""The App Home: the connection, and every subscription that its reader may see."""

from collections.abc import Sequence
from typing import Final

from bot.rendering import buttons, mrkdwn
from bot.rendering.contact import spoken
from bot.rendering.limits import Block, actions, button, context, header, sections
from bot.rendering.numbers import Numbers
from bot.rendering.scheduled import unsubscribe_button
from bot.rendering.subscription import NONE_AT_ALL, Standing, described, result
from bot.subscriptions.model import Subscription

SHOWN: Final = 30
"""Three blocks each; a Home holds a hundred."""


def view(standings: Sequence[Standing], connection: str, numbers: Numbers, *, nonce: str) -> Block:
    """The Home; ``nonce`` makes two presses of the same **Send now** count as one."""
    blocks: list[Block] = [header("Recap"), context([mrkdwn.escape(connection)])]
    for one in standings[:SHOWN]:
        blocks += [
            *sections(list(described(one.subscription, numbers))),
            context([result(one, numbers)]),
            _row(one.subscription, nonce),
        ]
    if (more := len(standings) - SHOWN) > 0:
        blocks.append(context([f"… and {more} more channel{'' if more == 1 else 's'}."]))
    if not standings:
        blocks += sections([NONE_AT_ALL])
    return {"type": "home", "blocks": blocks}


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
