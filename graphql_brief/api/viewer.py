"""Who asks: an actor with roles, and the audience that these make.

| role        | audience | may                                                      |
|-------------|----------|----------------------------------------------------------|
| (none)      | PUBLIC   | read what is published                                   |
| reader      | PUBLIC   | the same, under a name of their own                      |
| contributor | NEWSROOM | read drafts; draft briefs and edit them                  |
| editor      | NEWSROOM | also publish, withhold, close, reopen; entities; pages   |
| auditor     | AUDIT    | read everything, and the log; write nothing              |
| admin       | AUDIT    | everything; only they erase                              |
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Struct

from graphql_brief.domain.rules import Line
from graphql_brief.domain.vocabulary import Audience


class Role(StrEnum):
    """What somebody is to the site; a token carries any number of them."""

    READER = "reader"
    CONTRIBUTOR = "contributor"
    EDITOR = "editor"
    AUDITOR = "auditor"
    ADMIN = "admin"


MAY_EDIT = frozenset({Role.CONTRIBUTOR, Role.EDITOR, Role.ADMIN})
MAY_ERASE = frozenset({Role.ADMIN})
MAY_PUBLISH = frozenset({Role.EDITOR, Role.ADMIN})


class Viewer(Struct, frozen=True, kw_only=True):
    """The one who asks. `actor` is a pseudonymous id, None for the anonymous public."""

    actor: Annotated[str | None, Line(100)] = None
    roles: frozenset[Role] = frozenset()

    @property
    def audience(self) -> Audience:
        """What this viewer may see."""
        if self.roles & {Role.AUDITOR, Role.ADMIN}:
            return Audience.AUDIT
        if self.roles & MAY_EDIT:
            return Audience.NEWSROOM
        return Audience.PUBLIC

    def sees(self, audience: Audience) -> bool:
        """Whether what is marked for `audience` is shown to this viewer."""
        return self.audience.includes(audience)


ANONYMOUS = Viewer()
