"""What `serve` can be told, by the command line and by the environment."""

import re
from dataclasses import FrozenInstanceError, fields
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from graphql_brief.cli import commands
from graphql_brief.http.logs import LogFormat
from graphql_brief.http.settings import HttpSettings, ServerSettings
from tests.http.documented import names, rows

PREFIX = "GRAPHQL_BRIEF"


def options() -> dict[str, Any]:
    """The options of `serve`, by their names in the code."""
    serve: Any = typer.main.get_command(commands.app)
    found = {option.name: option for option in serve.commands["serve"].params}
    found.pop("help", None)
    return found


def variable(option: Any) -> str:
    """The environment variable of an option."""
    named = option.envvar or f"{PREFIX}_{option.name.upper()}"
    return named if isinstance(named, str) else named[0]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `serve` as far as its settings; gives these."""
    served: list[ServerSettings] = []
    monkeypatch.setattr(commands, "_serve", served.append)

    def run(*arguments: str, **environment: str) -> ServerSettings:
        ended = CliRunner().invoke(commands.app, ["serve", *arguments], env=environment)
        assert ended.exit_code == 0, ended.output
        return served.pop()

    return run


def test_the_defaults(told: Any) -> None:
    """The command line adds none of its own to those of the HTTP layer."""
    settings = told()
    assert settings.http == HttpSettings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)


GIVEN = {
    "GRAPHQL_BRIEF_HOST": "::1",
    "GRAPHQL_BRIEF_PORT": "9000",
    "GRAPHQL_BRIEF_FIXTURES": "none",
    "GRAPHQL_BRIEF_ALLOW_ORIGIN": "https://a.example https://b.example",
    "GRAPHQL_BRIEF_ANSWERS_BOUND_BYTES": "0",
    "GRAPHQL_BRIEF_BATCH_BOUND": "3",
    "GRAPHQL_BRIEF_REQUEST_TIMEOUT_S": "1.5",
    "GRAPHQL_BRIEF_EXECUTION_TIMEOUT_S": "2.5",
    "GRAPHQL_BRIEF_HEARTBEAT_S": "3.5",
    "GRAPHQL_BRIEF_STALL_TIMEOUT_S": "4.5",
    "GRAPHQL_BRIEF_SPEC_STATUSES": "1",
    "GRAPHQL_BRIEF_DOCUMENTS": "documents.json",
    "GRAPHQL_BRIEF_TRUSTED_ONLY": "yes",
    "GRAPHQL_BRIEF_INTROSPECTION": "off",
    "GRAPHQL_BRIEF_PRODUCTION": "true",
    "GRAPHQL_BRIEF_ACCESS_LOG": "no",
    "GRAPHQL_BRIEF_LOG_FORMAT": "console",
    "GRAPHQL_BRIEF_TRACING": "yes",
    "GRAPHQL_BRIEF_READ_MODELS": "models",
    "GRAPHQL_BRIEF_SECRET_FILE": "secret",
    "DATABASE_URL": "sqlite:///elsewhere.db",
}


def test_the_environment(told: Any) -> None:
    """Each variable reaches its setting, and the command line wins over it."""
    assert GIVEN.keys() == {variable(option) for option in options().values()}
    settings = told(**GIVEN)
    plain = {
        name.name: getattr(settings, name.name)
        for name in fields(settings)
        if name.name not in ("http", "fixtures", "read_models", "secret_file")
    }
    assert plain == {"database_url": "sqlite:///elsewhere.db", "host": "::1", "port": 9000}
    paths = (settings.fixtures, settings.read_models, settings.secret_file)
    assert [str(path) for path in paths] == ["none", "models", "secret"]
    assert settings.http == HttpSettings(
        allowed_origins=("https://a.example", "https://b.example"),
        answers_bound_bytes=0,
        batch_bound=3,
        request_timeout_s=1.5,
        execution_timeout_s=2.5,
        heartbeat_s=3.5,
        stall_timeout_s=4.5,
        spec_statuses=True,
        documents=Path("documents.json"),
        trusted_only=True,
        introspection=False,
        production=True,
        access_log=False,
        log_format=LogFormat.CONSOLE,
        tracing=True,
    )
    again = told("--port", "1", "--introspection", "--access-log", **GIVEN)
    assert (again.port, again.http.introspection, again.http.access_log) == (1, True, True)


def test_every_setting_can_be_given(told: Any) -> None:
    """No setting of the HTTP layer is without an option, but the bound on a body."""
    of_their_own_name = {name.name for name in fields(HttpSettings)} - {"body_bound_bytes"}
    assert of_their_own_name - {"allowed_origins"} <= options().keys()


def test_settings_are_frozen(told: Any) -> None:
    """What a server is told at its start holds until its end."""
    with pytest.raises(FrozenInstanceError):
        told().port = 1
    with pytest.raises(FrozenInstanceError):
        told().http.production = True


def test_production_logs_for_programs() -> None:
    """JSON on a terminal too, unless columns are asked for."""
    assert HttpSettings(production=True).log_format is LogFormat.JSON
    chosen = HttpSettings(production=True, log_format=LogFormat.CONSOLE)
    assert chosen.log_format is LogFormat.CONSOLE


def shown(default: Any) -> str:
    """A default as the table has it."""
    if isinstance(default, bool):
        return "on" if default else "off"
    if isinstance(default, float):
        return f"`{default:g}`"
    return f"`{getattr(default, 'value', default)}`"


def test_the_table() -> None:
    """docs/observability.md lists each option with its variable and its default."""
    documented = {names(row[0])[0]: row for row in rows("Settings")}
    assert len(documented) == len(rows("Settings"))
    assert documented.keys() == {option.opts[0] for option in options().values()}
    for option in options().values():
        named, by, default = documented[option.opts[0]]
        assert names(named) == [*option.opts, *option.secondary_opts]
        assert names(by) == [variable(option)]
        if default not in ("none", "beside the database"):
            assert default == shown(option.default), option.name
        else:
            assert option.default in (None, [], ())


def test_help_lists_them() -> None:
    """Each option with its variable, and its default if it has one."""
    told = CliRunner().invoke(commands.app, ["serve", "--help"]).output
    text = re.sub(r"\s+", " ", told)
    for option in options().values():
        assert option.opts[0] in text
        after = text.partition(f"[env var: {variable(option)}")[2]
        assert after[:1] in ("]", ";"), option.name
        if option.default not in (None, [], ()):
            assert after.startswith("; default: "), option.name


def test_a_bad_variable_is_told() -> None:
    """The one who set it is told which, and nothing is begun."""
    ended = CliRunner().invoke(commands.app, ["serve"], env={"GRAPHQL_BRIEF_PORT": "x"})
    assert ended.exit_code == 2
    assert "Invalid value for '--port'" in ended.output


def test_help_of_all() -> None:
    """Each command has its line, and no line is cut."""
    told = CliRunner().invoke(commands.app, ["--help"], terminal_width=80).output
    lines = told.partition("Commands:")[2].strip().splitlines()
    assert {line.split()[0] for line in lines} >= {"load", "serve", "erase-again", "schema"}
    assert not [line for line in lines if not line.endswith(".") or line.endswith("...")]


def test_version() -> None:
    """The version is that of the installed package."""
    told = CliRunner().invoke(commands.app, ["--version"])
    assert (told.exit_code, told.output) == (0, metadata.version("graphql-brief") + "\n")
