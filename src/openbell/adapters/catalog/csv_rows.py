"""Reads bars from CSV text stretch by stretch, so that memory stays the same however long the file is."""

import csv
import io
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from openbell.adapters.catalog.csv_blocks import Block, Header, block_of
from openbell.adapters.catalog.findings import FileRefused, Findings
from openbell.adapters.catalog.headers import PRICES, columns_of
from openbell.adapters.catalog.limits import ImportLimits
from openbell.adapters.catalog.rows import Row
from openbell.domain.dataset import FindingCode

BLOCK_BYTES = 2 * 2**20
"""Text read at once: some tens of thousands of bars."""
DELIMITERS = ",;\t"
_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")


def csv_rows(file: BinaryIO, findings: Findings, limits: ImportLimits) -> Iterator[Row | Block]:
    """Yield the rows below the header, where many in turn are of the ordinary form as blocks.

    Lines that are no rows become findings. Raises FileRefused when the header is of no use or the text is not UTF-8
    from the start.
    """
    header = _header(_lines(file, findings, limits), findings, limits)
    rows = _Rows(header, findings, limits)
    line = header.line
    while True:
        begin = file.tell()
        raw = file.read(BLOCK_BYTES)
        rest = b"" if raw.endswith(b"\n") else file.readline(limits.line_bytes_max + 1)
        if len(rest) > limits.line_bytes_max:
            # A line may be as long as the file: it is not held.
            file.seek(begin)
            yield from rows.of(file, line=line)
            return
        raw += rest
        if not raw:
            return
        apart = partial(rows.of_text, raw, line=line)
        block = block_of(raw, header, line=line + 1, line_bytes_max=limits.line_bytes_max, rows=apart)
        if block is None:
            yield from apart()
        else:
            rows.tell_of_empty_lines()
            yield block
        line += raw.count(b"\n")


def _header(lines: Iterator[tuple[int, str]], findings: Findings, limits: ImportLimits) -> Header:
    line, header = next(((n, text) for n, text in lines if text), (0, ""))
    if not header:
        raise FileRefused("there is no header line")
    delimiter = max(DELIMITERS, key=header.count)
    names = _split(header, delimiter)
    if names is None or len(names) > limits.columns_max:
        raise FileRefused(f"the header is not one of at most {limits.columns_max} columns", line=line)
    if all(name.strip().replace(".", "").replace("-", "").isdecimal() for name in names):
        raise FileRefused("the first line holds numbers: a header such as ts,open,high,low,close,volume", line=line)
    return Header(line, names, delimiter, columns_of(names, findings, line=line))


class _Rows:
    """Reads lines one by one. Empty ones are told of when a line follows them."""

    def __init__(self, header: Header, findings: Findings, limits: ImportLimits) -> None:
        self._header = header
        self._findings = findings
        self._limits = limits
        self._empty_line = 0

    def of(self, file: BinaryIO, *, line: int) -> Iterator[Row]:
        """Yield the rows from where the file stands, after line number `line`."""
        names, delimiter, columns = self._header.names, self._header.delimiter, self._header.columns
        for number, text in _lines(file, self._findings, self._limits, line=line):
            if not text:
                self._empty_line = self._empty_line or number
                continue
            self.tell_of_empty_lines()
            fields = _split(text, delimiter)
            if fields is None:
                self._findings.error(number, "", "has a quote that is not closed on the same line", text)
            elif len(fields) != len(names):
                problem = f"has {len(fields)} fields where the header has {len(names)}"
                self._findings.error(number, "", problem, text)
            else:
                yield _row(number, fields, columns)

    def of_text(self, raw: bytes, *, line: int) -> Iterator[Row]:
        """Yield the rows of text that was read already."""
        return self.of(io.BytesIO(raw), line=line)

    def tell_of_empty_lines(self) -> None:
        """Warn of the first of the empty lines before this one."""
        if self._empty_line:
            self._findings.warn(self._empty_line, "", "is empty", code=FindingCode.EMPTY_LINE)
            self._empty_line = 0


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


def _lines(file: BinaryIO, findings: Findings, limits: ImportLimits, *, line: int = 0) -> Iterator[tuple[int, str]]:
    """Yield numbered lines without their ends. A line too long is skipped to its end and told of."""
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
