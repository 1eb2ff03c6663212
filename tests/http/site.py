"""A small site that changes in every way, and questions whose answers that touches."""

import asyncio
from typing import Any, NamedTuple

import httpx
from hypothesis import strategies as st

from graphql_brief.api.context import Node
from graphql_brief.api.viewer import Role
from graphql_brief.http.app import App, make_app
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.tokens import Tokens
from tests.api.pages import BY_ID, BY_SLUG

TOKENS = Tokens("s" * 64)
ADMIN = f"Bearer {TOKENS.make('admin-1', [Role.ADMIN])}"
AUDIENCES = (
    None,
    f"Bearer {TOKENS.make('editor-1', [Role.EDITOR])}",
    f"Bearer {TOKENS.make('editor-2', [Role.EDITOR])}",
    f"Bearer {TOKENS.make('auditor-1', [Role.AUDITOR])}",
)
"""Who asks: two of them are of one audience."""
BRIEFS = 2
"""What is asked for; one more has nothing in common with them at first."""
ENTITIES = 2
TIMEOUT_S = 30

_PRECEDENT = {"title": "T", "period": "1991", "whatHappened": "W"}
_LISTED = "edges { cursor node { id slug headline status version } } pageInfo { hasNextPage }"
_TOTAL = f"{{ totalCount {_LISTED} }}"
_HISTORY = "edges { node { id version changeNote actor changes { __typename } } }"
_FILTERED = "query($filter: BriefFilter!) { briefs(filter: $filter, "
_BRIEF = "query($id: ID!, $at: AsOf) { brief(by: {id: $id}, at: $at) "

QUESTIONS = (
    BY_ID,
    BY_SLUG,
    _BRIEF + "{ headline } }",
    _BRIEF + "{ version related { id headline version } } }",
    _BRIEF + f"{{ history(first: 3) {{ {_HISTORY} }} }} }}",
    _BRIEF + "{ people { entity { name version } } precedents { brief { headline } } } }",
    "query($id: ID!) { node(id: $id) { id ... on Brief { headline liveCursor } } }",
    "query($revision: ID!) { node(id: $revision) { id ... on Revision { changeNote } } }",
    "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Entity { name } } }",
    f"query($entity: ID!) {{ entity(id: $entity) {{ name briefs(first: 2) {_TOTAL} }} }}",
    f"query($order: BriefOrder!) {{ briefs(first: 2, orderBy: $order) {{ {_LISTED} }} }}",
    f'query {{ briefs(filter: {{subject: "war"}}) {_TOTAL} }}',
    _FILTERED + f"first: 1, orderBy: PUBLISHED) {_TOTAL} }}",
    _FILTERED + f"last: 1, orderBy: HEADLINE) {_TOTAL} }}",
    "query { briefs(first: 1) { position liveCursor } }",
    f'query {{ search(text: "word") {{ {_LISTED} }} }}',
    "query { edition { date title version entries { summary brief { headline } } } }",
    'query { page(slug: "why") { title version } }',
    "query { viewer { actor audience } }",
)


class Change(NamedTuple):
    """Something that is written; most of it is taken."""

    kind: int
    brief: int
    number: int


class Ask(NamedTuple):
    """A question, and how it is asked."""

    question: int
    brief: int
    number: int
    audience: int
    by_get: bool
    node: int = 0


KINDS = 18
"""How many kinds of changes there are: see `_written`."""

CHANGES = st.builds(Change, st.integers(0, KINDS - 1), st.integers(0, BRIEFS), st.integers(0, 3))
ASKED = st.builds(
    Ask,
    st.integers(0, len(QUESTIONS) - 1),
    st.integers(0, BRIEFS - 1),
    st.integers(0, 5),
    st.integers(0, len(AUDIENCES) - 1),
    st.booleans(),
    st.integers(0, 1),
)
PROGRAMS = st.tuples(
    st.lists(ASKED, min_size=6, max_size=10, unique=True),
    st.lists(CHANGES, min_size=6, max_size=14),
)
"""Questions, and changes after each of which all of them are asked."""

