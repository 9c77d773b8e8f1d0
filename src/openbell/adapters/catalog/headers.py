"""Which column of a file holds what: the names people and programs give to the columns of bars."""

from collections.abc import Sequence

from openbell.adapters.catalog.findings import FileRefused, Findings
from openbell.domain.dataset import FindingCode

ALIASES = {
    "ts": "time",
    "time": "time",
    "timestamp": "time",
    "datetime": "time",
    "open_time": "time",
    "date": "date",
    "open": "open",
    "o": "open",
    "high": "high",
    "h": "high",
    "low": "low",
    "l": "low",
    "close": "close",
    "c": "close",
    "volume": "volume",
    "vol": "volume",
    "v": "volume",
}
PRICES = ("open", "high", "low", "close")
NAMES_TOLD_MAX = 20


def columns_of(names: Sequence[str], findings: Findings, *, line: int) -> dict[str, int]:
    """Give the place of `time`, `open`, `high`, `low`, `close` and, if there, `date` and `volume`.

    A lone date column is the time; beside a time column it is the day of it. Columns not used are warned of.
    Raises FileRefused when a needed column is missing or there twice.
    """
    found: dict[str, int] = {}
    unused: list[str] = []
    for place, name in enumerate(names):
        role = ALIASES.get(name.strip().strip("\"'").lower().replace(" ", "_"))
        if role is None:
            unused.append(name.strip())
        elif role in found:
            raise FileRefused(
                f"two columns hold the {role}: {names[found[role]].strip()} and {name.strip()}", line=line
            )
        else:
            found[role] = place
    if "time" not in found and "date" in found:
        found["time"] = found.pop("date")
    missing = [role for role in ("time", *PRICES) if role not in found]
    if missing:
        there = ", ".join(name.strip() for name in names[:NAMES_TOLD_MAX])
        raise FileRefused(f"no column for {', '.join(missing)}; the columns are {there}", line=line)
    _warn(unused, found, findings, line=line)
    return found


def _warn(unused: list[str], found: dict[str, int], findings: Findings, *, line: int) -> None:
    for name in unused[:NAMES_TOLD_MAX]:
        findings.warn(line, name, "column is not used", code=FindingCode.COLUMN)
    if "volume" not in found:
        problem = "no such column: volume is taken as 0"
        findings.warn(line, "volume", problem, code=FindingCode.COLUMN)
