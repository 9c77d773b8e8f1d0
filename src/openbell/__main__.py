"""Lets `python -m openbell` do what the command `openbell` does."""

from openbell.cli.main import run

if __name__ == "__main__":
    run()
