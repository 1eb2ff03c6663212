"""Which document a request asks: by its text, by its id, by its hash; and which are kept."""

import json
import operator
from pathlib import Path
from typing import Any

import httpx
import pytest
from strawberry.schema import schema as of_strawberry

from graphql_brief.api import document as of_api
from graphql_brief.api.document import digest_of
from graphql_brief.api.schema import schema
from graphql_brief.http import documents as module
from graphql_brief.http.asked import Asked
from graphql_brief.http.documents import Documents, documents_of
from graphql_brief.http.refusals import HttpCode, Refused
from graphql_brief.http.settings import HttpSettings
from tests.http.application import PATH, Application, Opening, code

WHY = 'query Why { page(slug: "why") { slug } }'
EDIT = """mutation Edit($body: String!) {
  revisePage(input: {slug: "why", title: "Why", body: $body}) { page { body } }
}"""
TWO = "query A { __typename } query B { viewer { audience } }"
MANIFEST = {"why": WHY, digest_of(EDIT): EDIT, "x-team:two": TWO}
OTHER = "{ __typename }"


def hashed(digest: str, version: int = 1, **more: Any) -> dict[str, Any]:
    """The extensions by which Apollo's and urql's clients ask."""
    return {"persistedQuery": {"version": version, "sha256Hash": digest, **more}}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A file with documents."""
    file = tmp_path / "documents.json"
    file.write_text(json.dumps(MANIFEST))
    return file


@pytest.fixture
async def persisting(opening: Opening, manifest: Path) -> Application:
    """An application with a manifest."""
    return await opening(HttpSettings(documents=manifest))


@pytest.fixture
async def trusting(opening: Opening, manifest: Path) -> Application:
    """An application that executes what is in the manifest only."""
    return await opening(HttpSettings(documents=manifest, trusted_only=True))


async def by_get(application: Application, **given: Any) -> httpx.Response:
    """The answer to a GET with these parameters."""
    texts = {name: v if isinstance(v, str) else json.dumps(v) for name, v in given.items()}
    return await application.client.get(PATH, params=texts)


# By id


@pytest.mark.parametrize("identity", ["why", f"sha256:{digest_of(WHY)}"])
async def test_by_id(persisting: Application, identity: str) -> None:
    """POST and GET answer as to the text, by the file's id and by the specification's."""
    expected = (await persisting.post({"query": WHY})).content
    assert b"data" in expected
    for response in (
        await persisting.post({"documentId": identity}),
        await persisting.post({"documentId": identity, "query": None, "variables": {}}),
        await persisting.post({"documentId": identity, "query": ""}),
        await by_get(persisting, documentId=identity),
        await by_get(persisting, documentId=identity, query="", variables={}),
    ):
        assert (response.status_code, response.content) == (200, expected)


async def test_operations_and_variables_by_id(persisting: Application) -> None:
    """They are asked beside the id as beside a text."""
    answer = await persisting.post({"documentId": "x-team:two", "operationName": "B"})
    assert answer.json() == {"data": {"viewer": {"audience": "PUBLIC"}}}
    assert code(await persisting.post({"documentId": "x-team:two"})) == "BAD_USER_INPUT"
    asked = {"documentId": f"sha256:{digest_of(EDIT)}", "variables": {"body": "New."}}
    answer = await persisting.post(asked, authorization=persisting.editor)
    assert answer.json() == {"data": {"revisePage": {"page": {"body": "New."}}}}
    assert code(await persisting.post(asked | {"variables": {}})) == "BAD_USER_INPUT"


async def test_a_mutation_by_id_and_get(persisting: Application) -> None:
    """A link cannot write."""
    response = await by_get(
        persisting, documentId=f"sha256:{digest_of(EDIT)}", variables={"body": "No."}
    )
    assert (response.status_code, code(response)) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    "identity",
    ["none", f"sha256:{digest_of(OTHER)}", "sha256:", "md5:why", "x-team:why", "WHY", "💥" * 5_000],
)
async def test_an_unknown_id(persisting: Application, identity: str) -> None:
    """It is refused, also if a request has brought a document of this hash."""
    await persisting.post({"query": OTHER})
    for response in (
        await persisting.post({"documentId": identity}),
        await persisting.post({"documentId": identity}, accept="application/json"),
    ):
        assert (response.status_code, code(response)) == (404, "DOCUMENT_NOT_FOUND")
        assert identity[:100] in response.json()["errors"][0]["message"]
        assert len(response.content) < 1_000


@pytest.mark.parametrize(
    "given",
    [
        {"query": WHY, "documentId": "why"},
        {"documentId": "why", "extensions": hashed(digest_of(WHY))},
        {"query": OTHER, "documentId": "none"},
    ],
)
async def test_a_document_that_is_named_twice(
    persisting: Application, given: dict[str, Any]
) -> None:
    """It is refused, although both may name the same."""
    for response in (await persisting.post(given), await by_get(persisting, **given)):
        assert (response.status_code, code(response)) == (400, "BAD_REQUEST")
        assert "twice" in response.text


@pytest.mark.parametrize("given", [{"documentId": 1}, {"documentId": ["why"]}])
async def test_an_id_that_is_no_text(persisting: Application, given: dict[str, Any]) -> None:
    """It is refused as any request that is none."""
    assert code(await persisting.post(given)) == "BAD_REQUEST"


async def test_a_request_without_a_document(persisting: Application) -> None:
    """It is told what may name one."""
    for given in ({}, {"documentId": ""}, {"query": ""}, {"extensions": {"persistedQuery": None}}):
        response = await persisting.post(given)
        assert (response.status_code, code(response)) == (400, "BAD_REQUEST")
        assert "documentId" in response.text


async def test_ids_in_a_batch(persisting: Application) -> None:
    """Each stands alone, and has its refusal in its place."""
    batch = [{"documentId": "why"}, {"documentId": "none"}, {"extensions": hashed("0" * 64)}]
    good, *bad = (await persisting.post(batch)).json()
    assert "data" in good
    assert [one["errors"][0]["extensions"]["code"] for one in bad] == [
        "DOCUMENT_NOT_FOUND",
        "PERSISTED_QUERY_NOT_FOUND",
    ]


# By hash, as Apollo's clients ask


async def test_the_dance(application: Application) -> None:
    """A hash is unknown until it came with its text; then it is enough, by GET too."""
    text = "query Dance { __typename }"
    asked = {"extensions": hashed(digest_of(text))}
    for response in (await application.post(asked), await by_get(application, **asked)):
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        assert response.json() == {
            "errors": [
                {
                    "message": "PersistedQueryNotFound",
                    "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"},
                }
            ]
        }
    # urql's exchange says that it missed.
    registering = {"query": text, "extensions": hashed(digest_of(text), miss=True)}
    for response in (
        await application.post(registering),
        await application.post(asked),
        await by_get(application, **asked),
        await by_get(application, **registering),
    ):
        assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("extensions", "message"),
    [
        (hashed(digest_of(WHY)), digest_of(OTHER)),
        (hashed(digest_of(OTHER).upper()), digest_of(OTHER)),
        (hashed(digest_of(OTHER), version=2), "version"),
        ({"persistedQuery": {"version": 1}}, "sha256Hash"),
        ({"persistedQuery": {"sha256Hash": digest_of(OTHER)}}, "version"),
        ({"persistedQuery": "x"}, "object"),
        ({"persistedQuery": {"version": 1, "sha256Hash": 5}}, "sha256Hash"),
    ],
)
async def test_a_hash_that_is_not_that_of_the_query(
    application: Application, extensions: dict[str, Any], message: str
) -> None:
    """It is refused, and nothing is known by it."""
    response = await application.post({"query": OTHER, "extensions": extensions})
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")
    assert message in response.text
    asked = await application.post({"extensions": hashed(digest_of(WHY))})
    assert code(asked) == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_mutation_by_hash_and_get(application: Application) -> None:
    """A link cannot write."""
    await application.post({"query": EDIT, "variables": {"body": "No."}})
    asked = {"extensions": hashed(digest_of(EDIT)), "variables": {"body": "No."}}
    response = await by_get(application, **asked)
    assert (response.status_code, code(response)) == (405, "METHOD_NOT_ALLOWED")


async def test_what_is_no_graphql_by_hash(application: Application) -> None:
    """It has its error, which is another than that it is not known."""
    for asked in (
        {"query": "{ nothing", "extensions": hashed(digest_of("{ nothing"))},
        {"extensions": hashed(digest_of("{ nothing"))},
    ):
        assert code(await application.post(asked)) == "GRAPHQL_PARSE_FAILED"


async def test_other_extensions(application: Application) -> None:
    """They mean nothing here."""
    for extensions in ({}, {"a": {"b": 1}}, {"persistedQuery": None}):
        answer = await application.post({"query": OTHER, "extensions": extensions})
        assert answer.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("trusted_only", [False, True])
@pytest.mark.parametrize("given", ["why", digest_of(WHY)])
async def test_documents_of_the_manifest_by_hash(
    opening: Opening, manifest: Path, given: str, trusted_only: bool
) -> None:
    """Apollo's clients send a manifest's id where a hash would be, with and without the text."""
    asked = await opening(HttpSettings(documents=manifest, trusted_only=trusted_only))
    for response in (
        await asked.post({"extensions": hashed(given)}),
        await asked.post({"extensions": hashed(given), "query": WHY}),
        await by_get(asked, extensions=hashed(given)),
    ):
        assert "data" in response.json()
    other = await asked.post({"extensions": hashed(given), "query": OTHER})
    assert code(other) == "BAD_REQUEST"


# Trusted only


async def test_trusted_only(trusting: Application) -> None:
    """The manifest's documents run, by id, hash and text; nothing else does, or is learnt."""
    good: list[dict[str, Any]] = [
        {"documentId": "why"},
        {"documentId": f"sha256:{digest_of(WHY)}"},
        {"query": WHY},
        {"query": WHY, "extensions": hashed(digest_of(WHY))},
    ]
    for given in good:
        assert "data" in (await trusting.post(given)).json()
        assert "data" in (await by_get(trusting, **given)).json()
    registering = {"query": OTHER, "extensions": hashed(digest_of(OTHER))}
    bad: list[tuple[dict[str, Any], int, str, str]] = [
        ({"query": OTHER}, 403, "manifest", "UNTRUSTED_DOCUMENT"),
        ({"query": f"{WHY} "}, 403, "manifest", "UNTRUSTED_DOCUMENT"),
        ({"query": "{"}, 403, "manifest", "UNTRUSTED_DOCUMENT"),
        (registering, 200, "PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED"),
        (
            {"extensions": hashed(digest_of(OTHER))},
            200,
            "PersistedQueryNotSupported",
            "PERSISTED_QUERY_NOT_SUPPORTED",
        ),
        ({"documentId": f"sha256:{digest_of(OTHER)}"}, 404, "manifest", "DOCUMENT_NOT_FOUND"),
    ]
    for given, status, message, expected in bad:
        for response in (await trusting.post(given), await by_get(trusting, **given)):
            assert (response.status_code, code(response)) == (status, expected)
            assert message in response.json()["errors"][0]["message"]


