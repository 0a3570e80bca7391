"""Settings: read once, and one sentence for each thing that is wrong."""

import errno
import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.credentials import SlackApp, slack_app
from bot.digest.engagement import ScaleSetting
from bot.errors import OperatorMustAct
from bot.settings import (
    GivenSettings,
    Settings,
    app_token,
    bot_token,
    for_creatoraudit,
    for_mail,
    load,
    signing_secret,
)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine, and no ``.env`` of the working directory, gets in."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_defaults() -> None:
    """Nothing has to be set to begin with."""
    settings = load()
    assert settings.creatoraudit_base_url == "https://api.creatoraudit.com/v2"
    assert settings.web_api == "https://slack.com/api/"
    assert settings.database_url == "sqlite:///recap.db"
    assert settings.port == 3000
    assert settings.log_format == "console"
    assert settings.engagement_rate_scale is ScaleSetting.AUTO
    assert settings.recap_snapshot_weeks == 60
    assert settings.secrets == ()


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pasted secret loses the white space around it and never shows in a repr."""
    monkeypatch.setenv("CREATORAUDIT_API_KEY", "  key-1\n")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api")
    monkeypatch.setenv("LOG_FORMAT", "JSON")
    settings = load()
    assert for_creatoraudit(settings) == "key-1"
    assert settings.web_api == "http://127.0.0.1:9/api/"
    assert settings.log_format == "json"
    assert settings.secrets == ("key-1",)
    assert "key-1" not in repr(settings)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/v2", "http://[::1]:9", "https://my_host", "https://exämple.com"]
)
def test_addresses_that_exist(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """White space around a pasted address is nobody's intention."""
    monkeypatch.setenv("CREATORAUDIT_BASE_URL", f" {address}\n")
    assert load().creatoraudit_base_url == address


def test_from_a_file(tmp_path: Path) -> None:
    """``.env`` in the working directory is read; an empty line in it sets nothing."""
    (tmp_path / ".env").write_text("CREATORAUDIT_API_KEY=from-file\nSLACK_BOT_TOKEN=\nPORT=\n")
    settings = load()
    assert for_creatoraudit(settings) == "from-file"
    assert settings.slack_bot_token is None
    assert settings.port == 3000


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "abc", "PORT can't be used: input should be a valid integer"),
        ("PORT", "0", "PORT can't be used: input should be greater than or equal to 1."),
        ("PORT", "99999", "PORT can't be used: input should be less than or equal to 65535."),
        (
            "RECAP_SNAPSHOT_WEEKS",
            "8",
            "RECAP_SNAPSHOT_WEEKS can't be used: input should be greater than or equal to 9.",
        ),
        (
            "RECAP_SNAPSHOT_WEEKS",
            "521",
            "RECAP_SNAPSHOT_WEEKS can't be used: input should be less than or equal to 520.",
        ),
        ("LOG_FORMAT", "xml", "LOG_FORMAT can't be used: input should be 'console' or 'json'."),
        (
            "CREATORAUDIT_BASE_URL",
            "api.creatoraudit.com",
            "CREATORAUDIT_BASE_URL can't be used: it must be a full address that begins with",
        ),
        (
            "SLACK_API_URL",
            "https://",
            "SLACK_API_URL can't be used: it must be a full address that begins with https://.",
        ),
        (
            "CREATORAUDIT_BASE_URL",
            "https://api.creatoraudit.com:99999/v2",
            "CREATORAUDIT_BASE_URL can't be used: the port in it is no number from 0 to 65535.",
        ),
        *(
            (name, address, f"{name} can't be used: the host in it is not a possible one.")
            for name in ("CREATORAUDIT_BASE_URL", "SLACK_API_URL")
            for address in (
                "https://exämple..com/v2",
                "https://999.999.999.999/",
                "https://xn--/v2",
                "https://[::1",
                "https://[zz]/",
            )
        ),
        (
            "CREATORAUDIT_BASE_URL",
            "https://api.creatoraudit.com/ v2",
            "CREATORAUDIT_BASE_URL can't be used: it holds white space.",
        ),
        (
            "DATABASE_URL",
            "postgresql://u:p@[::1/recap",
            "DATABASE_URL can't be used: the host in it is not a possible one.",
        ),
        (
            "DATABASE_URL",
            "postgresql://db:abc/recap",
            "DATABASE_URL can't be used: the port in it is no number from 0 to 65535.",
        ),
        (
            "DATABASE_URL",
            "mysql://x",
            "DATABASE_URL can't be used: it must be sqlite:///FILE or postgresql://USER:PASSWORD@",
        ),
        (
            "DATABASE_URL",
            "sqlite:///",
            "DATABASE_URL can't be used: it must be sqlite:///FILE or",
        ),
        (
            "ENGAGEMENT_RATE_SCALE",
            "guess",
            "ENGAGEMENT_RATE_SCALE can't be used: input should be 'auto', 'percent' or 'fraction'",
        ),
        (
            "SMTP_URL",
            "smtp://recap:two words@h?starttls=never",
            "SMTP_URL can't be used: a password can't be sent without encryption; leave out",
        ),
        ("SMTP_URL", "mail.example.com", "SMTP_URL can't be used: it must be smtp://USER:"),
        ("MAIL_FROM", "Recap", "MAIL_FROM can't be used: it must be an address such as team@"),
        (
            "MAIL_UNSUBSCRIBE_URL",
            "http://example.com",
            "MAIL_UNSUBSCRIBE_URL can't be used: it must begin with https://.",
        ),
        (
            "MAIL_UNSUBSCRIBE_URL",
            "https://example.com/>,",
            "MAIL_UNSUBSCRIBE_URL can't be used: it holds < > or a comma; write them as %3C, %3E",
        ),
        (
            "MAIL_UNSUBSCRIBE_URL",
            "https://example.com/" + "x" * 200,
            "MAIL_UNSUBSCRIBE_URL can't be used: it is longer than 200 characters.",
        ),
        *(
            (
                "RECAP_WEBHOOK_HOSTS",
                hosts,
                "RECAP_WEBHOOK_HOSTS can't be used: it must be names or addresses of hosts, with "
                "commas between them and without https:// or a port.",
            )
            for hosts in ("https://chat.internal", "chat:8065", "chat internal", "chat,*")
        ),
        ("RECAP_LOCALE", "klingon", "RECAP_LOCALE can't be used: it must be a locale such as en"),
        (
            "CREATORAUDIT_API_KEY",
            "two words",
            "CREATORAUDIT_API_KEY can't be used: it holds a space; copy it again.",
        ),
        (
            "SLACK_BOT_TOKEN",
            "xoxb-“1”",
            "SLACK_BOT_TOKEN can't be used: it holds characters that no key has; copy it again.",
        ),
    ],
)
def test_impossible_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    """The sentence names the setting and what it must be, and never repeats a secret."""
    monkeypatch.setenv(name, value)
    with pytest.raises(OperatorMustAct) as caught:
        load()
    assert caught.value.operator.startswith(sentence)
    assert "two words" not in caught.value.operator


