"""The example operations: files that begin with a comment, `# For an auditor: what it shows.`

The name of a file's folder is its user, and the number before its name its place. A comment line
`# Variables: {...}` has the variables that it is asked with.
"""

import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Any

import msgspec

USERS = {
    "client": "a web client",
    "subscriber": "a subscriber",
    "auditor": "an auditor",
    "editor": "an editor",
}
"""The users, in the order in which they are shown, by the names of their folders."""

_NAME = re.compile(r"\d+-(?P<name>[a-z-]+)\.graphql")
_ABOUT = re.compile(r"# For (?P<user>[a-z ]+): (?P<about>.+)\n")
_VARIABLES = re.compile(r"^# Variables: (?P<json>\{.*\})\n", re.MULTILINE)


class Example(msgspec.Struct, frozen=True):
    """One operation, for one user."""

    name: str
    user: str
    about: str
    document: str
    variables: dict[str, Any] | None


class BadExample(Exception):  # noqa: N818 - whoever wrote it is at fault
    """A file that is no example; the message says which and why."""


def read_examples(folder: Traversable) -> list[Example]:
    """The examples of all users, in order. Raises BadExample."""
    return [example for user in USERS for example in _of_user(folder / user, user)]


def _of_user(folder: Traversable, user: str) -> Iterator[Example]:
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        name, text = _NAME.fullmatch(file.name), file.read_text(encoding="utf-8")
        head = _ABOUT.match(text)
        if name is None or head is None or head["user"] != USERS[user]:
            raise BadExample(
                f"{user}/{file.name}: an example is a file `1-name.graphql` that begins with "
                f"`# For {USERS[user]}: what it shows.`"
            )
        given = _VARIABLES.search(text)
        yield Example(
            name=f"{user}/{name['name']}",
            user=user,
            about=head["about"],
            document=_VARIABLES.sub("", text, count=1),
            variables=msgspec.json.decode(given["json"]) if given else None,
        )
