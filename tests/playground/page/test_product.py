"""Everything that the product sends is drawn: nothing ends in a box for the unknown."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from bot.digest.builder import build_digest
from bot.digest.model import Digest
from bot.digest.periods import Period
from bot.digest.preferences import Ask, Preferences
from bot.errors import TryLater
from bot.playground.page.blocks import render_blocks
from bot.playground.slack_state import initial
from bot.rendering import contact, form, home, notices, receipt, subscription
from bot.rendering.blocks import render_private, render_shared
from bot.rendering.numbers import Numbers
from bot.rendering.scheduled import Occasion, render_scheduled
from bot.rendering.subscription import Standing
from bot.rendering.thread import render_thread
from bot.subscriptions.model import Pause, paused
from tests.digest.examples import account, tracked, whole
from tests.examples import NOON, digest, overview, owed, rich
from tests.examples import subscription as subscribed
from tests.playground.page.examples import VIEWER, Page, read
from tests.rendering.test_slack_takes_everything import digests, locales

Blocks = Sequence[dict[str, Any]]
ENGLISH = Numbers()
ONE = subscribed()
WEEK = tracked({"1": (900, 400), "2": (100, 500)}, account("1", "a"), account("2", "b"))
BUILT = build_digest(whole(overview(), WEEK), Period.WEEK, Preferences(), NOON)


def recaps(digest: Digest, numbers: Numbers = ENGLISH) -> Iterator[tuple[str, Blocks]]:
    """Every form of a recap, and its receipt."""
    yield "private", render_private(digest, Ask(digest.period), numbers, subscribed=False).blocks
    yield "shared", render_shared(digest, numbers, shared_by="U1").blocks
    occasion = Occasion("U2", "2 hours late.", "Posted at 11:00.", "Nov 16", "Corrected.")
    yield "posted", render_scheduled(digest, ONE, occasion, numbers).blocks
    for reply in render_thread(digest, numbers, classic=False):
        yield "thread", reply.blocks
        yield "thread in words", reply.classic
    yield "receipt", receipt.view(receipt.parts(digest, numbers))["blocks"]


def around() -> Iterator[tuple[str, Blocks]]:
    """What is said about subscriptions, and everything else."""
    slots, stopped = ONE.upcoming(3), paused(ONE, Pause.ARCHIVED)
    yield "form", form.view("C1", None, form.filled(ONE))["blocks"]
    yield "form again", form.view("C1", ONE, form.filled(ONE), note="Changed.")["blocks"]
    standings = [Standing(ONE), Standing(subscribed(id="s2"), owed())]
    yield "home", home.view(standings, "Connected.", ENGLISH, nonce="1")["blocks"]
    yield "empty home", home.view([], "Connected.", ENGLISH, nonce="1")["blocks"]
    yield "help", notices.help_message().blocks
    yield "misread", notices.misread("<b>?", "/recap 7d").blocks
    yield "failure", notices.failure(TryLater("Busy.", "x"), Ask()).blocks
    yield "bug", notices.bug("ref-1").blocks
    yield "window", notices.window(notices.plain("Wait."))["blocks"]
    yield "paused", contact.paused(stopped, Pause.ARCHIVED).blocks
    yield "resumed", contact.resumed(ONE, ENGLISH).blocks
    yield "missed", contact.missed(ONE, tuple(slots), 3, ENGLISH).blocks
    yield "unconfirmed", contact.unconfirmed(ONE, owed(), ENGLISH).blocks
    yield "refused", contact.failed(ONE, owed()).blocks
    yield "late", contact.late(ONE, owed(), ENGLISH).blocks
    yield "intro", subscription.intro(ONE, "U1", ENGLISH).blocks
    yield "confirmed", subscription.confirmed(stopped, ENGLISH, head="Paused.").blocks
    yield "status", subscription.status(Standing(ONE), "Connected.", ENGLISH).blocks
    yield "list", subscription.listing(standings, ENGLISH).blocks
    yield "skipped", subscription.skipped(ONE, slots[0], ENGLISH).blocks
    yield "last", subscription.delivered(owed(), ONE.schedule, ENGLISH).blocks


def drawn(blocks: Blocks) -> Page:
    page = read(render_blocks(list(blocks), VIEWER, values=initial(list(blocks))))
    assert "Slack would show" not in page.text
    assert "\N{REPLACEMENT CHARACTER}" not in page.text
    return page


@pytest.mark.parametrize("made", [rich(), digest(), BUILT], ids=["rich", "plain", "built"])
def test_recaps(made: Digest) -> None:
    """Each form of a recap shows its heading; its marks and dates are read, not shown."""
    shown = {name: drawn(blocks) for name, blocks in recaps(made)}
    for name in ("private", "shared", "posted"):
        assert "\nRecap: last 7 days\n" in shown[name].text
        # A post says with its own time when it was made.
        dated = "From CreatorAudit, Today at 1:00 PM." in shown[name].text
        assert dated is (name != "posted")
        assert not {"<!date", ":warning:", "&amp;"} & set(shown[name].text.split())
    assert shown["shared"].text.count("Shared by @mia") == 1


def test_a_rich_thread() -> None:
    """The charts and the table are drawn, with the numbers of each chart for the ear."""
    page = drawn(dict(recaps(rich()))["thread"])
    tags = [tag for tag, _ in page.tags]
    charts = [one for tag, one in page.tags if tag == "svg" and one.get("role") == "img"]
    assert len(charts) == 2
    assert tags.count("table") == 3
    assert tags.count("rect") > 7
    assert tags.count("circle") == 8


@pytest.mark.parametrize(("name", "blocks"), list(around()), ids=lambda one: str(one)[:16])
def test_everything_else(name: str, blocks: Blocks) -> None:
    """Messages, windows and the Home; every button of them can be pressed."""
    page = drawn(blocks)
    assert page.text.strip(), name
    sent = [
        element["action_id"]
        for block in blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]
    assert [one["data-action"] for tag, one in page.tags if tag == "button"] == sent


def test_mistakes_in_the_form() -> None:
    """The sentences of the app stand below their questions."""
    blocks = form.view("C1", None, form.filled(ONE))["blocks"]
    values: dict[str, Any] = initial(blocks)
    values["days"]["value"]["selected_options"] = []
    values["at"]["value"]["selected_time"] = None
    mistakes = form.read(values)
    assert isinstance(mistakes, dict)
    page = read(render_blocks(blocks, VIEWER, errors=mistakes, values=values))
    alerts = [one["id"] for _, one in page.tags if one.get("role") == "alert"]
    assert alerts == ["bk-days-value-error", "bk-at-value-error"]
    assert not [one for _, one in page.tags if "checked" in one]
    assert "Choose at least one day.\nTime" in page.text


def test_when_is_the_readers() -> None:
    """The same recap, read the day after."""
    later = replace(VIEWER, now=NOON + timedelta(days=1))
    page = read(render_blocks(list(dict(recaps(rich()))["private"]), later))
    assert "From CreatorAudit, Yesterday at 1:00 PM." in page.text


@settings(deadline=None, max_examples=15)
@given(digests, locales)
def test_any_digest(made: Digest, numbers: Numbers) -> None:
    """Whatever is in it."""
    for _, blocks in recaps(made, numbers):
        drawn(blocks)
