"""The form of a subscription, and the Home."""

import asyncio
import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.digest.engagement import ScaleSetting
from bot.digest.periods import Period
from bot.digest.preferences import Ask, Metric, Platform, Preferences, Ranking
from bot.errors import TryLater, Unusable
from bot.ports import Member, Place
from bot.rendering import buttons, notices
from bot.rendering.blocks import SlackMessage
from bot.rendering.numbers import Numbers
from bot.services.recap import RecapService
from bot.services.ways import Ways
from bot.services.windows import CHANGED_MEANWHILE, Anew, Done, FromHome, Windows
from bot.subscriptions.model import Pause
from bot.subscriptions.targets import parse_target
from bot.subscriptions.wishes import Wish
from tests.services.fakes import MemoryModals, MemorySender, MemoryWorkspace, subscriptions
from tests.services.post_office import PostOffice, subscription

GONE = Unusable("Slack is gone.", "gone")


class House(PostOffice):
    """A post office with windows."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.workspace = MemoryWorkspace(people={"U1": Member("Asia/Tokyo")})
        self.modals = MemoryModals()
        self.people = subscriptions(self.ledger, self.workspace, self.messenger, self.clock)
        recap = RecapService(self.source, self.clock, ScaleSetting.PERCENT)
        self.ways = Ways(self.ledger, self.people, MemorySender(), self.clock)
        self.windows = Windows(
            self.people, self.modals, self.messenger, recap, Numbers(), self.ways
        )

    @property
    def opened(self) -> dict[str, Any]:
        """The newest window."""
        return self.modals.opened[-1][1]

    def chosen(self, block: str) -> str:
        """What stands in a select of the newest window."""
        (found,) = (one for one in self.opened["blocks"] if one.get("block_id") == block)
        return str(found["element"]["initial_option"]["value"])

    def filled(self, **changes: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401
        """The state of a form that somebody sends off."""
        elements: dict[str, Any] = {
            "days": {"selected_options": [{"value": "0"}]},
            "at": {"selected_time": "09:00"},
            "zone": {"selected_option": {"value": "Europe/Berlin"}},
            "period": {"selected_option": {"value": "7d"}},
            "top": {"selected_option": {"value": "5"}},
            "ranking": {"selected_option": {"value": "views"}},
            "metrics": {"selected_options": []},
            "platform": {"selected_option": {"value": "all"}},
            "wait": {"selected_option": {"value": "0"}},
            "to": {"value": None},
            **changes,
        }
        return {block: {"value": state} for block, state in elements.items()}

    @property
    def metadata(self) -> str:
        """What the newest window is about."""
        return str(self.opened["private_metadata"])


async def test_a_new_form() -> None:
    """Monday at 09:00 in the person's own zone; all else as in the recap it was opened from."""
    house = House()
    preferences = Preferences(10, (), Ranking.GAIN, Platform.TIKTOK)
    value = buttons.pack(Ask(Period.MONTH, preferences))
    await house.windows.open_for_button("t", "U1", "C1", value)
    assert house.opened["title"]["text"] == "Subscribe"
    blocks = ("zone", "period", "top", "ranking", "platform", "wait")
    assert [house.chosen(block) for block in blocks] == [
        "Asia/Tokyo",
        "30d",
        "10",
        "gain",
        "tiktok",
        "0",
    ]
    assert json.loads(house.metadata) == {"channel": "C1", "seen": ""}


async def test_a_form_of_what_is_there() -> None:
    """By the subscription in the button, also where the button stands in another channel."""
    house = House()
    await house.keep(subscription())
    await house.windows.open_for_button("t", "U1", "", "s1")
    assert house.opened["title"]["text"] == "Manage recap"
    assert house.chosen("zone") == "UTC"
    assert json.loads(house.metadata)["channel"] == "C1"


async def test_a_person_that_slack_is_slow_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """The right to open a window ends after three seconds: it opens without the zone."""
    monkeypatch.setattr("bot.services.windows.LOOK_UP", 0.01)
    house = House()
    house.workspace.asleep = asyncio.Event()
    await house.windows.open_form("t", "U1", "C1", Ask())
    assert house.chosen("zone") == "UTC"


async def test_saved() -> None:
    """The person reads it in the channel, and their Home shows it."""
    house = House()
    await house.windows.open_form("t", "U1", "C1", Ask())
    saved = await house.windows.submitted("U1", house.metadata, house.filled())
    assert isinstance(saved, Done)
    done: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
    done.set_result(saved)
    await house.windows.confirm("U1", "C1", done)
    ((channel, user, message),) = house.messenger.whispered
    assert (channel, user, message.text.splitlines()[0]) == ("C1", "U1", "Done.")
    ((shown_to, home, seen),) = house.modals.homes
    assert (shown_to, seen) == ("U1", None)
    assert "every Monday at 09:00 (Europe/Berlin)" in str(home)


