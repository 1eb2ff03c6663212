"""The brief's own fields: headline, standfirst, slug, language, subjects."""

from typing import Any

import pytest

from graphql_brief.domain import events as ev
from graphql_brief.domain.vocabulary import ErrorCode
from tests.domain.scenario import DRAFTED, brief_of, given

FIELDS: list[tuple[str, str, Any, ev.Event]] = [
    ("reviseHeadline", "headline", "Port strike", ev.HeadlineRevised(headline="Port strike")),
    ("reviseStandfirst", "standfirst", "Day two.", ev.StandfirstRevised(standfirst="Day two.")),
    ("changeSlug", "slug", "port-strike", ev.SlugChanged(slug="port-strike")),
    ("setLanguage", "language", "pt-BR", ev.LanguageSet(language="pt-BR")),
    ("setSubjects", "subjects", ["Trade", "Labour"], ev.SubjectsSet(subjects=("Trade", "Labour"))),
]


@pytest.mark.parametrize(("edit", "field", "value", "event"), FIELDS)
def test_a_field_is_set(edit: str, field: str, value: Any, event: ev.Event) -> None:
    """The edit of a field gives its event, and the field has the value."""
    after = given().when({edit: {field: value}}).then(event)
    assert getattr(after, field) == getattr(event, field)


@pytest.mark.parametrize(("edit", "field"), [(edit, field) for edit, field, _, _ in FIELDS])
def test_the_same_value_again(edit: str, field: str) -> None:
    """An edit to what stands there already changes nothing."""
    given().when({edit: {field: getattr(DRAFTED, field)}}).then_nothing()


@pytest.mark.parametrize(
    ("edit", "code", "path"),
    [
        ({"reviseHeadline": {"headline": "x" * 201}}, ErrorCode.TOO_LONG, ("headline",)),
        ({"reviseHeadline": {"headline": "a\nb"}}, ErrorCode.INVALID_TEXT, ("headline",)),
        ({"reviseStandfirst": {"standfirst": " "}}, ErrorCode.INVALID_TEXT, ("standfirst",)),
        ({"changeSlug": {"slug": "Port strike"}}, ErrorCode.INVALID_KEY, ("slug",)),
        ({"setLanguage": {"language": "english"}}, ErrorCode.INVALID_LANGUAGE, ("language",)),
        ({"setSubjects": {"subjects": ["a", "a"]}}, ErrorCode.DUPLICATE, ("subjects",)),
        (
            {"setSubjects": {"subjects": [str(n) for n in range(21)]}},
            ErrorCode.TOO_MANY,
            ("subjects",),
        ),
        ({"setSubjects": {"subjects": ["a", ""]}}, ErrorCode.INVALID_TEXT, ("subjects", "1")),
    ],
)
def test_a_bad_value(edit: dict[str, Any], code: ErrorCode, path: tuple[str, ...]) -> None:
    """A value outside its rule is refused at its place."""
    (name,) = edit
    given().when(edit).then_refused(code, "edits", "0", name, *path)


def test_old_slugs_are_kept() -> None:
    """Old addresses still lead to the brief, oldest first."""
    brief = brief_of(ev.SlugChanged(slug="second"), ev.SlugChanged(slug="third"))
    assert (brief.slug, brief.former_slugs) == ("third", (DRAFTED.slug, "second"))


def test_an_old_slug_comes_back() -> None:
    """A brief may take an old address of its own again; it is former no longer."""
    after = (
        given(ev.SlugChanged(slug="second"))
        .when({"changeSlug": {"slug": DRAFTED.slug}})
        .then(ev.SlugChanged(slug=DRAFTED.slug))
    )
    assert (after.slug, after.former_slugs) == (DRAFTED.slug, ("second",))
