"""Replays ``deploy/Containerfile`` in a temporary folder: for machines without a container engine.

What it copies is copied, what it runs with pip and python is run in a new environment, and the app
that stands there then shows its demo. Only what needs the image's own root is left out.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILE = ROOT / "deploy" / "Containerfile"
OURS = ("pip", "python")


def instructions() -> Iterator[tuple[str, str]]:
    """The words and arguments of the file."""
    text = re.sub(r"(?m)^#.*\n", "", FILE.read_text(encoding="utf-8")).replace("\\\n", " ")
    for line in filter(None, text.splitlines()):
        word, _, rest = line.partition(" ")
        yield word, rest.strip()


def main() -> None:
    """Replay the file, and fail where one of its steps does."""
    with tempfile.TemporaryDirectory(prefix="recap-replay-") as folder:
        image, tools = Path(folder, "image"), Path(folder, "venv")
        venv.create(tools, with_pip=True)
        environment = {"PATH": os.pathsep.join([str(tools / "bin"), os.environ["PATH"]])}
        environment |= {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        place = image
        for word, rest in instructions():
            match word:
                case "WORKDIR":
                    place = image / rest.lstrip("/")
                    place.mkdir(parents=True)
                case "COPY":
                    _copy(rest, place)
                case "RUN" if shlex.split(rest)[0] in OURS:
                    _run(shlex.split(rest), place, environment)
                case "CMD":
                    # All but the last word, which needs tokens.
                    _run([*json.loads(rest)[:-1], "demo", "--once"], place, environment)


def _copy(what: str, place: Path) -> None:
    source, target = what.split()
    if (ROOT / source).is_dir():
        shutil.copytree(ROOT / source, place / target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(ROOT / source, place / target)


def _run(words: list[str], place: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 -- our own file
        ["/usr/bin/env", *words],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    print(f"replayed: {shlex.join(words)}")
    if done.returncode:
        sys.exit(f"{done.stdout[-2000:]}{done.stderr[-2000:]}\nIt ended with {done.returncode}.")


if __name__ == "__main__":
    main()
