"""How numbers read: an observation's when its editor did not say, and a forecast's."""

from decimal import Decimal

from graphql_brief.domain.items import Probability
from graphql_brief.domain.states import Observation
from graphql_brief.domain.vocabulary import Qualifier


def display(observation: Observation) -> str:
    """The number as shown: the editor's own form, or one made of value and qualifier.

    `2500` reads `2,500`; AT_LEAST `180` reads `180+`; APPROXIMATE `2000` reads `~2,000`.
    """
    if observation.display is not None:
        return observation.display
    number = _grouped(observation.value)
    match observation.qualifier:
        case Qualifier.EXACT:
            return number
        case Qualifier.AT_LEAST:
            return f"{number}+"
        case Qualifier.APPROXIMATE:
            return f"~{number}"


def _grouped(value: str) -> str:
    """A decimal text with its whole part in groups of three; digits are never lost to floats."""
    sign = "-" if value.startswith("-") else ""
    whole, point, fraction = value.removeprefix("-").partition(".")
    return f"{sign}{int(whole):,}{point}{fraction}"


def display_probability(probability: Probability) -> str:
    """In percent: `0.35` reads `35%`; `0.2` to `0.40` reads `20–40%`."""
    ends = [end for end in (probability.low, probability.high) if end is not None]
    return f"{'–'.join(map(_percent, ends))}%"


def _percent(value: str) -> str:
    return f"{abs(Decimal(value) * 100).normalize():f}"  # "-0" is a decimal text too
