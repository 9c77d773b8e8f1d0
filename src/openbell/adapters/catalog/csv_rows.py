"""Reads bars from CSV text line by line, so that memory stays the same however long the file is."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from openbell.adapters.catalog.findings import FileRefused, Findings
from openbell.adapters.catalog.headers import PRICES, columns_of
from openbell.adapters.catalog.limits import ImportLimits
from openbell.adapters.catalog.rows import Row
from openbell.domain.dataset import FindingCode

DELIMITERS = ",;\t"
_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")


def csv_rows(file: BinaryIO, findings: Findings, limits: ImportLimits) -> Iterator[Row]:
    """Yield the rows below the header. Lines that are no rows become findings.

    Raises FileRefused when the header is of no use or the text is not UTF-8 from the start.
    """
    lines = _lines(file, findings, limits)
    header_line, header = next(((n, text) for n, text in lines if text), (0, ""))
    if not header:
        raise FileRefused("there is no header line")
    delimiter = max(DELIMITERS, key=header.count)
    names = _split(header, delimiter)
    if names is None or len(names) > limits.columns_max:
        raise FileRefused(f"the header is not one of at most {limits.columns_max} columns", line=header_line)
    if all(name.strip().replace(".", "").replace("-", "").isdecimal() for name in names):
        raise FileRefused(
            "the first line holds numbers: a header such as ts,open,high,low,close,volume", line=header_line
        )
    columns = columns_of(names, findings, line=header_line)
    empty_line = 0
    for line, text in lines:
        if not text:
            empty_line = empty_line or line
            continue
        if empty_line:
            findings.warn(empty_line, "", "is empty", code=FindingCode.EMPTY_LINE)
            empty_line = 0
        fields = _split(text, delimiter)
        if fields is None:
            findings.error(line, "", "has a quote that is not closed on the same line", text)
        elif len(fields) != len(names):
            findings.error(line, "", f"has {len(fields)} fields where the header has {len(names)}", text)
        else:
            yield _row(line, fields, columns)


def _row(line: int, fields: list[str], columns: dict[str, int]) -> Row:
    time = fields[columns["time"]].strip()
    if "date" in columns:
        time = f"{fields[columns['date']].strip()}T{time}"
    open_, high, low, close = (fields[columns[name]].strip() for name in PRICES)
    volume = fields[columns["volume"]].strip() if "volume" in columns else "0"
    return Row(line, time, open_, high, low, close, volume)


def _split(text: str, delimiter: str) -> list[str] | None:
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None


def _lines(file: BinaryIO, findings: Findings, limits: ImportLimits) -> Iterator[tuple[int, str]]:
    """Yield numbered lines without their ends. A line too long is skipped to its end and told of."""
    line = 0
    while raw := file.readline(limits.line_bytes_max + 1):
        line += 1
        if line == 1:
            if raw.startswith(_WIDE_BOMS):
                raise FileRefused("the text is UTF-16: save it as UTF-8", line=1)
            raw = raw.removeprefix(_BOM)
        if len(raw) > limits.line_bytes_max:
            findings.error(line, "", f"is longer than {limits.line_bytes_max:,} bytes")
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(limits.line_bytes_max)
            continue
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            findings.error(line, "", "is not UTF-8 text", raw.decode("latin-1"))
            continue
        if "\0" in text:
            findings.error(line, "", "holds a NUL character", text)
            continue
        yield line, text.rstrip("\r\n")
