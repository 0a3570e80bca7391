"""What Slack says of channels and people, and the windows and Homes it shows them."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import OperatorMustAct, RecapError, TryLater, Unusable
from bot.playground.faults import Fault
from bot.playground.slack import SlackStandIn
from bot.playground.slack_workspace import BOT, Channel, Person
from bot.ports import Member, Place
from bot.posting import workspace as module
from bot.posting.slack import web_client, web_session
from bot.posting.workspace import SlackModals, SlackWorkspace
from bot.rendering import notices
from bot.rendering.limits import Block
from bot.subscriptions.model import Pause
from tests.posting.pages import BROKEN, JSON, Page, answering, named

MARKETING, MIA = "C0MARKETING", "U0MIA"
FAULTS = [
    Fault("rate_limited"),
    Fault("status", status=502),
    Fault("error", error="internal_error"),
    Fault("error", error="token_revoked"),
    Fault("reset"),
    Fault("lost"),
]


def modal() -> Block:
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Receipt"},
        "blocks": list(notices.plain("Hello.").blocks),
    }


def home(text: str = "Hello.") -> Block:
    return {"type": "home", "blocks": list(notices.plain(text).blocks)}


@pytest.fixture
def workspace(client: AsyncWebClient) -> SlackWorkspace:
    return SlackWorkspace(client)


@pytest.fixture
def modals(client: AsyncWebClient) -> SlackModals:
    return SlackModals(client)


@pytest.fixture(params=range(len(FAULTS)), ids=[named(one) for one in FAULTS])
def fault(request: pytest.FixtureRequest, slack: SlackStandIn) -> Fault:
    """Strikes every call."""
    one = FAULTS[request.param]
    return slack.faults.add(Fault(one.kind, times=None, status=one.status, error=one.error))


# Channels.


def _add(slack: SlackStandIn, channel: Channel) -> None:
    slack.workspace.channels[channel.id] = channel


@pytest.mark.parametrize(
    ("channel", "place"),
    [
        ("C0MARKETING", Place("marketing")),
        ("C0GENERAL", Place("general")),
        ("C0LAUNCH", Place("launch", Pause.NOT_IN_CHANNEL)),
        ("G0LEADS", Place("leads", is_private=True)),
        ("C0OLD", Place("old", Pause.ARCHIVED)),
        ("C0LEFT", Place("left", Pause.ARCHIVED)),
        ("C0NEWS", Place("news", Pause.MAY_NOT_POST)),
        # A private channel does not exist for a bot that is not in it.
        ("G0BOARD", Place(problem=Pause.CHANNEL_GONE, is_private=None)),
        ("C0NEVER", Place(problem=Pause.CHANNEL_GONE, is_private=None)),
    ],
)
async def test_place(
    slack: SlackStandIn, workspace: SlackWorkspace, channel: str, place: Place
) -> None:
    """The name, and what is in the way of a post; what can't be undone by an invitation first."""
    _add(slack, Channel("C0LEFT", "left", {MIA}, is_archived=True))
    _add(slack, Channel("C0NEWS", "news", {MIA, BOT}, is_read_only=True))
    _add(slack, Channel("G0BOARD", "board", {MIA}, is_private=True))
    assert await workspace.place(channel) == place


async def test_place_of_a_conversation(slack: SlackStandIn, workspace: SlackWorkspace) -> None:
    """Recap does not ask to read about those; nothing is in its way all the same."""
    name = slack.workspace.direct(MIA).id
    assert await workspace.place(name) == Place(is_private=None)
    slack.scopes |= {"im:read"}
    assert await workspace.place(name) == Place(is_private=True)


@pytest.mark.parametrize(
    ("channel", "place"),
    [
        # As Slack shows a conversation with one person: it names no member.
        ('{"id": "D1", "is_im": true, "user": "U1"}', Place()),
        ('{"id": "D1", "is_im": true, "is_member": false}', Place()),
        ('{"id": "C1", "name": "new"}', Place("new")),
        ('{"id": "C1", "name": null, "is_private": true}', Place(is_private=True)),
        ('{"id": "C1", "name": "new", "is_member": null}', Place("new")),
        ("null", Place(is_private=None)),
        ('"C1"', Place(is_private=None)),
        ("7", Place(is_private=None)),
        ("[]", Place(is_private=None)),
    ],
)
async def test_place_where_slack_leaves_things_out(channel: str, place: Place) -> None:
    """What is not said stands in nobody's way."""
    page = Page(f'{{"ok": true, "channel": {channel}}}', kind=JSON)
    async with answering(page) as (client, _):
        assert await SlackWorkspace(client).place("C1") == place


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("channel_not_found", Pause.CHANNEL_GONE),
        ("not_in_channel", Pause.NOT_IN_CHANNEL),
        ("is_archived", Pause.ARCHIVED),
        ("missing_scope", None),
        ("ekm_access_denied", None),
        ("something_new", None),
    ],
)
async def test_place_that_slack_does_not_tell(
    slack: SlackStandIn, workspace: SlackWorkspace, code: str, problem: Pause | None
) -> None:
    """Only a refusal that speaks of the channel says something about the channel."""
    slack.faults.add(Fault("error", "conversations.info", error=code))
    assert await workspace.place(MARKETING) == Place(problem=problem, is_private=None)


