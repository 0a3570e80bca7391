"""The database (sqlalchemy)."""
