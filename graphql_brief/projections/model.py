"""Which code made the read models: what other code made must be made anew.

The names are digests of the source and not numbers that somebody must remember to raise: a fold
that gives something else under an old number would be served, silently, beside the new one. A
change that alters nothing costs one rebuild at the next start.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from graphql_brief.domain import (
    edtf,
    erasure,
    events,
    evolve,
    evolve_items,
    items,
    sections,
    states,
    vocabulary,
    workpiece,
    written_out,
)
from graphql_brief.log import codec, upcasters


def digest(modules: Iterable[ModuleType | str]) -> str:
    """A name for the code of these modules, given themselves or as paths of their files."""
    found = hashlib.sha256()
    for module in modules:
        path = module if isinstance(module, str) else module.__file__
        assert path is not None
        found.update(hashlib.sha256(Path(path).read_bytes()).digest())
    return found.hexdigest()[:16]


FOLD = digest(
    (
        codec,
        edtf,
        erasure,
        events,
        evolve,
        evolve_items,
        items,
        sections,
        states,
        upcasters,
        vocabulary,
        workpiece,
        written_out,
    )
)
"""The code that makes states of stored events."""
