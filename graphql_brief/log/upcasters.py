"""Bodies of older schema versions brought up to newer ones: each step, and the chains they make.

A step takes the members of an event as they were written in one schema version and gives those of
the next. It is pure, and total over JSON objects: what it does not find as expected it passes on,
for the decoding of the newest version to refuse. A step that was released is never edited: like
its schemas, it is what old bodies mean. `events/vectors/upcasts.json` holds examples of each.
"""

from collections.abc import Callable, Mapping
from typing import Any

Members = dict[str, Any]
"""An event as JSON, by the names in its body."""
Upcaster = Callable[[Members], Members]
"""From the members of an event of one schema version to those of the next."""


def _corrections_name_many_places(members: Members) -> Members:
    """`corrects` was one reference or absent; it is a list of them."""
    if "corrects" not in members:
        return members
    return {**members, "corrects": [members["corrects"]]}


def _forecasts_have_ranges(members: Members) -> Members:
    """`probability` was one number; it is the lower end of a range whose upper end is absent."""
    if "probability" not in members:
        return members
    return {**members, "probability": {"low": members["probability"]}}


UPCASTERS: dict[tuple[str, int], Upcaster] = {
    ("CorrectionPublished", 1): _corrections_name_many_places,
    ("ForecastMade", 1): _forecasts_have_ranges,
}
"""(type, version) → the step from that version to the next; one for each but the newest."""


def faults(versions: Mapping[str, int], steps: Mapping[tuple[str, int], Upcaster]) -> list[str]:
    """What is wrong with the chains that lead to these newest versions; [] if nothing is."""
    wanted = {(name, old) for name, newest in versions.items() for old in range(1, newest)}
    return [
        *(
            f"{name} has no newest schema version"
            for name in sorted(versions)
            if versions[name] < 1
        ),
        *(
            f"{name} has no step from schema version {version} to {version + 1}"
            for name, version in sorted(wanted - steps.keys())
        ),
        *(
            f"{name} has a step from schema version {version}, which leads nowhere"
            for name, version in sorted(steps.keys() - wanted)
        ),
    ]
