"""Answers that are kept: which, for how long, and how a client asks whether its own still holds."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from graphql_brief.api.footprint import (
    BRIEFS,
    EDITIONS,
    EVERYTHING,
    Footprint,
    slug_note,
    touched_by,
)
from graphql_brief.api.viewer import Role
from graphql_brief.domain.events import (
    BodyErased,
    BriefWithheld,
    Erased,
    Event,
    Kept,
    SlugChanged,
)
from graphql_brief.domain.vocabulary import Audience, Basis
from graphql_brief.http.answers import Answer, Answers, Make, Question, validity_of
from graphql_brief.http.negotiation import GRAPHQL_JSON, JSON
from graphql_brief.http.settings import HttpSettings
from graphql_brief.http.statuses import Fate
from graphql_brief.http.tokens import Tokens
from graphql_brief.log.memory import MemoryLog
from graphql_brief.log.port import Recorded
from graphql_brief.projections.scopes import all_words
from tests.http.application import Application, Opening
from tests.log.support import TurnedClock, appended, paragraph, request

IN_FUTURE = "2999-01-01T00:00:00Z"
HEADLINE = "query($id: ID!, $at: AsOf) { brief(by: {id: $id}, at: $at) { headline } }"
EDIT = """mutation($id: ID!, $headline: String!) {
  editBrief(input: {
    id: $id, changeNote: "n", significance: MINOR, edits: [{reviseHeadline: {headline: $headline}}]
  }) { userErrors { message } }
}"""


async def published(application: Application, slug: str) -> str:
    """The id of a brief that readers see."""
    draft = f'{{slug: "{slug}", headline: "One", standfirst: "S."}}'
    data = await application.data(f"mutation {{ draftBrief(input: {draft}) {{ brief {{ id }} }} }}")
    brief: str = data["draftBrief"]["brief"]["id"]
    lede = '[{addParagraph: {key: "k", text: "It began."}}]'
    more = f'changeNote: "n", significance: MINOR, edits: {lede}'
    for step in (
        f'editBrief(input: {{id: "{brief}", {more}}})',
        f'publishBrief(input: {{id: "{brief}"}})',
    ):
        answer = await application.data(f"mutation {{ done: {step} {{ userErrors {{ code }} }} }}")
        assert answer["done"]["userErrors"] == []
    await application.node.projector.wait(application.node.tail.position)
    return brief


async def asked(application: Application, brief: str, **more: Any) -> httpx.Response:
    """The response to a question by GET."""
    at = more.pop("at", "null")
    return await application.client.get(
        "/graphql",
        params={"query": HEADLINE, "variables": f'{{"id": "{brief}", "at": {at}}}'},
        headers={"accept": JSON} | more,
    )


def answers_of(application: Application) -> Answers:
    """What the application keeps."""
    return application.app.answers


async def test_kept_until_an_event_touches_it(application: Application) -> None:
    """An edit elsewhere leaves the answer, one of the brief does not."""
    answers = answers_of(application)
    brief, other = await published(application, "a-1"), await published(application, "a-2")
    first = await asked(application, brief)
    await application.data(EDIT, id=other, headline="Two")
    made = answers.made
    assert (await asked(application, brief)).content == first.content
    assert answers.made == made
    await application.data(EDIT, id=brief, headline="Two")
    made = answers.made
    assert (await asked(application, brief)).json()["data"] == {"brief": {"headline": "Two"}}
    assert answers.made == made + 1


async def test_the_first_stage_reads_nothing(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of equal requests is answered without the parsing of anything."""
    brief = await published(application, "b-1")
    body = {"query": HEADLINE, "variables": {"id": brief}}
    first = await application.post(body)
    monkeypatch.setattr("graphql_brief.http.endpoint.read_body", None)
    second = await application.post(body)
    assert second.content == first.content
    assert second.headers == first.headers
    monkeypatch.undo()
    assert (await application.post(body, accept=JSON)).headers["content-type"].startswith(JSON)
    assert first.headers["content-type"].startswith(GRAPHQL_JSON)


