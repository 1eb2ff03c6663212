"""What all lists of a brief have in common: add, revise, move, remove, and their bounds."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from graphql_brief.domain import events as ev
from graphql_brief.domain import sections
from graphql_brief.domain.sections import BY_SECTION, LISTS, KeyedList
from graphql_brief.domain.states import Brief
from graphql_brief.domain.vocabulary import EntityKind, ErrorCode, Section
from tests.domain.samples import SAMPLES, added, adding
from tests.domain.scenario import Given, brief_of, given, stamp

ALL = [row.section for row in LISTS]
REVISABLE = [row.section for row in LISTS if row.revised]
MOVABLE = [row.section for row in LISTS if row.moved]
REMOVABLE = [row.section for row in LISTS if row.removed]
PERSON = EntityKind.PERSON


def with_items(section: Section, *keys: str) -> Given:
    """A brief whose list has items of these keys; the entities a to f are registered."""
    found = given(*(added(section, key) for key in keys))
    return found.knowing(a=PERSON, b=PERSON, c=PERSON, d=PERSON)


def items(brief: Brief, section: Section) -> dict[str, Any]:
    """The brief's list."""
    found: dict[str, Any] = getattr(brief, BY_SECTION[section].attribute)
    return found


def event(kind: type[ev.Event] | None, **fields: Any) -> ev.Event:
    """An event of a row of the table, from JSON fields."""
    assert kind is not None
    return msgspec.convert(fields, kind)


def where(edit: dict[str, Any], *path: str) -> tuple[str, ...]:
    """The path to a field of the only edit of a batch."""
    (name,) = edit
    return ("edits", "0", name, *path)


@pytest.mark.parametrize("section", ALL)
def test_an_item_is_added(section: Section) -> None:
    """It comes last, marked with the version that added it."""
    after = with_items(section, "a").when(adding(section, "b")).then(added(section, "b"))
    assert list(items(after, section)) == ["a", "b"]
    mark = items(after, section)["b"].mark
    assert (mark.added_at, mark.changed_at, mark.changed_version) == (stamp(3).at, stamp(3).at, 3)


@pytest.mark.parametrize("section", ALL)
def test_an_item_as_it_stands(section: Section) -> None:
    """Every field of the event is a field of the item, with its value."""
    whole = added(section, "a", **SAMPLES[section].change)
    item = items(brief_of(whole), section)["a"]
    fields = [name for name in whole.__struct_fields__ if name != "before"]
    assert [getattr(whole, name) for name in fields] == [getattr(item, name) for name in fields]


@pytest.mark.parametrize("section", MOVABLE)
def test_an_item_is_added_before_another(section: Section) -> None:
    """A named place is taken, and the others keep their order."""
    after = (
        with_items(section, "a", "b")
        .when(adding(section, "c", before="b"))
        .then(added(section, "c", before="b"))
    )
    assert list(items(after, section)) == ["a", "c", "b"]


@pytest.mark.parametrize("section", MOVABLE)
def test_an_item_is_added_before_none(section: Section) -> None:
    """The place before an item that the brief does not have is refused."""
    edit = adding(section, "c", before="nobody")
    with_items(section, "a").when(edit).then_refused(
        ErrorCode.UNKNOWN_ITEM, *where(edit, "before"), saying=BY_SECTION[section].noun
    )


@pytest.mark.parametrize("section", ALL)
def test_a_key_is_unique(section: Section) -> None:
    """A second item of one key is refused."""
    edit = adding(section, "a")
    with_items(section, "a").when(edit).then_refused(
        ErrorCode.DUPLICATE, *where(edit, "key"), saying="already"
    )


@pytest.mark.parametrize("section", REMOVABLE)
def test_a_key_is_never_given_twice(section: Section) -> None:
    """Not even after its item was removed, or two histories would mix."""
    removed = event(BY_SECTION[section].removed, key="a")
    edit = adding(section, "a")
    given(added(section, "a"), removed).knowing(a=PERSON).when(edit).then_refused(
        ErrorCode.DUPLICATE, *where(edit, "key"), saying="was the key of"
    )


@pytest.mark.parametrize("section", ALL)
def test_one_key_in_two_lists(section: Section) -> None:
    """Keys are unique in their list, not in the brief."""
    others = [added(other, "a") for other in ALL if other is not section]
    given(*others).knowing(a=PERSON).when(adding(section, "a")).then(added(section, "a"))


