"""A brief's life: draft, published, withheld or closed, reopened."""

import pytest

from graphql_brief.domain import commands as c
from graphql_brief.domain import decide
from graphql_brief.domain import events as ev
from graphql_brief.domain.decision import Rejected, accept
from graphql_brief.domain.evolve import evolve
from graphql_brief.domain.states import Brief
from graphql_brief.domain.vocabulary import BriefStatus, ErrorCode, Significance
from tests.domain.scenario import BRIEF, DRAFTED, brief_of, given, stamp

LEDE = ev.ParagraphAdded(key="lede", text="One.")
PUBLISHED = ev.BriefPublished()

BY_STATUS: dict[BriefStatus, tuple[ev.Event, ...]] = {
    BriefStatus.DRAFT: (LEDE,),
    BriefStatus.PUBLISHED: (LEDE, PUBLISHED),
    BriefStatus.WITHHELD: (LEDE, PUBLISHED, ev.BriefWithheld(reason="A court asked.")),
    BriefStatus.CLOSED: (LEDE, PUBLISHED, ev.BriefClosed()),
}

STEPS: dict[tuple[BriefStatus, c.Transition], tuple[ev.Event, BriefStatus]] = {
    (BriefStatus.DRAFT, c.PublishBrief()): (PUBLISHED, BriefStatus.PUBLISHED),
    (BriefStatus.PUBLISHED, c.WithholdBrief(reason="Why.")): (
        ev.BriefWithheld(reason="Why."),
        BriefStatus.WITHHELD,
    ),
    (BriefStatus.PUBLISHED, c.CloseBrief(reason="Over.")): (
        ev.BriefClosed(reason="Over."),
        BriefStatus.CLOSED,
    ),
    (BriefStatus.WITHHELD, c.ReopenBrief()): (ev.BriefReopened(), BriefStatus.PUBLISHED),
    (BriefStatus.CLOSED, c.ReopenBrief(reason="More.")): (
        ev.BriefReopened(reason="More."),
        BriefStatus.PUBLISHED,
    ),
}
COMMANDS = (
    c.PublishBrief(),
    c.WithholdBrief(reason="Why."),
    c.CloseBrief(),
    c.ReopenBrief(),
)
ALLOWED = {(status, type(command)) for status, command in STEPS}
REFUSED = [
    (status, command)
    for status in BriefStatus
    for command in COMMANDS
    if (status, type(command)) not in ALLOWED
]


@pytest.mark.parametrize(("step", "expected"), STEPS.items())
def test_a_step_of_the_table(
    step: tuple[BriefStatus, c.Transition], expected: tuple[ev.Event, BriefStatus]
) -> None:
    """Each allowed step gives its event and leads to its status, with its reason if any."""
    status, command = step
    event, leads_to = expected
    after = given(*BY_STATUS[status]).when_asked_to(command).then(event)
    assert after.status is leads_to
    assert after.status_reason == getattr(command, "reason", None)


@pytest.mark.parametrize(("status", "command"), REFUSED)
def test_a_dash_of_the_table(status: BriefStatus, command: c.Transition) -> None:
    """Every other step is refused, and the message says where the brief is."""
    given(*BY_STATUS[status]).when_asked_to(command).then_refused(
        ErrorCode.WRONG_STATE, saying=f"a brief that is {status} cannot "
    )


def test_the_table_is_the_documentation() -> None:
    """The module's table of prose has the same arrows as the table that decides."""
    assert decide.__doc__ is not None
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in decide.__doc__.splitlines()
        if line.startswith("|")
    ]
    (_, *commands, _), _, *statuses = rows
    told = {
        (BriefStatus(status), command)
        for status, *cells, _ in statuses
        for command, cell in zip(commands, cells, strict=True)
        if cell != "–"
    }
    decided = {
        (status, command.__name__.removesuffix("Brief").lower())
        for status, command in decide.LIFECYCLE
    }
    assert decided == told


def test_the_words_of_a_refused_step() -> None:
    """An editor reads what the brief is and what was asked."""
    given(LEDE).when_asked_to(c.CloseBrief()).then_refused(
        ErrorCode.WRONG_STATE, saying="a brief that is DRAFT cannot close"
    )


def test_a_brief_without_overview_is_not_published() -> None:
    """Readers never meet an empty page."""
    given().when_asked_to(c.PublishBrief()).then_refused(ErrorCode.WRONG_STATE, saying="overview")