async def test_who_has_it_gets_304(application: Application) -> None:
    """By GET, while nothing touched it; whether it is kept or has to be made."""
    brief = await published(application, "c-1")
    etag = (await asked(application, brief)).headers["etag"]
    for tags in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again = await asked(application, brief, **{"if-none-match": tags})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
        assert again.headers["vary"].startswith("accept, authorization")
        assert "content-length" not in again.headers
    assert (await asked(application, brief, **{"if-none-match": '"x"'})).status_code == 200
    await application.data(EDIT, id=brief, headline="Two")
    assert (await asked(application, brief, **{"if-none-match": etag})).status_code == 200
    await application.data(EDIT, id=brief, headline="One")
    assert (await asked(application, brief, **{"if-none-match": etag})).status_code == 304


async def test_a_tag_is_of_one_media_type(application: Application) -> None:
    """The bytes are the same, but a strong tag names what is sent with its type."""
    brief = await published(application, "c-2")
    older = await asked(application, brief)
    modern = await asked(application, brief, accept=GRAPHQL_JSON)
    assert older.content == modern.content
    assert older.headers["etag"] != modern.headers["etag"]
    for accept, tag, status in (
        (JSON, older.headers["etag"], 304),
        (JSON, modern.headers["etag"], 200),
        (GRAPHQL_JSON, modern.headers["etag"], 304),
        (GRAPHQL_JSON, older.headers["etag"], 200),
    ):
        again = await asked(application, brief, **{"accept": accept, "if-none-match": tag})
        assert again.status_code == status


async def test_how_long_it_may_be_used_unasked(application: Application) -> None:
    """The past for a day; what is there now, and what is for some only, not at all."""
    brief = await published(application, "d-1")
    editor = {"authorization": application.editor}
    for response, told in (
        (await asked(application, brief), "public, no-cache"),
        (await asked(application, brief, **editor), "private, no-cache"),
        (
            await asked(application, brief, at='{"version": 3}'),
            "public, max-age=86400, immutable",
        ),
        (await asked(application, brief, at='{"version": 3}', **editor), "private, no-cache"),
        (await asked(application, brief, at='{"version": 9}'), "public, no-cache"),
        (await asked(application, brief, at='{"position": 999}'), "public, no-cache"),
        (await asked(application, brief, at=f'{{"time": "{IN_FUTURE}"}}'), "public, no-cache"),
        (await application.get("{ viewer { actor } }"), "no-store"),
        (await application.get('{ briefs(after: "x") { position } }'), "no-store"),
        (await application.post({"query": HEADLINE, "variables": {"id": brief}}), "no-store"),
    ):
        assert response.headers["cache-control"] == told


async def test_who_asks_is_not_told_of_another(opening: Opening) -> None:
    """What depends on more than the audience is made for each; refusals are made for each."""
    application = await opening(HttpSettings())
    who = "{ viewer { actor audience } }"
    body = {"query": who}
    both = await asyncio.gather(
        application.post(body, authorization=application.editor), application.post(body)
    )
    assert [response.json()["data"]["viewer"]["actor"] for response in both] == ["editor-1", None]
    other = f"Bearer {Tokens('s' * 64).make('editor-2', [Role.EDITOR])}"
    both = await asyncio.gather(
        application.post(body, authorization=application.editor),
        application.post(body, authorization=other),
    )
    assert [found.json()["data"]["viewer"]["actor"] for found in both] == ["editor-1", "editor-2"]
    assert len(answers_of(application)) == 0
    brief = await published(application, "e-1")
    draft = await application.data(
        'mutation { draftBrief(input: {slug: "e-2", headline: "Secret", standfirst: "S."}) '
        "{ brief { id } } }"
    )
    hidden = draft["draftBrief"]["brief"]["id"]
    inside = await asked(application, hidden, authorization=application.editor)
    assert inside.json()["data"]["brief"] == {"headline": "Secret"}
    assert (await asked(application, hidden)).json()["data"] == {"brief": None}
    assert (await asked(application, brief)).status_code == 200
    refused = await asked(application, brief, authorization="Bearer x")
    assert refused.status_code == 401
    refused = await asked(application, brief, origin="https://evil.example")
    assert refused.status_code == 403


