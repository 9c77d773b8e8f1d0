"""How large an import may be: every bound with its unit, in one place."""

import msgspec

INT64_MAX = 2**63 - 1
BATCH_ROWS = 65_536
"""Rows held in memory at a time, and rows of one stored row group."""


class ImportLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one import; a file past any of them is refused whole."""

    file_bytes_max: int = 4 * 1024**3
    unpacked_bytes_max: int = 16 * 1024**3
    """Bytes a compressed Parquet file says it unpacks to."""
    rows_max: int = 50_000_000
    line_bytes_max: int = 4_096
    columns_max: int = 64
