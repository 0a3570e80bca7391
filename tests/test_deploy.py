"""The container file and the systemd unit start what the Procfile starts, with settings that exist.

``.ci/replay.py`` runs the container file's own steps.
"""

import json
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.web.app import HEALTH
from bot.wiring.app import DRAIN

ROOT = Path(__file__).parent.parent
UNIT = (ROOT / "deploy" / "recap.service").read_text(encoding="utf-8")
CONTAINER = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
(WEB,) = re.findall(r"(?m)^web: (.*)$", (ROOT / "Procfile").read_text(encoding="utf-8"))
SETTINGS = {name.upper() for name in Settings.model_fields}


def said(word: str) -> str:
    """What the container file says after ``word``, which stands there once."""
    (rest,) = re.findall(rf"(?m)^{word} +(.*)$", CONTAINER)
    return str(rest).strip()


def of_unit(key: str) -> list[str]:
    """The values of ``key`` in the unit."""
    return re.findall(rf"(?m)^{key}=(.*)$", UNIT)


def test_the_same_command() -> None:
    """Everywhere the Procfile's."""
    assert json.loads(said("CMD")) == shlex.split(WEB)
    assert of_unit("ExecStart") == [f"/opt/recap/.venv/bin/{WEB}"]


def test_settings_exist() -> None:
    """Each is one of Recap's, with a value that it takes; the rest is Python's."""
    given = dict(one.split("=", 1) for one in [*said("ENV").split(), *of_unit("Environment")])
    ours = {name: value for name, value in given.items() if not name.startswith("PYTHON")}
    assert set(ours) == {"DATABASE_URL", "LOG_FORMAT", "PORT"} <= SETTINGS
    Settings.model_validate({name.lower(): value for name, value in ours.items()})


def test_the_database_outlives_the_container() -> None:
    """The file is in the volume, and in the unit's own folder."""
    assert f"DATABASE_URL=sqlite:///{said('VOLUME')}/recap.db " in said("ENV") + " "
    (folder,) = of_unit("StateDirectory")
    assert f"DATABASE_URL=sqlite:////var/lib/{folder}/recap.db" in of_unit("Environment")


def test_nobody_is_root() -> None:
    """A user of its own, who owns the volume and nothing else."""
    user, volume = said("USER"), said("VOLUME")
    assert int(user) > 0
    assert f"useradd --system --uid {user} --no-create-home recap" in CONTAINER
    assert f"install -d -o recap -m 700 {volume}\n" in CONTAINER
    assert of_unit("DynamicUser") == ["yes"]


def test_time_to_finish() -> None:
    """The signal that the app waits for, and no kill before it has finished."""
    assert [said("STOPSIGNAL")] == of_unit("KillSignal") == ["SIGTERM"]
    assert DRAIN < 10, "what engines grant"
    assert float(of_unit("TimeoutStopSec")[0]) > DRAIN + 2


@contextmanager
def healthy(status: int) -> Iterator[int]:
    """Something that answers for its health with ``status``; yields its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == HEALTH else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing to say."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def health(port: int) -> int:
    """The exit code of the container file's health check."""
    (command,) = re.findall(r"(?m)^HEALTHCHECK .*?CMD (\[.*\])$", CONTAINER)
    _, *words = json.loads(command)
    # A proxy is none of its business.
    env = {"PORT": str(port), "http_proxy": "http://127.0.0.1:1"}
    return subprocess.run([sys.executable, *words], env=env, check=False).returncode  # noqa: S603


@pytest.mark.parametrize(("status", "is_well"), [(200, True), (503, False)])
def test_health_check(status: int, *, is_well: bool) -> None:
    """Well while ``/healthz`` says so."""
    with healthy(status) as port:
        assert (health(port) == 0) is is_well


def test_health_of_nothing() -> None:
    """Not well when nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert health(port) == 1


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """Nothing in it is unknown or misspelt, and little is left open."""
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    unit = tmp_path / "recap.service"
    unit.write_text(UNIT.replace("/opt/recap", str(tmp_path)), encoding="utf-8")
    for words in (["verify"], ["security", "--offline=yes", "--threshold=15"]):
        done = subprocess.run(  # noqa: S603
            ["systemd-analyze", *words, str(unit)],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""
