"""Settings, from the environment and ``.env``, read once. README's table is compared with this."""

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    SecretStr,
    ValidationError,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import PydanticBaseSettingsSource as InitSource

from bot import setting_values
from bot.digest.engagement import ScaleSetting
from bot.digest.snapshots import WEEKS
from bot.errors import OperatorMustAct
from bot.posting.smtp import SmtpServer, smtp_server
from bot.storage.vault import keys_in
from bot.subscriptions.mailbox import Mailbox, mailbox
from bot.subscriptions.model import Managers

SLACK_APPS: Final = "https://api.slack.com/apps"
API_KEYS: Final = "https://app.creatoraudit.com/app/api-keys"
LONGEST_CATCH_UP: Final = 6 * 24
"""Hours; from the seventh day on a weekly post would overtake the next one."""

SHORTEST_MEMORY: Final = WEEKS + 1
"""Weeks; one more than a trend looks back, since a recap may come late."""

LONGEST_MEMORY: Final = 520
"""Weeks: ten years."""

FILE: Final = ".env"

Secret = Annotated[SecretStr | None, PlainValidator(setting_values.secret)]
Pasted = Annotated[str | None, AfterValidator(setting_values.stripped)]
WebAddress = Annotated[str, AfterValidator(setting_values.web_address)]
Lower = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)


