"""Our executor answers as the library's does: the same data in the same order, the same errors."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from graphql import ExecutionResult, execute, parse, validate
from strawberry.execution.is_awaitable import optimized_is_awaitable

from graphql_brief.api.context import Context
from graphql_brief.api.executor import OurExecutor
from graphql_brief.api.footprint import Footprint
from graphql_brief.api.plan import Plan, Shape, Shapes
from graphql_brief.api.schema import schema
from graphql_brief.api.viewer import Viewer
from tests.api.conftest import AUDITOR, EDITOR, READER, Newsroom
from tests.api.documents import Writer, variables_of
from tests.api.pages import BY_SLUG

SLUG = "iraq-withdrawal-2025"
NESTED = """
query($slug: String!, $with: Boolean!, $n: Int) {
  brief(by: {slug: $slug}) {
    __typename
    ...Twice
    timeline(first: $n) { edges { node { ...Twice headline supersedes { id __typename } } } }
    related @include(if: $with) { id related { id } }
    ... @skip(if: $with) { standfirst }
    ... on Node { id }
    sources { id citedBy { __typename ... on Paragraph { text } ... on Node { id } } }
    history(first: 2) { edges { node { id changes { __typename } actor } } }
  }
  nodes(ids: ["brief-iraqexit", "brief-none"]) { __typename id ... on Brief { Headline: headline } }
}
fragment Twice on Node { id ... on Brief { headline slug } ... on Development { key } }
"""
ERRORS = """
query($slug: String!) {
  brief(by: {slug: $slug}) {
    headline
    timeline(first: 1000) { totalCount }
    history(after: "nonsense") { edges { cursor } }
    late: timeline(after: "nonsense") { totalCount }
  }
  nodes(ids: []) { id }
  other: brief(by: {slug: ""}) { id }
}
"""
NOTHING = "{ briefs(first: -1) { totalCount } }"
LISTS = """
{
  briefs(first: 2, orderBy: HEADLINE, filter: {status: PUBLISHED}) {
    totalCount position edges { cursor node { id status updatedAt } } pageInfo { hasNextPage }
  }
  search(text: "iraq") { edges { snippet highlights { start end } node { slug } } }
  edition { date entries { summary brief { headline } } }
  page(slug: "why") { title body }
  viewer { actor audience roles }
}
"""
AUDIT = "{ log { origin position events(first: 3) { type event header leafHash recordedAt } } }"
KNOWN = {"slug": f'"{SLUG}"', "id": '"brief-iraqexit"', "ids": '["brief-iraqexit", "page-why"]'}
"""What is asked for in documents at random, by the names of arguments, so that it is found."""
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "page": (BY_SLUG, {"slug": SLUG}),
    "page of the past": (BY_SLUG, {"slug": SLUG, "at": {"version": 9}}),
    "nested": (NESTED, {"slug": SLUG, "with": True, "n": 3}),
    "nested without": (NESTED, {"slug": SLUG, "with": False}),
    "none": (BY_SLUG, {"slug": "none"}),
    "errors": (ERRORS, {"slug": SLUG}),
    "errors up to the root": (NOTHING, {}),
    "lists": (LISTS, {}),
    "audit": (AUDIT, {}),
    "bad variables": (BY_SLUG, {"slug": 3}),
}


async def run(
    story: Newsroom,
    viewer: Viewer,
    document: Any,
    given: Any,
    shapes: Shapes | None = None,
    **more: Any,
) -> Any:
    """What an executor makes of it, as far as a client can tell, and what it is made of."""
    footprint = Footprint()
    shared = {} if shapes is None else shapes
    result = execute(
        schema._schema,
        document,
        context_value=Context(story.node, viewer, shapes=shared, footprint=footprint),
        variable_values=given,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # as Strawberry gives it
        **more,
    )
    if not isinstance(result, ExecutionResult):
        result = await result
    errors = [repr(error.formatted) for error in result.errors or ()]
    return repr(result.data), sorted(errors), vars(footprint)


@pytest.mark.parametrize("name", CASES)
async def test_as_the_library(story: Newsroom, name: str) -> None:
    """For every audience; at first, and when the shape of the operation is known."""
    text, given = CASES[name]
    document = parse(text)
    assert not validate(schema._schema, document)
    shapes: Shapes = {}
    for viewer in (READER, EDITOR, AUDITOR):
        expected = await run(story, viewer, document, given)
        found = await run(story, viewer, document, given, shapes, executor_class=OurExecutor)
        assert found == expected
    assert bool(shapes) == (name != "bad variables")


async def test_directives_decide_anew_in_each_execution(story: Newsroom) -> None:
    """What depends on variables is shared by no two executions, and the rest is."""
    document = parse(NESTED)
    shapes: Shapes = {}
    for with_it, count in ((True, 3), (False, 2), (True, 1)):
        given = {"slug": SLUG, "with": with_it, "n": count}
        expected = await run(story, EDITOR, document, given)
        found = await run(story, EDITOR, document, given, shapes, executor_class=OurExecutor)
        assert found == expected
    assert shapes[None].plans


async def test_as_the_library_whatever_is_asked(story: Newsroom) -> None:
    """The same answers, errors and footprints, by documents at random."""
    random = Random()
    seed = random.randrange(2**32)
    random.seed(seed)
    asked = 0
    while asked < 150:
        text = Writer(schema._schema, random, 0).document()
        for name, value in KNOWN.items():
            text = text.replace(f'{name}: "2026-01-18"', f"{name}: {value}")
        document = parse(text)
        if "mutation" in text or validate(schema._schema, document):
            continue
        asked += 1
        given = variables_of(document, random)
        shapes: Shapes = {}
        for viewer in (READER, AUDITOR):
            expected = await run(story, viewer, document, given)
            found = await run(story, viewer, document, given, shapes, executor_class=OurExecutor)
            assert found == expected, (seed, text)


async def test_what_is_no_value_of_its_type(
    story: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attribute that is wrong, that is missing or that raises is an error where it stands."""
    document = parse("query($s: String!) { brief(by: {slug: $s}) { id headline version } }")
    given = {"slug": SLUG, "s": SLUG}
    view = type(await _view(story))

    def broken(_: object) -> str:
        raise ValueError("broken")

    for wrong in (None, 3.5, "text", property(broken)):
        for name in ("headline", "version"):
            with monkeypatch.context() as patched:
                patched.setattr(view, name, wrong, raising=False)
                expected = await run(story, READER, document, given)
                found = await run(story, READER, document, given, executor_class=OurExecutor)
                assert found == expected


