"""Erasure: which bodies were deleted, and the one path on which a body may be."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SAID_BY_ITS_STREAM = """EXISTS (
    SELECT 1 FROM log_event AS erased JOIN log_event AS eraser ON eraser.stream = erased.stream
    WHERE erased.position = NEW.position AND eraser.position = NEW.erased_by
      AND eraser.position > erased.position
      AND eraser.type = 'BodyErased' AND erased.type <> 'BodyErased'
)"""
_ONLY_THE_DIGEST = " AND ".join(
    f"NEW.{column} = OLD.{column}"
    for column in (
        "actor",
        "idempotency_key",
        "command_id",
        "stream",
        "first_version",
        "last_version",
        "first_position",
        "last_position",
        "recorded_at",
    )
)
_OF_AN_ERASED_BODY = """EXISTS (
    SELECT 1 FROM log_erasure
    WHERE position BETWEEN OLD.first_position AND OLD.last_position
)"""


def upgrade() -> None:
    """Make the table of erasures, and have the triggers let through what it names.

    The read models that stood beside the log go: they are in files of their own since, and here
    nobody would take from them what is erased.
    """
    _drop_read_models()
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "log_erasure",
        sa.Column(
            "position",
            number,
            sa.ForeignKey("log_event.position"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("erased_by", number, sa.ForeignKey("log_event.position"), nullable=False),
        sqlite_strict=True,
    )
    for action, done in (("UPDATE", "changed"), ("DELETE", "deleted")):
        _deny("log_erasure", action, f"log_erasure is append-only: its rows are never {done}")
    if not _on_sqlite():
        _deny_truncation("log_erasure", "log_erasure is append-only: its rows are never deleted")
    _deny(
        "log_erasure",
        "INSERT",
        "log_erasure is append-only: it takes what a later BodyErased of the same stream says",
        f"NOT {_SAID_BY_ITS_STREAM}",
    )
    _deny(
        "log_body",
        "INSERT",
        "log_body is append-only: it does not take an erased body back",
        "EXISTS (SELECT 1 FROM log_erasure WHERE position = NEW.position)",
    )
    _allow("log_body", "DELETE")
    _deny(
        "log_body",
        "DELETE",
        "log_body is append-only: its rows are deleted only if log_erasure names them",
        "NOT EXISTS (SELECT 1 FROM log_erasure WHERE position = OLD.position)",
    )
    _allow("log_command", "UPDATE")
    _deny(
        "log_command",
        "UPDATE",
        "log_command is append-only: only the digest of an erased body is changed",
        f"NOT (NEW.digest = 'erased' AND {_ONLY_THE_DIGEST} AND {_OF_AN_ERASED_BODY})",
    )


def _drop_read_models() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for kind in ("CREATE VIRTUAL TABLE%", "CREATE TABLE%"):  # an index takes its tables with it
        found = op.get_bind().exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 3) = 'rm_'"
            " AND sql LIKE ?",
            (kind,),
        )
        for (name,) in found.fetchall():
            op.get_bind().exec_driver_sql(f'DROP TABLE "{name}"')


def _allow(table: str, action: str) -> None:
    name = f"{table}_deny_{action.lower()}"
    of_table = "" if _on_sqlite() else f" ON {table}"
    op.execute(f"DROP TRIGGER {name}{of_table}")


def _deny(table: str, action: str, why: str, when: str = "TRUE") -> None:
    name = f"{table}_deny_{action.lower()}"
    if _on_sqlite():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {action} ON {table}"
            f" WHEN {when} BEGIN SELECT RAISE(ABORT, '{why}'); END"
        )
        return
    # A function for each, because a trigger's WHEN cannot look into other tables.
    passed = "OLD" if action == "DELETE" else "NEW"
    op.execute(
        f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {when} THEN
                RAISE EXCEPTION '{why}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN {passed};
        END $$
        """
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def _deny_truncation(table: str, why: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_deny_truncate BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION log_deny('{why}')"
    )


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
