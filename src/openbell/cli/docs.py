"""`openbell docs`: write the generated parts of the documentation, or see whether they still are what the code says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from openbell.cli.console import fail, say

BLOCK = re.compile(r"(<!-- generated: (?P<name>[a-z/-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
"""A part of a page that is generated; whatever stands between the marks is replaced."""

app = typer.Typer(name="docs", help="The generated documentation.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def docs() -> None:
    """Hold the commands together; there may be more than one."""


@app.command()
def generate(
    *,
    folder: Annotated[Path, typer.Option(help="Folder of the documentation.", file_okay=False, exists=True)] = Path(
        "docs"
    ),
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail where something would change.")] = False,
) -> None:
    """Write the OpenAPI and AsyncAPI documents and the generated tables of the pages."""
    stale = [path for path, text in _pages(folder) if not path.exists() or path.read_text("utf-8") != text]
    if check and stale:
        names = ", ".join(str(path) for path in stale)
        fail(f"not what the code says any more: {names}; run `openbell docs generate`")
    for path, text in _pages(folder) if stale else ():
        path.write_text(text, "utf-8")
    say(f"{len(stale)} pages written." if stale else "Everything is as the code says.")


def _pages(folder: Path) -> Iterator[tuple[Path, str]]:
    """Give every page with a generated part, and what it should say."""
    # All of the server is behind these.
    from openbell.api.app import describe_only  # noqa: PLC0415
    from openbell.cli.docs_documents import documents  # noqa: PLC0415
    from openbell.cli.docs_tables import tables  # noqa: PLC0415

    web = describe_only()
    for name, document in documents(web).items():
        yield folder / "api" / name, _json(document)
    rendered = tables(web)
    for page in sorted(folder.rglob("*.md")):
        text = page.read_text("utf-8")
        if BLOCK.search(text):
            yield page, BLOCK.sub(lambda match: match[1] + rendered[match["name"]] + match[3], text)


def _json(document: Any) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
