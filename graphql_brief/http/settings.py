"""What an operator decides about the HTTP layer; each has a default that is safe."""

from dataclasses import dataclass
from pathlib import Path

from strawberry.http.websocket_origin import normalize_allowed_origins

BODY_BOUND_BYTES = 1_000_000


class BadSetting(Exception):  # noqa: N818 - the operator is at fault
    """A setting that means nothing; the message says which and what would do."""


@dataclass(frozen=True, kw_only=True)
class HttpSettings:
    """The settings of one server. Raises BadSetting for what is no origin."""

    allowed_origins: tuple[str, ...] = ()
    """Other sites whose pages may ask and subscribe here, as `https://reader.example`; `*`: all."""
    batch_bound: int = 10
    """Most operations in one request; 0: no batches."""
    body_bound_bytes: int = BODY_BOUND_BYTES
    request_timeout_s: float = 10.0
    """How long a request's head may take to arrive, and then its body."""
    answers_bound_bytes: int = 64_000_000
    """Room for answers that are kept until an edit touches them; 0: none is."""
    execution_timeout_s: float = 30.0
    """How long the answer to a request may take, all operations of a batch together."""
    spec_statuses: bool = False
    """Statuses 422 and 294, as the specification's draft has them; see `http.statuses`."""
    documents: Path | None = None
    """The manifest: the documents that this server's own clients ask; see `http.manifest`."""
    trusted_only: bool = False
    """Whether only documents of the manifest are executed."""
    production: bool = False
    """Nothing that is for trying things out: no IDE."""

    def __post_init__(self) -> None:
        if self.trusted_only and self.documents is None:
            raise BadSetting("trusted documents only, but there are none: name a file of them")
        try:
            normal = normalize_allowed_origins(self.allowed_origins)
        except ValueError as error:
            raise BadSetting(
                f"{', '.join(self.allowed_origins)}: an allowed origin is '*', or a scheme and a "
                "host, with a port if need be and without a path: https://reader.example"
            ) from error
        object.__setattr__(self, "allowed_origins", tuple(sorted(normal)))
