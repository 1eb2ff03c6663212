"""Lighter appends: no index of the events' ids. On SQLite, types are noted once for a commit, as
they are on PostgreSQL already."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NOTE_TYPES = """
CREATE TRIGGER log_head_note_types AFTER UPDATE ON log_head
BEGIN
  INSERT INTO log_event_type (type, schema, position)
  SELECT type, schema, min(position) FROM log_event
  WHERE position > OLD.position AND position <= NEW.position
    AND (type, schema) NOT IN (SELECT type, schema FROM log_event_type)
  GROUP BY type, schema;
END
"""
_WHY = "log_event_type is append-only: a trigger of log_head writes it, and nobody else"


def upgrade() -> None:
    """Drop the index; on SQLite, where it is part of the table, by way of a new table."""
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint("log_event_id", "log_event")
        return
    connection = op.get_bind()
    kept = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type IN ('trigger', 'index') AND sql IS NOT NULL"
        " AND tbl_name = 'log_event' AND name <> 'log_event_note_type'"
    ).scalars()
    beside = kept.all()
    # What refers to an event does so by position, and finds it again before the commit. A renamed
    # table would take the references along: so the rows go out and come back.
    # Each is looked for among those who refer to it: without an index, among all erasures.
    op.create_index("log_erasure_out", "log_erasure", ["erased_by"])
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    connection.exec_driver_sql("CREATE TABLE log_event_out AS SELECT * FROM log_event")
    op.drop_table("log_event")
    _make_table()
    connection.exec_driver_sql(
        "INSERT INTO log_event SELECT * FROM log_event_out ORDER BY position"
    )
    op.drop_table("log_event_out")
    op.drop_index("log_erasure_out", "log_erasure")
    for statement in (*beside, _NOTE_TYPES):
        connection.exec_driver_sql(statement)
    for action in ("update", "delete"):
        connection.exec_driver_sql(f"DROP TRIGGER log_event_type_deny_{action}")
        connection.exec_driver_sql(
            f"CREATE TRIGGER log_event_type_deny_{action} BEFORE {action} ON log_event_type"
            f" BEGIN SELECT RAISE(ABORT, '{_WHY}'); END"
        )


def _make_table() -> None:
    op.create_table(
        "log_event",
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("schema", sa.Integer, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("command_id", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sa.Column("header", sa.LargeBinary, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("stream", "version", name="log_event_version"),
        sqlite_strict=True,
    )
