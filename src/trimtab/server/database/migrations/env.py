"""What Alembic runs: the steps, on the connection that it is given."""

from __future__ import annotations

from alembic import context

from trimtab.server.database.tables import tables

# SQLite cannot change a table in place: Alembic then makes a new one and fills it.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
