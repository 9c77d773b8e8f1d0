"""Recorded data as a service: the catalog, the way in for files, the way out."""

from openbell.adapters.catalog.export import Exporter
from openbell.adapters.catalog.intake import FileIntake
from openbell.adapters.catalog.limits import ImportLimits
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.adapters.catalog.recorder import FeedRecorder
from openbell.adapters.catalog.spool import RecordingLimits
from openbell.config import Settings
from openbell.domain.values import NANOS_PER_SECOND
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


def recorder_of(settings: Settings, *, catalog: ParquetCatalog, feed_name: str) -> FeedRecorder | None:
    """Give what records the market, where that is wanted."""
    if settings.record_feed == "off":
        return None
    limits = RecordingLimits(
        file_ns=settings.record_minutes_per_file * 60 * NANOS_PER_SECOND,
        file_rows_max=settings.record_rows_per_file,
        files_max=settings.record_files_max,
        catalog_bytes_max=settings.catalog_bytes_max,
    )
    return FeedRecorder(
        settings.data_dir / "catalog",
        feed_name=feed_name,
        kinds=frozenset(settings.record_kinds),
        limits=limits,
        on_sealed=catalog.datasets,
    )