# What is kept


def text_of(number: int) -> str:
    """Documents of one size."""
    return f"query N{number:04} {{ __typename }}"


def asked_by_hash(text: str) -> Asked:
    """A request that has a hash only."""
    return Asked(extensions=hashed(digest_of(text)))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for two documents that were asked once, and for 30 others."""
    each = of_api.Document(schema._schema, text_of(0)).held_bytes
    monkeypatch.setattr(module, "MET_BOUND_BYTES", 32 * each)


@pytest.mark.usefixtures("small")
def test_the_bound(manifest: Path) -> None:
    """What was asked again last is kept, as much as fits; the manifest's takes no place of it."""
    documents = documents_of(schema, HttpSettings(documents=manifest))
    assert len(documents) == len(MANIFEST)
    for _ in range(2):
        documents.find(Asked(query=text_of(0)))
        assert len(documents) == len(MANIFEST) + 1
    for number in range(100):
        for _ in range(2):
            documents.find(Asked(query=text_of(number)))
            documents.find(asked_by_hash(text_of(0)))
            assert len(documents) <= len(MANIFEST) + 32
    assert [n for n in range(100) if _is_known(documents, text_of(n))] == [0, *range(71, 100)]
    assert _is_known(documents, WHY)


@pytest.mark.usefixtures("small")
def test_what_is_asked_once_pushes_out_nothing(manifest: Path) -> None:
    """However many such documents come, what was asked again stays; of them, the last do."""
    documents = documents_of(schema, HttpSettings(documents=manifest))
    for number in (*range(20), *range(20), *range(50, 150)):
        documents.find(Asked(query=text_of(number)))
    assert len(documents) == len(MANIFEST) + 22
    known = [n for n in range(150) if _is_known(documents, text_of(n))]
    assert known == [*range(20), 148, 149]


