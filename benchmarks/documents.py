"""What is asked of every server: the page of a brief in one query, as bytes of HTTP."""

from collections.abc import Iterator, Sequence
from itertools import count, cycle, product
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from benchmarks.load import request

PAGE = Path(__file__).with_name("page.graphql").read_text()
HEAD = """\
query Head($slug: String!) {
  brief(by: {slug: $slug}) { id slug headline standfirst status version updatedAt }
}
"""
EDIT = """\
mutation Edit($input: EditBriefInput!) {
  editBrief(input: $input) { brief { id } userErrors { code message } }
}
"""
TARGET = "/graphql"
SIZES = range(20, 101)
"""Lengths of a timeline to ask for, all of them longer than the story's."""

_NAME = b"P00000000"
_numbers = count(1)


def posted(
    slug: str,
    *,
    document: str = PAGE,
    first: int | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """The page of a brief, asked by POST."""
    variables = {"slug": slug} | ({} if first is None else {"first": first})
    body = msgspec.json.encode({"query": document, "variables": variables})
    return request("POST", TARGET, body, headers)


def gotten(slug: str, asked: dict[str, str], headers: tuple[tuple[str, str], ...] = ()) -> bytes:
    """The same by GET: `asked` has `query` or `documentId`."""
    variables = msgspec.json.encode({"slug": slug}).decode()
    return request("GET", f"{TARGET}?{urlencode(asked | {'variables': variables})}", b"", headers)


def never_seen(slug: str) -> Iterator[bytes]:
    """The page of a brief, without end, each time by a document that this process never asked.

    Only the operation's name is another one, so that the answer is the same.
    """
    made = posted(slug, document=PAGE.replace("Page", _NAME.decode(), 1))
    before, after = made.split(_NAME)
    return (b"%sP%08d%s" % (before, number, after) for number in _numbers)


def each_named(slug: str) -> Iterator[bytes]:
    """The page of a brief, without end, each request with an id of its own, as a proxy gives it."""
    made = posted(slug, headers=(("X-Request-Id", _NAME.decode()),))
    before, after = made.split(_NAME)
    return (b"%sP%08d%s" % (before, number, after) for number in _numbers)


def in_turn(slugs: Sequence[str], *, document: str = PAGE) -> Iterator[bytes]:
    """What the document asks of these briefs, in turn and without end."""
    return cycle([posted(slug, document=document) for slug in slugs])


def never_asked(slugs: Sequence[str]) -> Iterator[bytes]:
    """The pages of these briefs by one document, each time with other variables.

    There are as many as slugs times `SIZES`; then it begins again.
    """
    return cycle(posted(slug, first=size) for size, slug in product(SIZES, slugs))


def edited(brief: str, standfirst: str, token: str) -> bytes:
    """An edit that gives the brief with this id another line under its title."""
    asked = {
        "id": brief,
        "edits": [{"reviseStandfirst": {"standfirst": standfirst}}],
        "changeNote": "Measured",
        "significance": "MINOR",
    }
    body = msgspec.json.encode({"query": EDIT, "variables": {"input": asked}})
    return request("POST", TARGET, body, (("Authorization", f"Bearer {token}"),))
