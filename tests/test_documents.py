"""Documents that can't lie: README, manifest, example file and CI are compared with the code."""

import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import app
from bot.listeners.commands import COMMAND
from bot.listeners.events import EVENTS
from bot.posting.scopes import SCOPES
from bot.rendering import notices
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under ``heading``, without its head."""
    section = README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_settings_table() -> None:
    """Every setting, its default and what it is, as the code has them."""
    expected = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        expected.append([f"`{name.upper()}`", default, field.description])
    assert rows("Settings") == expected


def test_scopes_table() -> None:
    """Each scope that the bot asks for, with its reason."""
    assert rows("What Recap may do") == [[f"`{scope}`", reason] for scope, reason in SCOPES.items()]


def test_example_file_names_every_setting() -> None:
    """``.env.example`` lists what can be set, and nothing else."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = re.findall(r"^(?:# )?([A-Z_]+)=", text, re.MULTILINE)
    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)


def test_commands_in_slack() -> None:
    """The README shows the help that Recap gives."""
    for example, meaning in notices.EXAMPLES:
        assert f"| `{example}` | {meaning} |" in README


@pytest.mark.parametrize(
    "command", sorted(c.callback.__name__ for c in app.registered_commands if c.callback)
)
def test_commands_in_the_terminal(command: str) -> None:
    """Each command of ``recap`` is described, with the options it has."""
    assert f"`recap {command}" in README
    help_text = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
    for option in re.findall(r"--[a-z]+", help_text):
        assert option == "--help" or f"`{option}" in README, option


def test_manifest_asks_for_what_the_code_needs() -> None:
    """Command and scopes are the code's; no URL stands there, since it is the Socket Mode one."""
    text = (ROOT / "manifest.yml").read_text(encoding="utf-8")
    manifest = yaml.safe_load(text)
    assert [one["command"] for one in manifest["features"]["slash_commands"]] == [COMMAND]
    assert COMMAND + " " + manifest["features"]["slash_commands"][0]["usage_hint"] == notices.USAGE
    assert manifest["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)
    assert manifest["settings"]["interactivity"]["is_enabled"] is True
    assert manifest["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }
    assert "url" not in re.sub(r"(?m)#.*$", "", text)


def test_manifest_within_slacks_limits() -> None:
    """Name 35, description 140, usage hint 1,000 (docs.slack.dev, /reference/app-manifest)."""
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    assert re.fullmatch("#[0-9a-f]{6}", manifest["display_information"]["background_color"])


def test_ci_runs_the_readmes_test_command() -> None:
    """There is exactly one line that the script's pattern finds."""
    pattern = r"^(python3 -m venv .* pytest --cov -n auto)$"
    assert len(re.findall(pattern, README, re.MULTILINE)) == 1
    assert pattern.replace("(", r"\(").replace(")", r"\)") in (ROOT / ".ci" / "run").read_text()


def test_procfile_starts_the_app() -> None:
    """What a platform starts; ``requirements.txt`` brings no ``recap`` command there."""
    assert (ROOT / "Procfile").read_text(encoding="utf-8") == "web: python -m bot run\n"