@pytest.mark.usefixtures("small")
def test_what_is_asked_in_turns_is_kept(manifest: Path) -> None:
    """Also where more others come between than have room before they were asked again."""
    documents = documents_of(schema, HttpSettings(documents=manifest))
    turns = [[documents.find(Asked(query=text_of(n))) for n in range(20)] for _ in range(3)]
    assert all(map(operator.is_, turns[1], turns[2]))
    assert turns[0][0] is not turns[1][0]


def _is_known(documents: Documents, text: str) -> bool:
    try:
        return documents.find(asked_by_hash(text)) == text
    except Refused as refused:
        if refused.code is not HttpCode.PERSISTED_QUERY_NOT_FOUND:
            raise
        return False


def test_refused_documents_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no GraphQL is kept with the others, and as they are."""
    monkeypatch.setattr(module, "MET_BOUND_BYTES", 100_000)
    documents = Documents(schema._schema)
    for number in range(100):
        documents.find(Asked(query="{" + "x" * number))
    assert len(documents) < 20


def test_trusted_documents(manifest: Path) -> None:
    """It is known of a document whether it is of the manifest."""
    documents = documents_of(schema, HttpSettings(documents=manifest))
    assert documents.is_of_manifest(digest_of(WHY))
    assert not documents.is_of_manifest(digest_of(OTHER))


def test_a_document_is_found_again(manifest: Path) -> None:
    """Whatever names it, it is the same one."""
    documents = documents_of(schema, HttpSettings(documents=manifest))
    found = [
        documents.find(asked)
        for asked in (Asked(query=WHY), Asked(document_id="why"), asked_by_hash(WHY))
    ]
    assert len({id(document) for document in found}) == 1
    first, second = (documents.find(Asked(query="".join([*OTHER]))) for _ in range(2))
    assert first is second


@pytest.mark.usefixtures("small")
def test_what_is_noted_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes again behind more others than are noted was asked once."""
    monkeypatch.setattr(module, "_NOTED_BOUND", 10)
    documents = Documents(schema._schema)
    for number in (*range(9), 0, *range(50, 61), 1, *range(100, 110)):
        documents.find(Asked(query=text_of(number)))
    assert [n for n in range(9) if _is_known(documents, text_of(n))] == [0]


