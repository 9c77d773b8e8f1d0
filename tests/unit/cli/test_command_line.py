"""How the command is called and how it ends."""

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from openbell import __version__
from openbell.adapters.sql.database import open_database


def run(*words, **environ):
    # What a shell hands over: no terminal, and Python's own warnings as they are.
    return subprocess.run(
        [sys.executable, "-m", "openbell", *words],
        env={**os.environ, "PYTHONPATH": "src", **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_help_is_there_without_what_a_server_needs():
    """Who asks for help waits for nothing: what is slow to import is imported by the commands that need it."""
    asked = "import sys\nfrom openbell.cli.main import app\napp(['--help'], standalone_mode=False)\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=True,
    )
    *help_text, modules = done.stdout.splitlines()
    assert any("backtest" in line for line in help_text)
    assert not set(modules.split()) & {"fastapi", "numpy", "pyarrow", "sqlalchemy", "openbell.bootstrap"}


def test_an_unexpected_error_is_one_sentence_and_a_traceback_only_on_demand(tmp_path):
    broken = {"PYTHONPATH": f"{tmp_path}{os.pathsep}src"}
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['openbell.bootstrap'] = None\n")
    quiet = run("serve", "--data-dir", str(tmp_path / "d"), **broken)
    assert (quiet.returncode, quiet.stderr.count("\n")) == (1, 1)
    assert quiet.stderr.startswith("openbell: unexpected error:")
    assert "Traceback" in run("--debug", "serve", "--data-dir", str(tmp_path / "d"), **broken).stderr


def test_a_second_server_on_a_data_directory_is_refused_in_one_sentence(openbell, tmp_path):
    database = open_database(tmp_path / "data")
    try:
        outcome = openbell("serve", "--port", "1")
    finally:
        database.close()
    assert (outcome.exit_code, outcome.stderr.count("\n")) == (3, 1)
    assert "is in use by process" in outcome.stderr


def test_an_interruption_ends_with_130(tmp_path):
    file = tmp_path / "big.csv"
    with file.open("w") as out:
        out.write("ts,open,high,low,close,volume\n")
        out.writelines(f"{1_600_000_000 + 60 * i},1,1,1,1,1\n" for i in range(400_000))
    words = ["data", "import", str(file), "--symbol", "X", "--timeframe", "1m", "--data-dir", str(tmp_path)]
    process = subprocess.Popen([sys.executable, "-m", "openbell", *words], env={**os.environ, "PYTHONPATH": "src"})
    while not list(tmp_path.glob("catalog/*.part")) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert not list(tmp_path.glob("catalog/*.p*"))


def test_the_version_is_said(openbell, openbell_json):
    assert openbell("version", data_dir=False).stdout == f"openbell {__version__}\n"
    assert openbell_json("version", data_dir=False)["version"] == __version__


def test_wrong_settings_end_with_two(openbell, tmp_path):
    (tmp_path / "c.toml").write_text("prot = 1\n")
    outcome = openbell("doctor", "--config", str(tmp_path / "c.toml"))
    assert (outcome.exit_code, "prot" in outcome.stderr) == (2, True)


class Answers(http.server.BaseHTTPRequestHandler):
    """A server that knows one order."""

    def do_GET(self):
        if self.headers["Authorization"] != "Bearer ob_good":
            return self.answer(401, {"error": {"code": "INVALID_TOKEN", "message": "Sign in"}})
        if self.path.startswith("/v1/orders?"):
            return self.answer(200, {"data": [{"order_id": "o1", "status": "FILLED", "quantity": "1.00"}]})
        known = self.path == "/v1/orders/o1"
        missing = {"error": {"code": "NOT_FOUND", "message": "No such order"}}
        return self.answer(200 if known else 404, {"data": {"order_id": "o1"}} if known else missing)

    def do_DELETE(self):
        self.do_GET()

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def test_orders_are_listed_shown_and_cancelled_over_http(server, openbell, openbell_json):
    there = ("--url", server, "--api-key", "ob_good")
    assert openbell_json("orders", "list", *there, data_dir=False)[0]["status"] == "FILLED"
    assert openbell_json("orders", "show", "o1", *there, data_dir=False) == {"order_id": "o1"}
    assert openbell("orders", "cancel", "o1", *there, data_dir=False).exit_code == 0


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("show", "o2", "--api-key", "ob_good"), 1, "No such order (NOT_FOUND)"),
        (("show", "../../x", "--api-key", "ob_good"), 1, "No such order"),
        (("list", "--api-key", "ob_bad"), 1, "Sign in"),
        (("list",), 2, "API key"),
        (("list", "--api-key", "k", "--url", "http://127.0.0.1:1"), 3, "no server answers"),
        (("list", "--api-key", "k", "--url", "file:///etc/passwd"), 2, "not an http"),
    ],
)
def test_what_a_server_refuses_is_said_in_one_sentence(words, code, sentence, server, openbell):
    outcome = openbell("orders", words[0], "--url", server, *words[1:], data_dir=False)
    assert (outcome.exit_code, outcome.stdout) == (code, "")
    assert sentence in outcome.stderr
