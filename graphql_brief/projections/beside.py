"""Rows of the streams beside briefs: entities, editions, pages."""

import sqlalchemy as sa

from graphql_brief.domain.states import Edition, Entity, Page
from graphql_brief.projections.stretch import Stretch, store
from graphql_brief.projections.tables import rm_edition, rm_entity, rm_page


def write(connection: sa.Connection, stretch: Stretch) -> None:
    """Bring the rows of the stretch's entities, editions and pages up to its end."""
    entities = [
        {
            "id": entity.id,
            "kind": entity.kind.value,
            "name": entity.name,
            "version": entity.version,
            "position": entity.position,
        }
        for entity in stretch.last_of(Entity)
    ]
    editions = [
        {
            "id": edition.id,
            "date": edition.date,
            "version": edition.version,
            "position": edition.position,
        }
        for edition in stretch.last_of(Edition)
    ]
    pages = [
        {
            "id": page.id,
            "slug": page.slug,
            "title": page.title,
            "version": page.version,
            "position": page.position,
        }
        for page in stretch.last_of(Page)
    ]
    store(connection, rm_entity, entities, stretch.begun)
    store(connection, rm_edition, editions, stretch.begun)
    store(connection, rm_page, pages, stretch.begun)
