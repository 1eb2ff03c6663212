"""The documents that a server knows, and which of them a request asks.

| asked by                              | found among                                             |
|---------------------------------------|---------------------------------------------------------|
| `documentId`                          | those of the manifest                                   |
| `extensions.persistedQuery`, a hash   | those of the manifest, then those that requests brought |
| `query`                               | all; what is not known is made, and known from then on  |

Those of the manifest stay. Of the others, refused ones too, as many are kept as fit in
`MET_BOUND_BYTES` (`_Met`). Where only trusted documents are executed, no others are learnt.
"""

from types import MappingProxyType

from graphql import GraphQLSchema

from graphql_brief.api.document import Document, digest_of
from graphql_brief.api.schema import Schema
from graphql_brief.http.asked import Asked
from graphql_brief.http.manifest import Manifest, read_manifest
from graphql_brief.http.refusals import HttpCode, Refused
from graphql_brief.http.settings import HttpSettings
from graphql_brief.projections.caching import Lru

MET_BOUND_BYTES = 64_000_000
"""Most memory for documents that requests brought; the smallest counts as 5,000 bytes."""
_ONCE_SHARE = 16
"""One part of that in so many is for documents that were asked once."""
_NOTED_BOUND = 10_000
"""Most digests that are noted of documents that were asked once."""
_NONE = Manifest(MappingProxyType({}), MappingProxyType({}))


class _Met:
    """The documents that requests brought: those that were asked again, the last of them; and, in
    the smaller part, those that were asked once, so that documents which nobody asks again push out
    none that many ask. The last digests that came there are noted: who asks one again, though its
    document is gone from there, has that kept. (2Q: Johnson and Shasha, VLDB 1994.)
    """

    def __init__(self) -> None:
        once_bytes = MET_BOUND_BYTES // _ONCE_SHARE
        self._once: Lru[str, Document] = Lru(once_bytes, _held_bytes)
        self._again: Lru[str, Document] = Lru(MET_BOUND_BYTES - once_bytes, _held_bytes)
        self._noted: Lru[str, bool] = Lru(_NOTED_BOUND)

    def __len__(self) -> int:
        return len(self._once) + len(self._again)

    def get(self, digest: str) -> Document | None:
        """The document, which thereby was asked again; None if it is not here."""
        found = self._again.get(digest)
        if found is None:
            found = self._once.get(digest)
            if found is not None:
                self._once.drop(digest)
                self._again.put(digest, found)
        return found

    def put(self, digest: str, document: Document) -> None:
        """Keep one that is not here."""
        if self._noted.get(digest):
            self._again.put(digest, document)
        else:
            self._noted.put(digest, True)
            self._once.put(digest, document)


def _held_bytes(document: Document) -> int:
    return document.held_bytes


class Documents:
    """The known documents of one server."""

    def __init__(
        self, schema: GraphQLSchema, manifest: Manifest = _NONE, *, trusted_only: bool = False
    ) -> None:
        self._schema = schema
        self._manifest = manifest
        self._trusted_only = trusted_only
        self._met = _Met()

    def __len__(self) -> int:
        """How many there are, those of the manifest and those that requests brought."""
        return len(self._manifest.by_digest) + len(self._met)

    def find(self, asked: Asked) -> Document:
        """The document that is asked, which may be one that cannot be executed. Raises Refused."""
        hashed = asked.persisted_hash()
        if asked.document_id:
            if asked.query or hashed is not None:
                raise Refused(
                    HttpCode.BAD_REQUEST,
                    "the request names its document twice: send documentId alone, or query",
                )
            return self._by_id(asked.document_id)
        if asked.query:
            return self._by_text(asked.query, hashed)
        if hashed is not None:
            return self._by_hash(hashed)
        raise Refused(HttpCode.BAD_REQUEST, "the request has no query, and no documentId")

    def is_of_manifest(self, digest: str) -> bool:
        """Whether a document of this digest is of the manifest."""
        return digest in self._manifest.by_digest

    def _by_id(self, identity: str) -> Document:
        found = self._manifest.by_id.get(identity)
        if found is None and identity.startswith("sha256:"):
            found = self._manifest.by_digest.get(identity.removeprefix("sha256:"))
        if found is None:
            raise Refused(
                HttpCode.DOCUMENT_NOT_FOUND,
                f"there is no document {identity:.100} in this server's manifest",
            )
        return found

    def _by_hash(self, hashed: str) -> Document:
        # Apollo's clients send the manifest's id as the hash, whatever it is.
        found = self._manifest.by_id.get(hashed)
        if found is None:
            found = self._manifest.by_digest.get(hashed)
        if found is None:
            found = self._met.get(hashed)
        if found is None:
            raise self._no_such_hash()
        return found

    def _by_text(self, text: str, hashed: str | None) -> Document:
        digest = digest_of(text)
        trusted = self._manifest.by_digest.get(digest)
        if hashed not in (None, digest):
            named = self._manifest.by_id.get(hashed)
            if named is None or named.digest != digest:
                raise Refused(
                    HttpCode.BAD_REQUEST,
                    f"extensions.persistedQuery: the SHA-256 of the query is {digest}",
                )
        if trusted is not None:
            return trusted
        if self._trusted_only and hashed is not None:
            raise self._no_such_hash()
        if self._trusted_only:
            raise Refused(
                HttpCode.UNTRUSTED_DOCUMENT,
                "this server executes the documents of its manifest only, and this is none of them",
            )
        found = self._met.get(digest)
        if found is None:
            found = Document(self._schema, text)
            self._met.put(digest, found)
        return found

    def _no_such_hash(self) -> Refused:
        """What clients of Apollo's protocol look for, word by word."""
        if self._trusted_only:
            return Refused(HttpCode.PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported")
        return Refused(HttpCode.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")


def documents_of(schema: Schema, settings: HttpSettings) -> Documents:
    """The documents of a server with these settings. Raises BadManifest."""
    made = schema._schema
    manifest = read_manifest(made, settings.documents) if settings.documents else _NONE
    return Documents(made, manifest, trusted_only=settings.trusted_only)
