"""The windows that people send off."""

import asyncio

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.listeners.desk import Desks, Payload
from bot.rendering import buttons, form
from bot.services.windows import Anew, Done

ANSWER_WITHIN = 2.2
"""Seconds to save a form; Slack shows an error when it has no answer after three."""


def register(app: AsyncApp, desks: Desks) -> None:
    """Take the form of a subscription."""

    @app.view(buttons.FORM)
    async def submitted(
        ack: AsyncAck, body: Payload, view: Payload, context: AsyncBoltContext
    ) -> None:
        desk = await desks(context)
        user, metadata = body["user"]["id"], view["private_metadata"]
        saving = asyncio.create_task(
            desk.windows.submitted(user, metadata, view["state"]["values"])
        )
        await asyncio.wait({saving}, timeout=ANSWER_WITHIN)
        match saving.result() if saving.done() else None:
            case Done() | None:
                await ack()
                channel = form.about(metadata).channel
                desk.background.start(desk.windows.confirm(user, channel, saving))
            case Anew(view=again):
                await ack(response_action="update", view=again)
            case errors:
                await ack(response_action="errors", errors=errors)
