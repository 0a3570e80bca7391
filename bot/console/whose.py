"""Which workspace a command in the terminal is about."""

from collections.abc import Mapping, Sequence

from bot.credentials import slack_app
from bot.ports import Installations
from bot.rendering.names import one_line
from bot.settings import Settings, setting_error
from bot.subscriptions.model import Subscription
from bot.wiring import open_stores

Names = Mapping[str, str]
"""What workspaces are called, by their ids; those of an organization are called as that."""


async def names(installations: Installations) -> Names:
    """The workspaces that have installed Recap."""
    found = await installations.everything()
    return {team: one.name for one in found for team in await installations.teams(one.id)}


async def team_of(settings: Settings, wanted: str | None) -> str:
    """The id of the workspace ``wanted``, by its id or name; empty for that of ``SLACK_BOT_TOKEN``.

    Raises:
        RecapError: There is no such one, or it is not said which of several.
    """
    if slack_app(settings) is None:
        if wanted is not None:
            raise setting_error(
                "--workspace is for where several have Recap, and SLACK_BOT_TOKEN is for one: "
                "leave it out."
            )
        return ""
    async with open_stores(settings) as stores:
        known = await names(stores.installations)
    if not known:
        raise setting_error(
            "No workspace has Recap yet: one installs it at /slack/install. One of an organization "
            "also types /recap once."
        )
    fitting = [team for team in known if _is(team, wanted, known)]
    if len(fitting) != 1:
        raise setting_error(
            f"--workspace has to name one of these: {listed(sorted(known), known)}."
        )
    return fitting[0]


def of_channel(
    everything: Sequence[Subscription], channel: str, wanted: str | None, known: Names
) -> Subscription:
    """The subscription of ``channel``, by its id or name, in the workspace ``wanted``.

    Raises:
        OperatorMustAct: There is none, or one in several workspaces.
    """
    name = channel.removeprefix("#")
    found = [
        one
        for one in everything
        if name in {one.channel, one.channel_name} and _is(one.team, wanted, known)
    ]
    if not found:
        raise setting_error(
            f"No subscription of {channel}. `recap subscriptions list` shows what there is."
        )
    teams = sorted({one.team for one in found})
    if len(teams) > 1:
        where = listed(teams, known)
        raise setting_error(f"{channel} is in several workspaces. --workspace names one: {where}.")
    return found[0]


def listed(teams: Sequence[str], known: Names) -> str:
    """``teams`` with their names, for people to choose from."""
    return ", ".join(f"{team} ({called(team, known)})" if team in known else team for team in teams)


def called(team: str, known: Names) -> str:
    """What the workspace ``team`` is called, or else its id."""
    return one_line(known.get(team, team))


def _is(team: str, wanted: str | None, known: Names) -> bool:
    return wanted is None or wanted.casefold() in {team.casefold(), known.get(team, "").casefold()}
