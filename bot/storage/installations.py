"""Who has Recap, on SQLite and PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import Executable, RowMapping, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.storage.database import Database
from bot.storage.places import place
from bot.storage.rows import Values
from bot.storage.schema import installations, members
from bot.storage.vault import Vault
from bot.tenants.installation import Installation


class SqlInstallations:
    """``Installations`` on an engine whose database has the newest tables."""

    def __init__(self, engine: AsyncEngine, vault: Vault) -> None:
        self._database = Database(engine)
        self._vault = vault

    async def of(self, team: str) -> Installation | None:
        """The one that covers the workspace ``team``: its own, else that of its organization."""
        its_organization = select(members.c.enterprise).where(members.c.team == team)
        is_organizations = installations.c.is_org & installations.c.id.in_(its_organization)
        own = installations.c.id == team
        both = select(installations).where(or_(own, is_organizations)).order_by(own.desc()).limit(1)
        return await self._first(both)

    async def called(self, identifier: str) -> Installation | None:
        """The one with this id, of a workspace or of an organization."""
        return await self._first(select(installations).where(installations.c.id == identifier))

    async def _first(self, statement: Executable) -> Installation | None:
        return next(map(self._installation, await self._database.read(statement)), None)

    async def belongs(self, team: str, enterprise: str) -> None:
        """Remember that the workspace ``team`` is one of the organization ``enterprise``."""
        statement = self._database.upsert(members).values(team=team, enterprise=enterprise)
        statement = statement.on_conflict_do_update(
            index_elements=["team"],
            set_={"enterprise": enterprise},
            where=members.c.enterprise != enterprise,
        )
        async with self._database.writing() as connection:
            await connection.execute(statement)

    async def teams(self, identifier: str) -> Sequence[str]:
        """The workspaces that are known to be covered by the installation with this id."""
        itself = select(installations.c.id).where(
            installations.c.id == identifier, ~installations.c.is_org
        )
        with_their_own = select(installations.c.id).where(~installations.c.is_org)
        its_members = (
            select(members.c.team)
            .join(installations, installations.c.id == members.c.enterprise)
            .where(
                installations.c.id == identifier,
                installations.c.is_org,
                members.c.team.not_in(with_their_own),
            )
        )
        found = await self._database.read(itself.union(its_members))
        return sorted(row["id"] for row in found)

    async def put(self, before: Installation | None, after: Installation) -> bool:
        """Write ``after`` in the place of ``before``; False when somebody else was faster."""
        version = before.version if before else None
        return await self._database.replace(installations.c.id, self._row(after), version)

    async def remove(self, identifier: str) -> None:
        """Forget the one with this id and its tokens for good; none is fine, too."""
        async with self._database.writing() as connection:
            await connection.execute(delete(installations).where(installations.c.id == identifier))
            await connection.execute(delete(members).where(members.c.enterprise == identifier))

    async def everything(self) -> Sequence[Installation]:
        """All of them, by their names."""
        found = await self._database.read(select(installations))
        return sorted(map(self._installation, found), key=lambda one: (one.name, one.id))

    def _row(self, one: Installation) -> Values:
        refresh = one.refresh_token
        return {
            "id": one.id,
            "name": one.name,
            "enterprise": one.enterprise,
            "is_org": one.is_org,
            "app": one.app,
            "bot_id": one.bot_id,
            "bot_user": one.bot_user,
            "scopes": sorted(one.scopes),
            "token": self._vault.seal(one.token, place(installations.c.token, one.id)),
            "refresh_token": refresh
            and self._vault.seal(refresh, place(installations.c.refresh_token, one.id)),
            "expires_at": one.expires_at,
            "installed_by": one.installed_by,
            "installed_at": one.installed_at,
            "rotating_until": one.rotating_until,
        }

    def _installation(self, row: RowMapping) -> Installation:
        identifier, refresh = row["id"], row["refresh_token"]
        return Installation(
            id=identifier,
            name=row["name"],
            app=row["app"],
            bot_id=row["bot_id"],
            bot_user=row["bot_user"],
            scopes=frozenset(row["scopes"]),
            token=self._vault.open(row["token"], place(installations.c.token, identifier)),
            installed_by=row["installed_by"],
            installed_at=row["installed_at"],
            enterprise=row["enterprise"],
            is_org=row["is_org"],
            refresh_token=refresh
            and self._vault.open(refresh, place(installations.c.refresh_token, identifier)),
            expires_at=row["expires_at"],
            rotating_until=row["rotating_until"],
            version=row["version"],
        )
