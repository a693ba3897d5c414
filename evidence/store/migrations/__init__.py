"""Schema versions (Alembic). Applied by `Store.migrate()`; a released version is never edited."""
