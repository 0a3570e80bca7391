"""The CreatorAudit key of a workspace: its buttons, and the window in which it is entered."""

import asyncio

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.errors import Unusable
from bot.listeners.desk import Desk, Desks, Payload
from bot.listeners.views import ANSWER_WITHIN
from bot.ports import Reply
from bot.rendering import buttons
from bot.rendering import keys as words
from bot.rendering.limits import Block
from bot.services.key_form import KeyForm


def register(app: AsyncApp, desks: Desks) -> None:
    """Let admins enter the key, change and remove it, where each workspace has one of its own."""

    @app.action(buttons.CHANGE_KEY)
    async def change(ack: AsyncAck, body: Payload, context: AsyncBoltContext) -> None:
        desk = await desks(context)
        work = desk.answers.open(_open(desk, body["trigger_id"]), desk.button_reply(body))
        await ack()
        desk.background.start(work)

    @app.action(buttons.REMOVE_KEY)
    async def remove(
        ack: AsyncAck, body: Payload, action: Payload, context: AsyncBoltContext
    ) -> None:
        desk = await desks(context)
        user, reply = body["user"]["id"], desk.button_reply(body)
        work = desk.answers.open(_remove(desk, user, action.get("value", ""), reply), reply)
        await ack()
        desk.background.start(work)

    @app.view(buttons.KEY_FORM)
    async def submitted(
        ack: AsyncAck, body: Payload, view: Payload, context: AsyncBoltContext
    ) -> None:
        desk = await desks(context)
        user = body["user"]["id"]
        submitting = asyncio.create_task(_submitted(desk, user, view))
        await asyncio.wait({submitting}, timeout=ANSWER_WITHIN)
        match submitting.result() if submitting.done() else None:
            case None:
                await ack(response_action="update", view=words.checking())
                desk.background.start(_form(desk).follow(user, view, submitting))
            case str(sentence):
                await ack(response_action="errors", errors={words.INPUT: sentence})
            case shown:
                await ack(response_action="update", view=shown)
                desk.background.start(desk.windows.show_home(user))


def _form(desk: Desk) -> KeyForm:
    """The window of this workspace.

    Raises:
        Unusable: Whoever runs Recap sets the key since the button was shown.
    """
    if desk.key_form is None:
        raise Unusable(
            "Whoever runs Recap sets the CreatorAudit key, so nothing can be changed here.",
            "CREATORAUDIT_API_KEY is set, and somebody pressed a button of an older Home.",
        )
    return desk.key_form


async def _open(desk: Desk, trigger_id: str) -> None:
    await _form(desk).open(trigger_id)


async def _remove(desk: Desk, user: str, seen: str, reply: Reply) -> None:
    await _form(desk).remove(user, seen, reply)


async def _submitted(desk: Desk, user: str, view: Payload) -> Block | str:
    try:
        form = _form(desk)
    except Unusable as error:
        return error.reader
    return await form.submitted(user, view["private_metadata"], view["state"]["values"])
