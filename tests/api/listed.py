"""Every connection that can be sliced, with the plain list that it must be."""

from itertools import count
from typing import Any, TypeAlias

from tests.api.conftest import EDITOR, Newsroom

PAGE = "pageInfo { hasPreviousPage hasNextPage startCursor endCursor }"
SLICE = "$first: Int, $after: String, $last: Int, $before: String"
ASKED = "first: $first, after: $after, last: $last, before: $before"

Place: TypeAlias = tuple[Any, ...]


class Briefs:
    """`briefs` of one subject, last updated first."""

    document = f"""query({SLICE}, $of: String!) {{
        briefs({ASKED}, filter: {{subject: $of}}) {{
            totalCount edges {{ cursor node {{ id }} }} {PAGE} }} }}"""
    backward = True
    default = 20

    def __init__(self, room: Newsroom, number: int) -> None:
        self.room = room
        self.of = f"s{number}"
        self.places: dict[str, Place] = {}
        self.clock = count()

    async def begin(self) -> None:
        """What must be there before the first entry."""

    async def add(self, number: int) -> None:
        """A new entry."""
        brief = await self.room.draft(headline=f"H{number}", subjects=[self.of])
        self.places[brief] = self.place(brief, number)

    async def move(self, entry: str, number: int) -> None:
        """Another place for an entry."""
        text = f"S {next(self.clock)}."
        await self.room.done(entry, {"reviseStandfirst": {"standfirst": text}})
        self.places[entry] = self.place(entry, number)

    async def remove(self, entry: str) -> None:
        """An entry leaves the list."""
        await self.room.done(entry, {"setSubjects": {"subjects": []}})
        del self.places[entry]

    def place(self, entry: str, number: int) -> Place:
        """Where an entry stands that was just changed; the list is in ascending order."""
        return (-next(self.clock),)

    async def page(self, **asked: Any) -> Any:
        """The connection."""
        (found,) = (await self.room.ask(self.document, EDITOR, of=self.of, **asked)).values()
        return found if "edges" in found else found["page"]


class ByHeadline(Briefs):
    """`briefs` of one subject from A to Z; some have one headline."""

    document = f"""query({SLICE}, $of: String!) {{
        briefs({ASKED}, filter: {{subject: $of}}, orderBy: HEADLINE) {{
            totalCount edges {{ cursor node {{ id }} }} {PAGE} }} }}"""

    async def move(self, entry: str, number: int) -> None:
        if self.places[entry] != self.place(entry, number):
            await self.room.done(entry, {"reviseHeadline": {"headline": f"H{number}"}})
            self.places[entry] = self.place(entry, number)

    def place(self, entry: str, number: int) -> Place:
        return (number, entry)


class OfEntity(Briefs):
    """`entity.briefs`, last updated first."""

    document = f"""query({SLICE}, $of: ID!) {{ entity(id: $of) {{ page: briefs({ASKED}) {{
        totalCount edges {{ cursor node {{ id }} }} {PAGE} }} }} }}"""

    async def begin(self) -> None:
        document = """mutation($i: RegisterEntityInput!) {
            registerEntity(input: $i) { entity { id } } }"""
        given = {"kind": "PERSON", "name": self.of}
        answer = await self.room.ask(document, EDITOR, i=given)
        self.of = answer["registerEntity"]["entity"]["id"]

    async def add(self, number: int) -> None:
        brief = await self.room.draft()
        await self.room.done(brief, {"involveEntity": {"key": "it", "entity": self.of}})
        self.places[brief] = self.place(brief, number)

    async def remove(self, entry: str) -> None:
        await self.room.done(entry, {"removeInvolvement": {"key": "it"}})
        del self.places[entry]


class Timeline(Briefs):
    """`brief.timeline`, latest date first, and of one date the last recorded first."""

    document = f"""query({SLICE}, $of: ID!) {{ brief(by: {{id: $of}}) {{ page: timeline({ASKED}) {{
        totalCount edges {{ cursor node {{ id: key }} }} {PAGE} }} }} }}"""
    default = 100

    async def begin(self) -> None:
        self.of = await self.room.draft()
        self.recorded = count()

    async def add(self, number: int) -> None:
        place = next(self.recorded)
        development = {"key": f"d-{place}", "headline": "H", "category": "C", "body": "B."}
        await self.room.done(
            self.of, {"addDevelopment": development | {"date": f"2026-01-1{number}"}}
        )
        self.places[f"d-{place}"] = (-number, -place)

    async def move(self, entry: str, number: int) -> None:
        before, place = self.places[entry]
        if before != -number:
            revised = {"key": entry, "date": f"2026-01-1{number}"}
            await self.room.done(self.of, {"reviseDevelopment": revised})
        self.places[entry] = (-number, place)

    async def remove(self, entry: str) -> None:
        """What was retracted stays in the timeline."""
        del entry


class OfCategory(Timeline):
    """The developments of one category: what is revised to another leaves the list."""

    document = Timeline.document.replace(ASKED, f'{ASKED}, category: "C"')

    async def remove(self, entry: str) -> None:
        revised = {"key": entry, "category": "D"}
        await self.room.done(self.of, {"reviseDevelopment": revised})
        del self.places[entry]


class History(Briefs):
    """`brief.history`, newest first; forward only."""

    document = f"""query($first: Int, $after: String, $of: ID!) {{ brief(by: {{id: $of}}) {{
        page: history(first: $first, after: $after) {{
            edges {{ cursor node {{ id: version }} }} {PAGE} }} }} }}"""
    backward = False

    async def begin(self) -> None:
        self.of = await self.room.draft()
        self.places = {"1": (-1,)}

    async def add(self, number: int) -> None:
        edits = [
            {"addParagraph": {"key": f"p-{next(self.clock)}", "text": "T."}}
            for _ in range(number + 1)
        ]
        version = await self.room.done(self.of, *edits)
        self.places[str(version)] = (-version,)

    async def move(self, entry: str, number: int) -> None:
        """A revision stays where it is."""

    async def remove(self, entry: str) -> None:
        """A revision is for ever."""


LISTS = (Briefs, ByHeadline, OfEntity, Timeline, OfCategory, History)
"""All of them."""
