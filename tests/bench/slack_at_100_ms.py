"""As much of Slack as posting needs, answering in 100 ms; a process of its own.

The stand-in of the playground checks every block, which costs more than all that is measured here.
It says its port, and once its standard input ends how many posts came, how many keys came twice,
and how many messages came to a channel within a second of the one before.
"""

import asyncio
import json
import sys
import time
from collections import Counter

from aiohttp import web

LATENCY = 0.1
INTERVAL = 1.0
TOLERATED = 0.05
"""Seconds by which two messages may draw near on their way."""


class Slack:
    """Counts what comes."""

    def __init__(self) -> None:
        self.keys: Counter[str] = Counter()
        self.last: dict[str, float] = {}
        self.hasty = 0

    async def post(self, request: web.Request) -> web.Response:
        """``chat.postMessage``."""
        came = time.monotonic()
        body = await request.json()
        channel = body["channel"]
        self.keys[body["metadata"]["event_payload"]["key"]] += 1
        self.hasty += came - self.last.get(channel, 0.0) < INTERVAL - TOLERATED
        self.last[channel] = came
        await asyncio.sleep(LATENCY)
        message = {"thread_ts": body.get("thread_ts")}
        ts = f"{time.time():.6f}"
        return web.json_response({"ok": True, "channel": channel, "ts": ts, "message": message})


async def main() -> None:
    slack, app = Slack(), web.Application(client_max_size=1 << 20)
    app.router.add_post("/chat.postMessage", slack.post)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    twice = sum(count > 1 for count in slack.keys.values())
    print(json.dumps({"posts": slack.keys.total(), "twice": twice, "hasty": slack.hasty}))


if __name__ == "__main__":
    asyncio.run(main())