async def test_a_mutation_is_done_each_time(application: Application) -> None:
    """However often the same bytes come, at once or not."""
    brief = await published(application, "f-1")
    answers = [await application.data(EDIT, id=brief, headline=f"H{n % 2}") for n in range(4)]
    body = {"query": EDIT, "variables": {"id": brief, "headline": "at once"}}
    version = "query($id: ID!) { brief(by: {id: $id}) { version } }"
    before = (await application.data(version, id=brief))["brief"]["version"]
    await asyncio.gather(
        *(application.post(body, authorization=application.editor) for _ in range(2))
    )
    after = (await application.data(version, id=brief))["brief"]["version"]
    assert after == before + 1, "the second changes nothing"
    assert all(answer["editBrief"]["userErrors"] == [] for answer in answers)
    assert len(answers_of(application)) > 0


async def test_a_batch_uses_what_is_kept(application: Application) -> None:
    """Each of a batch is answered as by itself."""
    brief = await published(application, "g-1")
    one = {"query": HEADLINE, "variables": {"id": brief}}
    single = (await application.post(one)).json()
    made = answers_of(application).made
    response = await application.post([one, {"query": "{"}, one])
    assert [response.json()[0], response.json()[2]] == [single, single]
    assert "errors" in response.json()[1]
    assert answers_of(application).made == made


async def commit_of(stream: str, *events: Event) -> Sequence[Recorded]:
    """A commit of these events, or of one that is no matter which."""
    log = MemoryLog(clock=TurnedClock())
    heard: list[Sequence[Recorded]] = []
    log.on_commit(heard.append)
    await appended(log, request(stream, events=events or (paragraph(),)))
    return heard[0]


QUESTION = Question("d", None, b"{}", Audience.PUBLIC)


def made_of(*notes: str, body: bytes = b"x") -> Make:
    """Makes an answer of these."""

    async def make(footprint: Footprint) -> Answer:
        footprint.notes.update(notes)
        return Answer(body, Fate.COMPLETE, validity_of(body, footprint, Audience.PUBLIC))

    return make


async def test_bounded_in_bytes() -> None:
    """Those used last stay; one too large for all the room is not kept."""
    answers = Answers(40_000, lambda: 0)
    questions = [QUESTION._replace(document=str(number)) for number in range(8)]
    for question in questions:
        await answers.make(question, made_of("brief-a", body=b"x" * 1_000))
        answers.get(questions[0])
        assert answers.held_bytes <= 40_000
    assert 1 < len(answers) < 8
    assert answers.get(questions[0]) is not None
    assert answers.get(questions[1]) is None
    await answers.make(QUESTION, made_of("brief-b", body=b"x" * 50_000))
    assert answers.get(QUESTION) is None
    answers.hear(await commit_of("brief-a"))
    assert (len(answers), answers.held_bytes) == (0, 0)


async def test_all_that_a_client_sends_is_weighed() -> None:
    """The name of an operation as well, which may be long."""
    answers = Answers(100_000, lambda: 0)
    await answers.make(QUESTION._replace(operation="n" * 50_000), made_of("brief-a"))
    assert answers.held_bytes > 50_000
    await answers.make(QUESTION._replace(operation="m" * 60_000), made_of("brief-a"))
    assert len(answers) == 1


