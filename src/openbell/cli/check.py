"""One thing that `openbell doctor` looked at."""

import msgspec

OK, WARNING, WRONG = "ok", "warning", "wrong"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at: `ok`, `warning` or `wrong`, what was seen, and what to do about it."""

    name: str
    status: str
    detail: str
    fix: str = ""
