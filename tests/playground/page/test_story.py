"""What a newcomer does on the page, in a real Chromium, with the real app behind it."""

import re

import pytest
from playwright.async_api import expect

from bot.playground.page.ledger import newest
from tests.playground.page.conftest import KOFI, MIA, Reader

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_recap_and_share(reader: Reader) -> None:
    """Typed, redrawn for another window in place, and shared with everybody."""
    await reader.type("/recap 7d")
    await reader.sees("Recap: last 7 days")
    await reader.sees("Only visible to you")
    await reader.press("30 days")
    await reader.sees("Recap: last 30 days")
    await expect(reader.main.get_by_text("Recap: last 7 days")).to_have_count(0)
    await reader.press("Share to channel")
    await reader.sees("Shared by @Mia")
    assert len(reader.served.recaps()) == 1
    await reader.page.get_by_label("You are").select_option(KOFI)
    await reader.sees("Shared by @Mia")
    await expect(reader.main.get_by_text("Only visible to you")).to_have_count(0)


async def test_private_channel_is_left(reader: Reader) -> None:
    """Kofi is no member of the leads' channel: the page shows him another one."""
    await reader.page.get_by_role("link", name="leads").click()
    await reader.sees("Numbers for the leads only")
    await reader.page.get_by_label("You are").select_option(KOFI)
    await expect(reader.main.get_by_role("heading", name="marketing")).to_be_visible()
    await expect(reader.page).to_have_url(re.compile("channel=C0MARKETING"))
    await expect(reader.page.get_by_role("link", name="leads")).to_have_count(0)


async def test_next_week_has_numbers_of_its_own(reader: Reader) -> None:
    """The organization lives by the same clock."""
    await reader.subscribes()
    for week in (1, 2):
        await reader.travel("Next Monday 09:00")
        await expect(reader.main.get_by_text("1 reply")).to_have_count(week)
    first, second = reader.served.recaps()
    assert first.text.splitlines()[1] != second.text.splitlines()[1]


async def test_subscription_from_the_window_to_its_end(reader: Reader) -> None:
    """No time, then one; a Monday with one post; the next one left out; and no more."""
    await reader.type("/recap")
    await reader.press("Subscribe this channel")
    await reader.window.get_by_label("Time", exact=True).fill("")
    await reader.window.get_by_label("Rank creators by").select_option("gain")
    await reader.window.get_by_role("button", name="Subscribe").click()
    alert = reader.window.get_by_role("alert")
    await expect(alert).to_have_text(re.compile("Please complete this required field."))
    await expect(reader.window.get_by_label("Time", exact=True)).to_be_focused()
    await expect(reader.window.get_by_label("Rank creators by")).to_have_value("gain")
    await reader.window.get_by_label("Time", exact=True).fill("09:00")
    await reader.window.get_by_role("button", name="Subscribe").click()
    await expect(reader.window).to_be_hidden()
    await reader.sees("Done.")
    await reader.travel("Next Monday 09:00")
    await expect(reader.main.get_by_text("1 reply")).to_be_visible()
    assert len(reader.served.recaps()) == 1
    await reader.press("Skip next")
    await reader.sees("is skipped")
    await reader.press("Unsubscribe")
    question = reader.page.get_by_role("dialog", name="Unsubscribe this channel?")
    await question.get_by_role("button", name="Unsubscribe").click()
    await reader.sees("is unsubscribed. Recap posts nothing there.")
    await reader.travel("Next Monday 09:00")
    await reader.travel("+1 hour")
    assert len(reader.served.recaps()) == 1


async def test_nothing_is_confirmed_by_escape(reader: Reader) -> None:
    """The question goes away, and the subscription stays."""
    await reader.subscribes()
    await reader.press("Unsubscribe")
    await expect(
        reader.page.get_by_role("dialog", name="Unsubscribe this channel?")
    ).to_be_visible()
    await reader.page.keyboard.press("Escape")
    await expect(reader.page.get_by_role("dialog")).to_have_count(0)
    await reader.type("/recap status")
    await reader.sees("Next:")
    assert not any("is unsubscribed" in one.text for one in reader.served.public())


async def test_lost_answer(reader: Reader) -> None:
    """Slack has the post and its answer is lost: Recap looks, and there is one post."""
    await reader.subscribes()
    await reader.switch("Lose an answer")
    await reader.travel("Next Monday 09:00")
    traffic = reader.page.get_by_role("region", name="Traffic")
    await expect(traffic.get_by_text("no answer")).to_be_visible()
    await reader.travel("+1 minute")
    await expect(reader.page.get_by_text(re.compile(r"^sent recap for #marketing"))).to_be_visible()
    await expect(traffic.get_by_text("POST conversations.history")).to_be_visible()
    assert len(reader.served.recaps()) == 1


