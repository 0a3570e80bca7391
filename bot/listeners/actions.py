"""The buttons under a recap."""

import re

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.listeners.desk import Desk, Payload
from bot.rendering import buttons


def register(app: AsyncApp, desk: Desk) -> None:
    """Answer every button that Recap ever put under a message."""

    @app.action(re.compile(f"^{buttons.SHOW}_"))
    async def show(ack: AsyncAck, body: Payload, action: Payload) -> None:
        work = desk.answers.show_again(action.get("value", ""), desk.button_reply(body))
        await ack()
        desk.background.start(work)

    @app.action(buttons.SHARE)
    async def share(ack: AsyncAck, body: Payload, action: Payload) -> None:
        container = body["container"]
        message = f"{container.get('channel_id')} {container.get('message_ts')}"
        work = desk.answers.share_once(
            action.get("value", ""), desk.button_reply(body), body["user"]["id"], message
        )
        await ack()
        desk.background.start(work)

    @app.action(buttons.RECEIPT)
    async def receipt(ack: AsyncAck, body: Payload, action: Payload) -> None:
        work = desk.answers.receipt(
            action.get("value", ""), desk.button_reply(body), body["trigger_id"]
        )
        await ack()
        desk.background.start(work)
