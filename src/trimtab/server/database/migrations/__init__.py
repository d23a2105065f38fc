"""The steps from one version of the database to the next, carried out by Alembic."""
