"""What the example programs share: how they find the server, and how they end.

Exit codes: 0 done, 1 the server refused, 2 wrong usage, 3 no server answers.
"""

import argparse
import sys
from collections.abc import Callable
from contextlib import suppress

from openbell.client import Client, OpenbellError, Unavailable

REFUSED, USAGE, UNREACHABLE = 1, 2, 3


def options(description: str) -> argparse.ArgumentParser:
    """Begin a parser with the options that every program has."""
    parser = argparse.ArgumentParser(
        description=description,
        epilog="Without options the server is OPENBELL_URL and the key OPENBELL_API_KEY; exit codes: 0 done, "
        "1 refused, 2 wrong usage, 3 no server.",
    )
    parser.add_argument("--url", default="", help="address of the server (OPENBELL_URL, http://127.0.0.1:8000)")
    parser.add_argument("--api-key", default="", help="API key (OPENBELL_API_KEY)")
    return parser


def run(work: Callable[[Client, argparse.Namespace], None], parser: argparse.ArgumentParser) -> int:
    """Read the command line, do the work with a client, and give the exit code."""
    asked = parser.parse_args()
    try:
        client = Client(asked.url, api_key=asked.api_key)
    except ValueError as wrong:
        parser.error(str(wrong))
    with client, suppress(KeyboardInterrupt):
        try:
            work(client, asked)
        except Unavailable as problem:
            print(f"no answer: {problem}", file=sys.stderr)
            return UNREACHABLE
        except OpenbellError as refusal:
            print(f"refused: {refusal}", file=sys.stderr)
            return REFUSED
    return 0
