"""A route that sends bytes which it has, and looks at nothing: what the server itself lets one do.

`python -m benchmarks.peers.bare_page FILE`: the file holds the bytes.
"""

import sys
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.peers.asgi import serve


def application(page: bytes) -> Starlette:
    """`/graphql` sends the page; `/unchanged` says that it is the one that the client has."""

    async def graphql(request: Request) -> Response:
        return Response(page, media_type="application/json")

    async def unchanged(request: Request) -> Response:
        return Response(status_code=304)

    return Starlette(
        routes=[
            Route("/graphql", graphql, methods=["GET", "POST"]),
            Route("/unchanged", unchanged),
        ]
    )


if __name__ == "__main__":
    serve(application(Path(sys.argv[1]).read_bytes()))
