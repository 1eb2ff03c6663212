"""What PostgreSQL's errors mean for whoever runs this, without a password in any."""

import sqlalchemy as sa

from graphql_brief.log.port import DatabaseError

_LOST = ("25P03", "57P01", "57P02", "57P03", "57P05")
"""SQLSTATEs of a server that ends a connection, or lets nobody in just then."""
_ADVICE = {
    "22023": "correct the setting in the URL",
    "25006": "name the primary server",
    "28000": "check the user and the server's pg_hba.conf",
    "28P01": "check the user and the password",
    "3D000": "make the database, or correct its name",
    "42501": "give the user the right to do this",
    "42704": "correct the setting in the URL",
    "42723": "the log needs a function of this name; name another database",
    "42P07": "the log needs a table of this name; name another database",
    "53100": "make room on the server's disk",
    "53300": "raise the server's max_connections",
    "55P03": "another node holds the lock for long; try again",
}
"""What to do about an error, by SQLSTATE."""


class ConnectionLost(DatabaseError):  # noqa: N818 - says what is so
    """The server cannot be reached, or the connection to it ended amid its use."""


def explained(name: str, error: Exception) -> DatabaseError | None:
    """What whoever runs this can do about an error that came of the database called `name`.

    None if it is no fault of the database.
    """
    if isinstance(error, OSError):
        why = error.strerror or str(error) or "it did not answer in time"
        return ConnectionLost(f"{name} cannot be reached: {why}; check that it runs")
    if isinstance(error, sa.exc.TimeoutError):
        return DatabaseError(f"{name} is busy: no connection came free in time")
    if not isinstance(error, sa.exc.DBAPIError):
        return None
    state = getattr(error.orig, "sqlstate", None) or ""
    if state in _LOST or state.startswith("08") or error.connection_invalidated:
        return ConnectionLost(f"{name}: the connection was lost ({said(error)}); try again")
    advice = _ADVICE.get(state)
    return None if advice is None else DatabaseError(f"{name}: {said(error)}; {advice}")


def said(error: sa.exc.DBAPIError) -> str:
    """What the server or the driver said, in one line; neither repeats the password."""
    cause = error.orig.__cause__ if error.orig is not None else None
    return str(cause or error.orig).partition("\n")[0]
