"""Released schemas do not change: their digests are checked in."""

import hashlib

from tests.events.independent import EVENTS
from tests.events.support import FILES

WHAT_TO_DO = """\
events/digests.txt and the schemas differ: {names}

A released schema never changes, or bodies written by it could not be read any more. Put it back,
and add a new version beside it: schemas/<type>.v2.schema.json, 2 in codec.SCHEMA_VERSIONS, the step
from 1 to 2 in log/upcasters.py, examples of both in vectors/upcasts.json, and a row in README.md.
Add the new file's line to digests.txt:

    (cd events && find * -name '*.schema.json' | LC_ALL=C sort | xargs sha256sum > digests.txt)

Until release 1.0 a schema may still change: then write the digests anew with this command, and
say so in CHANGELOG.md and in the commit.
"""


def test_the_digests() -> None:
    """One line for each schema file, as sha256sum writes it, sorted by path."""
    told = (EVENTS / "digests.txt").read_text(encoding="utf-8").splitlines()
    found = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(EVENTS).as_posix()}"
        for file in sorted(FILES, key=lambda file: file.relative_to(EVENTS).as_posix())
    ]
    names = sorted({line.split()[1] for line in {*told} ^ {*found}})
    assert told == found, WHAT_TO_DO.format(names=", ".join(names))
