"""Who is reached through the proxy of the environment."""

import aiohttp
import pytest

from bot.errors import OperatorMustAct
from bot.playground.slack import SlackStandIn
from bot.posting.slack import Person, ResponseUrl, web_client
from bot.proxies import proxy_for
from bot.rendering import notices

PROXY = "http://proxy:3128"


@pytest.fixture(autouse=True)
def behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else of the machine's own."""
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "slack.internal")


@pytest.mark.parametrize(
    ("address", "proxy"),
    [
        ("https://slack.com/api/", PROXY),
        ("wss://wss-primary.slack.com/link", PROXY),
        ("http://slack.com/", None),
        ("https://slack.internal/api/", None),
        ("https://127.0.0.1:9/api/", None),
        ("https://[::1]:9/api/", None),
        ("https://localhost/api/", None),
    ],
)
def test_proxy_for(address: str, proxy: str | None) -> None:
    """By the address's own scheme; never this machine itself, and never what NO_PROXY names."""
    assert proxy_for(address) == proxy


@pytest.mark.parametrize(
    "proxy", ["proxy:3128", "socks5://proxy:1080", "http://[::1", "http://proxy:x", "http://"]
)
def test_a_proxy_that_can_not_be_used(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """One sentence, and no traceback."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(OperatorMustAct, match="HTTPS_PROXY or HTTP_PROXY can't be used"):
        web_client(None, "https://slack.com/api/")


def test_slack_behind_the_proxy() -> None:
    """What slack_sdk finds by itself is not asked."""
    assert web_client(None, "https://slack.com/api/").proxy == PROXY
    assert web_client(None, "https://slack.internal/api/").proxy is None


async def test_slack_on_this_machine(slack: SlackStandIn) -> None:
    """As in the demo: nothing is sent to a proxy that knows nothing of this machine."""
    url = slack._calls.new_response_url("U0MIA", "C0MARKETING")
    async with aiohttp.ClientSession() as session:
        client = web_client(slack.bot_token, slack.api_url, session)
        assert (await client.auth_test())["user"] == "recap"
        await ResponseUrl(url, Person("C0MARKETING", "U0MIA"), client).private(notices.plain("Hi."))
    assert slack.workspace.messages[0].text == "Hi."
