"""The buttons."""

import re
from typing import Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.listeners.desk import Desks, Payload
from bot.rendering import buttons

SUBSCRIPTION_BUTTONS: Final = (
    buttons.UNSUBSCRIBE,
    buttons.PAUSE,
    buttons.RESUME,
    buttons.SKIP,
    buttons.UNDO_SKIP,
    buttons.SEND_NOW,
    buttons.POST_AGAIN,
)


def register(app: AsyncApp, desks: Desks) -> None:
    """Answer every button that Recap ever put under a message or into a Home."""
    _recap_buttons(app, desks)

    @app.action(re.compile(f"^({'|'.join(SUBSCRIPTION_BUTTONS)})$"))
    async def pressed(
        ack: AsyncAck, body: Payload, action: Payload, context: AsyncBoltContext
    ) -> None:
        desk = await desks(context)
        doing = desk.presses.press(action["action_id"], action.get("value", ""), body["user"]["id"])
        work = desk.answers.tell(doing, desk.button_reply(body))
        await ack()
        desk.background.start(work)

    @app.action(buttons.WAY)
    async def chosen(
        ack: AsyncAck, body: Payload, action: Payload, context: AsyncBoltContext
    ) -> None:
        desk = await desks(context)
        user, reply = body["user"]["id"], desk.button_reply(body)
        work = desk.answers.open(
            desk.presses.choose(action["selected_option"]["value"], user, reply), reply
        )
        await ack()
        desk.background.start(work)

    @app.action(re.compile(f"^({buttons.SUBSCRIBE}|{buttons.MANAGE})$"))
    async def manage(
        ack: AsyncAck, body: Payload, action: Payload, context: AsyncBoltContext
    ) -> None:
        desk = await desks(context)
        opening = desk.windows.open_for_button(
            body["trigger_id"], body["user"]["id"], channel_of(body), action.get("value", "")
        )
        work = desk.answers.open(opening, desk.button_reply(body))
        await ack()
        desk.background.start(work)


def _recap_buttons(app: AsyncApp, desks: Desks) -> None:
    @app.action(re.compile(f"^{buttons.SHOW}_"))
    async def show(
        ack: AsyncAck, body: Payload, action: Payload, context: AsyncBoltContext
    ) -> None:
        desk = await desks(context)
        work = desk.answers.show_again(
            action.get("value", ""), desk.button_reply(body), channel_of(body)
        )
        await ack()
        desk.background.start(work)

    @app.action(buttons.SHARE)
    async def share(
        ack: AsyncAck, body: Payload, action: Payload, context: AsyncBoltContext
    ) -> None:
        desk = await desks(context)
        message = f"{channel_of(body)} {body['container'].get('message_ts')}"
        work = desk.answers.share_once(
            action.get("value", ""), desk.button_reply(body), body["user"]["id"], message
        )
        await ack()
        desk.background.start(work)

    @app.action(buttons.RECEIPT)
    async def receipt(
        ack: AsyncAck, body: Payload, action: Payload, context: AsyncBoltContext
    ) -> None:
        desk = await desks(context)
        work = desk.answers.receipt(
            action.get("value", ""), desk.button_reply(body), body["trigger_id"]
        )
        await ack()
        desk.background.start(work)


def channel_of(body: Payload) -> str:
    """The channel of the message with the button; empty in a Home."""
    return str(body.get("container", {}).get("channel_id") or "")
