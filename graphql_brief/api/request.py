"""What the desk is asked, beside the content, and what it says."""

from typing import Annotated

import msgspec

from graphql_brief.api.viewer import Viewer
from graphql_brief.domain.refusal import Refusal
from graphql_brief.domain.rules import Line
from graphql_brief.domain.vocabulary import Significance
from graphql_brief.log.port import Appended, Recorded


class Request(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What comes with every command beside its content."""

    viewer: Viewer
    significance: Significance = Significance.SUBSTANTIVE
    change_note: Annotated[str | None, Line(1000)] = None
    idempotency_key: Annotated[str | None, Line(200)] = None
    correlation_id: Annotated[str | None, Line(100)] = None
    causation_id: Annotated[str | None, Line(100)] = None


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """The command is in the log; `appended` is None if it changed nothing."""

    stream: str
    appended: Appended | None


class Refusals(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing was written, for these reasons."""

    reasons: tuple[Refusal, ...]


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing was written: what came after the expected version meets the command."""

    stream: str
    expected_version: int
    current_version: int
    intervening: tuple[Recorded, ...]


Outcome = Done | Refusals | Conflict
