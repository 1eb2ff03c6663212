"""What a URL of PostgreSQL says, where no part of it can be taken for another.

A password in which `@ / ? #` are not escaped ends early for a parser, and the rest of it would be
read, and shown, as the host or the database.
"""

from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from graphql_brief.log.port import DatabaseError

DEFAULT_PORT = 5432


class PostgresUrl(NamedTuple):
    """The parts of a URL that may be shown: no user, no password, no settings."""

    scheme: str
    host: str
    """As it is written; empty if there is none."""
    port: int
    database: str

    @property
    def shown(self) -> str:
        """The URL for people."""
        port = "" if self.port == DEFAULT_PORT else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}/{self.database}"


def parse(url: str) -> PostgresUrl:
    """What may be shown of a URL. Raises DatabaseError, which tells only its scheme."""
    scheme, _, rest = url.partition("://")
    authority = rest.partition("/")[0].partition("?")[0]
    # One at most, and before all else.
    if "#" in rest or rest.count("@") > 1 or rest.count("@") != authority.count("@"):
        raise DatabaseError(
            f"the database's URL ({scheme}:…) can be read in more than one way; in its user and "
            "password, write @ as %40, / as %2F, ? as %3F and # as %23"
        )
    try:
        parts = urlsplit(url)
        port = _port(parts)
    except ValueError:
        # Without its cause, which may repeat the URL, and the password with it.
        raise DatabaseError(
            "the database's URL cannot be read; write it as postgresql://user@host:5432/name"
        ) from None
    written = parts.netloc.rpartition("@")[2]
    host = written if written.endswith("]") else written.rpartition(":")[0] or written
    return PostgresUrl(scheme, host, port, parts.path.removeprefix("/"))


def _port(parts: SplitResult) -> int:
    port = DEFAULT_PORT if parts.port is None else parts.port
    if port == 0:
        raise ValueError
    return port
