"""The client against the stand-in, over a real socket."""

import asyncio
import gc
import json
from datetime import date
from email.utils import format_datetime
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.creatoraudit.asking import TRIES
from bot.creatoraudit.client import CreatorAuditClient, open_client
from bot.digest.facts import Identity
from bot.digest.periods import Period, Window
from bot.errors import (
    KeyRefused,
    OperatorMustAct,
    RecapError,
    ScopeMissing,
    TryLater,
    Unusable,
)
from bot.playground.creatoraudit import ApiKey, CreatorAuditStandIn, RateLimit
from bot.playground.faults import Fault
from bot.playground.organisation import Organisation
from tests.conftest import KEY, TODAY
from tests.creatoraudit.conftest import opened

WEEK = Period.WEEK
KEYS = "https://app.creatoraudit.com/app/api-keys"


async def refusal(client: CreatorAuditClient, period: Period = WEEK) -> RecapError:
    """What asking for the overview ends with."""
    with pytest.raises(RecapError) as caught:
        await client.overview(period)
    return caught.value


async def test_whoami(client: CreatorAuditClient, api: CreatorAuditStandIn) -> None:
    """The bearer goes out; the request id comes back."""
    answer = await client.whoami()
    assert answer.value == Identity("org_2a91c7", "Recap")
    assert [one.endpoint for one in answer.calls] == ["GET /whoami"]
    assert answer.calls[0].request_id == "req_000001"
    assert api.exchanges[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("period", Period)
async def test_overview(
    client: CreatorAuditClient, organisation: Organisation, period: Period
) -> None:
    """Each preset, as the organization has it."""
    answer = await client.overview(period)
    expected = organisation.overview(period.value, TODAY)
    assert answer.value.current == expected["current"]
    assert answer.value.previous == expected["previous"]
    assert answer.calls[0].endpoint == f"GET /overview?period={period}"


async def test_top_creators(client: CreatorAuditClient, organisation: Organisation) -> None:
    """Always 25 rows, in the server's order."""
    board = (await client.top_creators(WEEK)).value
    expected = organisation.top_creators("7d", TODAY, 25)
    assert [(row.name, row.value) for row in board.rows] == [
        (row["name"], row["views"]) for row in expected
    ]
    assert board.metric == "views"


async def test_accounts_page_after_page() -> None:
    """Cursor pages of 200 until there are no more."""
    large = Organisation(TODAY, accounts=450)
    async with CreatorAuditStandIn({KEY: ApiKey(large)}, now=SystemClock().now) as api:
        async with opened(api) as client:
            answer = await client.accounts()
            assert [len(one.json["data"]) for one in api.exchanges] == [200, 200, 50]
            some = await client.accounts(at_most=150)
        assert len(api.exchanges) == 4
    assert {account.id for account in answer.value} == {one.id for one in large.tracked}
    assert [one.endpoint for one in answer.calls] == ["GET /accounts?limit=200"] * 3
    assert len(some.value) == 150


async def test_pages_that_never_end() -> None:
    """A cursor that comes back is an error, not a loop."""
    cursors: list[str] = []

    def repeat(page: dict[str, Any]) -> dict[str, Any]:
        cursors.append(page["pagination"]["next_cursor"])
        page["pagination"]["next_cursor"] = cursors[0]
        return page

    keys = {KEY: ApiKey(Organisation(TODAY, accounts=450))}
    async with CreatorAuditStandIn(keys, now=SystemClock().now) as api, opened(api) as client:
        api.faults.add(Fault("replace", "/accounts", times=None, body=repeat))
        with pytest.raises(Unusable, match="GET /accounts repeats its pages"):
            await client.accounts()
    assert len(api.exchanges) == 2


@pytest.mark.parametrize("pagination", [None, [], {}, {"has_next": True}, {"has_next": "yes"}])
async def test_pagination_that_is_not_as_documented(
    client: CreatorAuditClient, api: CreatorAuditStandIn, pagination: object
) -> None:
    """What can't be read as a next page is the last one."""
    page = {"data": [{"id": 1, "username": "mia"}, {"no": "id"}], "pagination": pagination}
    api.faults.add(Fault("replace", "/accounts", body=page))
    assert [account.id for account in (await client.accounts()).value] == ["1"]


async def test_rows_that_can_not_be_read_are_counted() -> None:
    """On every page; they are no accounts, and nobody is asked about them."""

    def spoiled(page: dict[str, Any]) -> dict[str, Any]:
        page["data"][:2] = [None, {"id": "a"}]
        return page

    keys = {KEY: ApiKey(Organisation(TODAY, accounts=250))}
    async with CreatorAuditStandIn(keys, now=SystemClock().now) as api, opened(api) as client:
        api.faults.add(Fault("replace", "/accounts", times=None, body=spoiled))
        answer = await client.accounts()
    assert (len(answer.value), answer.unread) == (246, 4)


async def test_account_metrics(client: CreatorAuditClient, organisation: Organisation) -> None:
    """A preset and a custom window; each id is asked about once; unknown ones are named."""
    ids = [account.id for account in organisation.tracked[:3]]
    preset = await client.account_metrics([*ids, ids[0], "nobody"], WEEK)
    window = Window(date(2026, 11, 16), date(2026, 11, 22))
    custom = await client.account_metrics(ids, window)
    assert preset.value.window == custom.value.window == window
    assert preset.value.by_account == custom.value.by_account
    assert preset.value.not_found == ("nobody",)
    total = organisation.total(organisation.tracked[0], window.start, window.end)
    assert custom.value.by_account[ids[0]].views == total.views
    assert custom.value.by_account[ids[0]].likes == total.likes
    assert custom.calls[0].endpoint == "POST /accounts/metrics"


async def test_days_that_nobody_asked_for_show(
    client: CreatorAuditClient, api: CreatorAuditStandIn, organisation: Organisation
) -> None:
    """Also where only one of many batches has summed them."""
    asked = Window(date(2026, 11, 16), date(2026, 11, 22))

    def later(whole: dict[str, Any]) -> dict[str, Any]:
        whole["meta"] |= {"start_date": "2026-11-17", "end_date": "2026-11-23"}
        return whole

    ids = [account.id for account in organisation.tracked] + [f"n{n}" for n in range(200)]
    api.faults.add(Fault("replace", "/accounts/metrics", body=later))
    answer = await client.account_metrics(ids, asked)
    assert len(answer.calls) > 1
    assert answer.value.window == Window(date(2026, 11, 17), date(2026, 11, 23))
    assert (await client.account_metrics(ids, asked)).value.window == asked


async def test_account_metrics_of_nobody(client: CreatorAuditClient) -> None:
    """No ids, no call."""
    answer = await client.account_metrics([], WEEK)
    assert (answer.value.by_account, answer.value.window, answer.calls) == ({}, None, ())


async def test_batches_adapt_to_the_bound(organisation: Organisation) -> None:
    """A 422 halves the batch, and the next question starts with what fitted."""
    keys = {KEY: ApiKey(organisation)}
    async with CreatorAuditStandIn(keys, now=SystemClock().now, max_batch=70) as api:
        async with opened(api) as client:
            ids = [account.id for account in organisation.tracked]
            first = await client.account_metrics(ids, WEEK)
            tried = [len(json.loads(one.request_body)["account_ids"]) for one in api.exchanges]
            assert tried == [120, 60, 60]
            api.exchanges.clear()
            await client.account_metrics(ids, WEEK)
            tried = [len(json.loads(one.request_body)["account_ids"]) for one in api.exchanges]
        assert tried == [60, 60]
    assert len(first.value.by_account) == 120


async def test_batch_refused_for_another_reason(
    client: CreatorAuditClient, api: CreatorAuditStandIn
) -> None:
    """Halving ends at one id, after a handful of calls."""
    api.faults.add(Fault("status", times=None, status=422, error="VALIDATION_ERROR"))
    with pytest.raises(Unusable, match="422 VALIDATION_ERROR to POST /accounts/metrics"):
        await client.account_metrics([str(number) for number in range(200)], WEEK)
    assert len(api.exchanges) == 8


async def test_one_failed_batch_ends_the_others(
    client: CreatorAuditClient, api: CreatorAuditStandIn
) -> None:
    """No request goes on after the question has failed."""
    api.faults.add(Fault("status", times=1, status=403, error="INSUFFICIENT_SCOPE"))
    with pytest.raises(ScopeMissing):
        await client.account_metrics([str(number) for number in range(2_000)], WEEK)
    assert [task for task in asyncio.all_tasks() if "Client._batch" in repr(task)] == []


async def test_unchanged_answers_cost_no_body(
    client: CreatorAuditClient, api: CreatorAuditStandIn
) -> None:
    """The second question is conditional, and 304 answers it."""
    first = await client.overview(WEEK)
    second = await client.overview(WEEK)
    assert second.value == first.value
    assert (first.calls[0].unchanged, second.calls[0].unchanged) == (False, True)
    one, two = api.exchanges
    assert two.headers["if-none-match"] == one.response_headers["ETag"]
    assert (two.status, two.body) == (304, b"")


async def test_changed_answers_are_taken(
    client: CreatorAuditClient, api: CreatorAuditStandIn
) -> None:
    """A cache that never asks would show last week for ever."""
    await client.overview(WEEK)
    body = {"data": {"current": {"total_views": 1}}}
    api.faults.add(Fault("replace", "/overview", body=body))
    assert (await client.overview(WEEK)).value.current == {"total_views": 1}


@pytest.mark.parametrize("kind", ["no_etag", "weak_etag"])
async def test_tags_as_a_proxy_leaves_them(
    client: CreatorAuditClient, api: CreatorAuditStandIn, kind: str
) -> None:
    """No tag is no cache; a weak one still works."""
    api.faults.add(Fault(kind, times=None))
    first, second = await client.overview(WEEK), await client.overview(WEEK)
    assert first.value == second.value
    assert second.calls[0].unchanged is (kind == "weak_etag")


async def test_tenants_never_share(organisation: Organisation) -> None:
    """Two keys, one address: each sees its own organization, also from its cache."""
    other = Organisation(TODAY, seed=8, id="org_other")
    keys = {KEY: ApiKey(organisation), "key-2": ApiKey(other)}
    async with (
        CreatorAuditStandIn(keys, now=SystemClock().now) as api,
        opened(api) as ours,
        opened(api, key="key-2") as theirs,
    ):
        for _ in range(2):
            mine, foreign = await ours.overview(WEEK), await theirs.overview(WEEK)
            assert mine.value.current != foreign.value.current
        assert (await theirs.whoami()).value.organization_id == "org_other"
        a, b = ours._asker, theirs._asker
        assert a._cache_key(a._http.base_url) != b._cache_key(b._http.base_url)


async def test_the_key_is_in_nothing_that_is_kept(
    client: CreatorAuditClient, api: CreatorAuditStandIn
) -> None:
    """Neither in the cache's memory nor in any printable form of the client."""
    await client.overview(WEEK)
    await client.overview(WEEK)
    asker = client._asker
    storage = asker._http._transport.config["storage"]  # type: ignore[attr-defined]
    cursor = await storage.connection.cursor()
    await cursor.execute("SELECT data FROM entries")
    kept = await cursor.fetchall()
    assert len(kept) == 1
    assert KEY.encode() not in bytes(kept[0][0])
    assert KEY not in f"{client!r}{asker!r}{asker._http!r}{vars(client)!r}{vars(asker)!r}"
    assert api.exchanges[1].status == 304


STATUS_SENTENCES = [
    (
        Fault("status", status=401, error="UNAUTHORIZED"),
        KeyRefused,
        "CreatorAudit does not accept Recap's key. Ask whoever runs Recap to check it.",
        "CreatorAudit answered 401 UNAUTHORIZED to GET /overview (Something failed). "
        f"Set CREATORAUDIT_API_KEY to a key from {KEYS}.",
    ),
    (
        Fault("status", status=403, error="INSUFFICIENT_SCOPE"),
        ScopeMissing,
        "Recap's CreatorAudit key may not read this part. Ask whoever runs Recap to widen it.",
        "CreatorAudit answered 403 INSUFFICIENT_SCOPE to GET /overview (Something failed). "
        f"Give the key the scope that it lacks at {KEYS}.",
    ),
    (
        Fault("status", status=403, error="QUOTA_EXCEEDED"),
        OperatorMustAct,
        "CreatorAudit's quota is used up. Ask whoever manages the account there.",
        "CreatorAudit answered 403 QUOTA_EXCEEDED to GET /overview (Something failed). "
        "The organization's quota has to be raised at CreatorAudit.",
    ),
    (
        Fault("status", status=403, body={"detail": "Key is disabled."}),
        KeyRefused,
        "CreatorAudit refuses Recap's key: it is switched off, or the subscription has ended. "
        "Ask whoever runs Recap.",
        "CreatorAudit answered 403 to GET /overview (Key is disabled). "
        f"Switch the key on again at {KEYS}, or renew the subscription.",
    ),
    (
        Fault("status", status=404, error="NOT_FOUND"),
        Unusable,
        "CreatorAudit did not accept Recap's question. Ask whoever runs Recap to look at its log.",
        "CreatorAudit answered 404 NOT_FOUND to GET /overview (Something failed). "
        "Check CREATORAUDIT_BASE_URL.",
    ),
    (
        Fault(
            "status",
            status=422,
            body={
                "detail": "No.\x1b[31m",
                "errors": [{"field": "period", "message": "is odd"}, "x", {"message": "late"}],
            },
        ),
        Unusable,
        "CreatorAudit did not accept Recap's question. Ask whoever runs Recap to look at its log.",
        "CreatorAudit answered 422 to GET /overview (No.[31m; period is odd; late). "
        "Recap's question does not fit the API; look for a newer version of Recap.",
    ),
    (
        Fault("status", status=301, body="moved"),
        Unusable,
        "CreatorAudit did not accept Recap's question. Ask whoever runs Recap to look at its log.",
        "CreatorAudit answered 301 to GET /overview. "
        "CREATORAUDIT_BASE_URL must be the address that answers itself.",
    ),
]


@pytest.mark.parametrize(("fault", "kind", "reader", "operator"), STATUS_SENTENCES)
async def test_final_refusals(
    client: CreatorAuditClient,
    api: CreatorAuditStandIn,
    fault: Fault,
    kind: type[RecapError],
    reader: str,
    operator: str,
) -> None:
    """Asked once, and each has its own sentence for the reader and for the operator."""
    api.faults.add(fault)
    error = await refusal(client)
    assert isinstance(error, kind)
    assert isinstance(error, ScopeMissing) is (kind is ScopeMissing)
    assert isinstance(error, KeyRefused) is (kind is KeyRefused)
    assert error.reader == reader
    assert error.operator == operator
    assert error.request_id == "req_000001"
    assert len(api.exchanges) == 1


@pytest.mark.parametrize(
    ("state", "reader", "why"),
    [
        (
            "disabled",
            "CreatorAudit refuses Recap's key: it is switched off, or the subscription has ended. "
            "Ask whoever runs Recap.",
            "CreatorAudit refuses the key: it is switched off, or the subscription has ended.",
        ),
        (
            "lapsed",
            "The CreatorAudit subscription is not active. Ask whoever manages it to renew it.",
            "The CreatorAudit subscription is not active.",
        ),
        (
            "unknown",
            "CreatorAudit does not accept Recap's key. Ask whoever runs Recap to check it.",
            "CreatorAudit does not know the key.",
        ),
    ],
)
async def test_keys_that_stopped_working(
    organisation: Organisation, state: str, reader: str, why: str
) -> None:
    """Two are 403 FORBIDDEN; only the detail tells them apart. What was answered names no fix."""
    keys = {} if state == "unknown" else {KEY: ApiKey(organisation, state=state)}
    async with CreatorAuditStandIn(keys, now=SystemClock().now) as api, opened(api) as client:
        error = await refusal(client)
        assert isinstance(error, KeyRefused)
        assert (error.reader, error.why) == (reader, why)
        assert error.said.startswith("CreatorAudit answered 40")
        assert error.said.endswith(")")
        assert KEY not in f"{error!r} {error.said} {error.operator}"


async def test_a_read_only_key(organisation: Organisation) -> None:
    """Only the batch call is barred."""
    keys = {KEY: ApiKey(organisation, scopes=frozenset({"read"}))}
    async with CreatorAuditStandIn(keys, now=SystemClock().now) as api, opened(api) as client:
        assert (await client.overview(WEEK)).value.current
        with pytest.raises(ScopeMissing):
            await client.account_metrics(["a"], WEEK)


BUSY = "CreatorAudit is having trouble. Try again in a few minutes."
BETWEEN = (
    "Something between Recap and CreatorAudit answered in its place. Try again in a few minutes."
)
UNREACHABLE = "CreatorAudit could not be reached. Try again in a few minutes."


@pytest.mark.parametrize(
    ("fault", "reader"),
    [
        (Fault("status", status=500, error="INTERNAL_ERROR"), BUSY),
        (Fault("status", status=502, body="<html>Bad gateway</html>"), BUSY),
        (Fault("status", status=503), BUSY),
        (Fault("not_modified"), BUSY),
        (Fault("replace", body="<html>Sign in to the airport</html>"), BETWEEN),
        (Fault("reset"), UNREACHABLE),
        (Fault("torn"), UNREACHABLE),
        (
            Fault("rate_limited"),
            "CreatorAudit asks Recap to slow down. Try again in a few minutes.",
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
async def test_passing_faults(api: CreatorAuditStandIn, fault: Fault, reader: str) -> None:
    """Once: the reader never notices. For good: a few tries, then a sentence."""
    async with opened(api, budget=3.0) as client:
        fault.times = 1
        api.faults.add(fault)
        assert (await client.overview(WEEK)).value.current
        assert fault.fired == 1
        fault.times = None
        error = await refusal(client, Period.MONTH)
    assert isinstance(error, TryLater)
    assert error.reader == reader
    assert 3 <= fault.fired <= 1 + TRIES  # one that passed, then at least two


@pytest.mark.parametrize("kind", ["slow", "drip"])
async def test_answers_that_take_too_long(api: CreatorAuditStandIn, kind: str) -> None:
    """Neither a late nor an endless answer outlasts the budget."""
    api.faults.add(Fault(kind, times=None, seconds=0.4 if kind == "slow" else 0.05))
    async with opened(api, budget=0.3) as client:
        error = await refusal(client)
    assert isinstance(error, TryLater)
    assert error.reader == ("CreatorAudit took too long to answer. Try again in a few minutes.")
    assert error.operator == "GET /overview had no complete answer within 0.3 s."


async def test_nobody_there() -> None:
    """A closed port is a sentence that names the setting."""
    async with open_client(KEY, "http://127.0.0.1:1/v2", SystemClock(), budget=1) as client:
        error = await refusal(client)
    assert error.reader == UNREACHABLE
    assert error.operator == (
        "GET /overview failed: ConnectError. Check the network and CREATORAUDIT_BASE_URL."
    )


async def test_retry_after_is_never_undercut(
    client: CreatorAuditClient, api: CreatorAuditStandIn
) -> None:
    """One refused request makes all of them wait, also those that were not refused."""
    api.faults.add(Fault("rate_limited", "/overview", seconds=1, retry_after="1"))
    overview = asyncio.create_task(client.overview(WEEK))
    await api.until(lambda: bool(api.exchanges))
    await asyncio.sleep(0.05)
    await asyncio.gather(overview, client.top_creators(WEEK), client.whoami())
    assert api.undercut == 0
    refused, *later = api.exchanges
    assert min(one.at for one in later) - refused.at >= 1


async def test_retry_after_as_a_date(client: CreatorAuditClient, api: CreatorAuditStandIn) -> None:
    """A date is as good as seconds."""
    until = api.now().replace(microsecond=0)
    header = format_datetime(until.replace(second=until.second), usegmt=True)
    api.faults.add(Fault("rate_limited", seconds=0, retry_after=header))
    assert (await client.overview(WEEK)).value.current
    assert api.undercut == 0


async def test_a_wait_beyond_the_budget_is_told_at_once(api: CreatorAuditStandIn) -> None:
    """Nobody waits 90 seconds in Slack; the next question does not even go out."""
    api.faults.add(Fault("rate_limited", times=1, seconds=90, retry_after="90"))
    async with opened(api, budget=5) as client:
        first, second = await refusal(client), await refusal(client)
    assert isinstance(first, TryLater)
    assert first.reader == "CreatorAudit asks Recap to slow down. Try again in 2 minutes."
    assert first.operator == (
        "CreatorAudit answered 429 RATE_LIMITED to GET /overview (Too many requests). "
        "It asks to wait 2 minutes."
    )
    assert first.retry_after == 90
    assert isinstance(second, TryLater)
    assert second.operator == ("CreatorAudit's rate limit is used up. It asks to wait 2 minutes.")
    assert second.retry_after == pytest.approx(90, abs=2)
    assert len(api.exchanges) == 1


@pytest.mark.parametrize(
    ("seconds", "when"),
    [
        (0, "1 second"),
        (45, "45 seconds"),
        (61, "2 minutes"),
        (7_200, "120 minutes"),
        (7_201, "3 hours"),
    ],
)
async def test_waits_in_words(
    client: CreatorAuditClient, api: CreatorAuditStandIn, seconds: int, when: str
) -> None:
    """A person reads minutes, not seconds in thousands."""
    header = str(seconds) if seconds else "0"
    api.faults.add(Fault("rate_limited", times=None, retry_after=header))
    assert (await refusal(client)).reader == (
        f"CreatorAudit asks Recap to slow down. Try again in {when}."
    )


async def test_slows_down_before_it_is_told_to(organisation: Organisation) -> None:
    """Near the end of the window requests are spaced, so that none is refused."""
    keys = {KEY: ApiKey(organisation)}
    limit = RateLimit(limit=10, window_seconds=2)
    async with CreatorAuditStandIn(keys, now=SystemClock().now, rate_limit=limit) as api:
        async with opened(api) as client:
            for _ in range(14):
                await client.whoami()
        assert {exchange.status for exchange in api.exchanges} <= {200, 304}
        assert len(api.exchanges) == 14


@pytest.mark.parametrize(
    ("body", "operator"),
    [
        ({"error": 1}, "GET /overview has no data that Recap can read. Keys seen: error."),
        ({"data": []}, "GET /overview has no data that Recap can read. Keys seen: data."),
        ([1, 2], "GET /overview has no data that Recap can read. Keys seen: none."),
    ],
)
async def test_json_of_another_shape(
    client: CreatorAuditClient, api: CreatorAuditStandIn, body: object, operator: str
) -> None:
    """The operator learns which keys came."""
    api.faults.add(Fault("replace", body=body))
    error = await refusal(client)
    assert isinstance(error, Unusable)
    assert error.operator == operator
    assert error.reader == (
        "CreatorAudit answered in a way that Recap can't read. "
        "Ask whoever runs Recap to look at its log."
    )


async def test_leaderboard_of_another_shape(
    client: CreatorAuditClient, api: CreatorAuditStandIn
) -> None:
    """A leaderboard that is no list is refused by name."""
    api.faults.add(Fault("replace", body={"data": {}}))
    with pytest.raises(Unusable, match="GET /creators/top has no data"):
        await client.top_creators(WEEK)


async def test_closes_everything(api: CreatorAuditStandIn) -> None:
    """No socket and no thread is left; a warning about one fails the test."""
    async with opened(api) as client:
        await client.whoami()
    gc.collect()


@pytest.mark.parametrize("proxy", ["proxy:3128", "http://exämple..com:1"])
async def test_a_proxy_that_can_not_be_used(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """One sentence at start, and no traceback."""
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(OperatorMustAct, match="HTTPS_PROXY or HTTP_PROXY can't be used"):
        async with open_client(KEY, "https://api.creatoraudit.com/v2", SystemClock()):
            pass


@pytest.mark.parametrize("address", ["https://★.com/v2", "https://xn--zzzzzz--9/v2"])
async def test_an_address_that_can_not_be_used(address: str) -> None:
    """What httpx does not take is one sentence, and nothing is asked."""
    with pytest.raises(OperatorMustAct, match="CREATORAUDIT_BASE_URL can't be used"):
        async with open_client("key", address, SystemClock()):
            pass