async def test_nothing_is_parsed_or_validated_twice(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second request with a document runs on what the first one made; a good one or a bad."""
    counted: list[str] = []

    def count(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def counting(*arguments: Any, **named: Any) -> Any:
            counted.append(name)
            return real(*arguments, **named)

        monkeypatch.setattr(owner, name, counting)

    for owner, validating in ((of_api, "errors_of"), (of_strawberry, "validate_document")):
        count(owner, "parse")
        count(owner, validating)
    for text, made in (
        ("query Once { viewer { audience } }", ["parse", "errors_of"]),
        ("{ nothing at all }", ["parse", "errors_of"]),
        ("{ nothing ", ["parse"]),
        (f"{{ {'a: __typename ' * 300} }}", ["parse"]),
    ):
        answers = []
        for expected in (made, [], []):
            counted.clear()
            answers.append((await application.post({"query": text})).content)
            assert counted == expected
        counted.clear()
        answers.append((await by_get(application, query=text)).content)
        answers.append((await application.post({"extensions": hashed(digest_of(text))})).content)
        assert counted == []
        assert len(set(answers)) == 1


async def test_an_answer_is_kept_by_document(opening: Opening, manifest: Path) -> None:
    """However the document was named, the answer is the same one, made once."""
    asked = await opening(HttpSettings(documents=manifest))
    bodies = set()
    for given in (
        {"documentId": "why"},
        {"documentId": f"sha256:{digest_of(WHY)}", "operationName": None},
        {"query": WHY},
        {"extensions": hashed(digest_of(WHY))},
        {"query": WHY, "extensions": hashed(digest_of(WHY), miss=True)},
    ):
        for response in (await asked.post(given), await by_get(asked, **_given(given))):
            assert "data" in response.json()
            bodies.add((response.content, response.headers["etag"].replace("-r", "")))
    assert (len(bodies), asked.app.answers.made) == (1, 1)
    more = {"query": WHY, "extensions": hashed(digest_of(WHY)) | {"other": True}}
    assert "etag" not in (await asked.post(more)).headers


async def test_only_queries_are_kept(persisting: Application) -> None:
    """A mutation is not even looked for among the answers, nor what cannot be executed."""
    edit = {"documentId": f"sha256:{digest_of(EDIT)}", "variables": {"body": "A."}}
    for given in (edit, {"query": "{"}, {"query": WHY, "operationName": "None"}):
        await persisting.post(given, authorization=persisting.editor)
    assert persisting.app.answers.made == 0


def _given(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if value is not None}


async def test_the_manifest_is_made_at_the_start(
    persisting: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its documents are not parsed or validated for any request."""

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError

    for owner, validating in ((of_api, "errors_of"), (of_strawberry, "validate_document")):
        monkeypatch.setattr(owner, "parse", never)
        monkeypatch.setattr(owner, validating, never)
    assert "data" in (await persisting.post({"documentId": "why"})).json()
    assert "data" in (await persisting.post({"query": WHY})).json()


async def test_a_cost_is_that_of_its_request(application: Application) -> None:
    """A known document is held against the bound with each request's own variables."""
    text = "query($n: Int) { briefs(first: $n) { edges { node { related { related { id } } } } } }"
    for length, expected in ((100, None), (10_000, "DOCUMENT_TOO_LARGE"), (100, None)):
        response = await application.post({"query": text, "variables": {"n": length}})
        found = code(response) if expected else response.json().get("errors")
        assert found == expected
