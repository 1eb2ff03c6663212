"""Functions written out from fields: each field is carried over, and nothing else is."""

import pytest
from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from graphql_brief.domain import events as ev
from graphql_brief.domain import states
from graphql_brief.domain.items import Citation
from graphql_brief.domain.written_out import maker, reviser
from tests.domain.scenario import stamp

MARK = states.Mark(added_at=stamp(3).at, changed_at=stamp(4).at, changed_version=4)
CITED = (Citation(source="reuters"),)
PARAGRAPH = states.Paragraph(key="lede", text="One.", citations=CITED, mark=MARK)


def test_an_item_is_made_of_what_an_event_adds() -> None:
    """All of its fields, but for where it is placed."""
    make = maker(states.Paragraph, ev.ParagraphAdded, without="before")
    event = ev.ParagraphAdded(key="lede", text="One.", citations=CITED, before="other")
    assert make(event, MARK) == PARAGRAPH


def test_an_entry_is_made_of_what_an_event_records() -> None:
    """All of its fields, but for the item that it belongs to; what is not said is as ever."""
    make = maker(states.Observation, ev.ObservationRecorded, without="indicator")
    event = ev.ObservationRecorded(key="o1", indicator="ships", value="7", as_of="2026-01-18")
    made = make(event, MARK)
    assert {**asdict(made), "indicator": "ships"} == {
        **asdict(event),
        "mark": MARK,
        "retraction": None,
    }


def test_an_item_is_revised_in_place() -> None:
    """What the event does not set stays, and so do the key and the mark."""
    revise = reviser(states.Paragraph, ev.ParagraphRevised)
    item = replace(PARAGRAPH)
    revise(item, ev.ParagraphRevised(key="other", text="Two."))
    assert item == replace(PARAGRAPH, text="Two.")
    revise(item, ev.ParagraphRevised(key="other", text=UNSET, citations=()))
    assert item == replace(PARAGRAPH, text="Two.", citations=())


def test_no_field_is_forgotten() -> None:
    """An item without a place for it, or an event that may leave it out: neither is made up for."""

    class More(Struct):
        key: str
        colour: str

    with pytest.raises(AssertionError):
        maker(states.Paragraph, More, without="before")
    with pytest.raises(AssertionError):
        reviser(states.Paragraph, More)
    with pytest.raises(AssertionError):
        maker(states.Paragraph, ev.ParagraphRevised, without="before")
