"""The product's own Web API client, with all that Recap asks to be allowed."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlackStandIn
from bot.posting.scopes import SCOPES
from bot.posting.slack import web_client, web_session


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    slack.scopes = frozenset(SCOPES)
    async with web_session() as session:
        yield web_client(slack.bot_token, slack.api_url, session)
