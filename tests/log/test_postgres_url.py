"""What is shown of a URL is never a part of a password."""

import pytest

from graphql_brief.cli.options import place_of
from graphql_brief.log.port import DatabaseError
from graphql_brief.log.postgres_database import PostgresDatabase

SHOWN = {
    "postgresql://brief:s3cret@127.0.0.1:5433/brief": "postgresql://127.0.0.1:5433/brief",
    "postgres://brief@db.example/brief?sslmode=require": "postgres://db.example/brief",
    "postgresql://u:p%40s3cret%2Fx@[::1]:5433/brief": "postgresql://[::1]:5433/brief",
    "postgresql://u:s3cret@[::1]/brief": "postgresql://[::1]/brief",
    "postgresql://h/db?user=u&password=s3cret": "postgresql://h/db",
    "postgresql:///brief?host=/var/run": "postgresql:///brief",
}


@pytest.mark.parametrize(("url", "shown"), SHOWN.items())
def test_what_is_shown(url: str, shown: str) -> None:
    """Where it is; not who comes, nor how."""
    assert place_of(url).shown == shown


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://127.0.0.1:1/db?user=x&password=p@s3cretQ",
        "postgresql://user:pa@s3cretQ/x@127.0.0.1:1/db",
        "postgresql://u:p@/s3cretQ@h/db",
        "postgresql://u:p?s3cretQ@127.0.0.1:1/db",
        "postgresql://u:p#s3cretQ@127.0.0.1:1/db",
        "postgresql://u:p@s3cretQ@127.0.0.1:1/db",
        "postgresql://u:s3cretQ/db",
        "postgresql://u:p@h:s3cretQ/db",
        "postgresql://u:s3cretQ@[h/db",
        "postgresql://u:s3cretQ@h:0/db",
    ],
)
async def test_what_could_be_read_in_two_ways_is_refused(url: str) -> None:
    """By the commands, and by the database itself; what is wrong is told without any of it."""
    with pytest.raises(DatabaseError, match="URL") as by_command:
        place_of(url)
    with pytest.raises(DatabaseError, match="URL") as by_database:
        await PostgresDatabase.open(url, create=False)
    for caught in (by_command, by_database):
        assert "s3cretQ" not in str(caught.value)
        assert caught.value.__cause__ is None


def test_how_to_write_it_is_told() -> None:
    """What is to be escaped, and as what."""
    with pytest.raises(DatabaseError, match=r"^the .* \(postgresql:…\) .* @ as %40, / as %2F"):
        place_of("postgresql://u:a@b@h/db")
