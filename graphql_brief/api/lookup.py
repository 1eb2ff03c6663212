"""From a global id to what has it.

| id                                   | what                                   |
|--------------------------------------|----------------------------------------|
| `brief-…` `entity-…` `edition-…` ... | the stream's object                    |
| `<brief>.<noun>.<key>`               | an item of the brief, as it is now     |
| `<brief>.observation.<owner>.<key>`  | an observation; `forecast` the same    |
| `<stream>.revision.<version>`        | the revision that ends at this version |
"""

import strawberry

from graphql_brief.api import reading
from graphql_brief.api.context import Context
from graphql_brief.api.history import Revised
from graphql_brief.api.view import BriefView, Located
from graphql_brief.domain.states import Brief, State

NODES_BOUND = 100
"""Most ids of one `nodes`."""


async def find(context: Context, identity: str) -> BriefView | Located | State | Revised | None:
    """What has this id; None if nothing has, for this viewer."""
    stream, *path = identity.split(".")
    if not path and not stream.startswith("brief-"):
        state = await context.node.states.get(stream)
        return None if isinstance(state, Brief) else state
    view = await reading.brief(context, reading.BriefBy(id=strawberry.ID(stream)))
    if view is None or not path:
        return view
    return view.find(tuple(path))
