"""The kinds of requests. Each is a function of a document that fits the schema and of luck."""

import base64
import json
from collections.abc import Callable
from random import Random
from urllib.parse import quote, urlencode

from tests.fuzz import frames, spoil
from tests.fuzz.wire import Sent

ACCEPTS = (
    *("*/*", "application/json", "application/graphql-response+json", "text/html", "", ";;q=,"),
    *("application/json;q=0, */*;q=2", "a" * 3000, "application/graphql-response+json;q=nan"),
)
CONTENT_TYPES = (
    *("application/json", "application/json; charset=utf-8", "application/json;charset=utf-16"),
    *("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", ""),
    *("application/graphql", "application/json; charset", "APPLICATION/JSON ;; ; ="),
)
METHODS = ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "POST")
PATHS = (
    *("/", "/graphql/", "/graphql?", "/graphql?query", "/graphql?query=%ff%fe", "/graphql#x", "//"),
    *(
        "/ide",
        "/ide/",
        "/ide/../../etc/passwd",
        "/ide/%2e%2e/%2e%2e",
        "/ide/main.js?x=1",
        "/ide/%00",
    ),
    *("/graphql?query=%7B__typename%7D&query=1", "/graphql?variables=%5B", "/health/ready?x"),
    *("/metrics", "/health/live/..", "/%00", "/%f0%9f", "/graphql?extensions=1&query=%7Ba%7D", "*"),
    *("http://other.example/graphql", "/graphql?query=" + "a" * 9000, "/" + "a/" * 2000, "/a b"),
)
HEADERS = (
    *("Authorization: Bearer", "Authorization: Bearer a.b.c", "Authorization: Basic eDp5", "Host:"),
    *(
        "Origin: https://other.example",
        "Origin: null",
        "Origin: https://[",
        "Sec-Fetch-Site: cross-site",
    ),
    *("Content-Encoding: gzip", "Expect: 100-continue", "Range: bytes=0-1", "If-None-Match: *"),
    *(
        'If-None-Match: "a", W/"b"',
        "If-None-Match: \xff",
        "Accept-Encoding: br;q=x",
        "X: " + "a" * 70_000,
    ),
    *(
        "Transfer-Encoding: gzip",
        "Connection: close, upgrade",
        "Upgrade: h2c",
        "Cookie: " + "a=b;" * 99,
    ),
    *(
        "Access-Control-Request-Method: POST",
        "Last-Event-ID: \x7f",
        "Content-Length: 0",
        "Bad Name: x",
    ),
    *("Authorization: Bearer " + base64.b64encode(b'{"alg":"none"}').decode() + ".e30.", "\x00: x"),
    *("X-Forwarded-For: " + "1," * 999, "Content-Length: 99999999999999999999999", "Via: \t\t"),
)
GARBAGE = (
    *(
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\0" * 50,
    ),
    *(
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"get / http/1.1\r\n\r\n",
        b"POST /graphql\r\n\r\n",
    ),
    *(b"GET / HTTP/1.1\r\n: x\r\n\r\n", b"GET / HTTP/1.1\r\nA\r\n\r\n", b"\r\n\r\n\r\nFOO\r\n\r\n"),
    *(b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", b"GET \xff HTTP/1.1\r\nHost: a\r\n\r\n"),
)


def _post(kind: str, body: bytes, random: Random, headers: tuple[str, ...] = ()) -> Sent:
    content_type = "Content-Type: application/json"
    accept = f"Accept: {random.choice(ACCEPTS[:3])}"
    length = f"Content-Length: {len(body)}"
    lines = ("POST /graphql HTTP/1.1", "Host: fuzz", content_type, accept, length, *headers)
    return Sent(kind, "\r\n".join((*lines, "", "")).encode("latin-1"), body)


def _body(document: str) -> bytes:
    return json.dumps({"query": document}).encode("utf-8", "surrogatepass")


class Cases:
    """Makes requests, with the tokens of a server."""

    def __init__(self, tokens: tuple[str, ...]) -> None:
        self._bearers = tuple((f"Authorization: Bearer {token}",) for token in tokens)

    def make(self, document: str, random: Random) -> Sent:
        """One request, of a kind that is drawn."""
        weights = [weight for _, weight in _KINDS]
        ((kind, _),) = random.choices(_KINDS, weights)
        return kind(self, document, random)

    def _who(self, random: Random) -> tuple[str, ...]:
        return random.choice(((), *self._bearers))

    def document(self, document: str, random: Random) -> Sent:
        """A document as it is."""
        return _post("document", _body(document), random, self._who(random))

    def by_get(self, document: str, random: Random) -> Sent:
        """The same in an address."""
        asked = urlencode({"query": document}, quote_via=quote, errors="replace")
        lines = (f"GET /graphql?{asked} HTTP/1.1", "Host: fuzz", *self._who(random), "", "")
        return Sent("document by GET", "\r\n".join(lines).encode(), method="GET")

    def batch(self, document: str, random: Random) -> Sent:
        """Several in one request, some of them nothing of the kind."""
        good = {"query": document}
        entries = [
            random.choice((good, spoil.request(good, random), random.choice(spoil.VALUES)))
            for _ in range(random.randint(0, 12))
        ]
        return _post("batch", json.dumps(entries).encode(), random, self._who(random))

    def spoiled_document(self, document: str, random: Random) -> Sent:
        """A document with wrongs in it."""
        return _post("spoiled document", _body(spoil.text(document, random)), random)

    def spoiled_request(self, document: str, random: Random) -> Sent:
        """A request with parts of wrong kinds."""
        variables = {"by": {"id": "brief-iraqexit"}, "x": random.choice(spoil.VALUES)}
        good = {"query": document, "variables": variables}
        body = json.dumps(spoil.request(good, random)).encode()
        return _post("spoiled request", body, random, self._who(random))

    def spoiled_body(self, document: str, random: Random) -> Sent:
        """A body that is no JSON any more, or no UTF-8."""
        return _post("spoiled body", spoil.raw(_body(document), random), random)

    def headers(self, document: str, random: Random) -> Sent:
        """Headers that contradict each other, or mean nothing."""
        body = _body(document)
        lines = [
            "POST /graphql HTTP/1.1",
            "Host: fuzz",
            f"Content-Type: {random.choice(CONTENT_TYPES)}",
            f"Accept: {random.choice(ACCEPTS)}",
            f"Content-Length: {len(body)}",
            *random.sample(HEADERS, random.randint(1, 3)),
        ]
        return Sent("headers", "\r\n".join((*lines, "", "")).encode("latin-1"), body)

    def framing(self, document: str, random: Random) -> Sent:
        """A body that ends elsewhere than is said: chunks, or another length."""
        body = _body(document)
        chunk = b"%x\r\n%s\r\n" % (len(body), body)
        fields, sent = random.choice(
            (
                (b"Transfer-Encoding: chunked", chunk + b"0\r\n\r\n"),
                (b"Transfer-Encoding: chunked", b"zz\r\n" + body),
                (b"Transfer-Encoding: chunked", b"fffffffffffffffff\r\n" + body),
                (b"Transfer-Encoding: chunked\r\nContent-Length: 5", chunk + b"0\r\n\r\n"),
                (b"Content-Length: %d" % (len(body) // 2), body),
                (b"Content-Length: -1", body),
                (b"Content-Length: +5", body),
                (b"Content-Length: 5, 6", body),
                (b"Content-Length: 2000000", body),
            )
        )
        head = b"POST /graphql HTTP/1.1\r\nHost: fuzz\r\nContent-Type: application/json\r\n"
        return Sent("framing", head + fields + b"\r\n\r\n", sent)

    def address(self, document: str, random: Random) -> Sent:
        """Other methods and places."""
        method, path = random.choice(METHODS), random.choice(PATHS)
        lines = (f"{method} {path} HTTP/1.1", "Host: fuzz", f"Accept: {random.choice(ACCEPTS)}")
        head = "\r\n".join((*lines, "Content-Length: 0", "", "")).encode()
        return Sent("address", head, method=method, is_api=False)

    def garbage(self, document: str, random: Random) -> Sent:
        """What is no HTTP."""
        head = random.choice((*GARBAGE, random.randbytes(random.randint(1, 200))))
        return Sent("garbage", head + b"\r\n\r\n", method="GET", is_api=False)

    def handshake(self, document: str, random: Random) -> Sent:
        """A WebSocket that is asked for wrongly."""
        # The first line stays: empty lines are no request, and wait for one.
        line, end, fields = frames.HANDSHAKE[:-4].partition(b"\r\n")
        head = line + end + spoil.raw(fields, random) + b"\r\n\r\n"
        return Sent("handshake", head, method="GET", is_api=False)

    def operation(self, document: str, random: Random) -> Sent:
        """A document over a WebSocket."""
        bearer = self._who(random)
        payload = {"authorization": bearer[0].partition(" ")[2]} if bearer else {}
        asked = {"query": document}
        sent = frames.said({"type": "connection_init", "payload": payload})
        sent += frames.said({"type": "subscribe", "id": "1", "payload": asked})
        is_operation = not document.lstrip().startswith("subscription")
        return Sent(
            "operation", frames.HANDSHAKE, method="GET", frames=sent, is_operation=is_operation
        )

    def frames(self, document: str, random: Random) -> Sent:
        """Frames that break the rules of WebSockets, or of the protocol on them."""
        sent = frames.said({"type": "connection_init"}) if random.random() < 0.8 else b""
        sent += b"".join(frames.bad_frames(random) for _ in range(random.randint(1, 4)))
        return Sent("frames", frames.HANDSHAKE, method="GET", frames=sent)


_KINDS: tuple[tuple[Callable[[Cases, str, Random], Sent], int], ...] = (
    (Cases.document, 24),
    (Cases.by_get, 8),
    (Cases.batch, 6),
    (Cases.spoiled_document, 14),
    (Cases.spoiled_request, 10),
    (Cases.spoiled_body, 10),
    (Cases.headers, 6),
    (Cases.framing, 3),
    (Cases.address, 5),
    (Cases.garbage, 2),
    (Cases.handshake, 2),
    (Cases.operation, 5),
    (Cases.frames, 5),
)
"""The kinds, and how many of a hundred requests are of each."""
