"""Entities, editions and pages: the streams beside briefs."""

import pytest

from graphql_brief.domain import commands as c
from graphql_brief.domain import events as ev
from graphql_brief.domain.decide_beside import (
    initials_of,
    publish_edition,
    register_entity,
    revise_entity,
    revise_page,
)
from graphql_brief.domain.decision import Accepted, Decision, Rejected
from graphql_brief.domain.evolve import fold
from graphql_brief.domain.items import EditionEntry
from graphql_brief.domain.states import Edition, Entity, Page
from graphql_brief.domain.vocabulary import EntityKind, ErrorCode
from tests.domain.scenario import stamp, stamped

PERSON = EntityKind.PERSON
ANA = ev.EntityRegistered(
    kind=PERSON, name="Ana Ruiz", type="Mayor", description="Since 2020.", initials="AR"
)
IT_BEGAN = EditionEntry(brief="brief-harbour", summary="It began.")
SUNDAY = ev.EditionPublished(date="2026-01-18", title="Sunday", entries=(IT_BEGAN,))
WHY = ev.PageRevised(slug="why", title="Why", body="Because.")


def entity(*events: ev.Event) -> Entity:
    """The entity that these events give."""
    state = fold(None, "entity-ana", stamped(events))
    assert isinstance(state, Entity)
    return state


def edition(*events: ev.Event) -> Edition:
    """The edition that these events give."""
    state = fold(None, "edition-2026-01-18", stamped(events))
    assert isinstance(state, Edition)
    return state


def page(*events: ev.Event) -> Page:
    """The page that these events give."""
    state = fold(None, "page-why", stamped(events))
    assert isinstance(state, Page)
    return state


def refused(decision: Decision) -> list[tuple[ErrorCode, tuple[str, ...]]]:
    """Codes and paths of a refusal."""
    assert isinstance(decision, Rejected)
    return [(found.code, found.path) for found in decision.refusals]


def test_an_entity_is_registered() -> None:
    """With initials made from its name unless they are given."""
    asked = c.RegisterEntity(kind=PERSON, name="Ana Ruiz", type="Mayor", description="Since 2020.")
    assert register_entity(asked) == Accepted((ANA,))
    given_initials = c.RegisterEntity(kind=PERSON, name="Ana Ruiz", initials="Á")
    assert register_entity(given_initials) == Accepted(
        (ev.EntityRegistered(kind=PERSON, name="Ana Ruiz", initials="Á"),)
    )


def test_an_entity_as_it_stands() -> None:
    """Every field of its first event."""
    state = entity(ANA)
    assert (state.id, state.kind, state.name, state.type) == (
        "entity-ana",
        PERSON,
        "Ana Ruiz",
        "Mayor",
    )
    assert (state.description, state.image, state.initials) == ("Since 2020.", None, "AR")
    assert (state.version, state.position, state.updated_at) == (1, 101, stamp(1).at)


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Ana Ruiz", "AR"),
        ("Ana María Ruiz Gil", "AG"),
        ("ana de la ruiz", "AR"),
        ("Combined Task Force – 14 (Harbour)", "CF"),
        ("Port", "P"),
        ("  Port  ", "P"),
        ("86 nations", "N"),
        ("42", "4"),
        (" 7 – 11 ", "71"),
        ("ßturm ßand", "SSSS"),
        ("ﬃ ﬃ", "FFIF"),
        ("李 明", "李明"),
    ],
)
def test_initials(name: str, initials: str) -> None:
    """Of the first and the last word that begins with a letter; never blank, never over four."""
    assert initials_of(name) == initials


def test_a_faulty_entity() -> None:
    """Every fault is told, each with its field."""
    asked = c.RegisterEntity(kind=PERSON, name="", image="ftp://port.example", initials="ABCDE")
    assert refused(register_entity(asked)) == [
        (ErrorCode.INVALID_TEXT, ("name",)),
        (ErrorCode.INVALID_URL, ("image",)),
        (ErrorCode.TOO_LONG, ("initials",)),
    ]


def test_an_entity_is_revised() -> None:
    """Only what changes is in the event; null takes a value away."""
    asked = c.ReviseEntity(name="Ana Ruiz", type=None, description="Since 2021.")
    event = ev.EntityRevised(type=None, description="Since 2021.")
    assert revise_entity(entity(ANA), asked) == Accepted((event,))
    after = entity(ANA, event)
    assert (after.name, after.type, after.description) == ("Ana Ruiz", None, "Since 2021.")
    assert (after.version, after.position, after.updated_at) == (2, 102, stamp(2).at)


def test_an_entity_revised_to_the_same() -> None:
    """Nothing follows from nothing."""
    assert revise_entity(entity(ANA), c.ReviseEntity(name="Ana Ruiz")) == Accepted(())
    assert revise_entity(entity(ANA), c.ReviseEntity()) == Accepted(())


