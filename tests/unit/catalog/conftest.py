"""A catalog in a directory of its own, and a way to hand it a CSV."""

import pytest

from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.domain.market import Timeframe

HEADER = "ts,open,high,low,close,volume\n"


@pytest.fixture
def catalog(tmp_path):
    return ParquetCatalog(str(tmp_path / "data"))


@pytest.fixture
def import_csv(tmp_path, catalog):
    """Import text (or bytes) as daily bars of X."""

    def import_(text, *, header=HEADER, timeframe=Timeframe.D1, into=catalog):
        file = tmp_path / "given.csv"
        file.write_bytes(text if isinstance(text, bytes) else (header + text).encode())
        return into.import_file(str(file), symbol="X", timeframe=timeframe)

    return import_
