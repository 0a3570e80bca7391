"""The audit of the dependencies, against an advisory service on this machine."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

SCRIPT = Path(__file__).parent.parent / ".ci" / "audit.py"


@dataclass
class Service:
    """What is known of which package."""

    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    address: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        name = (await request.json())["package"]["name"]
        self.asked.add(name)
        return web.json_response({"vulns": [self.known[name]]} if name in self.known else {})


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    one = Service()
    app = web.Application()
    app.router.add_post("/v1/query", one.answer)
    async with TestServer(app) as server:
        one.address = str(server.make_url("/v1/query"))
        yield one


async def audited(address: str, folder: Path) -> tuple[int, list[str]]:
    """The exit code and the lines of one audit."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, SCRIPT, "--vulnerability-service=osv", f"--osv-url={address}"),
        f"--cache-dir={folder}",
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, out.decode().splitlines()


async def test_nothing_is_known(service: Service, tmp_path: Path) -> None:
    """Every package is asked for, and one line says so."""
    code, lines = await audited(service.address, tmp_path)
    assert code == 0
    assert lines == [f"Audited: {len(service.asked)} dependencies, no known vulnerability."]
    assert {"slack-bolt", "sqlalchemy", "psycopg-binary"} <= service.asked


async def test_a_known_vulnerability(service: Service, tmp_path: Path) -> None:
    """The run fails, with what to install instead."""
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}]
    package = {"name": "jinja2", "ecosystem": "PyPI"}
    flaw = {
        "id": "PYSEC-2026-1",
        "summary": "x",
        "affected": [{"package": package, "ranges": ranges}],
    }
    service.known["jinja2"] = flaw
    code, (line,) = await audited(service.address, tmp_path)
    assert code == 1
    assert line.startswith("VULNERABLE: jinja2 ")
    assert line.endswith(": PYSEC-2026-1, fixed in 99.1")


async def test_nobody_to_ask(unused_tcp_port: int, tmp_path: Path) -> None:
    """One line, and no failure: nothing is known."""
    code, (line,) = await audited(f"http://127.0.0.1:{unused_tcp_port}/v1/query", tmp_path)
    assert code == 0
    assert line.startswith("WARNING: the dependencies were not audited: ")
