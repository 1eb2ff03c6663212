"""What an answer was made of: the one thing that says when it holds no more.

Whatever is read for an answer is noted here before it is read, by the name of what events touch:

| note                  | touched by                                                         |
|-----------------------|--------------------------------------------------------------------|
| a stream's name       | any event of the stream                                            |
| `past:` and that name | what changes the past of a stream, or who sees it: see `_OF_PAST`  |
| BRIEFS                | any event of a brief: lists, counts, what is related               |
| SEARCH                | any event of a brief or an entity                                  |
| EDITIONS              | any event of an edition                                            |
| SLUGS                 | an event that gives a slug: of answers to a slug that nobody had   |
| EVERYTHING            | any event                                                          |
"""

from collections.abc import Sequence

from graphql_brief.domain.events import (
    BodyErased,
    BriefClosed,
    BriefDrafted,
    BriefPublished,
    BriefReopened,
    BriefWithheld,
    SlugChanged,
)
from graphql_brief.log.port import Recorded

BRIEFS = "briefs"
SEARCH = "search"
EDITIONS = "editions"
SLUGS = "slugs"
EVERYTHING = "everything"

_OF_PAST = (BodyErased, BriefClosed, BriefPublished, BriefReopened, BriefWithheld)
_LISTS = {"brief": (BRIEFS, SEARCH), "entity": (SEARCH,), "edition": (EDITIONS,), "page": ()}


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


def touched_by(commit: Sequence[Recorded]) -> set[str]:
    """The notes that the events of a commit touch."""
    touched = {EVERYTHING}
    for recorded in commit:
        stream = recorded.stream
        touched.add(stream)
        touched.update(_LISTS[stream.partition("-")[0]])
        if isinstance(recorded.event, _OF_PAST):
            touched.add(f"past:{stream}")
        elif isinstance(recorded.event, BriefDrafted | SlugChanged):
            touched.add(SLUGS)
    return touched
