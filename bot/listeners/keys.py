"""The CreatorAudit key of a workspace: its buttons, and the window in which it is entered."""

import asyncio

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.listeners.desk import Desk, Payload
from bot.listeners.views import ANSWER_WITHIN
from bot.rendering import buttons
from bot.rendering import keys as words
from bot.services.key_form import KeyForm


def register(app: AsyncApp, desk: Desk) -> None:
    """Let admins enter the key, change and remove it, where each workspace has one of its own."""
    if desk.key_form is not None:
        _listen(app, desk, desk.key_form)


def _listen(app: AsyncApp, desk: Desk, form: KeyForm) -> None:

    @app.action(buttons.CHANGE_KEY)
    async def change(ack: AsyncAck, body: Payload) -> None:
        work = desk.answers.open(form.open(body["trigger_id"]), desk.button_reply(body))
        await ack()
        desk.background.start(work)

    @app.action(buttons.REMOVE_KEY)
    async def remove(ack: AsyncAck, body: Payload, action: Payload) -> None:
        user, reply = body["user"]["id"], desk.button_reply(body)
        work = desk.answers.open(form.remove(user, action.get("value", ""), reply), reply)
        await ack()
        desk.background.start(work)

    @app.view(buttons.KEY_FORM)
    async def submitted(ack: AsyncAck, body: Payload, view: Payload) -> None:
        user, metadata = body["user"]["id"], view["private_metadata"]
        submitting = asyncio.create_task(form.submitted(user, metadata, view["state"]["values"]))
        await asyncio.wait({submitting}, timeout=ANSWER_WITHIN)
        match submitting.result() if submitting.done() else None:
            case None:
                await ack(response_action="update", view=words.checking())
                desk.background.start(form.follow(user, view, submitting))
            case str(sentence):
                await ack(response_action="errors", errors={words.INPUT: sentence})
            case shown:
                await ack(response_action="update", view=shown)
                desk.background.start(desk.windows.show_home(user))
