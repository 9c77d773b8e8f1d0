"""`openbell backup` and `openbell restore`: everything a server keeps, in one file, and back again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openbell.cli.console import ExitCode, fail, say, show_json
from openbell.cli.options import AsJson, ConfigFile, DataDir, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from openbell.adapters.backup.archive import Manifest
    from openbell.bootstrap.backups import Place

RESTORE_EPILOG = "With `--check` the backup is restored into a temporary directory, compared and thrown away."


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to write; it may not exist yet.")],
    *,
    data_dir: DataDir = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Write everything to one file, while the server runs or not.

    The file holds the keys as well: keep it where nobody else reads it.
    """
    from openbell.bootstrap.backups import back_up  # noqa: PLC0415 - the adapters are behind it

    manifest = _outcome(lambda: back_up(_place(data_dir, config), target.expanduser().absolute()))
    _show(manifest, as_json=as_json, done=f"Wrote {target}")


def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to read.", exists=True, dir_okay=False)],
    *,
    data_dir: DataDir = None,
    config: ConfigFile = None,
    check: Annotated[bool, typer.Option("--check", help="Only find out whether it could be restored.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a data directory, or an empty PostgreSQL database, from a backup of either kind."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    from openbell.bootstrap import backups  # noqa: PLC0415

    if check:
        with TemporaryDirectory(prefix="openbell-check-") as folder:
            manifest = _outcome(lambda: backups.restore(source, backups.Place(data_dir=Path(folder) / "data")))
        _show(manifest, as_json=as_json, done=f"{source} is whole")
    else:
        place = _place(data_dir, config)
        manifest = _outcome(lambda: backups.restore(source, place))
        _show(manifest, as_json=as_json, done=f"Restored into {place.data_dir}")


def _place(data_dir: Path | None, config: Path | None) -> "Place":
    from openbell.bootstrap.backups import Place  # noqa: PLC0415

    settings = settings_of({"data_dir": data_dir}, config=config)
    return Place(data_dir=settings.data_dir, url=settings.database_url)


def _outcome(work: "Callable[[], Manifest]") -> "Manifest":
    """Do it, or end the command with the one sentence that says why not."""
    from openbell.adapters.backup.archive import ArchiveDamaged  # noqa: PLC0415
    from openbell.adapters.sql.database import DriverMissing  # noqa: PLC0415
    from openbell.adapters.sql.lock import StoreInUse  # noqa: PLC0415
    from openbell.bootstrap.backups import BackupRefused  # noqa: PLC0415
    from openbell.ports import Unavailable  # noqa: PLC0415

    try:
        return work()
    except (StoreInUse, Unavailable) as problem:
        fail(str(problem), ExitCode.UNAVAILABLE)
    except (BackupRefused, ArchiveDamaged, DriverMissing, OSError) as problem:
        fail(str(problem))


def _show(manifest: "Manifest", *, as_json: bool, done: str) -> None:
    size = sum(entry.size for entry in manifest.entries)
    if as_json:
        show_json(
            {
                "openbell": manifest.openbell,
                "created_ns": manifest.created_ns,
                "database": manifest.database,
                "schema_version": manifest.schema_version,
                "seq": manifest.seq,
                "state_hash": manifest.state_hash,
                "parts": len(manifest.entries),
                "bytes": size,
            }
        )
    else:
        say(f"{done}: {manifest.seq:,} events, state {manifest.state_hash[:16]}, {size / 1e6:,.1f} MB unpacked.")
