"""Tables as a stream of bytes that either database can be filled from: frames of rows, each after its length."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, MetaData, Table, inspect, select
from sqlalchemy.sql.ddl import sort_tables

from openbell.adapters.backup.archive import ArchiveDamaged
from openbell.adapters.sql.schema import Steps, exact, metadata

VERSIONS = "schema_version"
ROWS_PER_FRAME = 1_000
FRAME_BYTES = 16 * 1024 * 1024
"""A frame ends with the row that makes it longer: results of runs and snapshots are long, and a frame is read whole."""
FRAME_BYTES_MAX = 1 << 30
ROWS_PER_READ = 100
_LENGTH = struct.Struct(">I")
_pack = msgspec.msgpack.encode


class Head(msgspec.Struct, frozen=True):
    """The first frame of a table: the names of its columns."""

    columns: tuple[str, ...]


def dumped(connection: Connection, table: Table) -> Iterator[bytes]:
    """Yield a table in frames."""
    yield _frame(Head(tuple(str(column.name) for column in table.columns)))
    steps = [isinstance(column.type, Steps) for column in table.columns]
    pending: list[msgspec.Raw] = []
    length = 0
    for row in connection.execution_options(yield_per=ROWS_PER_READ).execute(select(table)):
        packed = _pack([exact(value) if whole else value for value, whole in zip(row, steps, strict=True)])
        pending.append(msgspec.Raw(packed))
        length += len(packed)
        if length >= FRAME_BYTES or len(pending) >= ROWS_PER_FRAME:
            yield _frame(pending)
            pending, length = [], 0
    if pending:
        yield _frame(pending)


def fill(connection: Connection, name: str, chunks: Iterable[bytes]) -> int:
    """Insert a dumped table into an empty one of the same name, and give its number of rows."""
    frames = _frames(chunks, name)
    head = next(frames, None)
    if head is None:
        raise ArchiveDamaged(f"{name} in the backup is empty: not even its columns are named")
    columns = msgspec.msgpack.decode(head, type=Head).columns
    table = _table_of(connection, name, columns)
    steps = [isinstance(table.columns[column].type, Steps) for column in columns]
    count = 0
    for frame in frames:
        rows = msgspec.msgpack.decode(frame, type=list[list[Any]])
        connection.execute(table.insert(), [_values(columns, row, steps) for row in rows])
        count += len(rows)
    return count


def in_order(names: Iterable[str]) -> list[str]:
    """Sort tables so that those that are referred to come first."""
    order = [table.name for table in sort_tables(metadata.tables.values())]
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))


def _table_of(connection: Connection, name: str, columns: Sequence[str]) -> Table:
    """Describe a table as it was when the backup was made; only the types that need care are known by name."""
    there = {column["name"] for column in inspect(connection).get_columns(name)}
    if strange := set(columns) - there:
        raise ArchiveDamaged(f"{name} in the backup has columns that its schema does not know: {sorted(strange)}")
    known = metadata.tables.get(name)
    typed = [
        Column(one, known.columns[one].type if known is not None and one in known.columns else None) for one in columns
    ]
    return Table(name, MetaData(), *typed)


def _values(columns: Sequence[str], row: Sequence[Any], steps: Sequence[bool]) -> dict[str, Any]:
    if len(row) != len(columns):
        raise ArchiveDamaged(f"a row of the backup has {len(row)} values for {len(columns)} columns")
    return {
        column: int(value) if whole and value is not None else value
        for column, value, whole in zip(columns, row, steps, strict=True)
    }


def _frame(content: object) -> bytes:
    body = _pack(content)
    return _LENGTH.pack(len(body)) + body


def _frames(chunks: Iterable[bytes], name: str) -> Iterator[bytes]:
    pending = bytearray()
    for chunk in chunks:
        pending += chunk
        while len(pending) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(pending)
            if length > FRAME_BYTES_MAX:
                raise ArchiveDamaged(f"{name} in the backup has a frame of {length} bytes")
            if len(pending) < _LENGTH.size + length:
                break
            yield bytes(pending[_LENGTH.size : _LENGTH.size + length])
            del pending[: _LENGTH.size + length]
    if pending:
        raise ArchiveDamaged(f"{name} in the backup ends in the middle of a frame")
