"""The documentation is true: what it shows is run against a started server, and every link leads somewhere."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.sync.client import connect

from openbell.cli.docs_settings import settings_rows
from openbell.domain.risk import RefusalCode
from started_server import EMAIL, PASSWORD, Server
from waiting import until_so

pytestmark = pytest.mark.line("E10", "E12")

PROJECT = Path(__file__).resolve().parent.parent
PAGES = sorted([PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")
END_OF_BLOCK = "-- end of block --"
# These set the machine up, which CI does, or take days.
SETS_UP = ("make ", "pip install ", "openbell soak ")
WRITTEN_BY_BENCH = "performance"  # a folder that `make bench` fills


def blocks(page):
    """All fenced blocks of a page as (language, argument, text), in order."""
    return [match.groups() for match in FENCE.finditer(page.read_text("utf-8"))]


def named(page):
    return str(page.relative_to(PROJECT))


# The guide's blocks of Python are run by tests/client/test_guide.py.
RUN_ELSEWHERE = {"docs/guide/python-client.md"}
RUNNABLE = [
    page
    for page in PAGES
    if named(page) not in RUN_ELSEWHERE and any(language == "sh" for language, *_ in blocks(page))
]
SPOKEN = [page for page in PAGES if any(language == "ws" for language, *_ in blocks(page))]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    one = Server(tmp_path_factory.mktemp("docs") / "data").start()
    yield one
    one.end()


@pytest.fixture(scope="module")
def token(server):
    client = server.client()
    body = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.000001"}
    # Until the market has spoken there is no price to check an order against.
    until_so(lambda: client.post("/v1/orders", json=body).status_code == 201)
    return client.headers["authorization"].removeprefix("Bearer ")


def environment(server, token, folder):
    """What the pages assume, and the project's own command on the path."""
    tool = folder / "openbell"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m openbell "$@"\n')
    tool.chmod(0o755)
    given = {
        "URL": server.url,
        "TOKEN": token,
        "EMAIL": EMAIL,
        "PASSWORD": PASSWORD,
        "PYTHONPATH": str(PROJECT / "src"),
    }
    return os.environ | given | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "DATA_DIR": str(server.data_dir)}


def as_here(text, server):
    """Put this server's address and password where a page can only show an example, and take away comments."""
    text = text.replace("URL=http://127.0.0.1:8000", f"URL={server.url}").replace("THE-PRINTED-PASSWORD", PASSWORD)
    text = text.replace("http://localhost:8000", server.url)
    return text.replace("admin@openbell.local", EMAIL).replace(".venv/bin/openbell", "openbell")


def kind(value):
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def differences(shown, given, path=""):
    """Where an answer lacks a key that the page shows, or has another type there; null says nothing of its type."""
    if shown is None or given is None:
        return
    if kind(shown) != kind(given):
        yield f"{path}: the page shows {kind(shown)}, the answer has {kind(given)}"
    elif isinstance(shown, dict):
        for name, value in shown.items():
            if name not in given:
                yield f"{path}.{name}: not in the answer"
            else:
                yield from differences(value, given[name], f"{path}.{name}")
    elif isinstance(shown, list) and shown and given:
        yield from differences(shown[0], given[0], f"{path}[0]")


@pytest.mark.timeout(330)
@pytest.mark.parametrize("page", RUNNABLE, ids=named)
def test_what_a_page_shows_can_be_run_and_answers_as_shown(server, token, page, tmp_path):
    listed = blocks(page)
    steps = [
        (text, json.loads(listed[place + 1][2]) if place + 1 < len(listed) and listed[place + 1][0] == "json" else None)
        for place, (language, _, text) in enumerate(listed)
        if language == "sh" and not text.startswith(SETS_UP)
    ]
    script = "".join(f"{as_here(text, server)}\necho; echo '{END_OF_BLOCK}'\n" for text, _ in steps)
    outcome = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=environment(server, token, tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,  # against one that hangs; a busy machine takes its time
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    answers = outcome.stdout.split(END_OF_BLOCK)
    for (text, shown), answer in zip(steps, answers, strict=False):
        if shown is None:
            assert '{"error":' not in answer, f"{text}\n{answer}"
            continue
        given = last_json(answer)
        assert not list(differences(shown, given)), f"{text}\n{answer}"


def last_json(text):
    """The last of the JSON documents that a block printed one after another."""
    decoder, found, place = json.JSONDecoder(), None, 0
    while (place := text.find("{", place)) >= 0:
        found, place = decoder.raw_decode(text, place)
    return found


def utterances(text):
    """The lines of a conversation: whose it is, and what is said; a line may go on with spaces."""
    joined = re.sub(r"\n +", " ", text.strip())
    return [(line[0], json.loads(line[1:])) for line in joined.split("\n")]


@pytest.mark.parametrize("page", SPOKEN, ids=named)
def test_a_conversation_goes_as_the_page_shows_it(server, token, page):
    for language, address, text in blocks(page):
        if language != "ws":
            continue
        url = f"{server.url.replace('http', 'ws')}{address}?token={token}"
        with connect(url, open_timeout=30) as socket:
            for who, said in utterances(text):
                if who == ">":
                    socket.send(json.dumps(said))
                else:
                    hear(socket, said)


def hear(socket, shown):
    """Wait for a message of the type shown, to the same request, and compare it."""
    for _ in range(500):
        heard = json.loads(socket.recv(timeout=30))
        if heard["type"] == shown["type"] and heard.get("id") == shown.get("id"):
            assert not list(differences(shown, heard)), heard
            return
    raise AssertionError(f"never heard {shown['type']}")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_to_a_file(page):
    targets = [page.parent / target for target in LINK.findall(page.read_text("utf-8"))]
    assert not [str(target) for target in targets if not target.exists() and target.parent.name != WRITTEN_BY_BENCH]


def test_the_commands_of_make_that_pages_name_exist():
    rules = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))
    said = {
        (page.name, rule)
        for page in PAGES
        for language, _, text in blocks(page)
        if language == "sh"
        for rule in re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)
    }
    assert said and not [one for one in said if one[1] not in rules]


def test_every_refusal_has_its_line_in_the_page_about_orders():
    text = (PROJECT / "docs/api/orders.md").read_text("utf-8")
    assert not [code for code in RefusalCode if f"| `{code}` |" not in text]


def test_every_setting_says_what_it_is_for():
    assert not [row[0] for row in settings_rows() if not row[-1]]
