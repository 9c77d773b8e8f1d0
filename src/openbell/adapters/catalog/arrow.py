"""PyArrow, imported when it is first used: most servers and commands never open a Parquet file.

It is a fifth of a server's memory. What holds one of its types at the top of a module must be a function instead, and
the module's annotations must not be evaluated.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq
else:

    class _Late:
        """Stands for a module until something of it is asked for; what was asked for once is kept."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, attribute: str) -> Any:
            found = getattr(import_module(self._name), attribute)
            setattr(self, attribute, found)
            return found

    pa, pc = _Late("pyarrow"), _Late("pyarrow.compute")
    pa_csv, pq = _Late("pyarrow.csv"), _Late("pyarrow.parquet")

__all__ = ["pa", "pa_csv", "pc", "pq"]
