"""The check at start: this code can read every event of a log, found without reading the log.

`log_event_type` has a row for each type and schema version, kept by a trigger: the check
costs the same however long the log is.
"""

import sqlalchemy as sa
from sqlalchemy import Connection

from graphql_brief.log import codec
from graphql_brief.log.tables import log_event_type

_SELECT_TYPES = sa.select(log_event_type).order_by(log_event_type.c.position)


def check_readable(connection: Connection) -> None:
    """Refuse a log that holds an event which this code cannot read, naming the first such one.

    For every adapter, when it opens a log; it only reads. Raises UnknownEvent, with position, type
    and schema version, and BrokenChain if it is this code that lacks a step.
    """
    codec.check_chains()
    for event_type, schema, position in connection.execute(_SELECT_TYPES):
        try:
            codec.check_known(event_type, schema)
        except codec.UnknownEvent as error:
            raise error.at(position) from error
