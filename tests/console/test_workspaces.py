"""``recap doctor`` and ``recap subscriptions`` where any number of workspaces install Recap."""

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.console.checks import set_up
from bot.console.doctor import examined
from bot.console.findings import Finding, Mark, conclusion
from bot.console.migrate import migrate
from bot.console.subscriptions import add, change, show
from bot.console.workspaces import AT_MOST
from bot.errors import OperatorMustAct
from bot.playground.creatoraudit import CreatorAuditStandIn
from bot.playground.slack import Elsewhere, SlackStandIn
from bot.playground.slack_workspace import BOT, Workspace
from bot.posting.scopes import SCOPES
from bot.settings import GivenSettings, Settings
from bot.storage.api_keys import SqlApiKeys
from bot.storage.engine import open_database
from bot.storage.installations import SqlInstallations
from bot.storage.upgrade import upgrade
from bot.storage.vault import Vault, fresh_key
from bot.tenants.api_key import ApiKey
from bot.tenants.installation import Installation
from tests.conftest import KEY
from tests.console.processes import recap
from tests.console.test_doctor import free_port
from tests.examples import NOON

SEALED_WITH = fresh_key()
EVERY_SCOPE = frozenset(SCOPES)
REFUSED = "key-that-creatoraudit-refuses"
WORDS = ("mon", "09:00", "UTC")


@dataclass
class House:
    """What whoever runs Recap has: settings, and a database with installations."""

    slack: SlackStandIn
    given: Mapping[str, object]
    engine: AsyncEngine

    @property
    def settings(self) -> Settings:
        """As they are."""
        return self.changed()

    def changed(self, **changes: object) -> Settings:
        """The settings with ``changes``."""
        return GivenSettings.model_validate({**self.given, **changes})

    @property
    def vault(self) -> Vault:
        """With the keys of the settings."""
        return Vault([SEALED_WITH])

    async def take(self, key: str, *, secret: str = KEY, **changes: object) -> Elsewhere:
        """The workspace whose ids end in ``key`` installs Recap, and enters ``secret`` if any."""
        place = self.slack.add_workspace(
            Workspace.another(key, key.title()), bot_token=f"xoxb-{key}-1"
        )
        team = place.workspace.team
        one = Installation(
            team, key.title(), "B1", BOT, EVERY_SCOPE, f"xoxb-{key}-1", "U1", installed_at=NOON
        )
        changed = replace(one, **changes)  # type: ignore[arg-type]
        assert await SqlInstallations(self.engine, self.vault).put(None, changed)
        if secret:
            await self.enter(team, secret)
        return place

    async def enter(self, team: str, secret: str, **changes: object) -> None:
        """Keep ``secret`` as the key of ``team``, without asking anybody."""
        key = replace(ApiKey(team, secret, "Recap", "org", "U1", NOON), **changes)  # type: ignore[arg-type]
        assert await SqlApiKeys(self.engine, self.vault).put(None, key)

    async def lines(self, **changes: object) -> list[str]:
        """What doctor says, with ``changes`` of the settings; nothing secret is in it."""
        settings = self.changed(**changes)
        text = "\n".join(map(line, await examined(settings)))
        for secret in (*settings.secrets, KEY, REFUSED, "xoxb-", SEALED_WITH):
            assert secret not in text
        return text.splitlines()


def line(found: Finding) -> str:
    """As it is printed."""
    return f"{found.mark} {found.setting} {found.sentence}"


@pytest.fixture
async def house(
    slack: SlackStandIn, api: CreatorAuditStandIn, tmp_path: Path
) -> AsyncIterator[House]:
    """Nobody has installed Recap yet."""
    address = f"sqlite:///{tmp_path / 'recap.db'}"
    given = {
        "creatoraudit_base_url": api.base_url,
        "slack_client_id": slack.client_id,
        "slack_client_secret": slack.client_secret,
        "slack_app_token": slack.app_token,
        "slack_api_url": slack.api_url,
        "recap_encryption_keys": SEALED_WITH,
        "recap_url": "https://recap.test/",
        "recap_metrics_token": "token-of-the-metrics",
        "database_url": address,
        "port": free_port(),
    }
    async with open_database(address) as engine:
        await upgrade(engine)
        yield House(slack, given, engine)


