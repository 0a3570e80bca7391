"""How the page behaves for those who read, hear or type it."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from bot.playground.page import process
from tests.playground.page.conftest import KOFI, Reader

LONG_ENOUGH_TO_TYPE = 8.0
"""Seconds until an app that was killed is started again."""

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def faults(reader: Reader) -> list[str]:
    """What axe-core finds that is serious."""
    found = (await Axe().run(reader.page)).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html']}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_accessible(reader: Reader, theme: str) -> None:
    """Channel with an open thread, window, Home and narrow screen, in either theme."""
    await reader.page.goto(f"{reader.served.address}?theme={theme}")
    await reader.type("/recap 7d")
    await reader.subscribes()
    await reader.travel("Next Monday 09:00")
    await reader.main.get_by_text("1 reply").click()
    await reader.page.locator("#traffic summary").last.click()
    await expect(reader.page.locator("#traffic pre").first).to_be_visible()
    await reader.page.locator("#ledger summary").first.click()
    assert await faults(reader) == []
    await reader.press("Manage")
    await expect(reader.window).to_be_visible()
    assert await faults(reader) == []
    await reader.page.keyboard.press("Escape")
    await reader.page.get_by_role("link", name="Recap", exact=True).click()
    await reader.sees("Connected to CreatorAudit")
    await reader.page.set_viewport_size({"width": 390, "height": 844})
    assert await faults(reader) == []


@pytest.mark.parametrize("width", [390, 768, 1440])
async def test_nothing_sticks_out(visitor: Reader, width: int) -> None:
    """The page is never wider than its window, also with something new in every channel."""
    visitor.served.stage.seen.clear()
    await visitor.page.set_viewport_size({"width": width, "height": 900})
    await visitor.type("W" * 500)
    await visitor.type("/recap 7d top 25")
    await visitor.sees("Recap: last 7 days")
    wide = await visitor.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    log = visitor.page.get_by_role("log")
    assert await log.evaluate("log => log.scrollWidth <= log.clientWidth")


async def test_focus_and_text_outlive_a_redraw(visitor: Reader) -> None:
    """Whoever types while a post arrives types on."""
    box = visitor.page.get_by_label("Message in")
    await box.fill("Half a sen")
    visitor.hears("Meanwhile")
    await visitor.sees("Meanwhile")
    await expect(box).to_be_focused()
    await expect(box).to_have_value("Half a sen")


async def test_a_draft_stays_in_its_channel(visitor: Reader) -> None:
    """Nobody sends to one channel what they wrote in another."""
    await visitor.page.get_by_label("Message in marketing").fill("For marketing")
    await visitor.page.get_by_role("link", name="leads").click()
    there = visitor.page.get_by_label("Message in leads")
    await expect(there).to_have_value("")
    await there.fill("For the leads")
    await visitor.page.get_by_role("link", name="marketing").click()
    await expect(visitor.page.get_by_label("Message in marketing")).to_have_value("For marketing")
    await visitor.page.go_back()
    await expect(there).to_have_value("For the leads")


async def test_what_did_not_arrive_is_still_there(visitor: Reader) -> None:
    """Without its server the page keeps what was typed."""
    await visitor.page.route("**/do/command", lambda route: route.abort())
    await visitor.type("Anybody there?")
    await expect(visitor.page.get_by_role("status")).to_contain_text("lost its server")
    await expect(visitor.page.get_by_label("Message in")).to_have_value("Anybody there?")


async def test_open_thread_outlives_a_redraw(reader: Reader) -> None:
    """What was unfolded stays unfolded."""
    await reader.subscribes()
    await reader.travel("Next Monday 09:00")
    await reader.main.get_by_text("1 reply").click()
    await reader.type("Thanks!")
    await reader.sees("Thanks!")
    await expect(reader.main.locator("details.thread")).to_have_attribute("open", "")


async def test_by_keyboard_alone(visitor: Reader) -> None:
    """From the skip link to a window and back to the button that opened it."""
    await visitor.page.keyboard.press("Tab")
    await expect(visitor.page.get_by_role("link", name="Skip to the message box")).to_be_focused()
    buttons = visitor.main.get_by_role("button", name="Subscribe this channel")
    before = await buttons.count()
    await visitor.page.get_by_label("Message in").focus()
    await visitor.page.keyboard.type("/recap")
    await visitor.page.keyboard.press("Enter")
    await expect(buttons).to_have_count(before + 1)
    button = buttons.last
    await button.focus()
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.window).to_be_visible()
    assert await visitor.page.evaluate("document.activeElement.closest('#window') !== null")
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.window).to_be_hidden()
    await expect(button).to_be_focused()


async def test_hints(visitor: Reader) -> None:
    """The composer offers what the help of Recap lists."""
    hints = visitor.page.locator("#hints option")
    values = [await one.get_attribute("value") for one in await hints.all()]
    assert "/recap 7d top 10" in values
    assert "/invite @Recap" in values


async def test_strange_words_stay_words(visitor: Reader) -> None:
    """Neither a message nor a command becomes markup or a ping."""
    await visitor.type("<img src=x onerror=alert(1)> & <!channel>")
    await visitor.sees("<img src=x onerror=alert(1)> & <!channel>")
    await visitor.type("/recap <b>7d</b>")
    await visitor.sees("<b>7d</b>")
    await expect(visitor.main.locator("article img, article b b")).to_have_count(0)


async def test_addresses_become_links(visitor: Reader) -> None:
    """What people type may lead somewhere, without the full stop after it."""
    await visitor.type("See https://example.com/?a=1&b=2. Or javascript:alert(1)")
    await visitor.sees("See https://example.com")
    message = visitor.main.locator(".said", has_text="See https").last
    await expect(message).to_have_text("See https://example.com/?a=1&b=2. Or javascript:alert(1)")
    await expect(message.locator("a")).to_have_count(1)
    await expect(message.locator("a")).to_have_attribute("href", "https://example.com/?a=1&b=2")


async def test_open_channel_is_within_sight(visitor: Reader) -> None:
    """On a phone the row of channels shows the one that is open."""
    await visitor.page.set_viewport_size({"width": 390, "height": 844})
    await visitor.page.reload()
    await expect(visitor.page.locator("#to-C0MARKETING")).to_be_in_viewport(ratio=0.9)


async def test_commands_of_slacks_own(visitor: Reader) -> None:
    """What Slack would say itself, Slackbot says."""
    await visitor.page.get_by_role("link", name="general").click()
    await expect(visitor.page.get_by_label("Message in general")).to_be_visible()
    await visitor.type("/nonsense")
    await visitor.sees("is not a valid command")
    await visitor.type("/invite @Kofi")
    await visitor.sees("Only Recap can be invited here")
    await visitor.type("/archive")
    await visitor.sees("You are viewing an archived channel.")
    await visitor.main.get_by_role("button", name="Unarchive").click()
    await expect(visitor.page.get_by_label("Message in")).to_be_visible()


async def test_dead_app(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody takes the command, and Slack says so."""
    monkeypatch.setattr(process, "PAUSE", LONG_ENOUGH_TO_TYPE)
    await reader.page.get_by_role("button", name="Kill it now").click()
    await expect(reader.page.get_by_text("Recap does not run")).to_be_visible()
    await reader.type_at_once("/recap")
    await reader.sees("failed with the error")
    await expect(reader.page.get_by_text("started 2 times")).to_be_visible()


