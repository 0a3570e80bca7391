"""``/recap`` and its buttons, as a person in Slack meets them."""

import asyncio
import time
from collections import Counter
from itertools import groupby
from pathlib import Path

import httpx
import pytest

from bot.errors import TryLater
from bot.playground.creatoraudit import CreatorAuditStandIn
from bot.playground.faults import Fault
from bot.playground.organisation import Organisation
from bot.playground.slack import ACK_SECONDS, SlackStandIn
from bot.rendering.notices import USAGE
from bot.services.answer import Answers
from bot.web.socket import Patience
from bot.wiring import open_app
from tests.app.conftest import KOFI, MARKETING, MIA, Theatre, settings
from tests.conftest import TODAY

BUSY = "CreatorAudit is having trouble. Try again in a few minutes."


def first_line(text: str) -> str:
    return text.splitlines()[0]


async def test_recap(theatre: Theatre, organisation: Organisation) -> None:
    """Only the person who asked sees it, and every number is the organization's."""
    message = await theatre.ask("7d")
    assert message.ephemeral_to == MIA
    lines = message.text.splitlines()
    assert lines[0] == "Recap: last 7 days"
    views = organisation.overview("7d", TODAY)["current"]["total_views"]  # type: ignore[index]
    assert lines[1].startswith(f"Total views: {views / 1e6:.2f}M")
    names = [row["name"] for row in organisation.top_creators("7d", TODAY, 5)]
    ranking = lines.index("Top creators by views")
    assert lines[ranking + 1].startswith(f"1. {names[0]}: ")
    assert len([line for line in lines if line[:2] in {"1.", "2.", "3.", "4.", "5."}]) == 5


def by_hand(number: float) -> str:
    """A number as it should be printed, written apart from the product's own code."""
    for size, letter in ((10**6, "M"), (10**4, "K")):
        if abs(number) >= size:
            digits = f"{number / (10**6 if letter == 'M' else 10**3):.3g}"
            return f"{float(digits):g}{letter}"
    return f"{number:,}"


@pytest.mark.parametrize(("text", "period"), [("7d top 25", "7d"), ("90d", "90d")])
async def test_every_number_is_in_the_answers(by_socket: Theatre, text: str, period: str) -> None:
    """Computed by hand from what CreatorAudit's stand-in answered, line by line."""
    message = await by_socket.ask(text)
    answers = {one.path: one.json["data"] for one in by_socket.api.exchanges}
    now, before = answers["/overview"]["current"], answers["/overview"]["previous"]
    lines = message.text.splitlines()
    change = 100 * (now["total_views"] / before["total_views"] - 1)
    assert f"Total views: {by_hand(now['total_views'])} ({round(change, 1):+g}%)" in lines
    points = round(now["engagement_rate"] - before["engagement_rate"], 2)
    shown = f"{points:+g} pp" if points else "no change"
    assert f"Engagement rate: {now['engagement_rate']:g}% ({shown})" in lines
    for label in ("Active accounts", "Account videos", "Tracked videos"):
        key = label.lower().replace(" ", "_")
        percent = round(100 * (now[key] / before[key] - 1), 1)
        change_shown = f"{percent:+g}%" if percent else "no change"
        assert f"{label}: {now[key]} ({change_shown})" in lines
    wanted = 25 if "top" in text else 5
    ranked = [row["views"] for row in answers["/creators/top"][:wanted]]
    first = lines.index("Top creators by views") + 1
    assert [line.rpartition(": ")[2] for line in lines[first : first + wanted]] == [
        by_hand(views) for views in ranked
    ]
    assert f"last {period.removesuffix('d')} days" in lines[0]


async def test_each_part_is_asked_for_once(theatre: Theatre) -> None:
    """One list of accounts serves both windows, and the next question within minutes."""
    await theatre.ask("7d")
    await theatre.ask("30d")
    asked = Counter(exchange.path for exchange in theatre.api.exchanges)
    assert asked == {
        "/overview": 2,
        "/creators/top": 2,
        "/accounts": 1,
        "/accounts/metrics": 4,
        "/whoami": 1,
    }


