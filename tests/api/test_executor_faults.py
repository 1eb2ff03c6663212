"""Our executor answers as the library's does also where objects are not what the schema says.

The objects are drawn: attributes that raise, that hold what their type is not, or nothing, or what
is yet to be awaited; lists that are none, with entries like that; objects of no type.
"""

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    ExecutionResult,
    execute,
    get_named_type,
    parse,
    print_ast,
    validate,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.utils.str_converters import to_camel_case

from graphql_brief.api.executor import OurExecutor
from graphql_brief.api.plan import Shapes
from tests.api.drawn import DRAWN, SCHEMA, UNSOUND, Drawn, Thing, drawn


async def told(document: DocumentNode, root: Drawn, **more: Any) -> Any:
    """What an executor makes of it, as far as a client can tell."""
    result = execute(
        SCHEMA._schema,
        document,
        root_value=root,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # as Strawberry gives it
        **more,
    )
    if not isinstance(result, ExecutionResult):
        result = await result
    return repr(result.data), [repr(error.formatted) for error in result.errors or ()]


BELOW = {
    "Thing": "{ name }",
    "Named": "{ name }",
    "Bare": "{ name number }",
    "Either": "{ __typename }",
}
"""What is asked of the objects of each type where they are looked at one by one."""


SPREAD_TWICE = """
{ maybe { ...F } thing { ...F thing { number } } }
fragment F on Thing { thing { name } }
"""


class Shaped:
    """A context that has nothing but what executions share."""

    def __init__(self) -> None:
        self.shapes: Shapes = {}


def answered(document: DocumentNode, root: Drawn, variables: Any) -> tuple[Any, list[Any]]:
    """What the library makes of it, and what ours does: at first, and by its plans."""

    async def both() -> tuple[Any, list[Any]]:
        shaped = Shaped()
        asked = {"context_value": shaped, "variable_values": variables}
        expected = await told(document, root, **asked)
        found = [await told(document, root, **asked, executor_class=OurExecutor) for _ in range(2)]
        await asyncio.sleep(0)
        return expected, found

    return asyncio.run(both())


@contextmanager
def leaving_much_behind() -> Iterator[None]:
    """Of what is left behind an error much is never awaited, by the library as well; so that it is
    found here, and neither amid another test nor where a warning cannot be given."""
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.enable()


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_whatever_the_objects_are() -> None:
    """The same data in the same order, and the same errors in the same order."""

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(random=st.randoms(use_true_random=True), unsound=st.sampled_from([0.0, 0.02, 0.1, 0.4]))
    def check(random: Random, unsound: float) -> None:
        case = drawn(random, unsound)
        if case is not None:
            expected, found = answered(*case)
            assert found == [expected, expected], print_ast(case[0])

    with leaving_much_behind():
        check()


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_what_is_drawn_is_of_all_kinds() -> None:
    """Answers with data, with errors beside data, and with none: no side above is idle."""
    counts = Counter[str]()
    with leaving_much_behind():
        for seed in range(150):
            case = drawn(Random(seed), 0.05)
            if case is not None:
                (data, errors), _ = answered(*case)
                kind = "none" if data == "None" else "data"
                counts[f"{kind}, {'errors' if errors else 'fine'}"] += 1

    assert min(counts["data, fine"], counts["data, errors"], counts["none, errors"]) > 10, counts


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.parametrize("fault", range(len(UNSOUND)))
def test_each_attribute_with_each_fault(fault: int) -> None:
    """One that is wrong amid others that are not; where null may be, and where not."""
    fields = SCHEMA._schema.type_map["Thing"].fields  # type: ignore[attr-defined]  # it has some
    with leaving_much_behind():
        for name, attribute in ((to_camel_case(name), name) for name in DRAWN):
            if name not in fields:
                continue
            wrong = property(lambda _: UNSOUND[fault](lambda: None))
            thing = type("Thing", (Thing,), {attribute: wrong})("seed", 0)
            root: Any = SimpleNamespace(thing=thing, maybe=thing, things=[thing])
            asked = f"{name} {BELOW.get(get_named_type(fields[name].type).name, '')}"
            document = parse(f"{{ maybe {{ name {asked} }} thing {{ {asked} }} }}")
            expected, found = answered(document, root, {})
            assert found == [expected, expected], asked


@pytest.mark.parametrize(
    ("text", "given"),
    [
        # The first node that asks for `thing` is the same in both places.
        (SPREAD_TWICE, {}),
        # Valid, and refused when the argument is read.
        ("query($n: Int = 2) { maybe { told(times: $n) name } }", {"n": None}),
        ("query($n: Int = 2) { maybe { told(times: $n) name } }", {}),
    ],
)
def test_what_is_seldom_drawn(text: str, given: Any) -> None:
    """Documents that are answered by few plans of their own."""
    document = parse(text)
    assert not validate(SCHEMA._schema, document)
    thing = type("Thing", (Thing,), {"thing": property(lambda _: Thing("below", 0))})("seed", 0)
    root: Any = SimpleNamespace(thing=thing, maybe=thing)
    expected, found = answered(document, root, given)

    assert found == [expected, expected]


async def test_plans_are_of_one_document() -> None:
    """Also where another one comes with the same context."""
    shaped = Shaped()
    root: Any = SimpleNamespace(thing=Thing("seed", 0))
    for text in ("{ thing { name } }", "{ thing { number } }"):
        document = parse(text)
        expected = await told(document, root, context_value=shaped)
        found = await told(document, root, context_value=shaped, executor_class=OurExecutor)
        assert found == expected
        # Nodes are known by their ids, which others get when a document is gone.
        assert shaped.shapes[None].operation is document.definitions[0]


def test_an_object_may_be_a_list() -> None:
    """Where a list of objects is asked for, its entries may be of the class that it is of."""
    of_lists = property(lambda _: [[], []])
    thing = type("Thing", (Thing,), {"bares": of_lists})("seed", 0)
    root: Any = SimpleNamespace(thing=thing)
    expected, found = answered(parse("{ thing { bares { number } } }"), root, {})

    assert expected[0] == "{'thing': {'bares': [{'number': None}, {'number': None}]}}"
    assert found == [expected, expected]


@pytest.mark.parametrize("executor", [None, OurExecutor])
async def test_what_is_left_behind_an_error_is_settled(executor: Any) -> None:
    """What was to be awaited beside it, or is further on in its list, runs to its end."""
    ended = []

    async def thing(name: str) -> None:
        await asyncio.sleep(0)
        ended.append(name)

    entries = [thing("before"), ValueError("it"), thing("behind")]
    root: Any = SimpleNamespace(thing=thing("beside"), things=entries)
    document = parse("{ thing { name } things { name } }")
    data, (error,) = await told(document, root, executor_class=executor)
    for _ in range(5):
        await asyncio.sleep(0)

    assert data == "None"
    assert "'path': ['things', 1]" in error
    assert sorted(ended) == ["before", "behind", "beside"]
