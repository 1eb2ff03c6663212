"""Which event types and schema versions the log holds, each with its first position."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WHY = "log_event_type is append-only: a trigger of log_event writes it, and nobody else"

# The writer of the log holds its head until it commits: no other can write the same row meanwhile.
_SQLITE = (
    """
CREATE TRIGGER log_event_note_type AFTER INSERT ON log_event
WHEN NOT EXISTS (
  SELECT 1 FROM log_event_type AS known WHERE known.type = NEW.type AND known.schema = NEW.schema
)
BEGIN
  INSERT INTO log_event_type (type, schema, position) VALUES (NEW.type, NEW.schema, NEW.position);
END
""",
    f"""
CREATE TRIGGER log_event_type_deny_update BEFORE UPDATE ON log_event_type
BEGIN SELECT RAISE(ABORT, '{_WHY}'); END
""",
    f"""
CREATE TRIGGER log_event_type_deny_delete BEFORE DELETE ON log_event_type
BEGIN SELECT RAISE(ABORT, '{_WHY}'); END
""",
)
_POSTGRESQL = (
    """
CREATE FUNCTION log_event_note_type() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log_event_type (type, schema, position)
  SELECT type, schema, min(position) FROM added
  WHERE NOT EXISTS (
    SELECT 1 FROM log_event_type AS known
    WHERE known.type = added.type AND known.schema = added.schema
  )
  GROUP BY type, schema;
  RETURN NULL;
END
$$
""",
    """
CREATE TRIGGER log_event_note_type AFTER INSERT ON log_event REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION log_event_note_type()
""",
    f"""
CREATE FUNCTION log_event_type_deny() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{_WHY}'; END
$$
""",
    """
CREATE TRIGGER log_event_type_deny BEFORE UPDATE OR DELETE OR TRUNCATE ON log_event_type
FOR EACH STATEMENT EXECUTE FUNCTION log_event_type_deny()
""",
)


def upgrade() -> None:
    """Make the table, fill it from the events that are there, and have a trigger keep it."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "log_event_type",
        sa.Column(
            "type", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), primary_key=True
        ),
        sa.Column("schema", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", number, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO log_event_type (type, schema, position)"
        " SELECT type, schema, min(position) FROM log_event GROUP BY type, schema"
    )
    triggers = _POSTGRESQL if op.get_context().dialect.name == "postgresql" else _SQLITE
    for statement in triggers:
        op.get_bind().exec_driver_sql(statement)
