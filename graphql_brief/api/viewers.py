"""Viewer: who asks, as the API tells them."""

import strawberry

from graphql_brief.api import enums, viewer
from graphql_brief.api.manual import output, resolved


@output()
class Viewer:
    """Who asks: what the token of the request says."""

    audience: enums.Audience = strawberry.field(description="What they see.")
    actor: str | None = strawberry.field(
        description="Their pseudonymous id; null for the anonymous public."
    )

    @resolved(list[enums.Role])
    def roles(self, root: strawberry.Parent[viewer.Viewer]) -> list[viewer.Role]:
        """Their roles."""
        return [role for role in viewer.Role if role in root.roles]
