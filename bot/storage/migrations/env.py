"""How alembic runs here: on the connection that ``bot.storage.upgrade`` hands over."""

from alembic import context

from bot.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can't alter a column; alembic then makes the table anew and copies it.
    render_as_batch=True,
)
context.run_migrations()
