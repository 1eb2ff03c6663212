"""What an operator decides about the HTTP layer; each has a default that is safe."""

from dataclasses import dataclass
from pathlib import Path

from strawberry.http.websocket_origin import normalize_allowed_origins

from graphql_brief.http.logs import LogFormat

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
    heartbeat_s: float = 20.0
    """How long an event stream or a WebSocket may be silent before a sign of life is sent on it."""
    stall_timeout_s: float = 30.0
    """How long a client may read nothing of what waits for it before it is cut off."""
    spec_statuses: bool = False
    """Statuses 422 and 294, as the specification's draft has them; see `http.statuses`."""
    documents: Path | None = None
    """The manifest: the documents that this server's own clients ask; see `http.manifest`."""
    trusted_only: bool = False
    """Whether only documents of the manifest are executed."""
    introspection: bool = True
    """Whether clients may ask for the schema."""
    production: bool = False
    """Whether the server is for the public, and shows nothing that is for who develops."""
    access_log: bool = True
    """Whether each request has a line in the log."""
    log_format: LogFormat = LogFormat.AUTO
    """How the server's log is written; in production, AUTO is JSON on a terminal too."""
    tracing: bool = False
    """Whether spans of requests are sent, to where the `OTEL_*` variables say."""

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
        if self.production and self.log_format is LogFormat.AUTO:
            object.__setattr__(self, "log_format", LogFormat.JSON)


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """All that one server is told: by the command line, or by the environment where it is silent.

    Nothing else reads the environment, but for what libraries define as theirs: `OTEL_*`, and
    libpq's own variables.
    """

    database_url: str
    host: str
    port: int
    read_models: Path | None
    secret_file: Path | None
    fixtures: Path
    http: HttpSettings
