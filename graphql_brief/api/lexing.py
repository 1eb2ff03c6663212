"""The tokens of a document, cut by one regular expression, and the places of nodes among them.

What the expression does not know is no token of a usual document: an escape in a string, a block
string, or what is not GraphQL. There is no error here but that somebody else has to read the text.
"""

import re
from itertools import accumulate
from typing import TypeVar

from graphql import Location, NameNode, Node, Source

NESTING_BOUND = 50
"""Brackets within brackets that are gone into."""

# A text takes time by its length, whatever is in it: no part of this looks twice at what it passed
# over. So what begins as a number is cut as long as it can be; whether it is one, is seen later.
_TOKEN = re.compile(
    r"([A-Za-z_][0-9A-Za-z_]*"
    r"|[!$():=@\[\]{}]|\.\.\."
    r'|"(?!"")[^"\\\n\r\ud800-\udfff]*"'
    r"|-?[0-9][0-9A-Za-z_.]*"
    r"|\#[^\n\r\ud800-\udfff]*)"
)
_BETWEEN = " \t\n\r,\ufeff"
_END = ""
"""Stands behind the last token."""

_Made = TypeVar("_Made", bound=Node)
blank = object.__new__
"""Of a class of nodes, one without attributes; its own `__init__` takes three times as long."""
put = object.__setattr__
"""Gives a node an attribute, while it is made: all that its class has, in the order of the class,
as the library's printer and visitors look for them, and as Python lays them out best."""


class UnusualError(Exception):
    """The text is for the library to parse, or to refuse."""


class Place(Location):
    """Where a node stands. It keeps no tokens, which nobody asks for."""

    __slots__ = ()

    def __init__(self, start: int, end: int, source: Source) -> None:
        self.start = start
        self.end = end
        self.source = source


def made(kind: type[_Made], place: Location | None, **attributes: object) -> _Made:
    """A node; what is not given is None."""
    node = blank(kind)
    attributes["loc"] = place
    for name in kind.keys:
        put(node, name, attributes.get(name))
    return node


class Lexed:
    """The tokens of a text, and how far they are read. Raises UnusualError where it cannot go on.

    `at` is the number of the next one. What reads a part of the document finds it where that part
    begins, and leaves it behind that part.
    """

    def __init__(self, text: str, max_tokens: int) -> None:
        """Cut the text; comments count, and are left out."""
        pieces = _TOKEN.split(text, max_tokens + 1)
        if "".join(pieces[::2]).strip(_BETWEEN):
            raise UnusualError
        edges = list(accumulate(map(len, pieces)))
        self.tokens, self._starts, self._ends = pieces[1::2], edges[::2], edges[1::2]
        self.count = len(self.tokens)
        if self.count > max_tokens:
            raise UnusualError
        if "#" in text:
            self._leave_out_comments()
        self.tokens.append(_END)
        self.at = 0
        self._source = Source(text)
        self._nesting = 0

    def _leave_out_comments(self) -> None:
        kept = [at for at, token in enumerate(self.tokens) if token[0] != "#"]
        self.tokens = [self.tokens[at] for at in kept]
        self._starts = [self._starts[at] for at in kept]
        self._ends = [self._ends[at] for at in kept]

    @property
    def is_at_end(self) -> bool:
        """Whether all are read."""
        return self.tokens[self.at] == _END

    def whole(self) -> Place:
        """The place of the document."""
        return Place(0, len(self._source.body), self._source)

    def since(self, first: int) -> Place:
        """The place from the token of this number to the last that was read."""
        return Place(self._starts[first], self._ends[self.at - 1], self._source)

    def expect(self, what: str) -> None:
        """Read this token."""
        if self.tokens[self.at] != what:
            raise UnusualError
        self.at += 1

    def may_be(self, what: str) -> bool:
        """Read this token, if it is the next; whether it was."""
        found = self.tokens[self.at] == what
        self.at += found
        return found

    def open(self, bracket: str) -> None:
        """Read an opening bracket."""
        self.expect(bracket)
        self._nesting += 1
        if self._nesting > NESTING_BOUND:
            raise UnusualError

    def close(self) -> None:
        """Read the closing bracket that is next."""
        self.at += 1
        self._nesting -= 1

    def name(self) -> NameNode:
        """Read a name."""
        at = self.at
        name = self.tokens[at]
        if not name.isidentifier():
            raise UnusualError
        self.at = at + 1
        node = blank(NameNode)
        put(node, "loc", Place(self._starts[at], self._ends[at], self._source))
        put(node, "value", name)
        return node
