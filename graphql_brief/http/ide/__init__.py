"""The IDE at `/ide`: a page to ask the API by hand, made of this package's own files alone.

What it may do is told by its Content-Security-Policy: it loads nothing and asks nobody but the
server that it came from, runs no script that stands in the page, and is in nobody's frame.
"""

from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graphql_brief.http.ide.examples import read_examples

PATH = "/ide"
_PAGE = "index.html"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
}
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # Kept by the browser, but asked for each time: a server that is updated has other files.
    "cache-control": "no-cache",
}


class _File:
    """One file, as it is answered; it is read once, and held for as long as the server runs."""

    def __init__(self, name: str, body: bytes) -> None:
        self._body = body
        self._headers = _HEADERS | {
            "content-type": _TYPES[name[name.rindex(".") :]],
            "etag": f'"{sha256(body).hexdigest()[:32]}"',
        }

    async def __call__(self, request: Request) -> Response:
        if request.headers.get("if-none-match") == self._headers["etag"]:
            return Response(status_code=304, headers=self._headers)
        return Response(self._body, headers=self._headers)


def routes() -> list[Route]:
    """The page, its files and the examples."""
    folder = files(__name__)
    examples = msgspec.json.encode(read_examples(folder / "examples"))
    found = {file.name: file.read_bytes() for file in _files(folder / "static")}
    page = found.pop(_PAGE)
    return [
        Route(PATH, _File(_PAGE, page).__call__),
        Route(f"{PATH}/examples.json", _File("examples.json", examples).__call__),
        *(Route(f"{PATH}/{name}", _File(name, body).__call__) for name, body in found.items()),
    ]


def _files(folder: Traversable) -> list[Traversable]:
    return sorted(folder.iterdir(), key=lambda file: file.name)