async def test_acknowledged_before_the_work(theatre: Theatre) -> None:
    """Slack has its acknowledgement while CreatorAudit has not answered yet."""
    theatre.api.latency = ACK_SECONDS - 1
    delivery = await theatre.slack.command(MIA, MARKETING, "7d")
    assert delivery.error is None
    assert "/overview" not in [exchange.path for exchange in theatre.api.exchanges]
    theatre.api.latency = 0
    await theatre.newest(after=0)


async def test_slow_answer_replaces_its_announcement(by_socket: Theatre) -> None:
    """After a second one line, then the recap in its place: one message in the end."""
    by_socket.api.latency = 1.5
    message = await by_socket.ask("30d")
    said = [one.sent["text"] for one in by_socket.slack.traffic if one.method == "response_url"]
    # A busy machine also shows what is known until then, in the same place.
    assert [line for line, _ in groupby(map(first_line, said))] == [
        "Working on the last 30 days…",
        "Recap: last 30 days",
    ]
    assert by_socket.slack.workspace.messages == [message]


async def test_period_and_top(theatre: Theatre) -> None:
    """What was typed is what comes."""
    message = await theatre.ask("30d top 3")
    assert first_line(message.text) == "Recap: last 30 days"
    assert "3. " in message.text
    assert "4. " not in message.text


async def test_share_is_for_everybody(theatre: Theatre) -> None:
    """The channel sees it, with who shared it; a channel without the bot works as well."""
    message = await theatre.ask("share", channel="C0LAUNCH")
    assert message.ephemeral_to is None
    assert "Shared by <@U0MIA>" in str(message.blocks)
    # On a busy machine "Working on it" comes first, and goes.
    assert theatre.slack.workspace.seen_by(MIA, "C0LAUNCH") == [message]


async def test_slow_share_leaves_only_the_post(by_socket: Theatre) -> None:
    """The announcement goes before the post, so that it can't be the post that is replaced."""
    by_socket.api.latency = 1.5
    await by_socket.slack.command(MIA, MARKETING, "share")
    messages = by_socket.slack.workspace.messages
    await by_socket.slack.until(lambda: any(one.ephemeral_to is None for one in messages))
    seen = by_socket.slack.workspace.seen_by(MIA, MARKETING)
    assert [first_line(one.text) for one in seen] == ["Recap: last 7 days"]


@pytest.mark.parametrize(
    ("text", "first", "nearest"),
    [
        ("nonsense", "Recap does not know the word “nonsense”.", "/recap 7d"),
        (
            "14d",
            "CreatorAudit has windows of 7d, 30d and 90d, but none of 14d.",
            "/recap 7d",
        ),
        ("top 0", "“top” takes a number from 1 to 25, not “0”.", "/recap 7d top 1"),
        ("top 999", "“top” takes a number from 1 to 25, not “999”.", "/recap 7d top 25"),
        ("🎉 <!channel>", "Recap does not know the word “🎉”.", "/recap 7d"),
        ("<!channel>", "Recap does not know the word “&lt;!channel&gt;”.", "/recap 7d"),
    ],
)
async def test_misread(by_socket: Theatre, text: str, first: str, nearest: str) -> None:
    """What is wrong, the nearest form, the usage; and nothing is asked of CreatorAudit."""
    message = await by_socket.ask(text)
    assert message.text.splitlines() == [
        first,
        f"Did you mean `{nearest}`?",
        f"Usage: `{USAGE}`",
    ]
    assert message.ephemeral_to == MIA
    assert "/overview" not in [exchange.path for exchange in by_socket.api.exchanges]


async def test_help(theatre: Theatre) -> None:
    """What can be asked."""
    message = await theatre.ask("help")
    assert first_line(message.text) == "*Recap sums up your CreatorAudit numbers.*"