async def test_a_reply_holds_no_request(application: Application) -> None:
    """Requests that differ in what decides nothing of their responses share one."""
    brief = await published(application, "h-1")
    for space in ("", " ", "  ", "   "):
        body = f'{{"query": "{{ __typename }}", "variables": {{"x": "{brief}"}}{space}}}'
        for _ in range(2):
            response = await application.client.post(
                "/graphql", content=body, headers={"content-type": JSON}
            )
            assert response.status_code == 200
    (kept,) = (
        found.answer
        for found in answers_of(application)._kept.values()
        if found.answer.body == b'{"data":{"__typename":"Query"}}'
    )
    assert len(kept.replies) == 1


async def test_one_makes_it_for_all() -> None:
    """Who asks for what is being made waits for it, and a failure is nobody else's."""
    answers = Answers(10_000, lambda: 0)
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(footprint: Footprint) -> Answer:
        begun.set()
        await go.wait()
        return await made_of("brief-a")(footprint)

    first = asyncio.create_task(answers.make(QUESTION, slow))
    await begun.wait()
    others = [asyncio.create_task(answers.make(QUESTION, made_of("brief-a"))) for _ in range(5)]
    await asyncio.sleep(0)
    first.cancel()
    assert await asyncio.gather(*others) == [answers.get(QUESTION)] * 5
    assert answers.made == 2


async def test_touched_while_it_is_made() -> None:
    """It is given to who asked before, is not kept, and who asks after that is not given it."""
    answers = Answers(10_000, lambda: 0)
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(footprint: Footprint) -> Answer:
        footprint.state("brief-a")
        begun.set()
        await go.wait()
        return await made_of(body=b"old")(footprint)

    first = asyncio.create_task(answers.make(QUESTION, slow))
    await begun.wait()
    answers.hear(await commit_of("brief-a"))
    after = await answers.make(QUESTION, made_of("brief-a", body=b"new"))
    go.set()
    assert ((await first).body, after.body) == (b"old", b"new")
    kept = answers.get(QUESTION)
    assert kept is not None
    assert kept.body == b"new"


async def test_read_models_behind_or_changed() -> None:
    """What was made of rows is kept only if they held what was heard, and no longer than they."""
    changes = 0
    answers = Answers(10_000, lambda: changes)

    def rows(held: int, heard: int) -> Make:
        async def make(footprint: Footprint) -> Answer:
            footprint.rows(held, heard, BRIEFS)
            return await made_of()(footprint)

        return make

    await answers.make(QUESTION, rows(4, 5))
    assert answers.get(QUESTION) is None
    await answers.make(QUESTION, rows(5, 5))
    assert answers.get(QUESTION) is not None
    changes += 1
    assert answers.get(QUESTION) is None


async def test_what_events_touch() -> None:
    """Their streams, what holds those, and everything; all lists, where they may do anything."""
    for stream, others in (
        ("brief-x", {BRIEFS}),
        ("entity-x", all_words()),
        ("edition-2026-01-01", {EDITIONS}),
        ("page-why", set()),
    ):
        assert touched_by(await commit_of(stream)) == {stream, EVERYTHING, *others}
    hidden = await commit_of("brief-x", BriefWithheld(reason="r"))
    assert touched_by(hidden) == {"brief-x", "past:brief-x", BRIEFS, EVERYTHING}
    moved = await commit_of("brief-x", SlugChanged(slug="s"))
    assert touched_by(moved) == {"brief-x", slug_note("s"), BRIEFS, EVERYTHING}


async def test_what_was_erased_before_it_was_heard() -> None:
    """Still gives its slug, and hides its brief."""
    by = BodyErased(version=1, basis=Basis.LEGAL_ORDER, case_reference="C", kept=Kept(slug="s"))
    (found,) = await commit_of("brief-x", SlugChanged(slug="s"))
    for of, note in (("SlugChanged", slug_note("s")), ("BriefWithheld", "past:brief-x")):
        assert note in touched_by([replace(found, event=Erased(of=of, by=by))])