def test_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    """The mark is no part of the first name."""
    (tmp_path / ".env").write_text("PORT=3001\n", encoding="utf-8-sig")
    assert load().port == 3001


@pytest.mark.parametrize("text", [b"PORT=3\xe9", "PORT=3000".encode("utf-16")])
def test_file_in_another_encoding(tmp_path: Path, text: bytes) -> None:
    """As some editors save it; no character of it is shown, since it holds secrets."""
    (tmp_path / ".env").write_bytes(text)
    with pytest.raises(OperatorMustAct) as caught:
        load()
    assert caught.value.operator == ".env can't be read: save it as UTF-8."


def test_file_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its owner is somebody else, say."""
    (tmp_path / ".env").write_text("PORT=3000")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(OperatorMustAct) as caught:
        load()
    assert caught.value.operator == ".env can't be read: Permission denied."


def made(**values: str) -> Settings:
    return GivenSettings.model_validate(values)


def test_missing_key() -> None:
    """Where to get it stands in the sentence."""
    with pytest.raises(OperatorMustAct) as caught:
        for_creatoraudit(made())
    assert caught.value.operator == (
        "CREATORAUDIT_API_KEY is not set: create a key at "
        "https://app.creatoraudit.com/app/api-keys."
    )


def test_missing_bot_token() -> None:
    """Where to get it stands in the sentence."""
    with pytest.raises(OperatorMustAct, match=r"SLACK_BOT_TOKEN is not set: open your app at"):
        bot_token(made())


@pytest.mark.parametrize("token", ["xapp-1", "xoxp-1"])
def test_wrong_kind_of_bot_token(token: str) -> None:
    """Tokens are easily swapped."""
    with pytest.raises(OperatorMustAct, match="SLACK_BOT_TOKEN holds another kind of token"):
        bot_token(made(slack_bot_token=token))


def test_wrong_kind_of_app_token() -> None:
    """The other way around, too."""
    with pytest.raises(OperatorMustAct, match="SLACK_APP_TOKEN holds another kind of token"):
        app_token(made(slack_app_token="xoxb-1"))


def test_socket_mode_needs_no_signing_secret() -> None:
    """Nothing is signed there."""
    settings = made(slack_app_token="xapp-1", slack_bot_token="xoxb-1")
    assert app_token(settings) == "xapp-1"
    assert bot_token(settings) == "xoxb-1"
    assert signing_secret(settings) == ""


def test_http_needs_the_signing_secret() -> None:
    """With neither, Slack could not reach Recap."""
    assert app_token(made()) is None
    assert signing_secret(made(slack_signing_secret="s")) == "s"
    with pytest.raises(OperatorMustAct, match="Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET"):
        signing_secret(made())


def test_own_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names and addresses, however they are written in the line."""
    monkeypatch.setenv("RECAP_WEBHOOK_HOSTS", " Chat.internal, 10.0.0.5 ,,fd00::1,::1")
    assert load().own_hosts == {"chat.internal", "10.0.0.5", "fd00::1", "::1"}
    monkeypatch.delenv("RECAP_WEBHOOK_HOSTS")
    assert load().own_hosts == frozenset()


