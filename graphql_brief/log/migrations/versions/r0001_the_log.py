"""The log: its head, streams, events, bodies, claims and commands, and the triggers that deny."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NEVER_CHANGED = ("log_event", "log_body", "log_claim", "log_command")


def upgrade() -> None:
    """Make the tables of an empty log."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "log_head",
        sa.Column("origin", sa.Text, primary_key=True),
        sa.Column("position", number, nullable=False),
        sa.Column("recorded_at", sa.Text),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_stream",
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("version", number, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
        sa.Column("position", number, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_event",
        sa.Column("position", number, primary_key=True, autoincrement=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("version", number, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("schema", sa.Integer, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("command_id", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sa.Column("header", sa.LargeBinary, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("stream", "version", name="log_event_version"),
        sa.UniqueConstraint("event_id", name="log_event_id"),
        sqlite_strict=True,
    )
    op.create_index("log_event_stream", "log_event", ["stream", "position"])
    op.create_index("log_event_recorded_at", "log_event", ["recorded_at", "position"])
    op.create_table(
        "log_body",
        sa.Column(
            "position",
            number,
            sa.ForeignKey("log_event.position"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "log_command",
        sa.Column("actor", sa.Text, primary_key=True),
        sa.Column("idempotency_key", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("command_id", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("first_version", number, nullable=False),
        sa.Column("last_version", number, nullable=False),
        sa.Column("first_position", number, nullable=False),
        sa.Column("last_position", number, nullable=False),
        sa.Column("recorded_at", sa.Text, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_claim",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
        sa.Column("stream", sa.Text, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    for table in _NEVER_CHANGED:
        _deny(table, "UPDATE", f"{table} is append-only: its rows are never changed")
    for table in (*_NEVER_CHANGED, "log_head", "log_stream"):
        _deny(table, "DELETE", f"{table} is append-only: its rows are never deleted")
    _deny(
        "log_head",
        "UPDATE",
        "log_head only moves forward",
        "NEW.origin <> OLD.origin OR NEW.position <= OLD.position"
        " OR NEW.recorded_at IS NULL OR NEW.recorded_at < OLD.recorded_at",
    )
    _deny(
        "log_stream",
        "UPDATE",
        "log_stream only moves forward",
        "NEW.stream <> OLD.stream OR NEW.version <= OLD.version OR NEW.position <= OLD.position",
    )


def _deny(table: str, action: str, why: str, when: str = "TRUE") -> None:
    op.execute(
        f"CREATE TRIGGER {table}_deny_{action.lower()} BEFORE {action} ON {table}"
        f" WHEN {when} BEGIN SELECT RAISE(ABORT, '{why}'); END"
    )
