"""The tables of the read models, all named rm_*, and how they come and go.

No migrations: what other code made is dropped and made anew from the log. How times and texts are
stored is in `columns`.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

_Int = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

rm_checkpoint = sa.Table(
    "rm_checkpoint",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("position", _Int, nullable=False),
    sa.Column("leaf_hash", sa.LargeBinary),
)
"""How far the read models have come, in which log, made by which code. The leaf hash is that of the
event at the position: a log that was put back to a backup, and grew again, has another one there.
"""

rm_brief = sa.Table(
    "rm_brief",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    # Position of the brief's first event: a number for it in the search index, the same in
    # every rebuild.
    sa.Column("number", _Int, nullable=False, unique=True),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("headline", sa.Text, nullable=False),
    sa.Column("headline_key", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("is_public", _Int, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("updated_at", _Int, nullable=False),
    sa.Column("last_significant_update_at", _Int, nullable=False),
    sa.Column("first_published_at", _Int, nullable=False),
    sa.Column("version", _Int, nullable=False),
    sa.Column("position", _Int, nullable=False),
)
"""What lists of briefs filter and order by."""

for _name in ("updated_at", "last_significant_update_at", "first_published_at", "headline_key"):
    # Each order twice: for readers the rows that they may see lie together.
    sa.Index(f"rm_brief_{_name}", rm_brief.c[_name], rm_brief.c.id)
    sa.Index(f"rm_brief_public_{_name}", rm_brief.c.is_public, rm_brief.c[_name], rm_brief.c.id)

rm_slug = sa.Table(
    "rm_slug",
    metadata,
    sa.Column("slug", sa.Text, primary_key=True),
    sa.Column("brief", sa.Text, nullable=False, index=True),
)
"""Every slug that a brief has or had."""

rm_subject = sa.Table(
    "rm_subject",
    metadata,
    sa.Column("brief", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True, index=True),
)
"""The subjects of each brief, as `folded` writes them."""

rm_involvement = sa.Table(
    "rm_involvement",
    metadata,
    sa.Column("brief", sa.Text, primary_key=True),
    sa.Column("entity", sa.Text, primary_key=True, index=True),
)
"""Who has a part in which brief."""

rm_entity = sa.Table(
    "rm_entity",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", _Int, nullable=False),
    sa.Column("position", _Int, nullable=False),
)

rm_edition = sa.Table(
    "rm_edition",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("date", sa.Text, nullable=False, unique=True),
    sa.Column("version", _Int, nullable=False),
    sa.Column("position", _Int, nullable=False),
)

rm_page = sa.Table(
    "rm_page",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("version", _Int, nullable=False),
    sa.Column("position", _Int, nullable=False),
)

rm_revision = sa.Table(
    "rm_revision",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("first_version", _Int, primary_key=True),
    sa.Column("last_version", _Int, nullable=False),
    sa.Column("first_position", _Int, nullable=False),
    sa.Column("last_position", _Int, nullable=False),
    sa.Column("command_id", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("recorded_at", _Int, nullable=False),
    sa.Column("significance", sa.Text, nullable=False),
    sa.Column("change_note", sa.Text),
)
"""The events of one command on one stream."""

rm_snapshot = sa.Table(
    "rm_snapshot",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("version", _Int, primary_key=True),
    sa.Column("fold", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
)
"""States at some versions; see `snapshots`."""

SEARCH_COLUMNS = ("headline", "standfirst", "names", "subjects", "prose")
SEARCH_ALL = "rm_search"
SEARCH_PUBLIC = "rm_search_public"
"""Full-text indexes; a row's rowid is `rm_brief.number`.

Two, because a word's rarity is part of a rank: in one index, a reader could find out from the
ranks of published briefs which words stand in drafts.
"""
SEARCHES = (SEARCH_ALL, SEARCH_PUBLIC)
_SHADOWS = ("", "_config", "_content", "_data", "_docsize", "_idx")

NAMES = frozenset(metadata.tables) | {search + shadow for search in SEARCHES for shadow in _SHADOWS}
"""Every table of the read models, with those that a full-text index is made of."""


def existing(connection: sa.Connection) -> frozenset[str]:
    """The names of the read models' tables that are there, also those of other versions."""
    found = connection.scalars(
        sa.text(
            r"SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'rm\_%' ESCAPE '\'"
        )
    )
    return frozenset(found)


def drop(connection: sa.Connection) -> None:
    """Drop every table named rm_*."""
    # Full-text indexes first: they take the tables that they are made of with them.
    virtual = connection.scalars(
        sa.text(
            r"SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'rm\_%' ESCAPE '\'"
            " AND sql LIKE 'CREATE VIRTUAL TABLE%'"
        )
    )
    for name in sorted(virtual):
        connection.execute(sa.text(f"DROP TABLE {_quoted(name)}"))
    for name in sorted(existing(connection)):
        connection.execute(sa.text(f"DROP TABLE {_quoted(name)}"))


def create(connection: sa.Connection) -> None:
    """Create all tables, of which there may be none."""
    metadata.create_all(connection, checkfirst=False)
    for search in SEARCHES:
        connection.execute(
            sa.text(
                f"CREATE VIRTUAL TABLE {search} USING fts5({', '.join(SEARCH_COLUMNS)},"
                " tokenize = 'unicode61 remove_diacritics 2')"
            )
        )


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