async def test_period_button_redraws_in_place(theatre: Theatre) -> None:
    """The same message, another window, the same number of creators."""
    message = await theatre.ask("7d top 3")
    await theatre.press(message, "recap_show_30d")
    assert first_line(message.text) == "Recap: last 30 days"
    assert message.edited
    assert "4. " not in message.text
    assert theatre.slack.workspace.messages == [message]


async def test_share_button(theatre: Theatre) -> None:
    """The recap goes to the channel once; a note stays where the private one stood."""
    message = await theatre.ask("7d")
    slack = theatre.slack
    for _ in range(2):
        assert (await slack.press(MIA, message, "recap_share")).error is None
    await slack.until(lambda: first_line(message.text).startswith("The recap of"))
    public = [one for one in slack.workspace.messages if one.ephemeral_to is None]
    assert [first_line(one.text) for one in public] == ["Recap: last 7 days"]
    assert message.text == "The recap of the last 7 days is in the channel."


async def test_receipt_opens_a_window(theatre: Theatre) -> None:
    """Exact figures, calls and rules, from the button alone."""
    message = await theatre.ask("7d")
    asked = len(theatre.api.exchanges)
    await theatre.press(message, "recap_receipt")
    (view,) = theatre.slack.workspace.windows[MIA]
    shown = "\n".join(block["text"]["text"] for block in view["blocks"])
    assert "Total views: 1,3" in shown
    assert "GET /overview?period=7d: fetched" in shown
    assert "request req_" in shown
    assert len(theatre.api.exchanges) == asked


async def test_receipt_of_a_shared_recap(by_socket: Theatre) -> None:
    """Anybody may ask how it was computed; when no window opens, only they get the text."""
    message = await by_socket.ask("share")
    by_socket.slack.faults.add(Fault("error", "views.open", error="trigger_expired"))
    await by_socket.press(message, "recap_receipt", user=KOFI)
    slack = by_socket.slack
    await slack.until(lambda: any(one.ephemeral_to == KOFI for one in slack.workspace.messages))
    (answer,) = [one for one in slack.workspace.messages if one.ephemeral_to == KOFI]
    assert first_line(answer.text) == "Figures"
    assert first_line(message.text) == "Recap: last 7 days"


async def test_failure_and_try_again(theatre: Theatre) -> None:
    """A kind sentence, and a button that works once the trouble is over."""
    fault = theatre.api.faults.add(Fault("status", "/overview", times=None, status=401))
    message = await theatre.ask("7d")
    assert message.text == (
        "CreatorAudit does not accept Recap's key. Ask whoever runs Recap to check it."
    )
    fault.times = 0
    await theatre.press(message, "recap_show_7d")
    assert first_line(message.text) == "Recap: last 7 days"


CASES = [
    (Fault("status", "/overview", times=2, status=502, body="<html>"), "Recap: last 7 days"),
    (Fault("replace", "/overview", times=1, body="<html>Hello</html>"), "Recap: last 7 days"),
    (Fault("not_modified", "/overview", times=1), "Recap: last 7 days"),
    (Fault("torn", "/overview", times=1), "Recap: last 7 days"),
    (
        Fault("replace", "/overview", times=None, body={"data": {"type": "overview"}}),
        "CreatorAudit answered, but with no figures that Recap can read, so there is nothing to "
        "show. Ask whoever runs Recap to look at its log.",
    ),
    (
        Fault("rate_limited", "/overview", times=None, seconds=600, retry_after="600"),
        "CreatorAudit asks Recap to slow down. Try again in 10 minutes.",
    ),
]


