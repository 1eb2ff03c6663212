"""The one SQLite file that holds the log and the read models: who may open it, read it, write it.

One process writes (a lock file says which), on one connection: SQLite 3.7.0 to 3.51.2 can damage
a database on which two connections write or checkpoint at once. The other connections are
`query_only` and never checkpoint.

Every failure to open is a `DatabaseError` of one line, which says what, where and what to do.
"""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from graphql_brief.log import migrations
from graphql_brief.log.errors import DatabaseError
from graphql_brief.log.lockfile import LockFile

T = TypeVar("T")

READERS = 4
"""Most connections that read at once; others wait."""