async def test_before_the_first_installation(house: House) -> None:
    """Only what this set-up needs is asked for, and the way to the first installation is named."""
    assert set_up(house.settings) == "any number of workspaces by OAuth, Socket Mode"
    lines = await house.lines()
    database = lines.pop(3)
    assert database.startswith("✓ DATABASE_URL sqlite 3.")
    assert lines == [
        "✓ SLACK_CLIENT_ID Slack knows the app and its secret",
        "✓ RECAP_URL installing begins at https://recap.test/slack/install; "
        "https://recap.test/slack/oauth_redirect has to be among the redirect URLs of the Slack "
        "app",
        "✓ SLACK_APP_TOKEN opens a Socket Mode connection",
        "✓ tables up to date",
        "✓ RECAP_ENCRYPTION_KEYS all that is sealed in the database can be opened",
        "· workspaces none yet: the first one installs Recap at https://recap.test/slack/install",
        f"✓ PORT {house.settings.port} is free",
        "· SMTP_URL not set: no mail is sent",
        "✓ RECAP_METRICS_TOKEN set",
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"slack_client_secret": None},
            "✗ SLACK_CLIENT_ID SLACK_CLIENT_ID and SLACK_CLIENT_SECRET go together",
        ),
        (
            {"slack_client_secret": "wrong"},
            "✗ SLACK_CLIENT_ID oauth.v2.access was refused by Slack: bad_client_secret.",
        ),
        (
            {"slack_bot_token": "xoxb-1"},
            "✗ SLACK_CLIENT_ID SLACK_BOT_TOKEN and SLACK_CLIENT_ID can't both be set",
        ),
        (
            {"recap_encryption_keys": None},
            "✗ SLACK_CLIENT_ID RECAP_ENCRYPTION_KEYS is not set, and the tokens",
        ),
        ({"recap_url": None}, "· RECAP_URL not set: who installs Recap is led to the app's first"),
        ({"recap_url": "http://recap.test"}, "✗ RECAP_URL RECAP_URL must begin with https"),
        (
            {"slack_app_token": None},
            "✗ SLACK_APP_TOKEN Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set",
        ),
        (
            {"slack_client_secret": None},
            "· RECAP_ENCRYPTION_KEYS tried once SLACK_CLIENT_ID is in order",
        ),
        ({"slack_client_secret": None}, "· workspaces tried once RECAP_ENCRYPTION_KEYS is in"),
        ({"recap_url": None}, "· workspaces none yet: the first one installs Recap at /slack/inst"),
        ({"recap_metrics_token": None}, "· RECAP_METRICS_TOKEN not set: whoever reaches the port"),
        ({"sentry_dsn": "nonsense"}, "✗ SENTRY_DSN SENTRY_DSN can't be used: copy it again"),
        ({"sentry_dsn": "http://p@127.0.0.1:9/7"}, "✓ SENTRY_DSN set; only an error can prove it"),
        (
            {"otel_exporter_otlp_endpoint": "http://127.0.0.1:9"},
            "✓ OTEL_EXPORTER_OTLP_ENDPOINT set; only a trace can prove it",
        ),
    ],
)
@pytest.mark.usefixtures("_quiet")
async def test_half_configured(house: House, changes: dict[str, object], expected: str) -> None:
    """One line says what is lacking; what depends on it waits and is no trouble of its own."""
    lines = await house.lines(**changes)
    assert any(one.startswith(expected) for one in lines), lines
    assert sum(one.startswith("✗") for one in lines) == ("✗" in expected or "tried" in expected)


@pytest.fixture
def _quiet() -> Iterator[None]:
    """What reports errors reports them no longer."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    yield
    for one in set(root.handlers) - set(handlers):
        one.close()
    root.handlers[:] = handlers


async def test_keys_of_another_database(house: House) -> None:
    """The one thing to do is to put them back; the workspaces are left alone until then."""
    await house.take("NORTH")
    lines = await house.lines(recap_encryption_keys=fresh_key())
    (wrong,) = [one for one in lines if one.startswith("✗")]
    assert wrong.startswith("✗ RECAP_ENCRYPTION_KEYS No key in RECAP_ENCRYPTION_KEYS opens")
    assert "· workspaces tried once RECAP_ENCRYPTION_KEYS is in order" in lines


async def test_looking_settles_no_keys(house: House) -> None:
    """The keys of the first start are the database's, not those that doctor was tried with."""
    await house.lines(recap_encryption_keys=fresh_key())
    assert "✓ RECAP_ENCRYPTION_KEYS" in "\n".join(await house.lines())


