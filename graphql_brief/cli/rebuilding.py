"""`rebuild`: the read models made anew beside those that are served."""

import contextlib
import os
from typing import Annotated

import typer

from graphql_brief.cli.options import DEFAULT_URL, DatabaseUrl, ReadModels, UsageError, place_of
from graphql_brief.cli.terminal import run, shown
from graphql_brief.http.node import utc_now
from graphql_brief.log.opening import open_log
from graphql_brief.projections.rebuild import Rebuilt
from graphql_brief.projections.rebuild import rebuild as rebuild_read_models


def rebuild(
    database_url: DatabaseUrl = DEFAULT_URL,
    read_models: ReadModels = None,
    accept: Annotated[
        bool, typer.Option(help="Change over even if they differ from those before.")
    ] = False,
) -> None:
    """Make the read models anew from the log, compare them with those before, and change over.

    A server may run meanwhile, and edits arrive; it changes over by itself.
    """
    place = place_of(database_url, read_models)

    async def work() -> Rebuilt:
        async with open_log(place.url, clock=utc_now, create=False, read_only=True) as log:
            with shown("rebuilding") as tell:
                return await rebuild_read_models(
                    place.read_models, log, tell, accept_difference=accept
                )

    with contextlib.suppress(OSError):
        os.nice(10)  # a server on this machine goes first
    done = run(work())
    print(f"made the read models anew from {done.position} events")
    if done.why_not is not None:
        print(f"they were not compared: {done.why_not}")
    elif not done.differing:
        print(f"they are equal to those before, compared at position {done.compared_at}")
    else:
        told = (
            f"they differ from those before at position {done.compared_at}, in "
            f"{', '.join(done.differing)}"
        )
        if done.deleted:
            raise UsageError(
                f"{told}; the new ones held what was erased meanwhile, and are deleted: rebuild "
                "again"
            )
        if not done.in_place:
            raise UsageError(
                f"{told}; the new ones are {done.path}, and are not in use: look into it, then "
                "rebuild with --accept"
            )
        print(told)
