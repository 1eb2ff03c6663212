"""Snapshots: states on disk every so many versions, so that no state costs a long fold.

They are the projector's to write and anybody's to delete. A snapshot that is damaged, or was made
by other code, counts as missing.
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
import sqlalchemy as sa

from graphql_brief.domain.states import Brief, Edition, Entity, Page, State
from graphql_brief.projections import model
from graphql_brief.projections.store import Readable
from graphql_brief.projections.tables import rm_snapshot

S = TypeVar("S", bound=State)

SNAPSHOT_VERSIONS = 200
"""A stream has a snapshot at every multiple of this version."""

_KINDS: dict[str, type[State]] = {
    "brief": Brief,
    "entity": Entity,
    "edition": Edition,
    "page": Page,
}
"""What a stream folds to, by the first word of its name."""

_NEWEST = (
    sa.select(rm_snapshot.c.version, rm_snapshot.c.digest, rm_snapshot.c.state)
    .where(
        rm_snapshot.c.stream == sa.bindparam("of"),
        rm_snapshot.c.fold == sa.bindparam("fold"),
        rm_snapshot.c.version <= sa.bindparam("up_to"),
    )
    .order_by(rm_snapshot.c.version.desc())
    .limit(1)
)
_BEYOND_ANY_VERSION = 2**53

_logger = logging.getLogger(__name__)


class Snapshots:
    """The snapshots among a set of read models."""

    def __init__(self, read_models: Readable) -> None:
        self._read_models = read_models
        self._told_of: Path | None = None  # a file of which it was said that it cannot be read

    async def newest(self, stream: str, *, up_to_version: int | None = None) -> State | None:
        """The newest sound snapshot of a stream, up to a version; None if there is none.

        There is none either where the read models cannot be read.
        """
        up_to = _BEYOND_ANY_VERSION if up_to_version is None else up_to_version
        while True:
            try:
                rows = await self._read_models.fetch(
                    _NEWEST, {"of": stream, "fold": model.FOLD, "up_to": up_to}
                )
            except sa.exc.DBAPIError as error:
                # Without them a fold costs more, and nothing else: the log has it all.
                self._tell_of(self._read_models.path, error)
                return None
            if not rows:
                return None
            ((version, digest, blob),) = rows
            state = _sound(stream, version, digest, blob)
            if state is not None:
                return state
            _logger.warning("the snapshot of %s at version %d is damaged", stream, version)
            up_to = version - 1

    def _tell_of(self, path: Path, error: sa.exc.DBAPIError) -> None:
        """Once a file: every edit and every page comes by here."""
        if path != self._told_of:
            self._told_of = path
            _logger.warning("snapshots cannot be read from %s: %s", path, error.orig)


def write(connection: sa.Connection, states: Iterable[State], erased: Mapping[str, int]) -> None:
    """Keep these states as snapshots of their versions.

    Of the streams of which something was erased, those from the given version on are deleted
    before.
    """
    for stream, version in erased.items():
        connection.execute(
            sa.delete(rm_snapshot).where(
                rm_snapshot.c.stream == stream, rm_snapshot.c.version >= version
            )
        )
    rows = []
    for state in states:
        blob = encode(state)
        rows.append(
            {
                "stream": state.id,
                "version": state.version,
                "fold": model.FOLD,
                "digest": digest_of(blob),
                "state": blob,
            }
        )
    if rows:
        connection.execute(sa.insert(rm_snapshot), rows)


def encode(state: State) -> bytes:
    """A state as bytes, always the same for the same state."""
    members = msgspec.to_builtins(state)
    if isinstance(state, Brief):
        # Sets have no order of their own; the order of a dict is content.
        members["gone_keys"] = {name: sorted(keys) for name, keys in state.gone_keys.items()}
    return msgspec.json.encode(members)


def revive(kind: type[S], blob: bytes) -> S:
    """The state that `encode` wrote. Raises msgspec.MsgspecError if these bytes are none."""
    return msgspec.json.decode(blob, type=kind)


def digest_of(blob: bytes) -> bytes:
    """What is kept beside a state, to tell its bytes from damaged ones."""
    return hashlib.sha256(blob).digest()


def _sound(stream: str, version: int, digest: bytes, blob: bytes) -> State | None:
    """The state, or None if these bytes are not what was written for it."""
    # The digest first: one bit that fell over in a text would decode well.
    if digest_of(blob) != digest:
        return None
    try:
        state = revive(_KINDS[stream.partition("-")[0]], blob)
    except msgspec.MsgspecError:
        return None
    return state if (state.id, state.version) == (stream, version) else None
