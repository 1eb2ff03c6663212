"""(state, command) → events for the streams beside briefs: entities, editions, pages."""

import msgspec

from graphql_brief.domain import commands as c
from graphql_brief.domain import events
from graphql_brief.domain.decision import Decision, accept, reject
from graphql_brief.domain.refusal import Refusal
from graphql_brief.domain.rules import check
from graphql_brief.domain.states import Edition, Entity, Page
from graphql_brief.domain.vocabulary import ErrorCode


def register_entity(command: c.RegisterEntity) -> Decision:
    """The events that make a person or organization known."""
    faults = check(command)
    if faults:
        return reject(faults)
    fields = msgspec.structs.asdict(command)
    fields["initials"] = command.initials or initials_of(command.name)
    return accept(events.EntityRegistered(**fields))


def revise_entity(state: Entity, command: c.ReviseEntity) -> Decision:
    """The events that change what is known; none if nothing changes."""
    faults = check(command)
    if faults:
        return reject(faults)
    changes = {
        name: value
        for name, value in msgspec.structs.asdict(command).items()
        if value is not msgspec.UNSET and value != getattr(state, name)
    }
    return accept(events.EntityRevised(**changes)) if changes else accept()


def publish_edition(
    state: Edition | None, command: c.PublishEdition, known_briefs: frozenset[str]
) -> Decision:
    """The events that bring out a Daily Brief, or bring it out anew."""
    faults = check(command)
    if faults:
        return reject(faults)
    for place, entry in enumerate(command.entries):
        if entry.brief not in known_briefs:
            return reject(
                [
                    Refusal(
                        ErrorCode.UNKNOWN_BRIEF,
                        f"there is no brief {entry.brief!r}",
                        ("entries", str(place), "brief"),
                    )
                ]
            )
    if state is None:
        return accept(
            events.EditionPublished(date=command.date, title=command.title, entries=command.entries)
        )
    if (state.title, state.entries) == (command.title, command.entries):
        return accept()
    return accept(events.EditionRevised(title=command.title, entries=command.entries))


def revise_page(state: Page | None, command: c.RevisePage) -> Decision:
    """The events that write or rewrite a standing page; none if nothing changes."""
    faults = check(command)
    if faults:
        return reject(faults)
    if state is not None and (state.title, state.body) == (command.title, command.body):
        return accept()
    return accept(events.PageRevised(slug=command.slug, title=command.title, body=command.body))


def initials_of(name: str) -> str:
    """The first letters of the first and the last word of a name, in capitals."""
    words = name.split()
    words = [word for word in words if word[0].isalpha()] or words
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()[: c.INITIALS_BOUND]