@pytest.mark.parametrize(("fault", "sentence"), CASES)
async def test_trouble_with_the_headline(by_socket: Theatre, fault: Fault, sentence: str) -> None:
    """What passes is not noticed; what stays is one sentence."""
    fault.times, fault.fired = (fault.times if fault.fired == 0 else 1), 0
    by_socket.api.faults.add(fault)
    message = await by_socket.ask("7d")
    assert first_line(message.text) == sentence


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ([], ["Top creators", "CreatorAudit ranked no creator in this window."]),
        ([{"id": "c1", "name": "Mia"}], ["Top creators", "1. Mia: –"]),
        ([{"id": "c1", "views": 5, "new": {}}], ["Top creators by views", "1. c1: 5"]),
        ([{"name": "Zoë", "views": "12"}], ["Top creators", "1. Zoë: –"]),
        (
            [{"name": "<!channel> & Co", "views": 0}],
            ["Top creators by views", "1. &lt;!channel&gt; &amp; Co: 0"],
        ),
    ],
)
async def test_odd_leaderboards(by_socket: Theatre, rows: list[object], lines: list[str]) -> None:
    """No row, no views, more fields, a string, a mention: nothing is invented, nobody pinged."""
    by_socket.api.faults.add(Fault("replace", "/creators/top", body={"data": rows}))
    message = await by_socket.ask("7d")
    shown = message.text.splitlines()
    first = shown.index(lines[0])
    assert shown[first : first + 2] == lines
    assert "<!channel>" not in str(message.blocks)


async def test_all_nulls(by_socket: Theatre) -> None:
    """Dashes and sentences, never zeros; what the accounts know is theirs to say."""
    nulls = {"data": {"current": {"total_views": None, "engagement_rate": None}}}
    by_socket.api.faults.add(Fault("replace", "/overview", body=nulls))
    by_socket.api.faults.add(Fault("status", "/accounts", times=None, status=403))
    message = await by_socket.ask("7d")
    assert message.text.splitlines()[1:3] == ["Total views: –", "Engagement rate: –"]
    assert "Every figure missing: CreatorAudit sent no values for this window yet." in message.text


async def test_leaderboard_missing(by_socket: Theatre) -> None:
    """The recap goes out without it and says so, where the accounts can't stand in for it."""
    by_socket.api.faults.add(Fault("status", "/creators/top", times=None, status=404))
    message = await by_socket.ask("7d")
    assert "Top creators by views" in message.text.splitlines()
    assert "Rank movement missing: " in message.text
    by_socket.api.faults.add(Fault("status", "/accounts/metrics", times=None, status=404))
    message = await by_socket.ask("7d")
    assert first_line(message.text) == "Recap: last 7 days"
    assert (
        "Top creators; Movers, likes, comments and shares missing: "
        "CreatorAudit did not accept Recap's question."
    ) in message.text


async def test_identical_commands_cost_one_fetch(by_socket: Theatre) -> None:
    """Two people, one question, one call."""
    by_socket.api.latency = 0.2
    await asyncio.gather(
        by_socket.slack.command(MIA, MARKETING, "7d"),
        by_socket.slack.command(KOFI, MARKETING, "7d"),
    )
    await by_socket.slack.until(lambda: len(by_socket.slack.workspace.messages) == 2)
    paths = [exchange.path for exchange in by_socket.api.exchanges]
    assert paths.count("/overview") == paths.count("/creators/top") == 1


async def test_used_up_response_url(by_socket: Theatre) -> None:
    """When Slack takes no more answers there, the recap comes by another way."""
    by_socket.slack.faults.add(Fault("status", "response_url", times=None, status=404))
    message = await by_socket.ask("7d")
    assert first_line(message.text) == "Recap: last 7 days"
    assert message.ephemeral_to == MIA
    assert by_socket.slack.traffic[-1].method == "chat.postEphemeral"


async def test_replayed_response_url(by_socket: Theatre) -> None:
    """After five answers Slack says ``used_url``; the sixth person's answer still arrives."""
    message = await by_socket.ask("7d")
    payload = (await by_socket.press(message, "recap_show_7d")).payload
    for _ in range(5):
        calls = len(by_socket.slack.traffic)
        await by_socket.slack.deliver("interactive", payload)
        await by_socket.slack.until(lambda seen=calls: len(by_socket.slack.traffic) > seen)  # type: ignore[misc]
    statuses = [one.status for one in by_socket.slack.traffic if one.method == "response_url"]
    assert statuses[-1] == 404
    await by_socket.slack.until(lambda: by_socket.slack.traffic[-1].method == "chat.postEphemeral")
    newest = by_socket.slack.workspace.messages[-1]
    await by_socket.slack.until(lambda: first_line(newest.text) == "Recap: last 7 days")