@pytest.mark.parametrize("section", ALL)
def test_a_list_is_bounded(section: Section) -> None:
    """The last free place is taken; then a list is full, and says its bound."""
    row = BY_SECTION[section]
    one = items(brief_of(added(section, "a")), section)["a"]
    nearly = {
        f"k{n}": msgspec.structs.replace(
            one,
            key=f"k{n}",
            **({"entity": f"entity-k{n}"} if section is Section.INVOLVEMENTS else {}),
        )
        for n in range(row.bound - 1)
    }
    almost_full = given().knowing(a=PERSON, b=PERSON)
    almost_full = replace(
        almost_full, state=msgspec.structs.replace(almost_full.state, **{row.attribute: nearly})
    )
    full = almost_full.when(adding(section, "a")).then(added(section, "a"))
    edit = adding(section, "b")
    replace(almost_full, state=full).when(edit).then_refused(
        ErrorCode.TOO_MANY, *where(edit), saying=f"{row.bound} {row.noun}s"
    )


def test_the_bounds_are_documented() -> None:
    """The module's table of prose names each list with its noun, its event and its bound."""
    assert sections.__doc__ is not None
    told = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in sections.__doc__.splitlines()
        if line.startswith("|")
    ][2:]
    assert [
        (row.section, f"{row.noun}s", row.added.__name__, f"{row.bound:,}") for row in LISTS
    ] == [(section, nouns, event_type, bound) for section, nouns, event_type, _, bound in told]


@pytest.mark.parametrize("row", LISTS, ids=lambda row: row.section)
def test_a_list_orders_as_documented(row: KeyedList) -> None:
    """Only lists that keep the order given can be moved about."""
    assert sections.__doc__ is not None
    (line,) = (line for line in sections.__doc__.splitlines() if f"| {row.section} " in line)
    assert ("as placed" in line) is (row.moved is not None)


@pytest.mark.parametrize("section", REVISABLE)
def test_an_item_is_revised(section: Section) -> None:
    """The fields given change, the others stay, and the mark says when."""
    sample, row = SAMPLES[section], BY_SECTION[section]
    after = (
        with_items(section, "a", "b")
        .when({f"revise{sample.noun}": {"key": "a", **sample.change}})
        .then(event(row.revised, key="a", **sample.change))
    )
    before = items(brief_of(added(section, "a"), added(section, "b")), section)
    expected = items(brief_of(added(section, "a", **sample.change)), section)["a"]
    assert list(items(after, section)) == ["a", "b"]
    assert items(after, section)["b"] == before["b"]
    revised = items(after, section)["a"]
    assert msgspec.structs.replace(revised, mark=expected.mark) == expected
    mark = revised.mark
    assert (mark.added_at, mark.changed_at, mark.changed_version) == (stamp(2).at, stamp(4).at, 4)


@pytest.mark.parametrize("section", REVISABLE)
def test_a_revision_says_only_what_changes(section: Section) -> None:
    """Values that stand there already are left out of the event."""
    sample, row = SAMPLES[section], BY_SECTION[section]
    same = {name: value for name, value in sample.item.items() if name not in sample.change}
    with_items(section, "a").when(
        {f"revise{sample.noun}": {"key": "a", **same, **sample.change}}
    ).then(event(row.revised, key="a", **sample.change))


@pytest.mark.parametrize("section", REVISABLE)
def test_a_revision_to_the_same(section: Section) -> None:
    """A revision that changes nothing gives no event."""
    sample = SAMPLES[section]
    with_items(section, "a").when(
        {f"revise{sample.noun}": {"key": "a", **sample.item}}
    ).then_nothing()
    with_items(section, "a").when({f"revise{sample.noun}": {"key": "a"}}).then_nothing()


@pytest.mark.parametrize(
    "edit",
    [
        {"reviseParagraph": {"key": "a", "text": None}},
        {"reviseIndicator": {"key": "a", "label": None}},
        {"reviseInvolvement": {"key": "a", "citations": None}},
        {"reviseDevelopment": {"key": "a", "date": None}},
        {"reviseDevelopment": {"key": "a", "breaking": None}},
        {"reviseScenario": {"key": "a", "title": None}},
        {"revisePrecedent": {"key": "a", "whatHappened": None}},
        {"reviseSource": {"key": "a", "publisher": None}},
    ],
)
def test_a_field_that_must_be_there_is_not_taken_away(edit: dict[str, Any]) -> None:
    """Null is no value for a field that an item cannot be without."""
    ((name, payload),) = edit.items()
    section = next(s for s in REVISABLE if SAMPLES[s].noun == name.removeprefix("revise"))
    field = next(field for field in payload if field != "key")
    with_items(section, "a").when(edit).then_refused(
        ErrorCode.INVALID_INPUT, *where(edit, field), saying="null"
    )