async def test_everything_that_can_be_chosen() -> None:
    """It is saved, it is what the next window shows, and the same window takes it back."""
    house = House()
    await house.windows.open_form("t", "U1", "C1", Ask())
    chosen = house.filled(
        ranking={"selected_option": {"value": "gain"}},
        metrics={"selected_options": [{"value": "likes"}, {"value": "views"}]},
        platform={"selected_option": {"value": "tiktok"}},
        wait={"selected_option": {"value": "4"}},
    )
    assert isinstance(await house.windows.submitted("U1", house.metadata, chosen), Done)
    one = await house.people.of_channel("C1")
    assert one
    assert (one.ask.preferences, one.wait_hours) == (
        Preferences(5, (Metric.LIKES, Metric.VIEWS), Ranking.GAIN, Platform.TIKTOK),
        4,
    )
    await house.windows.open_form("t", "U1", "C1", Ask())
    assert [house.chosen(one) for one in ("ranking", "platform", "wait")] == ["gain", "tiktok", "4"]
    assert isinstance(await house.windows.submitted("U1", house.metadata, house.filled()), Done)
    one = await house.people.of_channel("C1")
    assert one
    assert (one.ask.preferences, one.wait_hours) == (Preferences(), 0)


async def test_mistakes_stand_where_they_were_made() -> None:
    """A sentence under each block."""
    house = House()
    await house.windows.open_form("t", "U1", "C1", Ask())
    nothing = house.filled(days={"selected_options": []}, at={"selected_time": None})
    assert await house.windows.submitted("U1", house.metadata, nothing) == {
        "days": "Choose at least one day.",
        "at": "Choose a time.",
    }


async def test_a_channel_that_can_not_be_posted_to() -> None:
    """The window stays open with the one thing to do."""
    house = House()
    house.workspace.places["C1"] = Place(problem=Pause.NOT_IN_CHANNEL)
    await house.windows.open_form("t", "U1", "C1", Ask())
    assert await house.windows.submitted("U1", house.metadata, house.filled()) == {
        "days": "Recap is not in this channel. Type `/invite @recap` here, then try again."
    }


async def test_two_people_edit_at_once() -> None:
    """The second one sees what the first has made of it, and decides again."""
    house = House()
    await house.keep(subscription())
    await house.windows.open_form("t", "U1", "C1", Ask())
    metadata = house.metadata
    await house.people.subscribe("U2", "C1", Wish(top=15))
    saved = await house.windows.submitted("U1", metadata, house.filled())
    assert isinstance(saved, Anew)
    assert CHANGED_MEANWHILE in str(saved.view["blocks"][0])
    ids = [one["block_id"] for one in saved.view["blocks"] if one["type"] == "input"]
    assert not {"days", "at"} & set(ids)
    values = dict(zip(ids, house.filled().values(), strict=True))
    values[ids[1]] = {"value": {"selected_time": None}}
    again = await house.windows.submitted("U1", saved.view["private_metadata"], values)
    assert again == {ids[1]: "Choose a time."}
    values[ids[1]] = {"value": {"selected_time": "07:00"}}
    again = await house.windows.submitted("U1", saved.view["private_metadata"], values)
    assert isinstance(again, Done)


async def test_removed_while_it_was_edited() -> None:
    """The window becomes one for a new subscription, with what was put in."""
    house = House()
    await house.keep(subscription())
    await house.windows.open_form("t", "U1", "C1", Ask())
    await house.people.unsubscribe("U2", subscription())
    filled = house.filled(top={"selected_option": {"value": "25"}})
    saved = await house.windows.submitted("U1", house.metadata, filled)
    assert isinstance(saved, Anew)
    assert saved.view["title"]["text"] == "Subscribe"
    (top,) = (one for one in saved.view["blocks"] if one.get("block_id", "").startswith("top"))
    assert top["element"]["initial_option"]["value"] == "25"


@pytest.mark.parametrize(
    ("saved", "sentence"),
    [
        (Anew({}), CHANGED_MEANWHILE),
        ({"days": "Recap is not in this channel."}, "Recap is not in this channel."),
    ],
)
async def test_an_answer_that_came_after_the_window_was_closed(
    saved: Anew | dict[str, str], sentence: str
) -> None:
    """What became of it is whispered in the channel."""
    house = House()
    done: asyncio.Future[Anew | dict[str, str]] = asyncio.get_running_loop().create_future()
    done.set_result(saved)
    await house.windows.confirm("U1", "C1", done)
    assert house.messenger.whispered[0][2].text == sentence


async def test_a_whisper_that_slack_does_not_take() -> None:
    """The Home is drawn all the same."""
    house = House()
    house.messenger.refusal = GONE
    done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    done.set_result(Anew({}))
    with capture_logs() as logs:
        await house.windows.confirm("U1", "C1", done)
    assert logs[0]["event"] == "confirmation_not_shown"
    assert len(house.modals.homes) == 1


async def test_a_home_that_is_newer_than_ours() -> None:
    """It is drawn once more, with what holds now."""
    house = House()
    await house.windows.show_home("U1", "stale")
    assert [seen for _, _, seen in house.modals.homes] == ["stale", None]


