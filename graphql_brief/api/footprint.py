"""What an answer was made of: the one thing that says when it holds no more.

Whatever is read for an answer is noted here before it is read, by the name of what events touch:

| note                  | touched by                                                         |
|-----------------------|--------------------------------------------------------------------|
| a stream's name       | any event of the stream                                            |
| `past:` and that name | what changes the past of a stream, or who sees it: see `_OF_PAST`  |
| names of `scopes`     | an event of a brief that changes what the lists of a scope are     |
|                       | made of; of searches, one that may change a word                   |
| BRIEFS                | an event of a brief of which it is not known what it changes: of   |
|                       | all lists and searches                                             |
| EDITIONS              | the first event of an edition                                      |
| `slug:` and a slug    | the event that gives it: of answers to a slug that nobody had      |
| EVERYTHING            | any event                                                          |
"""

from collections.abc import Iterator, Sequence

from msgspec import UNSET

from graphql_brief.domain import events as ev
from graphql_brief.domain.erasure import effect_of
from graphql_brief.domain.states import Brief
from graphql_brief.log.port import Recorded
from graphql_brief.projections import scopes
from graphql_brief.projections.step import Step

BRIEFS = "briefs"
EDITIONS = "editions"
EVERYTHING = "everything"

_OF_PAST = (
    ev.BodyErased,
    ev.BriefClosed,
    ev.BriefPublished,
    ev.BriefReopened,
    ev.BriefWithheld,
)
WORDLESS = (
    ev.BriefPublished,
    ev.BriefWithheld,
    ev.BriefClosed,
    ev.BriefReopened,
    ev.SlugChanged,
    ev.LanguageSet,
    ev.ObservationRecorded,
    ev.ObservationRetracted,
    ev.DevelopmentPinned,
    ev.DevelopmentUnpinned,
    ev.DevelopmentRetracted,
    ev.ForecastMade,
    ev.ForecastWithdrawn,
    ev.ScenarioResolved,
    ev.ScenarioReopened,
    ev.SourceAdded,
    ev.SourceRevised,
    ev.SourceRemoved,
)
"""Events that change no word of a brief that is searched, nor its place in the text."""


def slug_note(slug: str) -> str:
    """That nobody has this slug."""
    return f"slug:{slug[: scopes.NAME_BOUND]}"


class Footprint:
    """What one answer was made of."""

    def __init__(self) -> None:
        self.notes: set[str] = set()
        self.is_personal = False
        """Whether it is of who asks, beyond their audience."""
        self.is_behind = False
        """Whether read models may have been read that were behind the events heard."""
        self.has_rows = False
        """Whether read models were read."""

    @property
    def is_final(self) -> bool:
        """Whether only an erasure, or who may see it, can change it: it is all of the past."""
        return bool(self.notes) and all(note.startswith("past:") for note in self.notes)

    def state(self, stream: str) -> None:
        """The newest state of a stream, or that there is none."""
        self.notes.add(stream)

    def past(self, stream: str) -> None:
        """A past state of a stream that is seen today."""
        self.notes.add(f"past:{stream}")

    def rows(self, held: int, heard: int, *notes: str) -> None:
        """Rows of read models that hold the log up to one position, of what was heard so far."""
        self.notes.update(notes)
        self.has_rows = True
        self.is_behind = self.is_behind or held < heard

    def everything(self) -> None:
        """The log as a whole."""
        self.notes.add(EVERYTHING)

    def personal(self) -> None:
        """Who asks."""
        self.is_personal = True


class Unnoted(Footprint):
    """Takes no notes: of what is not kept, such as the answers of a subscription."""

    def state(self, stream: str) -> None:
        """See `Footprint`."""

    def past(self, stream: str) -> None:
        """See `Footprint`."""

    def rows(self, held: int, heard: int, *notes: str) -> None:
        """See `Footprint`."""

    def everything(self) -> None:
        """See `Footprint`."""


def touched_by(commit: Sequence[Recorded], step: Step | None = None) -> set[str]:
    """The notes that the events of a commit touch; `step` is what they did, if that is known."""
    stream = commit[0].stream
    events = [_done_by(recorded.event, stream) for recorded in commit]
    touched = {EVERYTHING, stream}
    if any(isinstance(event, _OF_PAST) for event in events):
        touched.add(f"past:{stream}")
    match stream.partition("-")[0]:
        case "brief":
            touched.update(_of_brief(events, step))
        case "entity" if any(map(_may_rename, events)):
            touched.update(scopes.all_words())
        case "edition" if commit[0].version == 1:
            touched.add(EDITIONS)
    return touched


def _done_by(event: ev.Event, stream: str) -> ev.Event:
    """The event, or what it still does: one that is heard late may have been erased before."""
    return event if not isinstance(event, ev.Erased) else effect_of(event, stream) or event


def _of_brief(events: Sequence[ev.Event], step: Step | None) -> Iterator[str]:
    for event in events:
        if isinstance(event, ev.BriefDrafted | ev.SlugChanged):
            yield slug_note(event.slug)
    if step is None:
        yield BRIEFS
        return
    assert isinstance(step.after, Brief)
    assert step.before is None or isinstance(step.before, Brief)
    words = not all(isinstance(event, WORDLESS) for event in events)
    yield from scopes.changed(step.before, step.after, words=words)


def _may_rename(event: ev.Event) -> bool:
    """Whether an event of an entity may change its name."""
    return not isinstance(event, ev.EntityRevised) or event.name is not UNSET
