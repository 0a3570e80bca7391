"""The ``recap`` command. Only words and exit codes here; every import that costs waits."""

import asyncio
import logging
import sys
import tempfile
import traceback
from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

from bot.console import output
from bot.digest.periods import Period
from bot.digest.preferences import (
    LARGEST_TOP,
    SMALLEST_TOP,
    Ask,
    Platform,
    Preferences,
    Ranking,
)
from bot.errors import OperatorMustAct, RecapError, TryLater
from bot.subscriptions.wishes import LONGEST_WAIT

EXIT_CODES = (
    "Exit codes: 0 done; 1 a bug in Recap; 2 wrong usage; 3 a setting, a key or a permission must "
    "be changed; 4 temporary, try again later; 5 CreatorAudit's answer can't be used."
)

USUAL: Final = Preferences()

app = typer.Typer(
    help="CreatorAudit recaps in Slack.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


subscriptions = typer.Typer(
    help="See and change what is subscribed.", no_args_is_help=True, add_completion=False
)
app.add_typer(subscriptions, name="subscriptions")

keys = typer.Typer(
    help="Make and rotate the keys that secrets are sealed with.",
    no_args_is_help=True,
    add_completion=False,
)
app.add_typer(keys, name="keys")


Channel = Annotated[str, typer.Argument(help="The channel's id or name.")]
Of = Annotated[
    str | None, typer.Option("--workspace", help="Its id or name, where several have Recap.")
]
Top = Annotated[int, typer.Option(min=SMALLEST_TOP, max=LARGEST_TOP, help="How many creators.")]
By = Annotated[Ranking, typer.Option(help="What creators are ranked by.")]
OnlyPlatform = Annotated[Platform | None, typer.Option(help="Only the accounts of this platform.")]


class Format(StrEnum):
    """What ``recap preview`` prints."""

    TEXT = "text"
    MARKDOWN = "markdown"
    BLOCKS = "blocks"
    HTML = "html"
    MAIL = "mail"


@app.command()
def run() -> None:
    """Run the Slack app: Socket Mode with SLACK_APP_TOKEN, HTTP without."""
    from bot.console.serve import serve

    settings = _settings()
    _finish(serve(settings))


@app.command()
def web() -> None:
    """Answer in Slack, and leave posting to workers; on SQLite it does both, as `recap run`."""
    from bot.console.serve import serve

    _finish(serve(_settings(), posts=False))


@app.command()
def worker() -> None:
    """Post what is due and answer nobody: for several processes on PostgreSQL."""
    from bot.console.work import work

    _finish(work(_settings()))


@app.command()
def preview(
    period: Annotated[Period, typer.Option(help="The window.")] = Period.WEEK,
    top: Top = USUAL.top,
    by: By = Ranking.VIEWS,
    platform: OnlyPlatform = None,
    output: Annotated[
        Format,
        typer.Option(
            "--format",
            help="text, markdown, Slack blocks as JSON, the mail as an HTML page, or the whole "
            "mail as a file.",
        ),
    ] = Format.TEXT,
) -> None:
    """Print a recap. Needs nothing but CREATORAUDIT_API_KEY; posts nothing."""
    from bot.console.preview import show

    preferences = Preferences(top=top, ranking=by, platform=platform)
    _finish(show(_settings(), Ask(period, preferences), output.value))


@app.command()
def send(
    to: Annotated[
        list[str],
        typer.Option(
            "--to", help="A webhook's address, or an e-mail address; several times for several."
        ),
    ],
    period: Annotated[Period, typer.Option(help="The window.")] = Period.WEEK,
    *,
    again: Annotated[
        bool, typer.Option("--again", help="Send it although it was sent, or may have been.")
    ] = False,
    top: Top = USUAL.top,
    by: By = Ranking.VIEWS,
    platform: OnlyPlatform = None,
) -> None:
    """Send a recap to webhooks and mailboxes, once for each window. Slack is not needed."""
    from bot.console.send import send, targets_of

    settings = _settings()
    try:
        targets = targets_of(settings, to)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--to") from None
    preferences = Preferences(top=top, ranking=by, platform=platform)
    _finish(send(settings, Ask(period, preferences), targets, again=again))


@app.command()
def migrate() -> None:
    """Bring the database up to date. `recap run` does it by itself on SQLite."""
    from bot.console.migrate import migrate

    _finish(migrate(_settings()))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to; it must not exist.")],
) -> None:
    """Copy the SQLite database to a file, also while Recap runs."""
    from bot.console.backup import backup

    _finish(backup(_settings(), file))


@app.command()
def restored() -> None:
    """After a backup was put back: have its posts looked for in Slack instead of made twice."""
    from bot.console.backup import restored

    _finish(restored(_settings()))