@pytest.mark.parametrize("status", [BriefStatus.DRAFT, BriefStatus.PUBLISHED, BriefStatus.WITHHELD])
def test_edits_are_taken(status: BriefStatus) -> None:
    """A brief is edited wherever it is in its life, until it is closed."""
    given(*BY_STATUS[status]).when({"reviseHeadline": {"headline": "New"}}).then(
        ev.HeadlineRevised(headline="New")
    )


def test_a_closed_brief_takes_no_edits() -> None:
    """A story that ended is reopened first."""
    given(*BY_STATUS[BriefStatus.CLOSED]).when(
        {"reviseHeadline": {"headline": "New"}}
    ).then_refused(ErrorCode.WRONG_STATE, saying="reopen it")


@pytest.mark.parametrize("blank", ["", " ", "\u200b\u00a0"])
def test_withholding_needs_a_reason(blank: str) -> None:
    """Nothing is taken from readers without a word why."""
    given(*BY_STATUS[BriefStatus.PUBLISHED]).when_asked_to(
        c.WithholdBrief(reason=blank)
    ).then_refused(ErrorCode.INVALID_TEXT, "reason")


@pytest.mark.parametrize(
    ("status", "public"),
    [
        (BriefStatus.DRAFT, False),
        (BriefStatus.PUBLISHED, True),
        (BriefStatus.WITHHELD, False),
        (BriefStatus.CLOSED, True),
    ],
)
def test_who_sees_it(status: BriefStatus, *, public: bool) -> None:
    """Readers see a brief while it is published or closed."""
    assert brief_of(*BY_STATUS[status]).is_public is public


def test_the_first_publication_is_remembered() -> None:
    """Readers never see a version before the first publication, however often it is reopened."""
    brief = brief_of(LEDE, PUBLISHED, ev.BriefWithheld(reason="Why."), ev.BriefReopened())
    assert (brief.first_published_version, brief.first_published_at) == (3, stamp(3).at)
    assert brief_of(LEDE).first_published_version is None


def test_a_later_publication_changes_nothing_of_it() -> None:
    """An old log may hold a second publication; the first one stands."""
    brief = brief_of(LEDE, PUBLISHED, PUBLISHED)
    assert (brief.first_published_version, brief.first_published_at) == (3, stamp(3).at)
    assert brief.last_significant_update_at == stamp(3).at


@pytest.mark.parametrize("significance", list(Significance))
def test_the_last_significant_update(significance: Significance) -> None:
    """Publication counts as significant, then every edit that is SUBSTANTIVE or more."""
    public = brief_of(LEDE, PUBLISHED)
    assert public.last_significant_update_at == stamp(3).at
    after = evolve(public, BRIEF, ev.HeadlineRevised(headline="New"), stamp(4, significance))
    assert isinstance(after, Brief)
    counts = significance in (Significance.BREAKING, Significance.SUBSTANTIVE)
    assert after.last_significant_update_at == stamp(4 if counts else 3).at
    assert after.updated_at == stamp(4).at


def test_drafting() -> None:
    """A draft begins with what was asked, in English unless something else was said."""
    asked = c.DraftBrief(slug="port", headline="Port", standfirst="A port.", subjects=("Trade",))
    accepted = decide.draft(asked)
    assert accepted == accept(
        ev.BriefDrafted(
            slug="port", headline="Port", standfirst="A port.", language="en", subjects=("Trade",)
        )
    )


def test_a_faulty_draft() -> None:
    """Every fault of a draft is told, each with its field."""
    decision = decide.draft(
        c.DraftBrief(slug="Port", headline="", standfirst="A\tport.", language="English")
    )
    assert isinstance(decision, Rejected)
    assert [(found.code, found.path) for found in decision.refusals] == [
        (ErrorCode.INVALID_KEY, ("slug",)),
        (ErrorCode.INVALID_TEXT, ("headline",)),
        (ErrorCode.INVALID_TEXT, ("standfirst",)),
        (ErrorCode.INVALID_LANGUAGE, ("language",)),
    ]


def test_a_drafted_brief() -> None:
    """What stands in a brief after its first event."""
    brief = brief_of()
    assert (brief.id, brief.version, brief.position) == (BRIEF, 1, 101)
    assert (brief.drafted_at, brief.updated_at) == (stamp(1).at, stamp(1).at)
    assert brief.last_significant_update_at is None
    assert (brief.slug, brief.headline) == (DRAFTED.slug, DRAFTED.headline)
    assert (brief.standfirst, brief.language) == (DRAFTED.standfirst, DRAFTED.language)
    assert brief.subjects == ()
