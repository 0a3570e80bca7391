"""Recap in several workspaces that installed it, each with a key of its own."""

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr
from yarl import URL

from bot.errors import OperatorMustAct
from bot.playground import slack_payloads as payloads
from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn
from bot.playground.organisation import Organisation
from bot.playground.slack import Elsewhere, SlackStandIn
from bot.playground.slack_workspace import Enterprise, Message, Workspace
from bot.rendering import buttons
from bot.settings import GivenSettings, Settings
from bot.storage.vault import fresh_key
from bot.wiring import open_stores
from tests.app.conftest import SEALED_WITH, Mode, Travels, is_pending, running
from tests.conftest import TODAY

NORTH, SOUTH = "NORTH", "SOUTH"
KEYS = {NORTH: "ca_of_north_1234", SOUTH: "ca_of_south_1234"}
GRID = Enterprise()


@dataclass
class Fair:
    """Slack with several workspaces, CreatorAudit with several organizations, and Recap."""

    slack: SlackStandIn
    api: CreatorAuditStandIn
    address: str
    database: Path
    clock: Travels

    def place(self, key: str, enterprise: Enterprise | None = None) -> Elsewhere:
        """The workspace whose ids end in ``key``; its Mia is an admin."""
        place = self.slack.add_workspace(Workspace.another(key, key.title(), enterprise))
        mia = f"U0MIA{key}"
        place.workspace.people[mia] = replace(place.workspace.people[mia], is_admin=True)
        return place

    async def page(self, path: str, cookie: str = "") -> tuple[int, str, str]:
        """What a browser gets for ``path``: status, page, and the cookie that is set."""
        async with (
            aiohttp.ClientSession() as browser,
            browser.get(f"{self.address}{path}", headers={"cookie": cookie}) as answer,
        ):
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            kept = answer.headers.get("set-cookie", "").split(";")[0]
            return answer.status, await answer.text(), kept

    async def begin(self) -> tuple[str, str]:
        """Open the first page: where its button leads, and the cookie."""
        status, page, cookie = await self.page("/slack/install")
        assert status == 200
        found = re.search(r'href="([^"]+)"', page)
        assert found
        return unescape(found.group(1)), cookie

    async def install(self, place: Elsewhere, **how: object) -> tuple[int, str]:
        """Install Recap in ``place`` as its Mia would; the page at the end."""
        link, cookie = await self.begin()
        user = next(one for one in place.workspace.people if one.startswith("U0MIA"))
        back = URL(await place.install(user, link, **how))  # type: ignore[arg-type]
        status, page, _ = await self.page(back.raw_path_qs, cookie)
        return status, page

    async def enter(self, place: Elsewhere, secret: str) -> None:
        """Enter a CreatorAudit key in the Home of its Mia."""
        user = next(one for one in place.workspace.people if one.startswith("U0MIA"))
        await place.open_home(user)
        await self.slack.until(lambda: buttons.CHANGE_KEY in str(place.workspace.homes.get(user)))
        await place.press_in_view(user, place.workspace.homes[user], buttons.CHANGE_KEY)
        await self.slack.until(lambda: bool(place.workspace.windows.get(user)))
        await place.submit(user, {"key": {"value": secret}})
        await self.slack.until(lambda: "Recap uses the key" in str(place.workspace.windows[user]))

    async def ask(self, place: Elsewhere, text: str, key: str) -> Message:
        """Type ``/recap text`` in ``place`` and wait for the final answer."""
        messages = place.workspace.messages
        seen = len(messages)
        delivery = await place.command(f"U0MIA{key}", f"C0MARKETING{key}", text)
        assert delivery.error is None
        await self.slack.until(lambda: len(messages) > seen and not is_pending(messages[-1]))
        return messages[-1]

    def count(self, table: str) -> int:
        """How many rows ``table`` has."""
        with sqlite3.connect(self.database) as database:
            found: tuple[int] = database.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
            return found[0]