EACH = (
    [
        Ask(question, brief=0, number=number, audience=0, by_get=False, node=1)
        for question, document in enumerate(QUESTIONS)
        for number in range(6 if "$filter" in document else 4 if "$order" in document else 1)
    ],
    [Change(kind, brief=BRIEFS - kind % 2, number=kind % 4) for kind in range(KINDS)],
)
"""Each question, by the public and on the second node if there are two; and each kind of change, of
a brief that is asked for and of one that is not.
"""


class Site:
    """One node's application, and the same without answers that are kept."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.app = make_app(node, TOKENS)
        self.kept = _client(self.app)
        self.fresh = _client(make_app(node, TOKENS, HttpSettings(answers_bound_bytes=0)))
        self.briefs: list[str] = []
        self.entities: list[str] = []
        self.begun = ""
        """When all was written that is there at first."""

    async def begin(self) -> None:
        """Write what is there at first: briefs that are published, and entities."""
        for number in range(BRIEFS + 1):
            draft = {"slug": f"slug-{number}", "headline": f"H {number}", "standfirst": "A word."}
            answer = await self.write("DraftBrief", "brief { id }", draft)
            self.briefs.append(answer["brief"]["id"])
        for number in range(ENTITIES):
            known = {"kind": "PERSON", "name": f"Name {number}"}
            answer = await self.write("RegisterEntity", "entity { id }", known)
            self.entities.append(answer["entity"]["id"])
        for number, brief in enumerate(self.briefs):
            edits: list[dict[str, Any]] = [
                {"addParagraph": {"key": "lede", "text": "It began."}},
                {"involveEntity": {"key": "first", "entity": self.entities[0]}},
                {"addPrecedent": {**_PRECEDENT, "key": "first", "brief": self.briefs[1 - number]}},
            ]
            first = {
                "edits": edits[: 1 if number == BRIEFS else 3],
                "changeNote": "n",
                "significance": "MINOR",
            }
            for name, given in (("EditBrief", first), ("PublishBrief", {})):
                answer = await self.write(name, "", {"id": brief, **given})
                assert answer["userErrors"] == []
        newest = self.node.states.peek(self.briefs[-1])
        assert newest is not None
        self.begun = newest.updated_at.isoformat()

    async def write(self, name: str, asked: str, given: dict[str, Any]) -> Any:
        """The payload of a mutation."""
        field = name[0].lower() + name[1:]
        document = (
            f"mutation($i: {name}Input!) {{ {field}(input: $i) "
            f"{{ {asked} userErrors {{ code message }} }} }}"
        )
        response = await self.kept.post(
            "/graphql",
            json={"query": document, "variables": {"i": given}},
            headers={"authorization": ADMIN},
        )
        answer = response.json()
        assert "errors" not in answer, answer
        return answer["data"][field]

    async def change(self, change: Change) -> None:
        """Write something."""
        name, given = _written(change, self.briefs[change.brief], self.briefs, self.entities)
        await self.write(name, "", given)

    def question(self, ask: Ask) -> dict[str, Any]:
        """The body of a question."""
        brief = self.briefs[ask.brief]
        entity = self.entities[ask.brief % ENTITIES]
        ats: list[dict[str, Any] | None] = [
            None,
            {"version": 5},
            {"version": 6},
            {"position": 16},
            {"time": "2999-01-01T00:00:00Z"},
            None,
        ]
        given = {
            "id": brief,
            "slug": f"slug-{ask.number}",
            "at": ats[ask.number],
            "revision": f"{brief}.revision.{ask.number + 1}",
            "ids": [brief, entity, "entity-none"],
            "entity": entity,
            "order": ("UPDATED", "SIGNIFICANT_UPDATE", "PUBLISHED", "HEADLINE")[ask.number % 4],
            "filter": (
                {"status": "PUBLISHED"},
                {"language": "de"},
                {"updatedSince": self.begun},
                {"entity": entity},
                {"entity": entity, "subject": "War"},
                {"subject": "peace", "language": "en"},
            )[ask.number],
        }
        document = QUESTIONS[ask.question]
        named = {name: value for name, value in given.items() if f"${name}:" in document}
        return {"query": document, "variables": named}

    async def caught_up(self, position: int) -> None:
        """Wait until what the node shows holds a position."""
        async with asyncio.timeout(TIMEOUT_S):
            await self.node.tail.wait(position)
            await self.node.projector.wait(self.node.tail.position)

    async def close(self) -> None:
        """End the clients."""
        await self.kept.aclose()
        await self.fresh.aclose()


async def sent(client: httpx.AsyncClient, body: dict[str, Any], ask: Ask) -> httpx.Response:
    """The response to a question."""
    authorization = AUDIENCES[ask.audience]
    headers = {"authorization": authorization} if authorization else {}
    if ask.by_get:
        request = client.build_request(
            "GET", "/graphql", params={"query": body["query"], **_parameters(body)}, headers=headers
        )
    else:
        request = client.build_request("POST", "/graphql", json=body, headers=headers)
    return await client.send(request)


def _parameters(body: dict[str, Any]) -> dict[str, str]:
    return {"variables": httpx.Request("GET", "http://x", json=body["variables"]).content.decode()}


def _client(app: App) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="https://site.example"
    )


def _written(
    change: Change, brief: str, briefs: list[str], entities: list[str]
) -> tuple[str, dict[str, Any]]:
    number, key = change.number, f"k{change.number % 3}"
    entity = entities[number % ENTITIES]
    other = briefs[number % BRIEFS]
    edits: dict[int, dict[str, Any]] = {
        0: {"reviseHeadline": {"headline": f"Headline {number}"}},
        1: {"addParagraph": {"key": key, "text": f"A word or {number}."}},
        2: {
            "addDevelopment": {
                "key": key,
                "date": f"2026-01-0{number or 1}",
                "headline": f"D {number}",
                "category": "War",
                "body": "It happened.",
            }
        },
        3: {"involveEntity": {"key": key, "entity": entity}},
        4: {"removeInvolvement": {"key": key}},
        5: {"setSubjects": {"subjects": ["war"] if number % 2 else ["peace"]}},
        6: {"changeSlug": {"slug": f"slug-{number}"}},
        7: {"addPrecedent": {**_PRECEDENT, "key": key, "brief": other}},
        8: {"setLanguage": {"language": "de" if number % 2 else "en"}},
        9: {"addSource": {"key": key, "title": "T", "publisher": "P", "accessed": "2026"}},
    }
    if change.kind in edits:
        given = {"edits": [edits[change.kind]], "changeNote": f"n {number}"}
        significance = "SUBSTANTIVE" if number < 2 else "MINOR"
        return "EditBrief", {"id": brief, "significance": significance, **given}
    others: dict[int, tuple[str, dict[str, Any]]] = {
        10: ("WithholdBrief", {"id": brief, "reason": "A lawyer called."}),
        11: ("ReopenBrief", {"id": brief, "reason": "It was nothing."}),
        12: ("CloseBrief", {"id": brief, "reason": "It is over."}),
        13: ("ReviseEntity", {"id": entity, "name": f"Word {number}"}),
        14: (
            "PublishEdition",
            {
                "date": f"2026-03-0{number % 3 + 1}",
                "title": f"T {number}",
                "entries": [{"brief": other, "summary": "S."}],
            },
        ),
        15: ("RevisePage", {"slug": "why", "title": f"T {number}", "body": "B."}),
        16: (
            "EraseBody",
            {
                "id": brief,
                "version": 2 + number,
                "basis": "LEGAL_ORDER",
                "caseReference": f"C {number}",
            },
        ),
        17: ("DraftBrief", {"slug": f"slug-{number}", "headline": "D", "standfirst": "S."}),
    }
    return others[change.kind]
