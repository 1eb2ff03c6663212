"""Tokens: whose they are, and every way in which one is not good."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from graphql_brief.api.viewer import Role, Viewer
from graphql_brief.domain.vocabulary import Audience
from graphql_brief.http.tokens import ALGORITHM, ISSUER, BadToken, Tokens

SECRET = "s" * 64


def test_round_trip() -> None:
    """A token reads as the viewer that it was made for."""
    token = Tokens(SECRET).make("a", [Role.EDITOR, Role.AUDITOR])
    expected = Viewer(actor="a", roles=frozenset({Role.EDITOR, Role.AUDITOR}))
    assert Tokens(SECRET).read_header(f"bearer {token}") == expected


@pytest.mark.parametrize(
    ("roles", "audience"),
    [
        ([], Audience.PUBLIC),
        ([Role.READER], Audience.PUBLIC),
        ([Role.CONTRIBUTOR], Audience.NEWSROOM),
        ([Role.EDITOR], Audience.NEWSROOM),
        ([Role.AUDITOR], Audience.AUDIT),
        ([Role.ADMIN], Audience.AUDIT),
        ([Role.READER, Role.AUDITOR, Role.EDITOR], Audience.AUDIT),
    ],
)
def test_audiences(roles: list[Role], audience: Audience) -> None:
    """Roles give the widest audience of any of them."""
    assert Viewer(actor="a", roles=frozenset(roles)).audience is audience


def good_claims() -> dict[str, object]:
    """The claims of a token that is good."""
    later = datetime.now(UTC) + timedelta(hours=1)
    return {"iss": ISSUER, "sub": "a", "roles": ["editor"], "exp": later}


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "other"},
        {"iss": None},
        {"sub": None},
        {"sub": 1},
        {"sub": ""},
        {"sub": "a\x00b"},
        {"sub": "x" * 101},
        {"exp": None},
        {"exp": datetime(2026, 1, 1, tzinfo=UTC)},
        {"roles": ["king"]},
        {"roles": 1},
        {"roles": [["editor"]]},
        {"roles": "editor"},
    ],
    ids=repr,
)
def test_bad_claims(change: dict[str, object]) -> None:
    """Each claim is needed and has one meaning."""
    claims = {name: value for name, value in (good_claims() | change).items() if value is not None}
    with pytest.raises(BadToken):
        Tokens(SECRET).read(jwt.encode(claims, SECRET, algorithm=ALGORITHM))


def test_other_signatures() -> None:
    """Another secret, another algorithm, none at all, a changed token."""
    good = jwt.encode(good_claims(), SECRET, algorithm=ALGORITHM)
    assert Tokens(SECRET).read(good).actor == "a"
    for bad in (
        jwt.encode(good_claims(), "t" * 64, algorithm=ALGORITHM),
        jwt.encode(good_claims(), SECRET, algorithm="HS512"),
        jwt.encode(good_claims(), "", algorithm="none"),
        good[:-4] + "AAAA",
        "",
        "a.b.c",
    ):
        with pytest.raises(BadToken):
            Tokens(SECRET).read(bad)
