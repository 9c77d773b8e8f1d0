"""The way from the command line to a running server: one request, one JSON answer, errors as sentences."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode, urlsplit

import typer

from openbell import __version__
from openbell.cli.console import ExitCode, fail

if TYPE_CHECKING:
    from urllib.error import HTTPError

DEFAULT_URL = "http://127.0.0.1:8000"
TIMEOUT_S = 15
ANSWER_BYTES_MAX = 16 * 1024 * 1024

Url = Annotated[str, typer.Option("--url", envvar="OPENBELL_URL", help=f"Address of the server [{DEFAULT_URL}].")]
ApiKeyOption = Annotated[
    str, typer.Option("--api-key", envvar="OPENBELL_API_KEY", help="API key; `openbell keys create` makes one.")
]


class Server:
    """A running server. Every problem ends the command."""

    def __init__(self, url: str, api_key: str) -> None:
        self._url = (url or DEFAULT_URL).rstrip("/")
        if urlsplit(self._url).scheme not in ("http", "https"):
            fail(f"{self._url} is not an http:// or https:// address", ExitCode.USAGE)
        if not api_key:
            fail(
                "an API key is needed: --api-key or OPENBELL_API_KEY; `openbell keys create` makes one", ExitCode.USAGE
            )
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Accept": "application/json",
            "User-Agent": f"openbell/{__version__}",
        }

    def get(self, path: str, query: Mapping[str, str | None] | None = None) -> Any:
        """Ask for something. Parameters that are None are left out."""
        given = urlencode({name: value for name, value in (query or {}).items() if value is not None})
        return self._answer("GET", f"{path}?{given}" if given else path)

    def delete(self, path: str) -> Any:
        """Ask for something to end."""
        return self._answer("DELETE", path)

    def _answer(self, method: str, path: str) -> Any:
        # Taken in where something is asked: every command passes here, and few of them ask.
        import http.client  # noqa: PLC0415
        from urllib.error import HTTPError, URLError  # noqa: PLC0415
        from urllib.request import Request, urlopen  # noqa: PLC0415

        request = Request(self._url + path, method=method, headers=self._headers)  # noqa: S310 - the scheme is checked
        try:
            with urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
                return json.loads(response.read(ANSWER_BYTES_MAX) or b"{}")
        except HTTPError as refusal:
            self._refused(refusal)
        except (URLError, http.client.HTTPException, OSError) as problem:
            reason = getattr(problem, "reason", None) or problem
            fail(f"no server answers at {self._url}: {reason}", ExitCode.UNAVAILABLE)
        except ValueError:
            fail(f"{self._url} answers, but not as an Openbell server does", ExitCode.UNAVAILABLE)

    def _refused(self, refusal: "HTTPError") -> None:
        code = ExitCode.UNAVAILABLE if refusal.code >= 500 else ExitCode.REFUSED
        fail(f"the server says: {_message(refusal)}", code)


def _message(refusal: "HTTPError") -> str:
    try:
        error = json.loads(refusal.read(ANSWER_BYTES_MAX))["error"]
        return f"{error['message']} ({error['code']})"
    except (ValueError, KeyError, TypeError, OSError):
        return f"{refusal.code} {refusal.reason}"
