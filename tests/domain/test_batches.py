"""A batch of edits: applied all or not at all, each edit on what the ones before it leave."""

from graphql_brief.domain import events as ev
from graphql_brief.domain.decide import decide
from graphql_brief.domain.decision import Accepted, Rejected
from graphql_brief.domain.items import Citation
from graphql_brief.domain.parse import parse_edits
from graphql_brief.domain.states import Brief
from graphql_brief.domain.vocabulary import ErrorCode
from tests.domain.scenario import brief_of, given

LEDE = ev.ParagraphAdded(key="lede", text="One.")


def test_edits_see_the_ones_before_them() -> None:
    """A source can be added and cited in one batch."""
    given().when(
        {"addSource": {"key": "notice", "title": "Notice 7", "publisher": "Port office"}},
        {"addParagraph": {"key": "lede", "text": "One.", "citations": [{"source": "notice"}]}},
        {"reviseParagraph": {"key": "lede", "text": "Two."}},
        {"reviseParagraph": {"key": "lede", "text": "Two."}},
        {"moveParagraph": {"key": "lede"}},
    ).then(
        ev.SourceAdded(key="notice", title="Notice 7", publisher="Port office"),
        ev.ParagraphAdded(key="lede", text="One.", citations=(Citation(source="notice"),)),
        ev.ParagraphRevised(key="lede", text="Two."),
    )


def test_order_matters() -> None:
    """Cited before it is added, a source is unknown."""
    given().when(
        {"addParagraph": {"key": "lede", "text": "One.", "citations": [{"source": "notice"}]}},
        {"addSource": {"key": "notice", "title": "Notice 7", "publisher": "Port office"}},
    ).then_refused(
        ErrorCode.UNKNOWN_SOURCE, "edits", "0", "addParagraph", "citations", "0", "source"
    )


def test_one_bad_edit_among_good_ones() -> None:
    """The whole batch is refused, with the path to the bad one."""
    given(LEDE).when(
        {"reviseHeadline": {"headline": "Good"}},
        {"reviseParagraph": {"key": "lede", "text": "Good."}},
        {"removeParagraph": {"key": "nobody"}},
        {"reviseStandfirst": {"standfirst": "Good."}},
    ).then_refused(ErrorCode.UNKNOWN_ITEM, "edits", "2", "removeParagraph", "key")


def test_every_fault_of_every_field_is_told_at_once() -> None:
    """An editor need not mend and send again once a field."""
    refusals = (
        given()
        .when(
            {"reviseHeadline": {"headline": ""}},
            {"addParagraph": {"key": "A", "text": "x", "citations": [{"source": ""}]}},
            {"reviseStandfirst": {"standfirst": "Good."}},
        )
        .refusals
    )
    assert [(found.code, found.path) for found in refusals] == [
        (ErrorCode.INVALID_TEXT, ("edits", "0", "reviseHeadline", "headline")),
        (ErrorCode.INVALID_KEY, ("edits", "1", "addParagraph", "key")),
        (ErrorCode.INVALID_KEY, ("edits", "1", "addParagraph", "citations", "0", "source")),
    ]


def test_a_closed_brief_is_told_once() -> None:
    """Not once an edit, and at no edit: the batch is not at fault."""
    given(LEDE, ev.BriefPublished(), ev.BriefClosed()).when(
        {"reviseHeadline": {"headline": ""}}, {"removeParagraph": {"key": "nobody"}}
    ).then_refused(ErrorCode.WRONG_STATE)


def test_an_undone_edit_stays_in_the_record() -> None:
    """A batch that ends where it began is still what was done."""
    given(LEDE).when(
        {"reviseParagraph": {"key": "lede", "text": "Two."}},
        {"reviseParagraph": {"key": "lede", "text": "One."}},
    ).then(
        ev.ParagraphRevised(key="lede", text="Two."), ev.ParagraphRevised(key="lede", text="One.")
    )


def test_a_batch_is_read_once() -> None:
    """An iterator of edits is decided like a list."""
    edits = parse_edits([{"reviseHeadline": {"headline": "New"}}])
    assert decide(brief_of(), iter(edits)) == Accepted((ev.HeadlineRevised(headline="New"),))


def test_deciding_changes_no_state() -> None:
    """The state that a batch was decided on is as it was, accepted or not."""
    state, same = brief_of(LEDE), brief_of(LEDE)
    edits = [
        {"addParagraph": {"key": "top", "text": "Zero.", "before": "lede"}},
        {"removeParagraph": {"key": "lede"}},
        {"moveParagraph": {"key": "top"}},
    ]
    assert isinstance(decide(state, parse_edits(edits)), Accepted)
    assert isinstance(decide(state, parse_edits([*edits, *edits])), Rejected)
    assert (list(state.overview), state) == (list(same.overview), same)
    assert isinstance(state, Brief)