async def test_dates_of_the_reader(reader: Reader) -> None:
    """The same recap, six hours earlier on Kofi's clock."""
    await reader.travel("Next Monday 09:00")
    await reader.type("/recap 7d share")
    await expect(reader.main.get_by_text("Shared by")).to_be_visible()
    post = reader.main.locator(".messages > article > .what > .by").last
    await expect(post.locator("time")).to_have_text("9:00 AM")
    await expect(reader.main.locator(".day").last).to_have_text("Today")
    await reader.page.get_by_label("You are").select_option(KOFI)
    await expect(post.locator("time")).to_have_text("3:00 AM")


async def test_clock_change(visitor: Reader) -> None:
    """The clocks of Berlin change on a Sunday; UTC never changes."""
    await visitor.travel("Next clock change")
    status = visitor.page.get_by_role("status")
    await expect(status).to_have_text(re.compile("It is Sunday .* in Europe/Berlin."))
    await visitor.page.get_by_label("of the time zone").select_option("UTC")
    await visitor.travel("Next clock change")
    await expect(status).to_have_text("The clocks of UTC do not change.")
    await visitor.travel("Now")
    await expect(visitor.page.get_by_text("travelled")).to_have_count(0)


async def test_what_is_said_stays(visitor: Reader) -> None:
    """A message that comes meanwhile takes no sentence away before anybody has read it."""
    await visitor.travel("Next clock change")
    status = visitor.page.get_by_role("status")
    await expect(status).to_contain_text("It is Sunday")
    async with visitor.page.expect_response("**/do/follow"):
        visitor.hears("While you read")
    await visitor.sees("While you read")
    await expect(status).to_contain_text("It is Sunday")
    await visitor.travel("Now")


async def test_body_of_a_request(reader: Reader) -> None:
    """On demand, with its tag; the key stays out of sight."""
    await reader.type("/recap 7d")
    await reader.sees("Recap: last 7 days")
    await reader.page.locator("#traffic summary", has_text="GET /overview").first.click()
    await expect(reader.page.locator("#traffic pre").last).to_contain_text('"total_views"')
    text = await reader.page.locator("#traffic").inner_text()
    assert "ETag" in text
    assert "stand-in-key" not in text
