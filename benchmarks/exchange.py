"""One request and its answer, outside of what is measured."""

import http.client
import socket
from typing import Any, NamedTuple

import msgspec

from benchmarks.load import HOST

_BOUND_S = 30.0


class NotThere(Exception):  # noqa: N818 - it may be so
    """A server that does not answer what was asked; the message is what it answers instead."""


class Answer(NamedTuple):
    """An answer as it was sent, the names of its headers in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes

    def data(self) -> Any:
        """The data of a GraphQL response. Raises NotThere for errors."""
        if self.status != http.HTTPStatus.OK:
            raise NotThere(f"status {self.status}: {self.body[:300].decode(errors='replace')}")
        found = msgspec.json.decode(self.body)
        if "errors" in found:
            raise NotThere(f"errors: {self.body[:300].decode(errors='replace')}")
        return found["data"]


def exchange(port: int, request: bytes) -> Answer:
    """Send the bytes of a request, and read its answer."""
    with socket.create_connection((HOST, port), timeout=_BOUND_S) as connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection)
        try:
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read())
        finally:
            response.close()