def test_secret_values_are_secret() -> None:
    """Every field that holds a secret is a SecretStr, so that no repr or log line shows it."""
    held = made(slack_app_token="xapp-1").slack_app_token
    assert isinstance(held, SecretStr)


def test_the_log_masks_the_database_password() -> None:
    """An address may hold a secret, too."""
    assert made(database_url="postgresql://me:hush@db/recap").secrets == ("hush",)


def test_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """The password is a secret, as it is written in the address and as it is spoken."""
    monkeypatch.setenv("SMTP_URL", " smtps://recap:p%2Fw@mail.example.com\n")
    monkeypatch.setenv("MAIL_FROM", "Recap <recap@example.com>")
    monkeypatch.setenv("MAIL_UNSUBSCRIBE_URL", "https://example.com/stop?who={address}")
    settings = load()
    server, sender = for_mail(settings)
    assert (str(server), server.password) == ("mail.example.com:465", "p/w")
    assert (sender.name, sender.address) == ("Recap", "recap@example.com")
    assert settings.mail_unsubscribe_url == "https://example.com/stop?who={address}"
    assert settings.secrets == ("p/w", "p%2Fw")
    assert "p%2Fw" not in repr(settings)


def test_relay_has_no_secret() -> None:
    assert made(smtp_url="smtp://relay?starttls=never").secrets == ()


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"mail_from": "recap@example.com", "smtp_url": ""}, "SMTP_URL"),
        ({"smtp_url": "smtp://h", "mail_from": " "}, "MAIL_FROM"),
    ],
)
def test_mail_that_is_not_set_up(given: dict[str, str], missing: str) -> None:
    """The sentence shows what it looks like."""
    with pytest.raises(OperatorMustAct) as caught:
        for_mail(made(**given))
    assert caught.value.operator.startswith(f"{missing} is not set: it names")


def test_encryption_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is masked in logs by itself, since only one of them may stand there."""
    monkeypatch.setenv("RECAP_ENCRYPTION_KEYS", f" {'a' * 43}= , {'b' * 43}=,")
    settings = load()
    assert settings.encryption_keys == (f"{'a' * 43}=", f"{'b' * 43}=")
    assert settings.secrets == settings.encryption_keys
    assert "aaa" not in repr(settings)
    monkeypatch.setenv("RECAP_ENCRYPTION_KEYS", " , ")
    assert load().recap_encryption_keys is None


def test_an_encryption_key_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """How to have one is said, and never what stands there."""
    monkeypatch.setenv("RECAP_ENCRYPTION_KEYS", f"{'a' * 43}=,password")
    with pytest.raises(OperatorMustAct) as caught:
        load()
    assert caught.value.operator == (
        "RECAP_ENCRYPTION_KEYS can't be used: key 2 in it is none; `recap keys new` makes one, and "
        "commas stand between several."
    )


OAUTH = {
    "slack_client_id": " 1.2 ",
    "slack_client_secret": "kept",
    "recap_encryption_keys": f"{'a' * 43}=",
}


def test_no_app_of_slacks() -> None:
    """Then there is one workspace, that of the bot token."""
    assert slack_app(made(slack_client_id=" ", slack_client_secret="")) is None


def test_app_of_slacks() -> None:
    """Where it is installed, as Slack's own addresses are."""
    app = slack_app(made(**OAUTH, recap_url="https://recap.test/"))
    assert app
    assert app == SlackApp(
        client_id="1.2",
        client_secret="kept",
        authorize_url="https://slack.com/oauth/v2/authorize",
        redirect_uri="https://recap.test/slack/oauth_redirect",
        install_url="https://recap.test/slack/install",
    )
    assert "kept" not in repr(app)
    assert "kept" in made(**OAUTH).secrets


def test_app_without_an_address() -> None:
    """Slack knows where to send people back to."""
    app = slack_app(made(**OAUTH))
    assert app
    assert (app.redirect_uri, app.install_url) == (None, None)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"slack_client_secret": ""}, "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET go together"),
        ({"slack_client_id": ""}, "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET go together"),
        ({"slack_bot_token": "xoxb-1"}, "SLACK_BOT_TOKEN and SLACK_CLIENT_ID can't both be set"),
        ({"creatoraudit_api_key": "k"}, "CREATORAUDIT_API_KEY and SLACK_CLIENT_ID can't both be"),
        ({"recap_encryption_keys": ""}, "RECAP_ENCRYPTION_KEYS is not set, and the tokens of"),
    ],
)
def test_app_that_can_not_be(change: dict[str, str], sentence: str) -> None:
    """One sentence says what goes with what."""
    with pytest.raises(OperatorMustAct) as caught:
        slack_app(made(**{**OAUTH, **change}))
    assert caught.value.operator.startswith(sentence)
