"""From a global id to what has it.

| id                                   | what                                   |
|--------------------------------------|----------------------------------------|
| `brief-…` `entity-…` `edition-…` ... | the stream's object                    |
| `<brief>.<noun>.<key>`               | an item of the brief, as it is now     |
| `<brief>.observation.<owner>.<key>`  | an observation; `forecast` the same    |
| `<stream>.revision.<version>`        | the revision that ends at this version |
"""

import re
from collections.abc import Sequence
from typing import TypeAlias

from graphql_brief.api import reading
from graphql_brief.api.context import Context
from graphql_brief.api.history import Revised, of_row
from graphql_brief.api.located import Located
from graphql_brief.api.view import BriefView
from graphql_brief.domain.states import Brief, State
from graphql_brief.projections.revisions import Revision

Found: TypeAlias = BriefView | Located | State | Revised

_VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


async def find(context: Context, identity: str) -> Found | None:
    """What has this id; None if nothing has, for this viewer."""
    (found,) = await find_all(context, [identity])
    return found


async def find_all(context: Context, identities: Sequence[str]) -> list[Found | None]:
    """What has these ids, each in its place, as `find` gives it.

    The streams that they name are loaded together, and their revisions in one read.
    """
    paths = [identity.split(".") for identity in identities]
    newest = await reading.states_now(context, [stream for stream, *_ in paths])
    seen = {stream: _shown(context, state) for stream, state in newest.items()}
    ends = [_end(stream, path) if seen.get(stream) else None for stream, *path in paths]
    if any(ends):
        context.note_rows()
    rows = await context.node.catalogue.revisions_ending_at(frozenset(filter(None, ends)))
    return [
        _at(context, seen.get(stream), path, rows.get(end) if end else None)
        for (stream, *path), end in zip(paths, ends, strict=True)
    ]


def _shown(context: Context, state: State) -> BriefView | State | None:
    """What a stream's newest state is shown as; None if the viewer does not see it."""
    return reading.shown(context, state) if isinstance(state, Brief) else state


def _end(stream: str, path: Sequence[str]) -> tuple[str, int] | None:
    """The stream and version at which the revision ends that an id names; None if it names none."""
    match path:
        case ["revision", version] if _VERSION.fullmatch(version):
            return stream, int(version)
        case _:
            return None


def _at(
    context: Context, whole: BriefView | State | None, path: Sequence[str], row: Revision | None
) -> Found | None:
    """What stands at a path in a stream's object; for a revision, what its row tells."""
    view = whole if isinstance(whole, BriefView) else None
    match path:
        case []:
            return whole
        case ["revision", _]:
            return _revision(context, row, view) if row is not None else None
        case _:
            return view.find(tuple(path)) if view is not None else None


def _revision(context: Context, row: Revision, view: BriefView | None) -> Revised | None:
    if view is not None and not reading.may_see_version(
        context.viewer, view.state, row.last_version
    ):
        return None
    return of_row(row, view)