async def test_each_workspace(house: House) -> None:
    """Its token, its scopes and its key: each that is not good is named with what to do."""
    again = "Recap has to be installed there again at https://recap.test/slack/install."
    enters = "An admin there enters another one in Recap's Home."
    await house.take("GOOD")
    await house.take("KEYLESS", secret="")
    await house.take("REFUSED", secret=REFUSED)
    await house.take("REVOKED", token="")
    await house.take("WRONG", token="xoxb-gone", secret=REFUSED)
    lacking = await house.take("LACKING")
    home = house.slack.installations.of(lacking.workspace)
    assert home is not None
    home.scopes = EVERY_SCOPE - {"chat:write"}
    await house.take("RENEWED", refresh_token="xoxe-1", expires_at=NOON - timedelta(days=99))
    lines = [one for one in await house.lines() if "(T0" in one or "installed" in one]
    refused = (
        "CreatorAudit refuses the key “Recap”: CreatorAudit answered 401 UNAUTHORIZED to GET "
        "/whoami (The API key is missing or invalid)"
    )
    assert lines == [
        "✓ workspaces 7 installed",
        "✓ Good (T0GOOD) @recap; key “Recap” of org_2a91c7",
        "✗ Keyless (T0KEYLESS) No CreatorAudit key yet: an admin there enters it in Recap's Home.",
        f"✗ Lacking (T0LACKING) The bot lacks the scopes chat:write: {again}",
        f"✗ Refused (T0REFUSED) {refused}. {enters}",
        "✓ Renewed (T0RENEWED) its token has ended, and is renewed when it is needed; "
        "key “Recap” of org_2a91c7",
        f"✗ Revoked (T0REVOKED) Its token was revoked: {again}",
        f"✗ Wrong (T0WRONG) auth.test was refused by Slack: invalid_auth. {again}",
        f"✗ Wrong (T0WRONG) {refused}. {enters}",
    ]


async def test_an_organization(house: House) -> None:
    """One token, and a key for each workspace that it is known to cover."""
    await house.take("GRID", secret="", id="E0GRID", name="Acme\x1b[2J", is_org=True)
    installations = SqlInstallations(house.engine, house.vault)
    for team in ("T0EAST", "T0WEST"):
        await installations.belongs(team, "E0GRID")
    await house.enter("T0WEST", KEY)
    lines = [one for one in await house.lines() if "E0GRID" in one]
    assert lines == [
        "✗ Acme[2J (E0GRID) T0EAST: No CreatorAudit key yet: an admin there enters it in Recap's "
        "Home."
    ]
    await house.enter("T0EAST", KEY)
    lines = [one for one in await house.lines() if "E0GRID" in one]
    key = "key “Recap” of org_2a91c7"
    assert lines == [f"✓ Acme[2J (E0GRID) @recap; T0EAST: {key}; T0WEST: {key}"]


async def test_more_workspaces_than_are_asked_for(house: House) -> None:
    """Slack hears of the first ones; of the others, what is known already is said."""
    for number in range(AT_MOST):
        await house.take(f"A{number:02}")
    await house.take("Z1")
    await house.take("Z2", secret="")
    await house.take("Z3", secret="")
    await house.enter("T0Z3", REFUSED, refused_at=NOON)
    lines = await house.lines()
    assert (
        f"✓ workspaces {AT_MOST + 3} installed; Slack and CreatorAudit are asked for the first "
        f"{AT_MOST}"
    ) in lines
    assert [one for one in lines if "(T0Z" in one] == [
        "✗ Z2 (T0Z2) No CreatorAudit key yet: an admin there enters it in Recap's Home.",
        "✗ Z3 (T0Z3) CreatorAudit refuses the key “Recap”. An admin there enters another one in "
        "Recap's Home.",
    ]
    assert sum(call.method == "auth.test" for call in house.slack.traffic) == AT_MOST


async def test_one_workspace_with_its_key_in_home(house: House) -> None:
    """No CREATORAUDIT_API_KEY, but keys to seal one with: it is looked for in the database."""
    one = {
        "slack_client_id": None,
        "slack_client_secret": None,
        "slack_bot_token": house.slack.bot_token,
    }
    lines = await house.lines(**one)
    assert lines[0] == "✓ SLACK_BOT_TOKEN @recap in Acme Creators"
    missing = "No CreatorAudit key yet: an admin there enters it in Recap's Home."
    assert f"✗ CREATORAUDIT_API_KEY {missing}" in lines
    await house.enter(house.slack.workspace.team, KEY)
    assert "✓ CREATORAUDIT_API_KEY key “Recap” of org_2a91c7" in await house.lines(**one)


async def test_no_keys_at_all(house: House) -> None:
    """One workspace with the key of the settings seals nothing unless it is asked to."""
    one = {
        "slack_client_id": None,
        "slack_client_secret": None,
        "slack_bot_token": house.slack.bot_token,
        "creatoraudit_api_key": KEY,
        "recap_encryption_keys": None,
    }
    lines = await house.lines(**one)
    assert "· RECAP_ENCRYPTION_KEYS not set: nothing in the database is sealed" in lines
    assert not any(one.startswith("✗") for one in lines)


