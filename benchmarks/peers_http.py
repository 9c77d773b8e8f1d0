"""Other HTTP servers, each where it is installed; nginx, which answers from files, is the limit."""

import json
import os
import runpy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
from process import Process, free_port, started
from surroundings import PEERS, PYTHON, has_module, program

NGINX = """daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; default_type application/json; server_tokens off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
  scgi_temp_path {folder}; open_file_cache max=16;
  server {{
    listen 127.0.0.1:{port};
    location = /orders {{ return 200 '{{"order_id":"ord-1","symbol":"BTC/USD","side":"BUY","status":"NEW"}}'; }}
    location / {{ root {folder}; }}
  }}
}}
"""


class HttpPeer(msgspec.Struct, frozen=True):
    """A peer. `words` gives the command that serves on a port, None where it is not installed."""

    name: str
    words: Callable[[Path, int], list[str] | None]
    role: str = "peer"


def _python(module: str, script: str, _folder: Path, port: int) -> list[str] | None:
    return [str(PYTHON), str(PEERS / script), str(port)] if has_module(module) else None


def _nginx(folder: Path, port: int) -> list[str] | None:
    nginx = program("nginx")
    if nginx is None:
        return None
    data = runpy.run_path(str(PEERS / "http_data.py"))
    for name in ("positions", "candles"):
        (folder / name).write_text(json.dumps(data[name.upper()]))
    folder.chmod(0o755)
    settings = folder / "nginx.conf"
    settings.write_text(NGINX.format(folder=folder, port=port))
    return [nginx, "-c", str(settings), "-e", str(folder / "error")]


HTTP_PEERS = (
    HttpPeer("nginx, static", _nginx, role="limit"),
    HttpPeer("raw ASGI on uvicorn", partial(_python, "uvicorn", "http_asgi.py")),
    HttpPeer("FastAPI, pydantic", partial(_python, "fastapi", "http_fastapi.py")),
    HttpPeer("Litestar, msgspec", partial(_python, "litestar", "http_litestar.py")),
)


@contextmanager
def answering(peer: HttpPeer, folder: Path) -> Iterator[Process | None]:
    """Start a peer; None where it is not installed."""
    port = free_port()
    words = peer.words(folder, port)
    if words is None:
        yield None
        return
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with started(words, port=port, environ=environ) as process:
        process.until_open()
        yield process
