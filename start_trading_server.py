"""Starts the server from a checkout whose requirements are installed: `python start_trading_server.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from openbell.cli.main import app

if __name__ == "__main__":
    app(["serve", *sys.argv[1:]], prog_name="start_trading_server.py")