def settings(
    fair_slack: SlackStandIn, api: CreatorAuditStandIn, database: Path, mode: Mode = "socket"
) -> Settings:
    """What whoever runs Recap for many has put into ``.env``."""
    how = (
        {"slack_app_token": fair_slack.app_token}
        if mode == "socket"
        else {"slack_signing_secret": fair_slack.signing_secret}
    )
    return GivenSettings.model_validate(
        {
            "creatoraudit_base_url": api.base_url,
            "slack_client_id": fair_slack.client_id,
            "slack_client_secret": fair_slack.client_secret,
            **how,
            "slack_api_url": fair_slack.api_url,
            "recap_encryption_keys": SEALED_WITH,
            "recap_url": "https://recap.test/",
            "database_url": f"sqlite:///{database}",
        }
    )


@asynccontextmanager
async def opened(folder: Path, organisation: Organisation, mode: Mode) -> AsyncIterator[Fair]:
    """Recap, which nobody has installed yet."""
    clock, database = Travels(), folder / "recap.db"
    known = {
        KEYS[NORTH]: ApiKey(organisation, "North"),
        KEYS[SOUTH]: ApiKey(Organisation(TODAY, seed=8, id="org_south"), "South"),
    }
    async with (
        CreatorAuditStandIn(known, now=clock.now) as api,
        SlackStandIn(
            Workspace.sample(),
            now=lambda: clock.now().timestamp(),
            redirect_urls=("https://recap.test/slack",),
        ) as slack,
        running(settings(slack, api, database, mode), clock) as address,
    ):
        if mode == "http":
            slack.request_url = f"{address}/slack/events"
        else:
            await slack.until(lambda: slack.connected)
        yield Fair(slack, api, address, database, clock)


@pytest.fixture
async def fair(tmp_path: Path, organisation: Organisation) -> AsyncIterator[Fair]:
    """In Socket Mode, where time can be travelled."""
    async with opened(tmp_path, organisation, "socket") as fair:
        yield fair


@pytest.fixture(params=["socket", "http"])
async def either(
    request: pytest.FixtureRequest, tmp_path: Path, organisation: Organisation
) -> AsyncIterator[Fair]:
    """In each mode, in real time."""
    async with opened(tmp_path, organisation, request.param) as fair:
        yield fair


async def eventually(true: Callable[[], bool]) -> None:
    """Wait until ``true``, which is about more than Slack sees."""
    async with asyncio.timeout(20.0):
        while not true():  # noqa: ASYNC110 -- a database tells nobody
            await asyncio.sleep(0.05)


async def two(fair: Fair) -> tuple[Elsewhere, Elsewhere]:
    """Two workspaces with Recap, each with a key of its own."""
    north, south = fair.place(NORTH), fair.place(SOUTH)
    for place, key in ((north, NORTH), (south, SOUTH)):
        status, page = await fair.install(place)
        assert status == 200, page
        await fair.enter(place, KEYS[key])
    return north, south


async def subscribe(fair: Fair, place: Elsewhere, key: str) -> None:
    """Subscribe the channel in ``place``, and wait until that is said."""
    await fair.ask(place, "subscribe mon 09:00 UTC 7d", key)
    await fair.slack.until(lambda: "Done." in message_texts(place))


def calls(fair: Fair, secret: str) -> int:
    """How often CreatorAudit was asked with ``secret``."""
    return sum(one.headers["authorization"] == f"Bearer {secret}" for one in fair.api.exchanges)


def message_texts(place: Elsewhere) -> str:
    """Everything that anybody in ``place`` can read."""
    shown = [place.workspace.messages, place.workspace.homes, place.workspace.windows]
    return json.dumps(shown, default=vars)


async def test_the_first_page(fair: Fair) -> None:
    """It asks for what the manifest asks for, and the way back is the one that is public."""
    link, cookie = await fair.begin()
    query = URL(link).query
    assert query["client_id"] == fair.slack.client_id
    assert "chat:write" in query["scope"].split(",")
    assert query["redirect_uri"] == "https://recap.test/slack/oauth_redirect"
    assert len(query["state"]) > 40
    assert cookie == f"recap-installing={query['state']}"


async def test_installed(fair: Fair) -> None:
    """The last page names the workspace and what comes next; no token is kept in clear."""
    place = fair.place(NORTH)
    status, page = await fair.install(place)
    assert status == 200
    assert "Recap is installed in North" in page
    assert "enter the CreatorAudit key" in page
    assert "slack://app?id=A0RECAP&amp;team=T0NORTH&amp;tab=home" in page
    assert place.bot_token.encode() not in fair.database.read_bytes()
    answer = await fair.ask(place, "7d", NORTH)
    assert answer.text.startswith("Recap has no CreatorAudit key yet.")