class Settings(BaseSettings):
    """Everything that can be set; the description of a field is its row in the README."""

    model_config = SettingsConfigDict(
        env_file=FILE,
        env_file_encoding="utf-8-sig",  # some editors begin a file with a mark
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    creatoraudit_api_key: Secret = Field(
        default=None, description=f"Your CreatorAudit API key, from {API_KEYS}."
    )
    creatoraudit_base_url: WebAddress = Field(
        default="https://api.creatoraudit.com/v2", description="CreatorAudit's API."
    )
    slack_bot_token: Secret = Field(
        default=None,
        description="Bot User OAuth Token (`xoxb-…`): Slack app → OAuth & Permissions.",
    )
    slack_app_token: Secret = Field(
        default=None,
        description="App-Level Token (`xapp-…`) with `connections:write`: Slack app → Basic "
        "Information. When it is set, Recap uses Socket Mode and needs no public address.",
    )
    slack_signing_secret: Secret = Field(
        default=None,
        description="Signing Secret: Slack app → Basic Information. Needed without "
        "`SLACK_APP_TOKEN`: Slack then calls `/slack/events` over HTTP.",
    )
    slack_client_id: Pasted = Field(
        default=None,
        description="Client ID: Slack app → Basic Information. With it, any number of workspaces "
        "install Recap at `/slack/install`, each with its own CreatorAudit key; "
        "`SLACK_BOT_TOKEN` and `CREATORAUDIT_API_KEY` are left out.",
    )
    slack_client_secret: Secret = Field(
        default=None, description="Client Secret, beside `SLACK_CLIENT_ID`."
    )
    recap_url: WebAddress | None = Field(
        default=None,
        description="Where Recap is reached from outside, such as `https://recap.example.com`, for "
        "the addresses of installing.",
    )
    slack_api_url: WebAddress = Field(
        default="https://slack.com/api/",
        description="Base of Slack's Web API, also for opening the Socket Mode connection.",
    )
    database_url: Annotated[str, AfterValidator(setting_values.database_address)] = Field(
        default="sqlite:///recap.db",
        description="`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/DATABASE`, where "
        "subscriptions and deliveries are kept. SQLite is for one machine.",
    )
    port: int = Field(
        default=3000,
        ge=1,
        le=65535,
        description="Port of `/healthz`, `/readyz`, `/metrics` and `/slack/events`.",
    )
    recap_metrics_token: Secret = Field(
        default=None,
        description="When set, `/metrics` is shown only to who sends it as a bearer token.",
    )
    sentry_dsn: Secret = Field(
        default=None,
        description="Sends errors to Sentry, with secrets masked and without anybody's data; needs "
        "`creatoraudit-recap[sentry]`.",
    )
    otel_exporter_otlp_endpoint: WebAddress | None = Field(
        default=None,
        description="Sends traces to an OpenTelemetry collector over HTTP, such as "
        "`http://localhost:4318`; needs `creatoraudit-recap[otel]`. The environment's other "
        "`OTEL_…` are heeded, too.",
    )
    log_format: Annotated[Literal["console", "json"], Lower] = Field(
        default="console", description="`console` for people, `json` for log collectors."
    )
    engagement_rate_scale: Annotated[ScaleSetting, Lower] = Field(
        default=ScaleSetting.AUTO,
        description="How CreatorAudit sends the engagement rate: `percent` (4.2), `fraction` "
        "(0.042), or `auto` to measure it once.",
    )
    recap_locale: Annotated[str, AfterValidator(setting_values.locale)] = Field(
        default="en", description="How numbers and dates are written: `en`, `en_GB`, `de`, …"
    )

    recap_encryption_keys: Annotated[
        SecretStr | None, PlainValidator(setting_values.encryption_keys)
    ] = Field(
        default=None,
        description="What Slack's tokens, CreatorAudit's keys and the addresses of targets are "
        "sealed with in the database: keys from `recap keys new`, with commas between them. The "
        "first one seals, all of them open. Keep them apart from the database's backups.",
    )
    recap_managers: Annotated[Managers, Lower] = Field(
        default=Managers.ANYONE,
        description="Who may change a subscription: `anyone` in the channel, or "
        "`contact_and_admins`: who set it up and workspace admins.",
    )
    recap_catch_up_hours: int = Field(
        default=48,
        ge=0,
        le=LONGEST_CATCH_UP,
        description="After a downtime, the latest post that is at most this many hours late (0 to "
        "144) is still sent, and says how late it is.",
    )
    recap_snapshot_weeks: int = Field(
        default=60,
        ge=SHORTEST_MEMORY,
        le=LONGEST_MEMORY,
        description="For how many weeks Recap keeps the figures that it posted (9 to 520), to "
        "compare new ones with.",
    )
    recap_webhook_hosts: Annotated[str | None, AfterValidator(setting_values.hosts)] = Field(
        default=None,
        description="Your own hosts, with commas between them, that recaps may be sent to although "
        "they are in a private network or speak plain http. Everything else that people name must "
        "be public and speak https.",
    )
    recap_webhook_secret: Secret = Field(
        default=None,
        description="Signs what goes to a webhook that is none of a known chat's: "
        "`X-Recap-Signature: t=SECONDS,v1=HMAC`, the HMAC-SHA256 of `SECONDS.BODY` in hexadecimal "
        "digits.",
    )

    smtp_url: Annotated[SecretStr | None, PlainValidator(setting_values.smtp)] = Field(
        default=None,
        description="The mail server: `smtp://USER:PASSWORD@HOST:587` insists on STARTTLS, "
        "`smtps://USER:PASSWORD@HOST:465` begins with TLS. A relay that knows neither: "
        "`smtp://HOST:25?starttls=never`, which takes no password.",
    )
    mail_from: Annotated[str | None, PlainValidator(setting_values.sender)] = Field(
        default=None, description="Who mails come from: `Recap <recap@example.com>`."
    )
    mail_unsubscribe_url: Annotated[str, AfterValidator(setting_values.one_click)] | None = Field(
        default=None,
        description="An https address of yours that takes a POST as the wish to get no more mails "
        "(RFC 8058); `{address}` in it becomes the recipient's. Without it, readers are asked to "
        "write to `MAIL_FROM`.",
    )

    @property
    def own_hosts(self) -> frozenset[str]:
        """``recap_webhook_hosts`` one by one, in lower case."""
        listed = (self.recap_webhook_hosts or "").lower().split(",")
        return frozenset(filter(None, map(str.strip, listed)))

    @property
    def encryption_keys(self) -> tuple[str, ...]:
        """``recap_encryption_keys`` one by one."""
        held = self.recap_encryption_keys
        return keys_in(held.get_secret_value()) if held else ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret value, for the log to mask."""
        held = (
            self.creatoraudit_api_key,
            self.slack_bot_token,
            self.slack_app_token,
            self.slack_signing_secret,
            self.slack_client_secret,
            self.recap_webhook_secret,
            self.recap_metrics_token,
            self.sentry_dsn,
        )
        kept = [*(one.get_secret_value() for one in held if one), *self.encryption_keys]
        if password := urlsplit(self.database_url).password:
            kept.append(password)
        if self.smtp_url:
            url = self.smtp_url.get_secret_value()
            kept += [one for one in (smtp_server(url).password, urlsplit(url).password) if one]
        return tuple(dict.fromkeys(kept))

    @property
    def web_api(self) -> str:
        """``slack_api_url`` as slack_sdk wants it, with a slash at its end."""
        return self.slack_api_url.rstrip("/") + "/"


class GivenSettings(Settings):
    """Settings of which nothing comes from the machine: what the demo and the tests run with."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 -- the signature is pydantic's
        init_settings: InitSource,
        env_settings: InitSource,  # noqa: ARG003
        dotenv_settings: InitSource,  # noqa: ARG003
        file_secret_settings: InitSource,  # noqa: ARG003
    ) -> tuple[InitSource, ...]:
        """Only what is passed in counts."""
        return (init_settings,)


