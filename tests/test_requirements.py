"""``requirements.txt`` installs what ``pyproject.toml`` asks for, file by file."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "requirements.txt").read_text(encoding="utf-8")
LINES = [line for line in TEXT.replace("\\\n", "").splitlines() if not line.startswith("#")]
HASH = re.compile(r" --hash=sha256:[0-9a-f]{64}\b")


def pinned() -> dict[str, str]:
    """The version of each package."""
    found: dict[str, str] = {}
    for line in LINES:
        requirement = Requirement(line.partition(" --hash")[0])
        (version,) = requirement.specifier
        assert version.operator == "=="
        found[canonicalize_name(requirement.name)] = version.version
    return found


def asked_for() -> list[Requirement]:
    """What the app needs, with PostgreSQL's driver."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    return [Requirement(line) for line in lines]


def test_every_dependency() -> None:
    """Each is there in a version that fits; if not, run ``deploy/requirements``."""
    versions = pinned()
    misfits = [
        str(one)
        for one in asked_for()
        if not one.specifier.contains(versions.get(canonicalize_name(one.name), "0"))
    ]
    assert misfits == []
    assert versions["psycopg-binary"] == versions["psycopg"]


def test_every_file_by_its_hash() -> None:
    """No line is without hashes, and nothing is left of it but a version and a marker."""
    for line in LINES:
        assert HASH.search(line), line
        left = HASH.sub("", line).strip()
        assert re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+( ; [\w'\"=!<>. ]+)?", left), left


def test_no_addresses() -> None:
    """Where the files come from is up to whoever installs them."""
    assert "://" not in TEXT
    assert re.findall(r"(?m)^-", TEXT) == []


def test_says_how_it_is_made() -> None:
    """The command in its head exists."""
    (command,) = re.findall(r"(?m)^# +(deploy/\S+)$", TEXT)
    assert (ROOT / command).stat().st_mode & 0o111
