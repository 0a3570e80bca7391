"""The queue between several workers (procrastinate); what it carries, the ledger decides.

Nothing is tried again and nothing is planned ahead here: a job that waits would block its channel.
What has to wait is ready again in the ledger when its time comes, and is carried anew.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.schema import SchemaManager

from bot.ports import Route
from bot.storage.queue_tables import QueueTables

log = structlog.get_logger(__name__)

LOOK: Final = 1.0
"""Seconds between two looks for a job: a channel that has become free is not announced."""

AGAIN: Final = 1.0
"""Seconds until a worker that the database has left alone begins anew."""

LEAVING: Final = 1.0
"""Seconds to sign off in the database, after the jobs under way have ended."""

CONNECTIONS: Final = 3
"""Of each process, for looking for jobs and ending them; three more listen."""

Deliver = Callable[[Route, str], Awaitable[None]]


class Jobs(JobManager):
    """Whose ends may fail: the tick of some worker removes what is nobody's."""

    async def finish_job_by_id_async(self, job_id: int, status: Status, delete_job: bool) -> None:  # noqa: FBT001 -- theirs
        """As procrastinate's own; what prevents it is said in one line.

        The database is away, or this machine slept and its job was given to another.
        """
        try:
            await super().finish_job_by_id_async(job_id, status, delete_job)
        except ConnectorException as error:
            log.warning("job_not_ended", job=job_id, detail=str(error.__cause__).partition("\n")[0])


def tables() -> QueueTables:
    """What the installed release keeps in the database."""
    steps = Path(SchemaManager.get_migrations_path()).glob("*.sql")
    return QueueTables(
        whole=SchemaManager.get_schema(),
        steps={step.stem: step.read_text(encoding="utf-8") for step in steps},
    )


@asynccontextmanager
async def working(
    conninfo: str, deliver: Deliver, places: Mapping[Route, int], drain: float
) -> AsyncIterator[None]:
    """Call ``deliver`` for each job, for so many at once as the route has ``places``.

    At the end no job is begun any more, and those under way get ``drain`` seconds.
    """
    app = App(
        connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=CONNECTIONS),
        worker_defaults={
            "delete_jobs": "always",  # what came of them stands in the ledger
            "fetch_job_polling_interval": LOOK,
            "install_signal_handlers": False,
            "shutdown_graceful_timeout": drain,
        },
    )
    app.job_manager = Jobs(app.connector)
    for route in Route:
        app.task(name=route.value)(_task(deliver, route))
    async with app.open_async():
        stopping = asyncio.Event()
        workers = [
            asyncio.create_task(_work(app, route, places[route], stopping)) for route in Route
        ]
        try:
            yield
        finally:
            stopping.set()
            for worker in workers:
                worker.cancel()
            # Without a database, a worker could not even say that it ends.
            await asyncio.wait(workers, timeout=drain + LEAVING)


def _task(deliver: Deliver, route: Route) -> Callable[[str], Awaitable[None]]:
    async def task(delivery: str) -> None:
        await deliver(route, delivery)

    return task


async def _work(app: App, route: Route, places: int, stopping: asyncio.Event) -> None:
    """Work until ``stopping``, also across restarts of the database."""
    while not stopping.is_set():
        ended: object = "one of its helpers failed"
        try:
            await app.run_worker_async(queues=[route.value], name=route.value, concurrency=places)
        except Exception as error:  # noqa: BLE001 -- whatever it was, the next one begins clean
            ended = error
        log.warning("queue_away", queue=route.value, detail=repr(ended))
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), AGAIN)
