"""The log's tables, for the statements of the adapters; `migrations` makes them.

Columns beside `log_event.header` repeat what it says, to find it by. Times are as
`envelope.time_text` writes them, so that they sort as text: by bytes, in every database.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

# SQLite's strict tables have one type for integers of every size.
_Number = BigInteger().with_variant(Integer(), "sqlite")

_Text = Text().with_variant(Text(collation="C"), "postgresql")  # SQLite compares bytes anyway

metadata = MetaData()

log_head = Table(
    "log_head",
    metadata,
    Column("origin", _Text, primary_key=True),
    Column("position", _Number, nullable=False),
    Column("recorded_at", _Text),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""One row: the log's id, and where it ends."""

log_stream = Table(
    "log_stream",
    metadata,
    Column("stream", _Text, primary_key=True),
    Column("version", _Number, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("position", _Number, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Where each stream ends."""

log_event = Table(
    "log_event",
    metadata,
    Column("position", _Number, primary_key=True, autoincrement=False),
    Column("stream", _Text, nullable=False),
    Column("version", _Number, nullable=False),
    Column("type", _Text, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("event_id", _Text, nullable=False),
    Column("command_id", _Text, nullable=False),
    Column("recorded_at", _Text, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    UniqueConstraint("stream", "version", name="log_event_version"),
    sqlite_strict=True,
)
"""What is hashed; nothing of it is ever erased. What no index finds, `bisection` does."""

log_event_type = Table(
    "log_event_type",
    metadata,
    Column("type", _Text, primary_key=True),
    Column("schema", Integer, primary_key=True, autoincrement=False),
    Column("position", _Number, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Each type and schema version in the log, with its first position; a trigger writes it."""

log_body = Table(
    "log_body",
    metadata,
    Column(
        "position",
        _Number,
        ForeignKey("log_event.position"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("salt", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_strict=True,
)
"""What the headers commit to."""

log_erasure = Table(
    "log_erasure",
    metadata,
    Column(
        "position",
        _Number,
        ForeignKey("log_event.position"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("erased_by", _Number, ForeignKey("log_event.position"), nullable=False),
    sqlite_strict=True,
)
"""The events whose bodies were deleted, and the positions of the events that say so."""

log_command = Table(
    "log_command",
    metadata,
    Column("actor", _Text, primary_key=True),
    Column("idempotency_key", _Text, primary_key=True),
    Column("digest", _Text, nullable=False),
    Column("command_id", _Text, nullable=False),
    Column("stream", _Text, nullable=False),
    Column("first_version", _Number, nullable=False),
    Column("last_version", _Number, nullable=False),
    Column("first_position", _Number, nullable=False),
    Column("last_position", _Number, nullable=False),
    Column("recorded_at", _Text, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Results of requests with an idempotency key."""

log_claim = Table(
    "log_claim",
    metadata,
    Column("kind", _Text, primary_key=True),
    Column("value", _Text, primary_key=True),
    Column("stream", _Text, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Unique keys, and the stream that holds each for ever."""