def test_a_faulty_revision_of_an_entity() -> None:
    """Held to the same rules."""
    assert refused(revise_entity(entity(ANA), c.ReviseEntity(name="\x00"))) == [
        (ErrorCode.INVALID_TEXT, ("name",))
    ]


def test_an_edition_comes_out() -> None:
    """With its briefs in order."""
    asked = c.PublishEdition(date="2026-01-18", title="Sunday", entries=(IT_BEGAN,))
    assert publish_edition(None, asked, frozenset({"brief-harbour"})) == Accepted((SUNDAY,))
    state = edition(SUNDAY)
    assert (state.id, state.date, state.title) == ("edition-2026-01-18", "2026-01-18", "Sunday")
    assert (state.entries, state.published_at, state.version) == ((IT_BEGAN,), stamp(1).at, 1)


@pytest.mark.parametrize(
    ("title", "entries"), [("Sunday, late", (IT_BEGAN,)), ("Sunday", ()), ("Sunday, late", ())]
)
def test_an_edition_comes_out_anew(title: str, entries: tuple[EditionEntry, ...]) -> None:
    """With another title or other entries; it keeps its date and its first time."""
    asked = c.PublishEdition(date="2026-01-18", title=title, entries=entries)
    event = ev.EditionRevised(title=title, entries=entries)
    assert publish_edition(edition(SUNDAY), asked, frozenset({"brief-harbour"})) == Accepted(
        (event,)
    )
    after = edition(SUNDAY, event)
    assert (after.date, after.title, after.entries) == ("2026-01-18", title, entries)
    assert (after.published_at, after.updated_at) == (stamp(1).at, stamp(2).at)


def test_an_edition_comes_out_the_same() -> None:
    """Nothing follows from nothing."""
    asked = c.PublishEdition(date="2026-01-18", title="Sunday", entries=(IT_BEGAN,))
    assert publish_edition(edition(SUNDAY), asked, frozenset({"brief-harbour"})) == Accepted(())


def test_an_edition_of_unknown_briefs() -> None:
    """The path leads to the entry."""
    asked = c.PublishEdition(
        date="2026-01-18",
        title="Sunday",
        entries=(IT_BEGAN, EditionEntry(brief="brief-nobody", summary="What?")),
    )
    assert refused(publish_edition(None, asked, frozenset({"brief-harbour"}))) == [
        (ErrorCode.UNKNOWN_BRIEF, ("entries", "1", "brief"))
    ]


@pytest.mark.parametrize("date", ["2026-01", "2026", "2026-01-18/2026-01-19", "2026-01-18~", "x"])
def test_an_edition_has_one_day(date: str) -> None:
    """A month, a year, an interval or an uncertain day is no day to come out on."""
    asked = c.PublishEdition(date=date, title="Sunday", entries=())
    assert refused(publish_edition(None, asked, frozenset())) == [
        (ErrorCode.INVALID_DATE, ("date",))
    ]


def test_a_page_is_written_and_rewritten() -> None:
    """One event for both."""
    asked = c.RevisePage(slug="why", title="Why", body="Because.")
    assert revise_page(None, asked) == Accepted((WHY,))
    state = page(WHY)
    assert (state.id, state.slug, state.title, state.body) == ("page-why", "why", "Why", "Because.")
    again = c.RevisePage(slug="why", title="Why", body="Because.\n\nStill.")
    event = ev.PageRevised(slug="why", title="Why", body="Because.\n\nStill.")
    assert revise_page(state, again) == Accepted((event,))
    after = page(WHY, event)
    assert (after.body, after.version, after.updated_at) == ("Because.\n\nStill.", 2, stamp(2).at)


def test_a_page_retitled() -> None:
    """A new title alone is a change."""
    asked = c.RevisePage(slug="why", title="Why?", body="Because.")
    assert revise_page(page(WHY), asked) == Accepted(
        (ev.PageRevised(slug="why", title="Why?", body="Because."),)
    )


def test_a_page_rewritten_to_the_same() -> None:
    """Nothing follows from nothing."""
    asked = c.RevisePage(slug="why", title="Why", body="Because.")
    assert revise_page(page(WHY), asked) == Accepted(())


def test_a_faulty_page() -> None:
    """Every fault is told, each with its field."""
    asked = c.RevisePage(slug="Why?", title="", body="x" * 50_001)
    assert refused(revise_page(None, asked)) == [
        (ErrorCode.INVALID_KEY, ("slug",)),
        (ErrorCode.INVALID_TEXT, ("title",)),
        (ErrorCode.TOO_LONG, ("body",)),
    ]
