"""Pages of other sites: which of them may ask here (CORS, and no request forged across sites).

A browser carries nothing of its user here: there are no cookies, and a token comes in
`Authorization`, which a page must set itself. So a forged request would act as nobody. Still it
executes nothing, so that no site can set its readers' browsers on this server, or measure answers
of a server that only they reach:

- A body must be called `application/json`, which a page may send to another site only after a
  preflight. A form, a text or a body without a type is 415.
- A GET needs no preflight. Browsers say of each request where it comes from: `Origin`, or for
  images, frames and links, which have none, `Sec-Fetch-Site`. What comes from another site that
  is not allowed is 403, before anything is read.
- Other clients send neither header, and are not asked for one, such as
  `Apollo-Require-Preflight`: what they must prove is in their token.

The same list decides which sites may open a WebSocket.
"""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from strawberry.http.websocket_origin import is_same_origin, normalize_origin

from graphql_brief.http.refusals import HttpCode, Refused

PREFLIGHT_GOOD_FOR_S = 600
ALLOWED_HEADERS = (
    "Authorization",
    "If-None-Match",
    "Last-Event-ID",  # EventSource sends it unasked, what is written upon `fetch` does not
    # Sent by clients of Apollo; they mean nothing here, but a preflight asks for them.
    "Apollo-Require-Preflight",
    "X-Apollo-Operation-Name",
    "Apollographql-Client-Name",
    "Apollographql-Client-Version",
    "GraphQL-Require-Preflight",
)
_OF_OUR_OWN = ("same-origin", "none")
"""`Sec-Fetch-Site` of our own pages, and of what a user typed or had bookmarked."""


def cors(allowed: Collection[str]) -> Middleware:
    """Answers preflights, and lets the pages of allowed sites read answers, refusals too."""
    return Middleware(
        CORSMiddleware,
        allow_origins=allowed,
        allow_methods=("GET", "POST"),
        allow_headers=ALLOWED_HEADERS,
        expose_headers=("ETag", "X-Request-Id"),
        max_age=PREFLIGHT_GOOD_FOR_S,
    )


def refuse_cross_site(headers: Headers, allowed: Collection[str]) -> None:
    """Raise Refused for a request from the page of a site that is not allowed."""
    if "*" in allowed:
        return
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None:
        if site in _OF_OUR_OWN or is_same_origin(origin, headers.get("host")):
            return
        if normalize_origin(origin) in allowed:
            return
    elif site is None or site in _OF_OUR_OWN:
        return
    raise Refused(
        HttpCode.CROSS_SITE,
        f"pages of {origin or 'other sites'} may not ask here; the server's operator can allow "
        "their origin",
    )
