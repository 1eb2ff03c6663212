"""What was done to the files of a database, in order: the words of a record."""

from typing import Literal

from msgspec import Struct


class Create(Struct, frozen=True, tag=True):
    """A file was made."""

    path: str


class Write(Struct, frozen=True, tag=True):
    """Bytes were written, which are not on the disk before a sync."""

    path: str
    offset: int
    data: bytes


class Truncate(Struct, frozen=True, tag=True):
    """A file was cut."""

    path: str
    size: int


class Sync(Struct, frozen=True, tag=True):
    """What was written to a file before the operation `began` is on the disk."""

    path: str
    began: int
    """Place in the record of the first operation that it says nothing of."""
    folder: bool
    """Whether the names in its folder are on the disk too."""


class LostSync(Struct, frozen=True, tag=True):
    """A sync failed: of what was written before, nobody knows, and no later sync brings it back."""

    path: str


class Rename(Struct, frozen=True, tag=True):
    """A file took another name, and the place of what had it."""

    path: str
    to: str


class Delete(Struct, frozen=True, tag=True):
    """A file's name was removed."""

    path: str
    folder: bool
    """Whether that is on the disk."""


class Mark(Struct, frozen=True, tag=True):
    """A line of the journal was written here: no operation, but it has its place among them."""

    line: bytes


Operation = Create | Write | Truncate | Sync | LostSync | Rename | Delete | Mark

Kind = Literal["create", "write", "truncate", "sync", "rename", "delete"]
"""An operation on which a fault can strike."""
KINDS: tuple[Kind, ...] = ("create", "write", "truncate", "sync", "rename", "delete")