async def test_their_own_numbers(either: Fair) -> None:
    """Each workspace is answered with its own key, whichever way it asks."""
    fair = either
    north, south = await two(fair)
    first = await fair.ask(north, "7d", NORTH)
    others = calls(fair, KEYS[SOUTH])
    shared = await fair.ask(north, "30d share", NORTH)
    await north.press("U0MIANORTH", first, f"{buttons.SHOW}_90d")
    await north.press("U0MIANORTH", first, buttons.RECEIPT)
    await fair.slack.until(lambda: "How was this computed" in message_texts(north))
    assert calls(fair, KEYS[SOUTH]) == others
    second = await fair.ask(south, "7d", SOUTH)
    assert second.text.splitlines()[1] != first.text.splitlines()[1]
    assert shared.ephemeral_to is None
    assert "South" not in message_texts(north)
    assert "North" not in message_texts(south)
    for place, key in ((north, NORTH), (south, SOUTH)):
        assert KEYS[key] not in message_texts(place)


async def test_posts_with_their_own_keys(fair: Fair) -> None:
    """On Monday each channel gets the numbers of its workspace, with the workspace's own token."""
    north, south = await two(fair)
    for place, key in ((north, NORTH), (south, SOUTH)):
        await subscribe(fair, place, key)
    fair.clock.to(fair.clock.now().replace(hour=9, minute=0) + _to_monday(fair))
    for place, key in ((north, NORTH), (south, SOUTH)):
        await fair.slack.until(lambda p=place, k=key: bool(_recaps(p, k)), 20.0)  # type: ignore[misc]
        (post,) = _recaps(place, key)
        assert post.user == place.workspace.bot
    texts = [_recaps(place, key)[0].text for place, key in ((north, NORTH), (south, SOUTH))]
    assert texts[0].splitlines()[1] != texts[1].splitlines()[1]


def _to_monday(fair: Fair) -> timedelta:
    return timedelta(days=(7 - fair.clock.now().weekday()) % 7 or 7)


def _recaps(place: Elsewhere, key: str) -> Sequence[Message]:
    """The recaps that everybody in the channel sees, without what is in their threads."""
    seen = place.workspace.seen_by("nobody", f"C0MARKETING{key}")
    return [one for one in seen if one.thread_ts is None and one.text.startswith("Recap: ")]


async def test_another_workspaces_subscription(fair: Fair) -> None:
    """The id of a subscription opens nothing from another workspace."""
    north, south = await two(fair)
    await subscribe(fair, south, SOUTH)
    with sqlite3.connect(fair.database) as database:
        ((theirs,),) = database.execute("SELECT id FROM subscriptions").fetchall()
    recap = await fair.ask(north, "7d", NORTH)
    for block in recap.blocks:
        for element in block.get("elements", ()):
            if element.get("action_id") == buttons.SUBSCRIBE:
                element["value"] = theirs
    north.workspace.windows.clear()
    await north.press("U0MIANORTH", recap, buttons.SUBSCRIBE)
    await fair.slack.until(lambda: bool(north.workspace.windows.get("U0MIANORTH")))
    assert "C0MARKETINGNORTH" in str(north.workspace.windows["U0MIANORTH"][-1])
    assert SOUTH not in str(north.workspace.windows["U0MIANORTH"][-1])


async def test_a_workspace_without_recap(fair: Fair) -> None:
    """A command from one that has not installed Recap is answered with a sentence."""
    place = fair.slack.add_workspace(Workspace.another("EAST", "East"), bot_token="xoxb-else")
    delivery = await place.command("U0MIAEAST", "C0MARKETINGEAST", "7d")
    assert delivery.error is None
    assert "Recap is not installed in this workspace any more" in message_texts(place)


async def test_one_call_for_one_command(fair: Fair) -> None:
    """Slack is not asked whose token it is at every command."""
    north, _ = await two(fair)
    before = len(fair.slack.traffic)
    await fair.ask(north, "help", NORTH)
    made = [call.method for call in fair.slack.traffic[before:]]
    assert "auth.test" not in made
    assert len(made) <= 2