async def test_a_home_that_can_not_be_shown() -> None:
    """A line in the log; the person sees the old one."""
    house = House()
    house.modals.refusal = GONE
    with capture_logs() as logs:
        await house.windows.show_home("U1")
    assert logs[0]["event"] == "home_not_shown"


async def test_home_says_how_creatoraudit_is() -> None:
    """Connected as whom; or what is in the way, in the reader's words."""
    house = House()

    async def second_line() -> str:
        await house.windows.show_home("U1")
        return str(house.modals.homes[-1][1]["blocks"][1]["elements"][0]["text"])

    assert await second_line() == "Connected to CreatorAudit with the key “Recap”."


async def test_also_send_to() -> None:
    """New addresses are added, shown lines keep theirs, and what is gone is removed."""
    house = House()
    await house.windows.open_form("t", "U1", "C1", Ask())
    typed = "https://chat.example.com/hooks/secret-secret-1234\n\n name@example.com "
    saved = await house.windows.submitted("U1", house.metadata, house.filled(to={"value": typed}))
    assert isinstance(saved, Done)
    assert saved.message.text.splitlines()[-1] == (
        "Also to n…@example.com, chat.example.com/…1234."
    )
    await house.windows.open_form("t", "U1", "C1", Ask())
    shown = house.opened["blocks"][-2]["element"]["initial_value"]
    assert shown == "n…@example.com\nchat.example.com/…1234"
    assert "secret-secret" not in str(house.opened)
    saved = await house.windows.submitted(
        "U1", house.metadata, house.filled(to={"value": "chat.example.com/…1234"})
    )
    assert isinstance(saved, Done)
    one = await house.people.of_channel("C1")
    assert one
    assert [way.target.address for way in await house.ways.of(one)] == [
        "https://chat.example.com/hooks/secret-secret-1234"
    ]


async def test_an_address_that_is_none() -> None:
    """The sentence stands under the field and names the line; nothing is saved."""
    house = House()
    await house.windows.open_form("t", "U1", "C1", Ask())
    said = await house.windows.submitted(
        "U1", house.metadata, house.filled(to={"value": "a@example.com\nhttp://example.com"})
    )
    assert said == {"to": "Line 2: The address must begin with https://."}
    assert await house.people.of_channel("C1") is None


async def test_targets_changed_meanwhile() -> None:
    """The form is shown once more, with what holds now."""
    house = House()
    await house.keep(subscription())
    await house.windows.open_form("t", "U1", "C1", Ask())
    metadata = house.metadata
    one = await house.people.of_channel("C1")
    assert one
    await house.ways.add("U2", one, [parse_target("name@example.com")])
    saved = await house.windows.submitted("U1", metadata, house.filled())
    assert isinstance(saved, Anew)
    assert saved.view["blocks"][-2]["element"]["initial_value"] == "n…@example.com"


async def test_ended_in_the_moment_of_saving() -> None:
    """There is nothing left to give targets to."""
    house = House()
    await house.windows.open_form("t", "U1", "C1", Ask())
    subscribe = house.people.subscribe

    async def and_end(*given: Any) -> SlackMessage:  # noqa: ANN401
        done = await subscribe(*given)
        one = await house.people.of_channel("C1")
        assert one
        await house.people.unsubscribe("U2", one)
        return done

    house.people.subscribe = and_end  # type: ignore[assignment,method-assign]
    saved = await house.windows.submitted(
        "U1", house.metadata, house.filled(to={"value": "a@example.com"})
    )
    assert isinstance(saved, Done)
    assert "Also" not in saved.message.text


async def test_buttons_in_the_home_answer_there() -> None:
    """Done: the Home shows it. Not done: a window says why."""
    house = House()
    reply = FromHome(house.windows, house.modals, "U1", "trigger")
    await reply.done(notices.plain("Paused."))
    assert len(house.modals.homes) == 1
    assert house.modals.opened == []
    await reply.private(notices.plain("It was removed."))
    trigger, view = house.modals.opened[0]
    assert (trigger, view["blocks"][0]["text"]["text"]) == ("trigger", "It was removed.")
    await reply.private(notices.plain("For good."))
    ((window, view),) = house.modals.updated
    assert (window, view["blocks"][0]["text"]["text"]) == ("V1", "For good.")
    with pytest.raises(Unusable, match="share from a Home"):
        await reply.in_channel(notices.plain("x"), note=notices.plain("y"))


async def test_a_database_that_is_away() -> None:
    """The form says so and stays open."""
    house = House()
    await house.windows.open_form("t", "U1", "C1", Ask())

    async def away(*_: object) -> None:
        raise TryLater("Recap's database does not answer.", "locked")

    house.ledger.of_channel = away  # type: ignore[assignment,method-assign]
    assert await house.windows.submitted("U1", house.metadata, house.filled()) == {
        "days": "Recap's database does not answer."
    }