async def test_killed_while_it_posts(reader: Reader) -> None:
    """The next process finds what the killed one had posted."""
    await reader.subscribes()
    first = reader.served.stage.app.pid
    await reader.switch("Die while posting")
    await reader.travel("Next Monday 09:00")
    await expect(reader.page.get_by_text("started 2 times")).to_be_visible()
    await reader.travel("+1 minute")
    await reader.travel("+1 minute")
    await expect(reader.page.get_by_text(re.compile(r"^sent recap for #marketing"))).to_be_visible()
    assert reader.served.stage.app.pid != first
    assert len(reader.served.recaps()) == 1


async def test_removed_bot(reader: Reader) -> None:
    """The contact is told, with a Resume button; an invitation lets it go on."""
    await reader.subscribes()
    await reader.switch("Recap is not in this channel")
    await expect(reader.page.get_by_role("link", name=re.compile("Recap.*1 new"))).to_be_visible()
    await reader.page.get_by_role("link", name=re.compile("Recap.*1 new")).click()
    await reader.page.get_by_role("link", name=re.compile("^Messages")).click()
    await reader.sees("is paused: Recap is not in the channel.")
    await expect(reader.main.get_by_role("button", name="Resume")).to_be_visible()
    await reader.page.get_by_role("link", name="marketing", exact=True).click()
    await reader.type("/invite @Recap")
    await expect(
        reader.page.get_by_role("switch", name="Recap is not in this channel")
    ).not_to_be_checked()
    await reader.page.get_by_role("link", name=re.compile("^Recap")).click()
    await reader.page.get_by_role("link", name=re.compile("^Messages")).click()
    await reader.sees("goes on.")


async def test_home(reader: Reader) -> None:
    """Empty at first; then with a subscription that can be paused there."""
    await reader.page.get_by_role("link", name="Recap", exact=True).click()
    await reader.sees("Connected to CreatorAudit")
    await reader.page.get_by_role("link", name="marketing", exact=True).click()
    await reader.subscribes()
    await reader.page.get_by_role("link", name="Recap", exact=True).click()
    await reader.main.get_by_role("button", name="Pause #marketing").click()
    await expect(reader.main.get_by_role("button", name="Resume #marketing")).to_be_visible()


async def test_window_where_recap_is_no_member(reader: Reader) -> None:
    """The app's own refusal stands at a block of the window, which stays open."""
    await reader.page.get_by_role("link", name="launch", exact=True).click()
    await reader.type("/recap subscribe")
    await reader.window.get_by_role("button", name="Subscribe").click()
    await expect(reader.window.get_by_role("alert")).to_have_text(re.compile("/invite"))
    await reader.page.keyboard.press("Escape")
    await expect(reader.window).to_be_hidden()
    assert reader.served.stage.slack.workspace.windows[MIA] == []


async def test_faults_of_creatoraudit_and_of_blocks(reader: Reader) -> None:
    """No recap while the API is down; words instead of tables where Slack refuses them."""
    await reader.switch("CreatorAudit is down")
    await reader.type("/recap 90d")
    await expect(reader.main.get_by_role("button", name="Try again")).to_be_visible()
    await reader.switch("CreatorAudit is down")
    await reader.press("Try again")
    await reader.sees("Recap: last 90 days")
    await reader.subscribes()
    await reader.switch("Tables and charts are refused")
    await reader.switch("Half of the accounts are behind")
    await reader.travel("Next Monday 09:00")
    await reader.main.get_by_text("1 reply").click()
    await expect(reader.main.locator("details.thread article")).to_be_visible()
    await expect(reader.main.locator("details.thread table")).to_have_count(0)


async def test_busy_slack(reader: Reader) -> None:
    """429 until the switch is off; then one post, after the wait that Slack asked for."""
    await reader.subscribes()
    await reader.switch("Slack is busy")
    await reader.travel("Next Monday 09:00")
    await expect(reader.page.get_by_text("429 ratelimited").first).to_be_visible()
    await reader.switch("Slack is busy")
    await reader.travel("+1 minute")
    await expect(reader.main.get_by_text("1 reply")).to_be_visible()
    assert len(reader.served.recaps()) == 1
    assert reader.served.stage.slack.undercut == 0


async def test_ledger_row(reader: Reader) -> None:
    """What the panel shows is what the app has written down."""
    await reader.subscribes()
    await reader.travel("Next Monday 09:00")
    row = reader.page.locator("#ledger details", has_text="sent recap")
    await row.get_by_text("sent recap").click()
    one = next(one for one in newest(reader.served.stage.database) if one.values["kind"] == "recap")
    await expect(row.get_by_text(str(one.values["key"]))).to_be_visible()
    await expect(row.get_by_text(reader.served.recaps()[0].ts, exact=True)).to_be_visible()