@pytest.mark.parametrize("which", ["no cookie", "another browser", "made up"])
async def test_a_state_from_elsewhere(fair: Fair, which: str) -> None:
    """Only the browser that began an installation ends it; nothing is kept."""
    link, cookie = await fair.begin()
    place = fair.place(NORTH)
    back = URL(await place.install("U0MIANORTH", link))
    path = back.raw_path_qs
    if which == "made up":
        path = str(URL(path).update_query(state="made-up"))
    cookies = {"no cookie": "", "another browser": "recap-installing=abc", "made up": cookie}
    status, page, _ = await fair.page(path, cookies[which])
    assert status == 400
    assert "not begun in this browser" in page
    assert fair.count("installations") == 0


async def test_a_state_is_used_once(fair: Fair) -> None:
    """The last page opened again, or ten minutes too late, installs nothing."""
    place = fair.place(NORTH)
    link, cookie = await fair.begin()
    back = URL(await place.install("U0MIANORTH", link))
    assert (await fair.page(back.raw_path_qs, cookie))[0] == 200
    status, page, _ = await fair.page(back.raw_path_qs, cookie)
    assert (status, "has been finished already" in page) == (400, True)
    link, cookie = await fair.begin()
    back = URL(await place.install("U0MIANORTH", link))
    fair.clock.offset += timedelta(minutes=11)
    assert (await fair.page(back.raw_path_qs, cookie))[0] == 400


async def test_a_person_who_says_no(fair: Fair) -> None:
    """Cancelled in Slack: the page says so."""
    link, cookie = await fair.begin()
    back = URL(await fair.place(NORTH).install("U0MIANORTH", link, denies=True))
    status, page, _ = await fair.page(back.raw_path_qs, cookie)
    assert (status, "You did not allow it in Slack" in page) == (200, True)


async def test_a_code_that_slack_refuses(fair: Fair) -> None:
    """The page says what to do, and shows neither the code nor the secret."""
    link, cookie = await fair.begin()
    back = URL(await fair.place(NORTH).install("U0MIANORTH", link)).update_query(code="c0de")
    status, page, _ = await fair.page(back.raw_path_qs, cookie)
    assert (status, "Slack did not accept this installation" in page) == (400, True)
    assert "c0de" not in page
    assert fair.slack.client_secret not in page


async def test_installed_again_with_fewer_scopes(fair: Fair) -> None:
    """The page names what is lacking, and it goes on with what there is."""
    north, _ = await two(fair)
    status, _ = await fair.install(north, without=frozenset({"users:read"}))
    assert status == 200
    assert fair.count("installations") == 2
    assert (await fair.ask(north, "7d", NORTH)).text.startswith("Recap: ")


@pytest.mark.parametrize("revoked_first", [False, True])
async def test_uninstalled(fair: Fair, *, revoked_first: bool) -> None:
    """Everything that belongs to the workspace is erased; the other one notices nothing."""
    north, south = await two(fair)
    for place, key in ((north, NORTH), (south, SOUTH)):
        await subscribe(fair, place, key)
    await north.uninstall(revoked_first=revoked_first)
    await eventually(lambda: (fair.count("api_keys"), fair.count("installations")) == (1, 1))
    with sqlite3.connect(fair.database) as database:
        found = database.execute("SELECT team, status FROM subscriptions ORDER BY team").fetchall()
    assert found == [("T0NORTH", "removed"), ("T0SOUTH", "active")]
    assert (await fair.ask(south, "7d", SOUTH)).text.startswith("Recap: ")


async def test_uninstalled_within_a_second(fair: Fair) -> None:
    """Slack's events name whole seconds, and installations are known more exactly."""
    north, _ = await two(fair)
    async with open_stores(settings(fair.slack, fair.api, fair.database)) as stores:
        found = await stores.installations.called("T0NORTH")
    assert found
    payload = payloads.callback(north.here, {"type": "app_uninstalled"})
    at = int(found.installed_at.timestamp())
    await north.deliver("events_api", payload | {"event_time": at})
    await eventually(lambda: fair.count("installations") == 1)


