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
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "log_head",
        sa.Column("origin", text, primary_key=True),
        sa.Column("position", number, nullable=False),
        sa.Column("recorded_at", text),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_stream",
        sa.Column("stream", text, primary_key=True),
        sa.Column("version", number, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
        sa.Column("position", number, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_event",
        sa.Column("position", number, primary_key=True, autoincrement=False),
        sa.Column("stream", text, nullable=False),
        sa.Column("version", number, nullable=False),
        sa.Column("type", text, nullable=False),
        sa.Column("schema", sa.Integer, nullable=False),
        sa.Column("event_id", text, nullable=False),
        sa.Column("command_id", text, nullable=False),
        sa.Column("recorded_at", text, nullable=False),
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
        sa.Column("actor", text, primary_key=True),
        sa.Column("idempotency_key", text, primary_key=True),
        sa.Column("digest", text, nullable=False),
        sa.Column("command_id", text, nullable=False),
        sa.Column("stream", text, nullable=False),
        sa.Column("first_version", number, nullable=False),
        sa.Column("last_version", number, nullable=False),
        sa.Column("first_position", number, nullable=False),
        sa.Column("last_position", number, nullable=False),
        sa.Column("recorded_at", text, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_claim",
        sa.Column("kind", text, primary_key=True),
        sa.Column("value", text, primary_key=True),
        sa.Column("stream", text, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        _make_functions()
        deny, deny_truncation = _deny_on_postgresql, _deny_truncation
    else:
        deny, deny_truncation = _deny_on_sqlite, None
    for table in _NEVER_CHANGED:
        deny(table, "UPDATE", f"{table} is append-only: its rows are never changed")
    for table in (*_NEVER_CHANGED, "log_head", "log_stream"):
        deny(table, "DELETE", f"{table} is append-only: its rows are never deleted")
        if deny_truncation is not None:
            deny_truncation(table, f"{table} is append-only: its rows are never deleted")
    deny(
        "log_head",
        "UPDATE",
        "log_head only moves forward",
        "NEW.origin <> OLD.origin OR NEW.position <= OLD.position"
        " OR NEW.recorded_at IS NULL OR NEW.recorded_at < OLD.recorded_at",
    )
    deny(
        "log_stream",
        "UPDATE",
        "log_stream only moves forward",
        "NEW.stream <> OLD.stream OR NEW.version <= OLD.version OR NEW.position <= OLD.position",
    )


def _deny_on_sqlite(table: str, action: str, why: str, when: str = "TRUE") -> None:
    op.execute(
        f"CREATE TRIGGER {table}_deny_{action.lower()} BEFORE {action} ON {table}"
        f" WHEN {when} BEGIN SELECT RAISE(ABORT, '{why}'); END"
    )


def _make_functions() -> None:
    # One that denies and says why, and one that tells every node, once the commit is done, where
    # the log ends then. A channel's name has at most 63 bytes, an origin may have more.
    op.execute(
        """
        CREATE FUNCTION log_deny() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION log_tell() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify(
                'log_' || left(encode(sha256(convert_to(NEW.origin, 'UTF8')), 'hex'), 32),
                NEW.position::text
            );
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER log_head_tell AFTER UPDATE ON log_head"
        " FOR EACH ROW EXECUTE FUNCTION log_tell()"
    )


def _deny_on_postgresql(table: str, action: str, why: str, when: str = "TRUE") -> None:
    op.execute(
        f"CREATE TRIGGER {table}_deny_{action.lower()} BEFORE {action} ON {table}"
        f" FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION log_deny('{why}')"
    )


def _deny_truncation(table: str, why: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_deny_truncate BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION log_deny('{why}')"
    )
