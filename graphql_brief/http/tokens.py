"""Bearer tokens: signed statements of who acts and in which roles (JWT, RFC 7519, HS256).

The secret lives in one file that only its owner may read; it is made on first use and never
logged. Whoever holds it can make any token.
"""

import os
import secrets
import stat
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt

from graphql_brief.api.viewer import ANONYMOUS, Role, Viewer
from graphql_brief.domain.rules import check

ISSUER = "graphql-brief"
ALGORITHM = "HS256"
LIFE = timedelta(days=30)


class SecretError(Exception):
    """The secret's file cannot be used; the message says why and what to do."""


class BadToken(Exception):  # noqa: N818 - the one who asks is at fault
    """A token that is not ours, was changed, or is out of date."""


def read_or_make_secret(path: Path) -> str:
    """The secret in `path`, made there with mode 0600 if there is none.

    Raises SecretError if it cannot be made, or if others may read it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return _read(path)
        with os.fdopen(file, "w") as out:
            secret = secrets.token_hex(32)
            out.write(secret)
    except OSError as error:
        raise SecretError(f"cannot use the secret in {path}: {error.strerror}") from error
    return secret


def _read(path: Path) -> str:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise SecretError(f"others may read the secret in {path} (mode {mode:04o}): chmod 600 it")
    secret = path.read_text().strip()
    if len(secret) < 32:
        raise SecretError(f"the secret in {path} is shorter than 32 characters: remove the file")
    return secret


class Tokens:
    """Makes and reads tokens with one secret."""

    def __init__(
        self, secret: str, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._secret = secret
        self._clock = clock

    def make(self, actor: str, roles: Iterable[Role], *, life: timedelta = LIFE) -> str:
        """A token by which its bearer acts as `actor` in `roles` until it ends.

        Raises ValueError for what can be no actor.
        """
        for fault in check(Viewer(actor=actor)):
            raise ValueError(fault.message)
        now = self._clock()
        return jwt.encode(
            {
                "iss": ISSUER,
                "sub": actor,
                "roles": sorted(role.value for role in roles),
                "iat": now,
                "exp": now + life,
            },
            self._secret,
            algorithm=ALGORITHM,
        )

    def read(self, token: str) -> Viewer:
        """Who bears this token. Raises BadToken."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                options={"require": ["sub", "exp", "iss"]},
            )
            roles = frozenset(Role(name) for name in claims.get("roles", ()))
            viewer = Viewer(actor=claims["sub"], roles=roles)
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise BadToken(f"the token is not valid: {error}") from error
        if check(viewer):
            raise BadToken("the token is not valid: it names no actor")
        return viewer

    def viewer(self, authorization: str | None) -> Viewer:
        """Who asks with this `Authorization` header, or with none. Raises BadToken."""
        return ANONYMOUS if authorization is None else self.read_header(authorization)

    def read_header(self, authorization: str) -> Viewer:
        """Who sends this `Authorization` header (RFC 6750 §2.1). Raises BadToken."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise BadToken("the Authorization header must read: Bearer <token>")
        return self.read(token.strip())