async def test_a_late_event_of_an_older_installation(fair: Fair) -> None:
    """Slack repeats events for hours: what was installed since then stays."""
    north, _ = await two(fair)
    await north.uninstall()
    await eventually(lambda: fair.count("installations") == 1)
    fair.clock.offset += timedelta(minutes=5)
    await fair.install(north)
    event = {"type": "app_uninstalled"}
    payload = payloads.callback(north.here, event) | {"event_time": int(_unix(fair)) - 290}
    await north.deliver("events_api", payload)
    await fair.ask(north, "7d", NORTH)
    assert fair.count("installations") == 2


def _unix(fair: Fair) -> float:
    return fair.clock.now().timestamp()


async def test_revoked_and_installed_again(fair: Fair) -> None:
    """Its subscriptions wait, with their reason, for the next token."""
    north, _ = await two(fair)
    await subscribe(fair, north, NORTH)
    await north.revoke()
    await eventually(lambda: _statuses(fair) == ["paused install_gone"])
    await fair.install(north)
    await north.invite_bot("C0MARKETINGNORTH")
    await fair.ask(north, "resume", NORTH)
    await fair.slack.until(lambda: "On again." in message_texts(north))
    assert _statuses(fair) == ["active None"]


def _statuses(fair: Fair) -> list[str]:
    with sqlite3.connect(fair.database) as database:
        found = database.execute("SELECT status, pause FROM subscriptions").fetchall()
        return [f"{status} {pause}" for status, pause in found]


async def test_tokens_that_rotate(fair: Fair) -> None:
    """Nobody types anything for days, and the post on Monday has a token that is good."""
    fair.slack.rotates = True
    north, _ = await two(fair)
    await subscribe(fair, north, NORTH)
    before = north.bot_token
    fair.clock.to(fair.clock.now().replace(hour=9, minute=0) + _to_monday(fair))
    await fair.slack.until(lambda: bool(_recaps(north, NORTH)), 20.0)
    assert north.bot_token != before
    assert len(_recaps(north, NORTH)) == 1


async def test_two_processes_renew_a_token_once(fair: Fair) -> None:
    """The refresh token is used by one of them, and both answer afterwards."""
    fair.slack.rotates = True
    north, _ = await two(fair)
    given = settings(fair.slack, fair.api, fair.database)
    async with running(given, fair.clock) as second:
        fair.clock.offset += timedelta(hours=13)
        before = len(fair.slack.traffic)
        assert second != fair.address
        for _ in range(6):
            assert (await fair.ask(north, "7d", NORTH)).text.startswith("Recap: ")
        exchanges = [c.method for c in fair.slack.traffic[before:]].count("oauth.v2.access")
        assert exchanges == 1


async def test_installed_in_an_organization(fair: Fair) -> None:
    """One token for all of it, and a key for each workspace."""
    fair.slack.org_ready = True
    east, west = fair.place("EAST", GRID), fair.place("WEST", GRID)
    status, page = await fair.install(east, org_wide=True)
    assert status == 200, page
    for place in (east, west):
        await place.add_app()
    await fair.enter(east, KEYS[NORTH])
    assert (await fair.ask(east, "7d", "EAST")).text.startswith("Recap: ")
    answer = await fair.ask(west, "7d", "WEST")
    assert answer.text.startswith("Recap has no CreatorAudit key yet.")
    fair.clock.offset += timedelta(seconds=2)
    await fair.enter(west, KEYS[SOUTH])
    await west.take_app_out()
    await eventually(lambda: fair.count("api_keys") == 1)
    assert (await fair.ask(east, "7d", "EAST")).text.startswith("Recap: ")
    await east.uninstall()
    await eventually(lambda: fair.count("installations") == fair.count("api_keys") == 0)


async def test_other_encryption_keys(fair: Fair) -> None:
    """Recap does not start with keys that open nothing, and overwrites nothing."""
    await two(fair)
    before = fair.database.read_bytes()
    given = settings(fair.slack, fair.api, fair.database)
    others = given.model_copy(update={"recap_encryption_keys": SecretStr(fresh_key())})
    with pytest.raises(OperatorMustAct, match="put back the key that its secrets were sealed"):
        async with running(others, fair.clock):
            pass
    assert fair.database.read_bytes() == before
