"""The check of the contract, on made-up schemas."""

import pytest

from tests.schema.changes import Changes, badly_deprecated, compare

OLD = """
type Query {
  brief(slug: String, old: Boolean @deprecated(reason: "Not used. Goes after 0.2.0.")): Brief
  story(id: ID!): Story @deprecated(reason: "Use `brief`. Goes after 0.2.0.")
  later: Int @deprecated(reason: "Use `brief`. Goes after 0.3.0.")
  found: [Found!]!
}
interface Found { id: ID! }
type Brief implements Found { id: ID!  headline: String!  status: Status! }
type Page implements Found { id: ID! }
type Story { id: ID!  parts: [Part!]! }
type Part { text: String! }
enum Status { DRAFT PUBLISHED GONE @deprecated(reason: "Never given. Goes after 0.1.9.") }
input Filter { text: String  tag: String @deprecated(reason: "Use `text`. Goes after 0.2.0.") }
type Mutation { keep(filter: Filter): Int }
"""


def changed(*edits: tuple[str, str], version: tuple[int, int, int] = (0, 2, 0)) -> Changes:
    """What compares of the schema above, released in `version`, and of one with these edits."""
    current = OLD
    for old, new in edits:
        assert current.count(old) == 1
        current = current.replace(old, new)
    return compare(OLD, current, version)


def test_nothing_changed() -> None:
    """A schema keeps its own promises."""
    assert changed() == Changes([], [], [], [])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("headline: String!  ", "", "Brief.headline"),
        ("headline: String!", "headline: String", "Brief.headline"),
        ("slug: String,", "slug: String!,", "slug"),
        ("slug: String,", "slug: String, at: Int!,", "at"),
        ("DRAFT ", "", "DRAFT"),
        ("text: String ", "text: String!", "Filter.text"),
        ("type Page implements Found { id: ID! }", "", "Page"),
        ("Page implements Found", "Page", "Page"),
        ("{ text: String! }", "{ words: String! }", "Part.text"),
    ],
)
def test_breaking(old: str, new: str, told: str) -> None:
    """What a client may use is gone, or is of another kind, without a word before."""
    changes = changed((old, new))
    assert len(changes.breaking) == 1
    assert told in changes.breaking[0]
    assert changes.due == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("DRAFT ", "DRAFT CLOSED "),
        ("slug: String,", "slug: String, at: Int,"),
        ("type Story {", "type Story implements Found {"),
        ("input Filter { ", "input Filter { more: Int "),
    ],
)
def test_dangerous(old: str, new: str) -> None:
    """A client can meet what it did not know of; that breaks no promise."""
    changes = changed((old, new))
    assert (len(changes.dangerous), changes.breaking, changes.due) == (1, [], [])


def test_safe() -> None:
    """Nobody notices a field more."""
    changes = changed(("headline: String!", "headline: String!  note: String"))
    assert (changes.breaking, changes.dangerous, len(changes.safe), changes.due) == ([], [], 1, [])


STORY = '  story(id: ID!): Story @deprecated(reason: "Use `brief`. Goes after 0.2.0.")\n'


@pytest.mark.parametrize(
    ("gone", "place"),
    [
        (STORY, "Query.story"),
        (', old: Boolean @deprecated(reason: "Not used. Goes after 0.2.0.")', "Query.brief.old"),
        (' GONE @deprecated(reason: "Never given. Goes after 0.1.9.")', "Status.GONE"),
        ('  tag: String @deprecated(reason: "Use `text`. Goes after 0.2.0.")', "Filter.tag"),
    ],
)
def test_a_removal_that_was_announced(gone: str, place: str) -> None:
    """A field, an argument, a value and an input field go when the version that is named is out."""
    assert changed((gone, "")) == Changes([], [], [], [place])
    early = changed((gone, ""), version=(0, 1, 8))
    assert early.due == []
    assert len(early.breaking) == 1


def test_types_go_with_the_last_thing_that_leads_to_them() -> None:
    """`Story` and `Part`, but not `Page`: a list of `Found` leads to it."""
    changes = changed(
        (STORY, ""),
        ("type Story { id: ID!  parts: [Part!]! }\n", ""),
        ("type Part { text: String! }\n", ""),
        ("type Page implements Found { id: ID! }\n", ""),
    )
    assert changes.due == ["Query.story", "Story", "Part"]
    assert len(changes.breaking) == 1
    assert "Page" in changes.breaking[0]


def test_a_version_that_is_not_out() -> None:
    """What was announced for later is still a promise."""
    gone = '  later: Int @deprecated(reason: "Use `brief`. Goes after 0.3.0.")\n'
    assert len(changed((gone, "")).breaking) == 1
    assert changed((gone, ""), version=(1, 0, 0)).due == ["Query.later"]


def test_what_is_announced_still_keeps_its_type() -> None:
    """Until it goes, a deprecated field is what it was."""
    assert len(changed(("later: Int", "later: String")).breaking) == 1


def test_a_deprecation_names_its_version() -> None:
    """At the end of its reason, in these words."""
    assert badly_deprecated(OLD) == []
    bad = """
    type Query { a: Int @deprecated  b(c: Int @deprecated(reason: "Goes in 1.0.")): Int }
    enum E { V @deprecated(reason: "Goes after 1.0.0. Or later.") }
    """
    assert badly_deprecated(bad) == ["Query.a", "Query.b.c", "E.V"]
