"""The guide to the client: every Python block of it runs as printed."""

import re
from pathlib import Path

from openbell import client as surface
from started_server import EMAIL, PASSWORD

PROJECT = Path(__file__).resolve().parents[2]
GUIDE = PROJECT / "docs" / "guide" / "python-client.md"


def blocks():
    return re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)


def test_every_block_of_the_guide_runs_as_printed(running, client, api_key, capsys):
    names = {"URL": running.url, "API_KEY": api_key, "EMAIL": EMAIL, "PASSWORD": PASSWORD}
    for number, block in enumerate(blocks()):
        exec(compile(block, f"{GUIDE.name}, block {number}", "exec"), names)  # noqa: S102 - that is what a guide is for
    said = capsys.readouterr().out
    assert "UNKNOWN_SYMBOL" in said and "CANCELLED 0" in said and "filled 0.001" in said


def test_every_program_the_guide_names_is_there():
    named = re.findall(r"\(\.\./\.\./(examples/\w+\.py)\)", GUIDE.read_text("utf-8"))
    assert len(named) == 4 and all((PROJECT / path).is_file() for path in named)


def test_the_public_names_are_sorted_and_there():
    assert surface.__all__ == sorted(surface.__all__)
    assert all(hasattr(surface, name) for name in surface.__all__)