async def test_nothing_can_be_learned(
    slack: SlackStandIn, workspace: SlackWorkspace, fault: Fault
) -> None:
    """It counts as unknown; nobody is stopped, and nobody is shown what they may not see."""
    slack.workspace.people[MIA] = Person(MIA, "Mia", is_admin=True)
    assert await workspace.place(MARKETING) == Place(is_private=None)
    assert await workspace.member(MIA) == Member()
    assert not await workspace.is_in(MIA, MARKETING)
    assert fault.fired >= 3


@pytest.mark.parametrize("page", BROKEN.values(), ids=BROKEN)
async def test_answers_that_nobody_can_read(page: Page) -> None:
    """The same; it never raises for what Slack does."""
    async with answering(page) as (client, called):
        workspace, modals = SlackWorkspace(client), SlackModals(client)
        assert await workspace.place(MARKETING) == Place(is_private=None)
        assert await workspace.member(MIA) == Member()
        assert not await workspace.is_in(MIA, MARKETING)
        with pytest.raises(RecapError):
            await modals.open("1.2", modal())
        with pytest.raises(RecapError):
            await modals.publish(MIA, home())
        assert called == [
            "conversations.info",
            "users.info",
            "conversations.members",
            "views.open",
            "views.publish",
        ]


async def test_slack_is_not_there() -> None:
    """Windows can't be opened, and nothing can be learned."""
    async with web_session() as session:
        client = web_client("xoxb-any", "http://127.0.0.1:1/api/", session)
        workspace, modals = SlackWorkspace(client), SlackModals(client)
        assert await workspace.place(MARKETING) == Place(is_private=None)
        assert await workspace.member(MIA) == Member()
        assert not await workspace.is_in(MIA, MARKETING)
        with pytest.raises(TryLater, match=r"views\.open failed: ClientConnectorError"):
            await modals.open("1.2", modal())
        with pytest.raises(TryLater, match=r"views\.update failed: ClientConnectorError"):
            await modals.update("V1", modal())
        with pytest.raises(TryLater, match=r"views\.publish failed: ClientConnectorError"):
            await modals.publish(MIA, home())


# People.


@pytest.mark.parametrize(
    ("user", "member"),
    [
        (MIA, Member("Europe/Berlin")),
        ("U0KOFI", Member("America/New_York")),
        ("U0ADA", Member("Asia/Tokyo", is_admin=True)),
        ("U0ODD", Member()),
        ("U0NONE", Member()),
        ("U0GONE", Member()),
    ],
)
async def test_member(
    slack: SlackStandIn, workspace: SlackWorkspace, user: str, member: Member
) -> None:
    """The time zone by its IANA name, where it is one, and whether they are an admin."""
    for person in (
        Person("U0ADA", "Ada", "Asia/Tokyo", is_admin=True),
        Person("U0ODD", "Odd", "Mars/Olympus"),
        Person("U0NONE", "None", ""),
    ):
        slack.workspace.people[person.id] = person
    assert await workspace.member(user) == member


async def test_member_without_the_scope(slack: SlackStandIn, workspace: SlackWorkspace) -> None:
    """An admin whom Slack does not call one is none."""
    slack.workspace.people[MIA] = Person(MIA, "Mia", is_admin=True)
    slack.scopes -= {"users:read"}
    assert await workspace.member(MIA) == Member()


@pytest.mark.parametrize(
    ("user", "member"),
    [
        (
            '{"id": "U1", "tz": "Europe/Paris", "is_owner": true}',
            Member("Europe/Paris", is_admin=True),
        ),
        ('{"id": "U1", "tz": null, "is_admin": true, "is_owner": false}', Member(is_admin=True)),
        ('{"id": "U1"}', Member()),
        ("null", Member()),
        ('"U1"', Member()),
    ],
)
async def test_member_as_slack_shows_them(user: str, member: Member) -> None:
    """An owner is an admin, too; bots and guests come without a time zone."""
    page = Page(f'{{"ok": true, "user": {user}}}', kind=JSON)
    async with answering(page) as (client, _):
        assert await SlackWorkspace(client).member("U1") == member


# Members.


