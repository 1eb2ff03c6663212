"""The manifest: a file with the documents that clients were built with, by their ids.

Two shapes are read, as the tools of clients write them:

- `{"<id>": "<text>", ...}`, the file of relay-compiler's `persistConfig`, and of others;
- Apollo's `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [...]}`, each
  operation with `id` and `body`.

An id is what the tool made it, but an id of 64 hexadecimal digits, or with the prefix `sha256:`,
says that it is the text's SHA-256, and must be. Other prefixes begin with `x-`: the rest are the
specification's (GraphQL over HTTP, appendix on persisted documents). Documents are validated and
held against the bounds here, so that what the schema has no more is found at the start, and not by
a reader.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
from graphql import GraphQLSchema

from graphql_brief.api.document import Document

_SHA256 = re.compile(r"[0-9a-f]{64}")


class BadManifest(Exception):  # noqa: N818 - the file is at fault
    """A manifest that cannot be served; the message names the file, the document and the fault."""


class Manifest(NamedTuple):
    """Documents by what clients may call them."""

    by_id: Mapping[str, Document]
    by_digest: Mapping[str, Document]


class _Operation(msgspec.Struct):
    id: str
    body: str


class _Apollo(msgspec.Struct):
    format: Literal["apollo-persisted-query-manifest"]
    version: Literal[1]
    operations: list[_Operation]


def read_manifest(schema: GraphQLSchema, path: Path) -> Manifest:
    """The documents of a file, each fit to be executed. Raises BadManifest."""
    by_id: dict[str, Document] = {}
    by_digest: dict[str, Document] = {}
    bad: list[str] = []
    for identity, text in _texts(path).items():
        made = Document(schema, text)
        document = by_id[identity] = by_digest.setdefault(made.digest, made)
        fault = _bad_id(identity, document.digest) or _bad_document(document)
        if fault:
            bad.append(f"{path}: document {identity}: {fault}")
    if bad:
        more = f"; in all, {len(bad)} documents are at fault" if len(bad) > 1 else ""
        raise BadManifest(bad[0] + more)
    return Manifest(by_id, by_digest)


def _texts(path: Path) -> dict[str, str]:
    try:
        found = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise BadManifest(f"{path}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadManifest(f"{path}: cannot be read as JSON: {error}") from error
    try:
        return (
            _of_apollo(path, found) if _is_apollo(found) else msgspec.convert(found, dict[str, str])
        )
    except msgspec.ValidationError as error:
        raise BadManifest(
            f"{path}: neither a map of ids to texts nor a manifest of Apollo, version 1: {error}"
        ) from error


def _is_apollo(found: Any) -> bool:
    return isinstance(found, dict) and not isinstance(found.get("operations", ""), str)


def _of_apollo(path: Path, found: Any) -> dict[str, str]:
    texts: dict[str, str] = {}
    for operation in msgspec.convert(found, _Apollo).operations:
        if texts.setdefault(operation.id, operation.body) != operation.body:
            raise BadManifest(f"{path}: document {operation.id}: two texts have this id")
    return texts


def _bad_id(identity: str, digest: str) -> str | None:
    prefix, colon, payload = identity.partition(":")
    says = payload if colon else identity
    if (prefix == "sha256" if colon else _SHA256.fullmatch(identity)) and says != digest:
        return f"its id is not the SHA-256 of its text, which is {digest}"
    if colon and prefix != "sha256" and not prefix.startswith("x-"):
        return "its id has a prefix that is the specification's to give: begin it with x-"
    return None


def _bad_document(document: Document) -> str | None:
    fault = document.unreadable or document.refusal({}) or next(iter(document.invalid), None)
    if fault is None:
        return None
    places = [f"line {at.line}, column {at.column}" for at in fault.locations or ()]
    return f"{fault.message} ({', '.join(places)})" if places else fault.message
