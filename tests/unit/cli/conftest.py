"""The command line, called in this process."""

import json

import pytest
from typer.testing import CliRunner

from openbell.cli.main import app


@pytest.fixture
def openbell(tmp_path, monkeypatch):
    """Call a command on a data directory of its own; gives exit code, stdout and stderr."""
    for name in ("OPENBELL_URL", "OPENBELL_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def call(*words, data_dir=True, stdin=None):
        where = ["--data-dir", str(tmp_path / "data")] if data_dir else []
        return CliRunner().invoke(app, ["--debug", *words, *where], input=stdin, catch_exceptions=False)

    return call


@pytest.fixture
def openbell_json(openbell):
    """Call a command with --json and give the document."""

    def call(*words, **options):
        outcome = openbell(*words, "--json", **options)
        assert outcome.exit_code == 0, outcome.stderr
        return json.loads(outcome.stdout)

    return call
