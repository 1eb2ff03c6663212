"""`make compat`: whether `schema.graphql` keeps what the last release promised."""

import sys
from pathlib import Path

from tests.schema.changes import badly_deprecated, compare
from tests.schema.last_tag import GitError, last_released

ROOT = Path(__file__).parents[2]


def main(root: Path = ROOT) -> int:
    """Print what changed; 0 if no promise is broken."""
    current = (root / "schema.graphql").read_text()
    nameless = badly_deprecated(current)
    for place in nameless:
        print(
            f"{place} is deprecated, but not until when: end its reason with `Goes after 1.2.0.`",
            file=sys.stderr,
        )
    try:
        released = last_released(root)
    except GitError as error:
        print(f"the last release cannot be read: {error}", file=sys.stderr)
        return 1
    if released is None:
        print("schema.graphql: no release is tagged here, so there is nothing to compare it with")
        return 1 if nameless else 0
    changes = compare(released.schema, current, released.version)
    for kind in ("due", "dangerous"):
        for line in getattr(changes, kind):
            print(f"{kind}: {line}")
    for line in changes.breaking:
        print(f"breaking: {line}", file=sys.stderr)
    print(
        f"schema.graphql since {released.tag}: {len(changes.breaking)} breaking changes, "
        f"{len(changes.dangerous)} dangerous, {len(changes.safe)} safe, {len(changes.due)} due"
    )
    if changes.breaking:
        print(
            "A client of the last release would break. Keep what it uses, and deprecate it: "
            "CONTRIBUTING.md, “Change the API”.",
            file=sys.stderr,
        )
    return 1 if nameless or changes.breaking else 0


if __name__ == "__main__":
    sys.exit(main())
