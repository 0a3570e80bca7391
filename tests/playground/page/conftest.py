"""The page over its stage, and a real Chromium in front of it."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.playground.page.server import serving
from bot.playground.page.show import BROWSERS
from bot.playground.page.stage import Stage, open_stage
from bot.playground.page.workspace import said
from bot.playground.slack_workspace import BOT, Message

MIA, KOFI, MARKETING = "U0MIA", "U0KOFI", "C0MARKETING"
NEEDED = "RECAP_TESTS_NEED_CHROMIUM"
MISSING = f"no Chromium on PATH; with {NEEDED} in the environment that is a failure"
PATIENCE = 30_000
"""Milliseconds; the machine may be busy with other tests."""

REFUSED = "Content Security Policy"

expect.set_options(timeout=PATIENCE)


@dataclass
class Served:
    """The page on a port of its own."""

    stage: Stage
    address: str

    def public(self, channel: str = MARKETING) -> list[Message]:
        """What the app has posted for the whole channel, without the threads."""
        seen = self.stage.slack.workspace.seen_by("nobody", channel)
        return [one for one in seen if one.user == BOT and one.thread_ts is None]

    def recaps(self, channel: str = MARKETING) -> list[Message]:
        """The recaps among them."""
        return [one for one in self.public(channel) if one.text.startswith("Recap:")]


@dataclass
class Reader:
    """A person in front of the page."""

    page: Page
    served: Served

    @property
    def main(self) -> Locator:
        """The centre of the page."""
        return self.page.get_by_role("main")

    @property
    def window(self) -> Locator:
        """The open modal."""
        return self.page.locator("#window")

    async def type(self, text: str) -> None:
        """Type ``text`` into the message box and send it, once there is an app to take it."""
        slack = self.served.stage.slack
        await slack.until(lambda: slack.connected)
        await self.type_at_once(text)

    async def type_at_once(self, text: str) -> None:
        """The same, whether or not there is an app."""
        box = self.page.get_by_label("Message in")
        await box.fill(text)
        await box.press("Enter")

    async def press(self, name: str) -> None:
        """Press the newest button in the channel that reads so."""
        await self.main.locator("button", has_text=name).last.click()

    async def sees(self, text: str) -> None:
        """Wait until the channel shows ``text``."""
        await expect(self.main.get_by_text(text).last).to_be_visible()

    def hears(self, text: str) -> None:
        """Kofi says ``text`` in #marketing."""
        stage = self.served.stage
        messages, at = stage.slack.workspace.messages, stage.clock.now().timestamp()
        messages.append(said(MARKETING, KOFI, text, at, len(messages)))
        stage.news.happened()

    async def travel(self, button: str) -> None:
        """Press one of the clock's buttons."""
        await self.page.get_by_role("group", name="Travel in time").get_by_text(button).click()

    async def switch(self, name: str) -> None:
        """Turn a fault on or off."""
        await self.page.get_by_role("switch", name=name).click()

    async def subscribes(self) -> None:
        """In one line, and until the channel knows."""
        await self.type("/recap subscribe mon 09:00 Europe/Berlin")
        await self.sees("Done.")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all; who has none can test the rest, but CI may not go on without."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        (pytest.fail if NEEDED in os.environ else pytest.skip)(MISSING)
    # Chromium refuses to run as root within its sandbox; it sees nothing but our own page.
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=root)
        yield browser
        await browser.close()


@asynccontextmanager
async def opened() -> AsyncIterator[Served]:
    """A stage with the page over it; its Slack is as patient as the tests are."""
    async with open_stage() as stage, serving(stage, "127.0.0.1", 0) as address:
        stage.slack.patience = PATIENCE / 1000
        yield Served(stage, address)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared() -> AsyncIterator[Served]:
    """A stage for every test that leaves it as it was, or does not mind what others have said."""
    async with opened() as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session")
async def served() -> AsyncIterator[Served]:
    """A stage of its own, with the app in its process, and the page over it."""
    async with opened() as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session")
async def reader(served: Served, browser: Browser) -> AsyncIterator[Reader]:
    """Mia, who has the page open, on a stage of her own."""
    async with reading(served, browser) as reader:
        yield reader


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(shared: Served, browser: Browser) -> AsyncIterator[Reader]:
    """Mia at the stage that tests share."""
    async with reading(shared, browser) as reader:
        yield reader


@asynccontextmanager
async def reading(served: Served, browser: Browser) -> AsyncIterator[Reader]:
    """The page in a tab; an error in its script fails the test."""
    errors: list[str] = []
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if REFUSED in said.text else None)
    await page.goto(served.address)
    yield Reader(page, served)
    await context.close()
    assert errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that is no browser."""
    async with aiohttp.ClientSession() as session:
        yield session
