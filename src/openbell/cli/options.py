"""Options that several commands share, and the settings they lead to."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.console import ExitCode, fail

if TYPE_CHECKING:
    from openbell.config import Settings

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Directory that holds everything (setting data_dir).", file_okay=False)
]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="TOML file with settings.", envvar="OPENBELL_CONFIG", dir_okay=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def settings_of(overrides: Mapping[str, Any] | None = None, *, config: Path | None = None) -> "Settings":
    """Read the settings; options given on the command line win. Ends the command when they cannot be used."""
    from openbell.config import ConfigError, load  # noqa: PLC0415 - the checks of the settings take time to import

    try:
        return load(config_file=config, overrides=overrides)
    except ConfigError as problem:
        fail(str(problem), ExitCode.USAGE)


def data_dir_of(data_dir: Path | None) -> Path:
    """Give the data directory: the option's, else the setting's."""
    return data_dir.expanduser().absolute() if data_dir is not None else settings_of().data_dir