async def test_plans_are_made_once(story: Newsroom) -> None:
    """However often an operation is executed."""
    document = parse(BY_SLUG)
    shapes: Shapes = {}
    sizes = []
    for _ in range(3):
        await run(story, READER, document, {"slug": SLUG}, shapes, executor_class=OurExecutor)
        (shape,) = shapes.values()
        sizes.append(len(shape.plans))
    assert sizes[0] == sizes[1] == sizes[2] > 0


async def test_plans_are_bounded(story: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """What there is no room for is planned for each execution, and answered the same."""
    bound = 30
    monkeypatch.setattr("graphql_brief.api.plan.FIELDS_KEPT", bound)
    document = parse(BY_SLUG)
    shapes: Shapes = {}
    expected = await run(story, READER, document, {"slug": SLUG})
    for _ in range(3):
        found = await run(
            story, READER, document, {"slug": SLUG}, shapes, executor_class=OurExecutor
        )
        assert found == expected
        kept = {id(plan): plan for shape in shapes.values() for plan in reachable(shape)}
        assert 0 < sum(len(plan.steps) for plan in kept.values()) <= bound


def reachable(shape: Shape) -> Iterator[Plan]:
    """Every plan that a shape keeps alive."""
    left = list(shape.plans.values())
    while left:
        plan = left.pop()
        yield plan
        left += [below for asked in plan.asked.values() for below in asked.plans.values()]


async def test_each_execution_has_its_own_arguments(story: Newsroom) -> None:
    """What is shared by executions of one document is none of its variables."""
    document = parse("query($n: Int) { briefs(first: $n) { edges { node { id } } } }")
    shapes: Shapes = {}
    for count in (1, 2, 1):
        given = {"n": count}
        data, _, _ = await run(story, READER, document, given, shapes, executor_class=OurExecutor)
        assert data.count("'id'") == count


async def _view(story: Newsroom) -> Any:
    state = await story.node.states.get("brief-iraqexit")
    assert state is not None
    return story.node.views.view(state)  # type: ignore[arg-type]  # it is a brief
