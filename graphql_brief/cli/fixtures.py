"""Loading a written history: the steps of fixture files, replayed through the desk.

`fixtures/README.md` specifies the format. Each step is recorded at its own time, which is what
an import from an older system needs; the log itself refuses to go back in time.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from graphql_brief.api.desk import Desk
from graphql_brief.api.request import Conflict, Outcome, Refusals, Request
from graphql_brief.api.viewer import Role, Viewer
from graphql_brief.domain import commands
from graphql_brief.domain.vocabulary import Significance


class FixtureError(Exception):
    """A fixture file cannot be read or replayed; the message names the file and the step."""


class Step(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One command of a written history; exactly one of the last ten is given."""

    at: Annotated[datetime, msgspec.Meta(tz=True)]
    actor: str
    stream: str
    significance: Significance
    change_note: str | None = None
    register_entity: dict[str, Any] | None = None
    revise_entity: dict[str, Any] | None = None
    draft_brief: dict[str, Any] | None = None
    edit_brief: list[Any] | None = None
    publish_brief: dict[str, Any] | None = None
    withhold_brief: dict[str, Any] | None = None
    close_brief: dict[str, Any] | None = None
    reopen_brief: dict[str, Any] | None = None
    publish_edition: dict[str, Any] | None = None
    revise_page: dict[str, Any] | None = None


class History(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fixture file."""

    about: str
    steps: list[Step]


class StepClock:
    """A clock that stands where a written history says."""

    def __init__(self) -> None:
        self.now = datetime(1970, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def read(folder: Path) -> list[tuple[str, Step]]:
    """The steps of every JSON file in `folder`, in the order of their times, with their places.

    Raises FixtureError.
    """
    steps: list[tuple[str, Step]] = []
    if not folder.is_dir():
        raise FixtureError(f"there is no folder {folder}")
    files = sorted(folder.glob("*.json"))
    if not files:
        raise FixtureError(f"{folder} holds no fixture files (*.json)")
    for file in files:
        try:
            history = msgspec.json.decode(file.read_bytes(), type=History)
        except (OSError, msgspec.DecodeError) as error:
            raise FixtureError(f"{file}: {error}") from error
        steps += ((f"{file.name}, step {n}", step) for n, step in enumerate(history.steps, 1))
    return sorted(steps, key=lambda placed: placed[1].at)


def key_of(placed: tuple[str, Step]) -> str:
    """The idempotency key of a step: replayed again, it is recorded once."""
    place, _ = placed
    return f"load: {place}"


async def replay(
    desk: Desk,
    steps: Iterable[tuple[str, Step]],
    clock: StepClock,
    progress: Callable[[], None] = lambda: None,
) -> None:
    """Hand each step to the desk at its own time. Raises FixtureError at the first refusal."""
    for place, step in steps:
        clock.now = step.at.astimezone(UTC)
        request = Request(
            viewer=Viewer(actor=step.actor, roles=frozenset({Role.EDITOR})),
            significance=step.significance,
            change_note=step.change_note,
            idempotency_key=key_of((place, step)),
        )
        outcome = await _take(desk, request, step, place)
        if isinstance(outcome, Refusals):
            reasons = "; ".join(
                f"{'.'.join(found.path)}: {found.message}" for found in outcome.reasons
            )
            raise FixtureError(f"{place} was refused: {reasons}")
        assert not isinstance(outcome, Conflict)
        progress()


_TRANSITIONS: dict[str, type[commands.Transition]] = {
    "publish_brief": commands.PublishBrief,
    "withhold_brief": commands.WithholdBrief,
    "close_brief": commands.CloseBrief,
    "reopen_brief": commands.ReopenBrief,
}


_ASKED = (
    *("register_entity", "revise_entity", "draft_brief", "edit_brief"),
    *(*_TRANSITIONS, "publish_edition", "revise_page"),
)


async def _take(desk: Desk, request: Request, step: Step, place: str) -> Outcome:
    given = {name: payload for name in _ASKED if (payload := getattr(step, name)) is not None}
    if len(given) != 1:
        raise FixtureError(f"{place} must ask for exactly one thing, not {sorted(given)}")
    ((name, payload),) = given.items()
    if name in _TRANSITIONS:
        return await desk.transition(request, step.stream, _TRANSITIONS[name], payload)
    if name == "publish_edition":
        return await desk.publish_edition(request, payload)
    if name == "revise_page":
        return await desk.revise_page(request, payload)
    if name == "draft_brief":
        return await desk.draft_brief(request, payload, stream=step.stream)
    if name == "register_entity":
        return await desk.register_entity(request, payload, stream=step.stream)
    if name == "revise_entity":
        return await desk.revise_entity(request, step.stream, payload)
    return await desk.edit_brief(request, step.stream, payload)