async def test_private_answer_survives_slack_faults(by_socket: Theatre) -> None:
    """A reset, a 429 and a 500 on the way back are tried again."""
    faults = by_socket.slack.faults
    faults.add(Fault("reset", "response_url"))
    faults.add(Fault("status", "response_url", status=500))
    message = await by_socket.ask("7d")
    assert first_line(message.text) == "Recap: last 7 days"


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is announced, however busy the machine is: what is lost then is the post's answer."""
    usual = Answers.__init__.__kwdefaults__
    assert usual
    monkeypatch.setitem(usual, "patience", 60.0)


@pytest.mark.usefixtures("unhurried")
async def test_share_is_never_posted_twice(by_socket: Theatre) -> None:
    """Slack took the post and lost the answer: one post, and a sentence that says to look."""
    message = await by_socket.ask("7d")
    by_socket.slack.faults.add(Fault("lost", "response_url"))
    await by_socket.press(message, "recap_share")
    await by_socket.slack.until(lambda: message.text.startswith("Slack did not"))
    public = [one for one in by_socket.slack.workspace.messages if one.ephemeral_to is None]
    assert len(public) == 1
    assert message.text == (
        "Slack did not confirm the post. Look in the channel before you share the recap again."
    )


async def test_socket_comes_back(by_socket: Theatre) -> None:
    """Slack closes connections now and then; the app opens another one."""
    sockets = by_socket.slack._sockets
    await by_socket.slack.disconnect()
    await by_socket.slack.until(lambda: len(sockets) == 2)
    message = await by_socket.ask("7d")
    assert first_line(message.text) == "Recap: last 7 days"


async def test_wrong_signature(by_http: Theatre) -> None:
    """Somebody else's request is refused before anything is read from it."""
    body = "command=%2Frecap&text=7d"
    post = by_http.slack.post_signed
    now = int(time.time())  # noqa: TID251 -- Bolt checks signatures in real time
    assert (await post(body, signature="v0=" + "0" * 64))[0] == 401
    assert (await post(body, at=str(now - 301)))[0] == 401
    assert (await post(body, at="yesterday"))[0] == 401
    assert (await post("x" * 600_000))[0] == 413
    assert by_http.slack.traffic[1:] == []


async def test_url_verification(by_http: Theatre) -> None:
    """Slack's own check when the URL is entered."""
    body = '{"type":"url_verification","challenge":"c123","token":"x"}'
    status, answer = await by_http.slack.post_signed(body, kind="application/json")
    assert status == 200
    assert "c123" in answer


async def test_health(theatre: Theatre) -> None:
    """In both modes, for whatever watches the process."""
    async with httpx.AsyncClient() as http:
        health = (await http.get(f"{theatre.address}/healthz")).json()
    assert health["status"] == "ok"
    assert health["mode"] == theatre.mode
    assert health.get("connected", True) is True


async def test_a_listener_that_fails(by_http: Theatre) -> None:
    """Even then one sentence with a reference, and no traceback."""
    body = "command=%2Frecap&text=7d&team_id=T0ACME&user_id=U0MIA&channel_id=C0GENERAL"
    status, answer = await by_http.slack.post_signed(body)
    assert status == 200
    assert first_line(answer) == "Something went wrong in Recap itself, so there is no answer."
    assert "Traceback" not in answer


async def test_a_network_without_web_sockets(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> None:
    """A firewall that lets only HTTP through is one sentence at start."""
    slack.new_socket_url = lambda: "ws://127.0.0.1:1/link"  # type: ignore[method-assign]
    with pytest.raises(TryLater, match=r"took no connection within 0\.3 s"):
        async with open_app(
            settings(slack, api, "socket", tmp_path / "recap.db"), patience=Patience(connect=0.3)
        ):
            pass
