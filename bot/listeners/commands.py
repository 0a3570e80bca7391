"""``/recap``."""

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.listeners import grammar
from bot.listeners.desk import Desk, Payload
from bot.rendering import notices

COMMAND = "/recap"


def register(app: AsyncApp, desk: Desk) -> None:
    """Answer every ``/recap``: acknowledged at once, worked on afterwards."""

    @app.command(COMMAND)
    async def recap(ack: AsyncAck, command: Payload) -> None:
        reply, answers = desk.command_reply(command), desk.answers
        match grammar.parse(command.get("text") or ""):
            case grammar.Recap(ask, share=True):
                work = answers.share(ask, reply, command["user_id"])
            case grammar.Recap(ask):
                work = answers.show(ask, reply)
            case grammar.Help():
                work = answers.say(notices.help_message(), reply)
            case misread:
                work = answers.say(notices.misread(misread.problem, misread.nearest), reply)
        await ack()
        desk.background.start(work)
