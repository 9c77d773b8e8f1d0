"""From SVG to PNG, where the extra `png` is installed. As a program it reads the one and writes the other.

Drawing takes seconds in which nothing else of the process runs: a server has it done by a process of its own.
"""

import sys
from importlib.util import find_spec

ZOOM = 2
"""PNG pixels for each of the drawing's: sharp on any screen."""
MISSING = "pictures need the extra png: pip install 'openbell[png]'"


class PicturesUnavailable(Exception):
    """What makes pictures is not installed, or failed; the message says what to do."""


def can_draw() -> bool:
    """Tell whether the extra is installed."""
    return find_spec("resvg_py") is not None


def png_of(drawing: str) -> bytes:
    """Return a drawing as PNG. Letters are those of this machine's fonts. Raises PicturesUnavailable."""
    try:
        import resvg_py  # noqa: PLC0415 - an extra
    except ImportError as problem:
        raise PicturesUnavailable(MISSING) from problem
    return bytes(resvg_py.svg_to_bytes(svg_string=drawing, zoom=ZOOM))


if __name__ == "__main__":
    sys.stdout.buffer.write(png_of(sys.stdin.buffer.read().decode()))
