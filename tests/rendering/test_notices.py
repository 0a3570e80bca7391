"""Everything else that Recap says in Slack."""

import pytest

from bot.digest.periods import Period
from bot.digest.preferences import Ask, Preferences
from bot.errors import TryLater
from bot.playground.slack_blocks import check_view
from bot.rendering import buttons, notices
from bot.rendering.blocks import SlackMessage, render_private
from bot.rendering.limits import sections
from bot.rendering.numbers import Numbers
from tests.examples import digest
from tests.rendering.checks import HOSTILE, buttons_of, shown, taken

MONTH = Ask(Period.MONTH, Preferences(3))


@pytest.mark.parametrize(
    ("message", "lines"),
    [
        (notices.working(MONTH), ["Working on the last 30 days…"]),
        (notices.shared(MONTH), ["The recap of the last 30 days is in the channel."]),
        (
            notices.misread("“<x>” is no time.", "/recap 7d"),
            [
                "“&lt;x&gt;” is no time.",
                "Did you mean `/recap 7d`?",
                f"Usage: `{notices.USAGE}`",
            ],
        ),
        (
            notices.bug("ab12"),
            [
                "Something went wrong in Recap itself, so there is no answer.",
                "Tell whoever runs Recap this reference: `ab12`",
            ],
        ),
        (notices.failure(TryLater("Busy & late.", "503"), None), ["Busy &amp; late."]),
        (notices.plain("One.\nTwo <3."), ["One.", "Two &lt;3."]),
    ],
)
def test_sentences(message: SlackMessage, lines: list[str]) -> None:
    """The same for the eye and for the ear, and no button."""
    assert taken(message) == shown(message) == lines
    assert buttons_of(message) == []


def test_help() -> None:
    """Every command with what it does."""
    lines = taken(notices.help_message())
    assert lines[0] == "*Recap sums up your CreatorAudit numbers.*"
    assert lines[1:] == [f"`{example}`  {meaning}" for example, meaning in notices.EXAMPLES]
    assert shown(notices.help_message()) == lines


def test_a_failed_recap_can_be_asked_for_again() -> None:
    """The button asks the same."""
    message = notices.failure(TryLater("Busy.", "503"), MONTH)
    assert taken(message) == ["Busy."]
    assert buttons_of(message) == [("Try again", "recap_show_30d", buttons.pack(MONTH))]


def test_window() -> None:
    """A message in a window of its own."""
    view = notices.window(notices.plain("It is done."))
    assert check_view(view) == []
    assert view == {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Recap", "emoji": True},
        "close": {"type": "plain_text", "text": "Close", "emoji": True},
        "blocks": list(sections(["It is done."])),
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts(text: str) -> None:
    """What was typed and what another side answered pings nobody."""
    taken(notices.misread(text, text))
    taken(notices.plain(text))
    taken(notices.bug(text))
    taken(notices.failure(TryLater(text, text), MONTH))


@pytest.mark.parametrize(
    ("subscribed", "offered"),
    [
        (None, []),
        (False, [("Subscribe this channel", buttons.SUBSCRIBE, buttons.pack(MONTH))]),
        (True, [("Manage subscription", buttons.MANAGE, buttons.pack(MONTH))]),
    ],
)
def test_a_recap_offers_a_subscription(
    offered: list[tuple[str, str, str]], *, subscribed: bool | None
) -> None:
    """To set one up or to change it, with the window and the top that were just looked at."""
    message = render_private(digest(), MONTH, Numbers(), subscribed=subscribed)
    taken(message)
    assert buttons_of(message)[4:-1] == offered