async def test_postgresql_step_by_step(house: House, postgres: str) -> None:
    """Tables first, then the queue of the workers; `recap migrate` brings both."""
    lines = await house.lines(database_url=postgres)
    assert (
        "✗ tables The database is older than this Recap: run `recap migrate` once, then start "
        "again."
    ) in lines
    assert "· queue tried once tables is in order" in lines
    await migrate(house.changed(database_url=postgres))
    lines = await house.lines(database_url=postgres)
    assert "✓ queue ready for any number of `recap worker`" in lines
    with psycopg.connect(postgres) as connection:
        connection.execute("COMMENT ON TABLE procrastinate_jobs IS 'Recap: 00'")
    lines = await house.lines(database_url=postgres)
    (wrong,) = [one for one in lines if one.startswith("✗")]
    assert wrong.startswith("✗ queue The database has no queue for workers yet")


def test_conclusions() -> None:
    """What to do next, whatever was found."""
    good, bad = Finding("PORT", Mark.GOOD, "free"), Finding("PORT", Mark.BAD, "taken")
    assert conclusion([good]) == "Everything is in order: `recap run` starts Recap."
    assert conclusion([good, bad]).startswith("One thing to do: the line with the ✗ says what.")
    assert conclusion([bad, bad]).startswith("2 things to do: begin with the first ✗.")


async def test_subscriptions_of_the_only_workspace(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """It need not be named, and the list does not say it."""
    place = await house.take("NORTH")
    await add(house.settings, "C0MARKETINGNORTH", WORDS, None)
    assert "Done." in capsys.readouterr().out.splitlines()
    assert "subscribed to Recap" in place.workspace.messages[-1].text
    await show(house.settings)
    assert capsys.readouterr().out.startswith("channel ")


async def test_subscriptions_of_two_workspaces(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is named by its id or its name; a channel that both have is never guessed."""
    north, south = await house.take("NORTH"), await house.take("SOUTH")
    both = "T0NORTH (North), T0SOUTH (South)"
    for unclear in (None, "East"):
        with pytest.raises(OperatorMustAct) as caught:
            await add(house.settings, "C0MARKETINGNORTH", WORDS, None, (), unclear)
        assert caught.value.operator == f"--workspace has to name one of these: {both}."
    await add(house.settings, "C0MARKETINGNORTH", WORDS, None, (), "T0NORTH")
    await add(house.settings, "C0MARKETINGSOUTH", WORDS, None, (), "south")
    assert len(north.workspace.messages) == len(south.workspace.messages) == 1
    capsys.readouterr()
    await show(house.settings)
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].startswith("workspace ")
    assert sorted(row.split()[0] for row in rows[1:]) == ["North", "South"]
    for action in ("pause", "resume"):
        with pytest.raises(OperatorMustAct) as caught:
            await change(house.settings, "#marketing", action)
        assert caught.value.operator == (
            f"#marketing is in several workspaces. --workspace names one: {both}."
        )
        await change(house.settings, "#marketing", action, "South")
    assert {"Paused.", "On again."} <= set(capsys.readouterr().out.splitlines())
    await change(house.settings, "C0MARKETINGSOUTH", "remove")
    await change(house.settings, "marketing", "resume")


async def test_subscriptions_before_anybody_has_recap(house: House) -> None:
    """There is no workspace to choose."""
    with pytest.raises(OperatorMustAct, match=r"^No workspace has Recap yet"):
        await add(house.settings, "C0MARKETING", WORDS, None)


async def test_subscriptions_with_one_bot_token(house: House) -> None:
    """There is nothing to choose, and what another workspace has left is not touched with it."""
    await house.take("NORTH")
    await add(house.settings, "C0MARKETINGNORTH", WORDS, None)
    one = house.changed(
        slack_client_id=None, slack_client_secret=None, slack_bot_token=house.slack.bot_token
    )
    with pytest.raises(OperatorMustAct, match=r"leave it out\.$"):
        await add(one, "C0MARKETING", WORDS, None, (), "North")
    with pytest.raises(OperatorMustAct) as caught:
        await change(one, "#marketing", "resume")
    assert caught.value.operator == "SLACK_BOT_TOKEN is for another workspace than T0NORTH."


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", "C0MARKETING", *WORDS), "--workspace is for where several have Recap"),
        (("pause", "C0MARKETING"), "No subscription of C0MARKETING."),
        (("resume", "C0MARKETING"), "No subscription of C0MARKETING."),
        (("remove", "C0MARKETING"), "No subscription of C0MARKETING."),
    ],
)
async def test_the_option(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    """Each command that is about one channel takes it."""
    done = await recap(tmp_path, "subscriptions", *words, "--workspace", "North")
    assert done.code == 3
    assert done.err.splitlines()[-1].startswith(sentence)
