"""Alembic's entry point: migrates the connection that `Store.migrate()` hands over, inside its transaction."""

from alembic import context
from sqlalchemy import Connection

from evidence.store.tables import Base

connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=False)
# transactional_ddl=False: Alembic starts no transaction of its own; ours covers the lock, the check and every step.
context.run_migrations()
