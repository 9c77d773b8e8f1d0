"""Recorded data as a service: the catalog, the way in for files, the way out."""

from openbell.adapters.catalog.export import Exporter
from openbell.adapters.catalog.intake import FileIntake
from openbell.adapters.catalog.limits import ImportLimits
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.config import Settings
from openbell.services.datasets import Datasets
from openbell.services.runs import Runs

UNPACKED_FACTOR = 4
"""How much larger than the largest upload a file may be once it is unpacked."""


def datasets_of(settings: Settings, *, catalog: ParquetCatalog, runs: Runs) -> Datasets:
    """Give the service. What a run reads, or the replay that the server follows, is in use."""
    limits = ImportLimits(file_bytes_max=settings.upload_bytes_max * UNPACKED_FACTOR)
    intake = FileIntake(str(settings.data_dir), limits=limits, catalog_bytes_max=settings.catalog_bytes_max)
    followed = catalog.dataset(settings.replay_dataset) if settings.feed == "replay" else None

    def is_used(dataset_id: str) -> bool:
        return runs.uses(dataset_id) or (followed is not None and followed.dataset_id == dataset_id)

    return Datasets(catalog=catalog, intake=intake, export=Exporter(catalog), is_used=is_used)