def test_a_field_that_may_be_absent_is_taken_away() -> None:
    """Null takes an optional field's value away, and that is said in the event."""
    after = (
        given(ev.IndicatorAdded(key="a", label="Ships", note="Waiting.", unit="ships"))
        .when({"reviseIndicator": {"key": "a", "note": None}})
        .then(ev.IndicatorRevised(key="a", note=None))
    )
    assert (after.indicators["a"].note, after.indicators["a"].unit) == (None, "ships")


@pytest.mark.parametrize("section", MOVABLE)
@pytest.mark.parametrize(
    ("key", "before", "order"),
    [
        ("a", "c", "bac"),
        ("a", None, "bca"),
        ("c", "a", "cab"),
        ("c", "b", "acb"),
        ("b", "a", "bac"),
        ("b", None, "acb"),
    ],
)
def test_an_item_is_moved(section: Section, key: str, before: str | None, order: str) -> None:
    """It takes the named place; the others keep their order; its mark says when."""
    after = (
        with_items(section, "a", "b", "c")
        .when({f"move{SAMPLES[section].noun}": {"key": key, "before": before}})
        .then(event(BY_SECTION[section].moved, key=key, before=before))
    )
    assert "".join(items(after, section)) == order
    assert items(after, section)[key].mark.changed_version == 5


@pytest.mark.parametrize("section", MOVABLE)
@pytest.mark.parametrize(("key", "before"), [("a", "b"), ("b", "c"), ("c", None)])
def test_an_item_moved_to_where_it_is(section: Section, key: str, before: str | None) -> None:
    """A move that moves nothing gives no event."""
    with_items(section, "a", "b", "c").when(
        {f"move{SAMPLES[section].noun}": {"key": key, "before": before}}
    ).then_nothing()


@pytest.mark.parametrize("section", MOVABLE)
@pytest.mark.parametrize(
    ("key", "before", "code", "field"),
    [
        ("a", "a", ErrorCode.INVALID_INPUT, "before"),
        ("a", "nobody", ErrorCode.UNKNOWN_ITEM, "before"),
        ("nobody", "a", ErrorCode.UNKNOWN_ITEM, "key"),
    ],
)
def test_a_move_that_cannot_be(
    section: Section, key: str, before: str, code: ErrorCode, field: str
) -> None:
    """Neither before itself nor to or from where nothing is."""
    edit = {f"move{SAMPLES[section].noun}": {"key": key, "before": before}}
    with_items(section, "a", "b").when(edit).then_refused(code, *where(edit, field))


@pytest.mark.parametrize("section", REMOVABLE)
def test_an_item_is_removed(section: Section) -> None:
    """It is off the page, its key is remembered, and the others stay as they are."""
    row = BY_SECTION[section]
    after = (
        with_items(section, "a", "b")
        .when({f"remove{SAMPLES[section].noun}": {"key": "a", "reason": "Old."}})
        .then(event(row.removed, key="a", reason="Old."))
    )
    assert list(items(after, section)) == ["b"]
    assert after.gone_keys == {row.attribute: frozenset({"a"})}


@pytest.mark.parametrize("section", REMOVABLE)
def test_every_removed_key_is_remembered(section: Section) -> None:
    """A second removal adds its key to those gone."""
    row = BY_SECTION[section]
    removed = [event(row.removed, key=key) for key in "ab"]
    brief = brief_of(added(section, "a"), added(section, "b"), *removed)
    assert brief.gone_keys == {row.attribute: frozenset("ab")}


@pytest.mark.parametrize(
    ("section", "verb"),
    [(section, "revise") for section in REVISABLE]
    + [(section, "move") for section in MOVABLE]
    + [(section, "remove") for section in REMOVABLE],
)
def test_what_is_not_there(section: Section, verb: str) -> None:
    """An edit of an item that the brief does not have is refused, also right after its removal."""
    edit = {f"{verb}{SAMPLES[section].noun}": {"key": "a"}}
    noun = BY_SECTION[section].noun
    with_items(section).when(edit).then_refused(
        ErrorCode.UNKNOWN_ITEM, *where(edit, "key"), saying=f"the brief has no {noun} 'a'"
    )
    if section in REMOVABLE:
        (name,) = edit
        with_items(section, "a").when(
            {f"remove{SAMPLES[section].noun}": {"key": "a"}}, edit
        ).then_refused(ErrorCode.UNKNOWN_ITEM, "edits", "1", name, "key")


@pytest.mark.parametrize("section", MOVABLE)
def test_a_place_before_what_was_removed(section: Section) -> None:
    """A removed item is no place to move to."""
    noun = SAMPLES[section].noun
    with_items(section, "a", "b").when(
        {f"remove{noun}": {"key": "b"}}, {f"move{noun}": {"key": "a", "before": "b"}}
    ).then_refused(ErrorCode.UNKNOWN_ITEM, "edits", "1", f"move{noun}", "before")
