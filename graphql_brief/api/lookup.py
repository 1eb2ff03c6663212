"""From a global id to what has it.

| id                                   | what                                   |
|--------------------------------------|----------------------------------------|
| `brief-…` `entity-…` `edition-…` ... | the stream's object                    |
| `<brief>.<noun>.<key>`               | an item of the brief, as it is now     |
| `<brief>.observation.<owner>.<key>`  | an observation; `forecast` the same    |
| `<stream>.revision.<version>`        | the revision that ends at this version |
"""

import re

from graphql_brief.api import reading
from graphql_brief.api.context import Context
from graphql_brief.api.history import Revised, of_row
from graphql_brief.api.located import Located
from graphql_brief.api.view import BriefView
from graphql_brief.domain.states import Brief, State

_VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


async def find(context: Context, identity: str) -> BriefView | Located | State | Revised | None:
    """What has this id; None if nothing has, for this viewer."""
    stream, *path = identity.split(".")
    state = await reading.state_now(context, stream)
    view = None
    if isinstance(state, Brief):
        view = await reading.brief_now(context, stream)
        if view is None:
            return None
    match path:
        case []:
            return view or state
        case ["revision", version] if state is not None:
            return await _revision(context, stream, version, view)
        case _:
            return view.find(tuple(path)) if view is not None else None


async def _revision(
    context: Context, stream: str, version: str, view: BriefView | None
) -> Revised | None:
    if not _VERSION.fullmatch(version):
        return None
    context.note_rows()
    row = await context.node.catalogue.revision_of(stream, int(version))
    if row is None or row.last_version != int(version):
        return None
    if view is not None and not reading.may_see_version(
        context.viewer, view.state, row.last_version
    ):
        return None
    return of_row(row, view)
