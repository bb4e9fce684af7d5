"""What Alembic runs: the migrations, inside the transaction of the connection that `bring_up` hands over."""

from alembic import context

from omzet.desk.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