@pytest.mark.parametrize(
    ("user", "channel", "found"),
    [
        (MIA, MARKETING, True),
        (MIA, "G0LEADS", True),
        ("U0KOFI", "G0LEADS", False),
        ("U0GONE", MARKETING, False),
        (MIA, "G0BOARD", False),
    ],
)
async def test_is_in(
    slack: SlackStandIn, workspace: SlackWorkspace, user: str, channel: str, *, found: bool
) -> None:
    """What a private channel posts is shown to its members only."""
    _add(slack, Channel("G0BOARD", "board", {MIA}, is_private=True))
    assert await workspace.is_in(user, channel) is found


@pytest.mark.parametrize(
    ("user", "found", "pages"),
    [("U00000", True, 1), ("U01500", True, 2), ("U02499", True, 3), ("U02500", False, 3)],
)
async def test_is_in_a_large_channel(
    slack: SlackStandIn, workspace: SlackWorkspace, user: str, *, found: bool, pages: int
) -> None:
    """Page after page, and no further than it takes."""
    crowd = {f"U{number:05}" for number in range(2_500)}
    _add(slack, Channel("C0CROWD", "crowd", crowd))
    assert await workspace.is_in(user, "C0CROWD") is found
    assert [one.method for one in slack.traffic] == ["conversations.members"] * pages


async def test_is_in_a_channel_without_an_end(
    slack: SlackStandIn, workspace: SlackWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for the hundredth page."""
    monkeypatch.setattr(module, "MEMBERS", 2)
    monkeypatch.setattr(module, "MEMBER_PAGES", 3)
    _add(slack, Channel("C0CROWD", "crowd", {f"U{number:05}" for number in range(10)}))
    assert await workspace.is_in("U00005", "C0CROWD")
    assert not await workspace.is_in("U00006", "C0CROWD")
    assert len(slack.traffic) == 6


async def test_a_page_without_members() -> None:
    """Slack may leave the list out."""
    async with answering(Page('{"ok": true}', kind=JSON)) as (client, called):
        assert not await SlackWorkspace(client).is_in(MIA, MARKETING)
        assert len(called) == 1


# Windows.


async def test_open(slack: SlackStandIn, modals: SlackModals) -> None:
    """The window stands in front of the person."""
    await modals.open(slack._calls.new_trigger(MIA, MARKETING), modal())
    (window,) = slack.workspace.windows[MIA]
    assert window["title"]["text"] == "Receipt"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("trigger_expired", Unusable),
        ("trigger_exchanged", Unusable),
        ("invalid_arguments", Unusable),
        ("internal_error", TryLater),
        ("ratelimited", TryLater),
        ("token_revoked", OperatorMustAct),
    ],
)
async def test_a_window_that_does_not_open(
    slack: SlackStandIn, modals: SlackModals, code: str, kind: type[RecapError]
) -> None:
    """The person is told whether another press may help."""
    one = slack.faults.add(Fault("error", "views.open", times=None, error=code))
    with pytest.raises(kind, match=rf"views\.open was refused by Slack: {code}\."):
        await modals.open(slack._calls.new_trigger(MIA), modal())
    assert one.fired == 1


async def test_windows_when_slack_is_away(
    slack: SlackStandIn, modals: SlackModals, fault: Fault
) -> None:
    """Every failure is one of ours, after one request."""
    with pytest.raises(RecapError):
        await modals.open(slack._calls.new_trigger(MIA), modal())
    with pytest.raises(RecapError):
        await modals.publish(MIA, home())
    assert fault.fired == 2


# Homes.


async def test_publish(slack: SlackStandIn, modals: SlackModals) -> None:
    """First for somebody who has none, then in place of the one that they saw."""
    assert await modals.publish(MIA, home("First."))
    seen = slack.workspace.homes[MIA]["hash"]
    assert await modals.publish(MIA, home("Second."), seen)
    assert slack.workspace.homes[MIA]["blocks"][0]["text"]["text"] == "Second."


async def test_publish_over_a_newer_one(slack: SlackStandIn, modals: SlackModals) -> None:
    """What was made of an old Home does not replace a newer one; without a hash it does."""
    await modals.publish(MIA, home("First."))
    seen = slack.workspace.homes[MIA]["hash"]
    await modals.publish(MIA, home("Second."))
    assert not await modals.publish(MIA, home("Third."), seen)
    assert slack.workspace.homes[MIA]["blocks"][0]["text"]["text"] == "Second."
    assert await modals.publish(MIA, home("Fourth."))
    assert slack.workspace.homes[MIA]["blocks"][0]["text"]["text"] == "Fourth."


async def test_publish_for_nobody(modals: SlackModals) -> None:
    """A refusal other than the conflict is no answer but an error."""
    with pytest.raises(Unusable, match=r"views\.publish was refused by Slack: user_not_found\."):
        await modals.publish("U0GONE", home())