def load() -> Settings:
    """The settings.

    Raises:
        OperatorMustAct: One of them is impossible; the sentence names it and what it must be.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise setting_error(" ".join(map(_sentence, error.errors()))) from None
    except UnicodeDecodeError:
        raise setting_error(f"{FILE} can't be read: save it as UTF-8.") from None
    except OSError as error:
        raise setting_error(f"{FILE} can't be read: {error.strerror}.") from None


def setting_error(sentence: str) -> OperatorMustAct:
    """A setting is missing or impossible; people in Slack never see this one."""
    return OperatorMustAct("Recap is not set up yet. Ask whoever runs it.", sentence)


def _sentence(problem: ErrorDetails) -> str:
    name = str(problem["loc"][0]).upper() if problem["loc"] else "A setting"
    why = str(problem["msg"]).removeprefix("Value error, ")
    return f"{name} can't be used: {why[:1].lower()}{why[1:]}."


def for_creatoraudit(settings: Settings) -> str:
    """The CreatorAudit key.

    Raises:
        OperatorMustAct: It is not set.
    """
    if settings.creatoraudit_api_key is None:
        raise setting_error(f"CREATORAUDIT_API_KEY is not set: create a key at {API_KEYS}.")
    return settings.creatoraudit_api_key.get_secret_value()


def bot_token(settings: Settings) -> str:
    """The bot token.

    Raises:
        OperatorMustAct: It is not set, or it is another kind of token.
    """
    if settings.slack_bot_token is None:
        raise setting_error(
            f"SLACK_BOT_TOKEN is not set: open your app at {SLACK_APPS}, OAuth & Permissions, and "
            "copy the Bot User OAuth Token (xoxb-…)."
        )
    token = settings.slack_bot_token.get_secret_value()
    if token.startswith(("xapp-", "xoxp-")):
        raise setting_error(
            "SLACK_BOT_TOKEN holds another kind of token: the Bot User OAuth Token begins with "
            "xoxb-."
        )
    return token


def app_token(settings: Settings) -> str | None:
    """The app-level token; None means that Slack delivers over HTTP.

    Raises:
        OperatorMustAct: It is another kind of token.
    """
    if settings.slack_app_token is None:
        return None
    token = settings.slack_app_token.get_secret_value()
    if token.startswith(("xoxb-", "xoxp-")):
        raise setting_error(
            "SLACK_APP_TOKEN holds another kind of token: the App-Level Token begins with xapp-."
        )
    return token


def signing_secret(settings: Settings) -> str:
    """The signing secret; empty only in Socket Mode, where nothing is signed.

    Raises:
        OperatorMustAct: Neither it nor the app-level token is set, so Slack could not reach Recap.
    """
    if settings.slack_signing_secret is not None:
        return settings.slack_signing_secret.get_secret_value()
    if settings.slack_app_token is None:
        raise setting_error(
            "Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set: open your app at "
            f"{SLACK_APPS}, Basic Information, and copy an App-Level Token (Socket Mode) or the "
            "Signing Secret (HTTP)."
        )
    return ""


def for_mail(settings: Settings) -> tuple[SmtpServer, Mailbox]:
    """The mail server and who mails come from.

    Raises:
        OperatorMustAct: One of them is not set.
    """
    if settings.smtp_url is None:
        raise setting_error(
            "SMTP_URL is not set: it names the mail server, smtp://USER:PASSWORD@HOST:587."
        )
    if settings.mail_from is None:
        raise setting_error(
            "MAIL_FROM is not set: it names who mails come from, Recap <recap@example.com>."
        )
    return smtp_server(settings.smtp_url.get_secret_value()), mailbox(settings.mail_from)