@app.command()
def tick(
    *,
    at: Annotated[
        str | None,
        typer.Option("--at", help="As of this instant: 2026-11-23T09:00+01:00. Default: now."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be posted.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Allow an instant in the future; it uses up its slots.")
    ] = False,
) -> None:
    """Post what is due, once, and end: for an outside cron instead of `recap run`'s own clock."""
    from bot.console.tick import instant, tick

    try:
        as_of = instant(at, force=force or dry_run)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--at") from None
    _finish(tick(_settings(), as_of, dry_run=dry_run))


@subscriptions.command("list")
def list_subscriptions() -> None:
    """List every subscription with its next and its last post."""
    from bot.console.subscriptions import show

    _finish(show(_settings()))


@subscriptions.command("add")
def add_subscription(  # noqa: PLR0913 -- each is an option
    channel: Annotated[str, typer.Argument(help="The channel's id, such as C0123456789.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(help="As after /recap subscribe: mon 09:00 Europe/Berlin 7d top 5."),
    ] = None,
    *,
    by: Annotated[Ranking | None, typer.Option(help="What creators are ranked by.")] = None,
    platform: Annotated[
        list[Platform] | None,
        typer.Option(help="Only the accounts of this platform; name both for all."),
    ] = None,
    wait: Annotated[
        int | None,
        typer.Option(min=0, max=LONGEST_WAIT, help="Hours to wait for fresh data at most."),
    ] = None,
    contact: Annotated[
        str | None, typer.Option("--contact", help="The Slack id of who is told of trouble.")
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option(help="A webhook or an e-mail address that gets it, too; as often as needed."),
    ] = None,
    workspace: Of = None,
) -> None:
    """Subscribe a channel; Recap has to be in it."""
    from bot.console.subscriptions import add

    # One grammar for both: the options are words that follow.
    ranked = [] if by is None else ["by", by]
    waits = [] if wait is None else ["wait", f"{wait}h"]
    said = [*(words or []), *ranked, *(platform or []), *waits]
    _finish(add(_settings(), channel, said, contact, to or [], workspace))


@subscriptions.command("pause")
def pause_subscription(channel: Channel, workspace: Of = None) -> None:
    """Post nothing to a channel until it is resumed."""
    _change(channel, "pause", workspace)


@subscriptions.command("resume")
def resume_subscription(channel: Channel, workspace: Of = None) -> None:
    """Go on posting to a channel; nothing that was missed is posted."""
    _change(channel, "resume", workspace)


@subscriptions.command("remove")
def remove_subscription(channel: Channel, workspace: Of = None) -> None:
    """End the subscription of a channel."""
    _change(channel, "remove", workspace)


def _change(channel: str, action: str, workspace: str | None) -> NoReturn:
    from bot.console.subscriptions import change

    _finish(change(_settings(), channel, action, workspace))


@keys.command("new")
def new_key() -> None:
    """Print a new key for RECAP_ENCRYPTION_KEYS; nothing is changed."""
    from bot.console.keys import new

    _finish(new())


@keys.command("rotate")
def rotate_keys() -> None:
    """Seal every secret in the database with the first key; Recap may be running."""
    from bot.console.keys import rotate

    _finish(rotate(_settings()))


@app.command()
def doctor() -> None:
    """Check every setting against the real thing that it names."""
    from bot.console.doctor import examine

    _finish(examine())


@app.command()
def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Show a recap and two Mondays in the terminal, and end.")
    ] = False,
    answers: Annotated[
        bool,
        typer.Option(
            "--answers",
            help="With --once: also print what the stand-in for CreatorAudit answered.",
        ),
    ] = False,
    host: Annotated[
        str, typer.Option("--host", help="Where the page listens: this machine alone, by default.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="The page's port; 8765 when it is free."),
    ] = None,
    screenshot: Annotated[
        Path | None,
        typer.Option("--screenshot", help="Save a picture of the page with Chromium, and end."),
    ] = None,
) -> None:
    """Try Recap in the browser, with stand-ins for Slack and CreatorAudit: no account needed."""
    if once or answers:
        from bot.playground.demo import play

        _finish(play(answers=answers))
    from bot.playground.page.show import picture, show

    _finish(picture(screenshot) if screenshot else show(host=host, port=port))


def main() -> None:
    """Entry point of the ``recap`` command."""
    output.prepare()
    try:
        app()
    except OSError as error:
        # The help is written without any of our commands.
        if (unwritten := output.failure(error)) is None:
            raise
        sys.exit(unwritten)


def _settings() -> Any:  # noqa: ANN401 -- naming the type would import pydantic for --help
    from bot import logs, reporting, settings

    loaded = _or_exit(settings.load)
    logs.configure(loaded.log_format, loaded.secrets)
    _or_exit(lambda: reporting.errors(loaded))
    return loaded


def _finish(work: Coroutine[Any, Any, int | None]) -> NoReturn:
    raise typer.Exit(_or_exit(lambda: asyncio.run(work)) or 0)


def _or_exit(step: Any) -> Any:  # noqa: ANN401
    """Run ``step``; one of our own errors becomes one sentence on stderr and an exit code."""
    try:
        done = step()
        sys.stdout.flush()
    except RecapError as error:
        sys.stderr.write(f"{error.operator}\n")
        raise typer.Exit(_exit_code(error)) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except typer.Exit:
        raise
    except Exception as error:  # noqa: BLE001 -- the last net; nothing is lost
        unwritten = output.failure(error)
        raise typer.Exit(_report(error) if unwritten is None else unwritten) from None
    return done


def _report(bug: Exception) -> int:
    """Keep the traceback of a bug in a file, and say where in one sentence."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="recap-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        file.writelines(traceback.format_exception(bug))
    if logging.getLogger().handlers:
        from bot.logs import CRASH

        logging.getLogger(CRASH).critical("crashed", exc_info=bug)
    sys.stderr.write(
        f"Something went wrong in Recap itself ({type(bug).__name__}). "
        f"Please report it with {file.name}.\n"
    )
    return 1


def _exit_code(error: RecapError) -> int:
    match error:
        case OperatorMustAct():
            return 3
        case TryLater():
            return 4
        case _:
            return 5
