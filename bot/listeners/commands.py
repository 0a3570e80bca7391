"""``/recap``."""

from collections.abc import Coroutine
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.digest.preferences import Ask
from bot.listeners import grammar
from bot.listeners.desk import Desk, Desks, Payload
from bot.rendering import notices

COMMAND = "/recap"


def register(app: AsyncApp, desks: Desks) -> None:
    """Answer every ``/recap``: acknowledged at once, worked on afterwards."""

    @app.command(COMMAND)
    async def recap(ack: AsyncAck, command: Payload, context: AsyncBoltContext) -> None:
        desk = await desks(context)
        work = _work(grammar.parse(command.get("text") or ""), desk, command)
        await ack()
        desk.background.start(work)


def _work(asked: grammar.Command, desk: Desk, command: Payload) -> Coroutine[Any, Any, None]:
    reply, answers = desk.command_reply(command), desk.answers
    user, channel = command["user_id"], command["channel_id"]
    match asked:
        case grammar.Recap(ask, share=True):
            return answers.share(ask, reply, user)
        case grammar.Recap(ask):
            return answers.show(ask, reply, channel)
        case grammar.Choose():
            opening = desk.windows.open_form(command["trigger_id"], user, channel, Ask())
            return answers.open(opening, reply)
        case grammar.Subscribe(wish):
            return answers.tell(desk.subscriptions.subscribe(user, channel, wish), reply)
        case grammar.Do(verb):
            return answers.tell(desk.orders.do(verb, user, channel), reply)
        case grammar.Help():
            return answers.say(notices.help_message(), reply)
    # What is left was misread.
    return answers.say(notices.misread(asked.problem, asked.nearest), reply)
