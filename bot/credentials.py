"""What the settings say of the Slack app that workspaces install."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin

from bot.settings import SLACK_APPS, Settings, setting_error

INSTALL: Final = "/slack/install"
REDIRECT: Final = "/slack/oauth_redirect"


@dataclass(frozen=True, slots=True)
class SlackApp:
    """The app, as Slack knows it.

    Attributes:
        client_id: Its id.
        client_secret: What proves that we are it.
        authorize_url: Where people allow it into their workspace.
        redirect_uri: Where Slack sends them back to; None for the one that the app names.
        install_url: Where installing begins; None where ``RECAP_URL`` is not set.
    """

    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    redirect_uri: str | None
    install_url: str | None


def slack_app(settings: Settings) -> SlackApp | None:
    """The app that workspaces install; None where Recap serves the one of ``SLACK_BOT_TOKEN``.

    Raises:
        OperatorMustAct: Only half of it is set, or something that can't be beside it.
    """
    if settings.slack_client_id is None and settings.slack_client_secret is None:
        return None
    if settings.slack_client_id is None or settings.slack_client_secret is None:
        raise setting_error(
            "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET go together: open your app at "
            f"{SLACK_APPS}, Basic Information, and copy both."
        )
    for name, held in (
        ("SLACK_BOT_TOKEN", settings.slack_bot_token),
        ("CREATORAUDIT_API_KEY", settings.creatoraudit_api_key),
    ):
        if held is not None:
            raise setting_error(
                f"{name} and SLACK_CLIENT_ID can't both be set: with SLACK_CLIENT_ID, each "
                "workspace that installs Recap brings its own. Leave one of them out."
            )
    if not settings.encryption_keys:
        raise setting_error(
            "RECAP_ENCRYPTION_KEYS is not set, and the tokens of workspaces are kept sealed only: "
            "`recap keys new` makes a key."
        )
    return SlackApp(
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret.get_secret_value(),
        authorize_url=urljoin(settings.web_api, "../oauth/v2/authorize"),
        redirect_uri=public_url(settings, REDIRECT),
        install_url=public_url(settings, INSTALL),
    )


def public_url(settings: Settings, path: str) -> str | None:
    """Where browsers find ``path`` of Recap; None where ``RECAP_URL`` is not set."""
    return settings.recap_url and f"{settings.recap_url.rstrip('/')}{path}"
