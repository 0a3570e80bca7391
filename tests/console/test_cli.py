"""The ``recap`` command itself."""

import asyncio
import sys
from pathlib import Path

import pytest
import typer

from bot.cli import _or_exit
from bot.errors import OperatorMustAct, RecapError, TryLater, Unusable
from tests.console.processes import PATIENCE, environment, recap


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OperatorMustAct("r", "Set it."), 3),
        (TryLater("r", "Set it."), 4),
        (Unusable("r", "Set it."), 5),
    ],
)
def test_our_own_errors(error: RecapError, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, and a code that says what to do."""

    def fail() -> None:
        raise error

    with pytest.raises(typer.Exit) as caught:
        _or_exit(fail)
    assert caught.value.exit_code == code
    assert capsys.readouterr().err == "Set it.\n"


def test_a_bug_is_kept_and_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """The traceback is in a file that the sentence names."""
    with pytest.raises(typer.Exit) as caught:
        _or_exit(lambda: int("x"))
    said = capsys.readouterr().err
    assert caught.value.exit_code == 1
    assert said.startswith("Something went wrong in Recap itself (ValueError). Please report it")
    kept = Path(said.split("with ", 1)[1].strip().removesuffix("."))
    assert "Traceback" in kept.read_text(encoding="utf-8")
    kept.unlink()


async def test_a_terminal_that_knows_few_characters(tmp_path: Path) -> None:
    """Question marks, but no error."""
    done = await recap(tmp_path, "demo", "--once", PYTHONIOENCODING="ascii")
    assert (done.code, done.err) == (0, "")
    assert "Recap: last 7 days" in done.out


async def test_help_to_a_full_disk(tmp_path: Path) -> None:
    """The same sentence as for everything else."""
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", '"$0" --help > /dev/full', Path(sys.executable).parent / "recap"),
        cwd=tmp_path,
        env=environment(),
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 3
    assert err == b"The output can't be written: No space left on device.\n"


async def test_help(tmp_path: Path) -> None:
    """Every command in a line, and the exit codes."""
    done = await recap(tmp_path, "--help")
    assert done.code == 0
    for word in ("run", "preview", "doctor", "demo", "Exit codes: 0 done"):
        assert word in done.out
