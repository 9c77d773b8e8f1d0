"""Trained models as files (ports.ModelStore): one JSON document each, named by its contents."""

import os
import re
import secrets
from collections import OrderedDict
from pathlib import Path

import msgspec
import structlog

from openbell.domain.model import Model, named

FOLDER = "models"
_log = structlog.get_logger(__name__)
WITH_TREES_MAX = 16
"""Models kept in memory with their trees, those asked for last: one may be large, and who uses one holds it."""
_MODELS = msgspec.json.Decoder(Model)
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
"""What an id may look like. It comes from outside: anything else is no name of a file, and of no model."""


class FileModels:
    """Models in a folder below the data directory; what was read is kept, since a model never changes."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER
        self._read: OrderedDict[str, Model] = OrderedDict()
        self._light: dict[str, Model] = {}
        """All that were read, without their trees."""

    def save(self, model: Model) -> None:
        """Keep a model; one that is there already stays as it is. Raises ValueError for an id that is no name."""
        if not _ID.fullmatch(model.model_id):
            raise ValueError(f"a model's id is made of letters, digits, - and _, not {model.model_id[:64]!r}")
        path = self._path(model.model_id)
        if path.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        # Written beside its place and then moved there: a reader finds the whole file or none.
        draft = path.with_suffix(f".{secrets.token_hex(4)}.part")
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(model))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def model(self, model_id: str) -> Model | None:
        """Give a model with its trees. Raises ValueError where its file was changed."""
        if not _ID.fullmatch(model_id):
            return None
        found = self._read.pop(model_id, None)
        if found is None:
            found = self._from_file(model_id)
        if found is not None:
            self._read[model_id] = found
            self._light[model_id] = _without_trees(found)
            while len(self._read) > WITH_TREES_MAX:
                self._read.popitem(last=False)
        return found

    def models(self) -> list[Model]:
        """List models without their trees, newest first."""
        ids = [path.stem for path in sorted(self._folder.glob("*.json")) if _ID.fullmatch(path.stem)]
        light = [self._light.get(model_id) or self._read_light(model_id) for model_id in ids]
        return sorted((model for model in light if model is not None), key=lambda model: -model.created_ns)

    def _read_light(self, model_id: str) -> Model | None:
        """Read a model for its description alone; None for one that is gone or was changed."""
        try:
            found = self._from_file(model_id)
        except (ValueError, msgspec.DecodeError) as problem:
            _log.warning("model left out", reason=str(problem))
            return None
        if found is not None:
            self._light[model_id] = _without_trees(found)
        return self._light.get(model_id)

    def _from_file(self, model_id: str) -> Model | None:
        path = self._path(model_id)
        if not path.is_file():
            return None
        kept_ns = path.stat().st_mtime_ns
        found = msgspec.structs.replace(_MODELS.decode(path.read_bytes()), created_ns=kept_ns)
        if named(found).model_id != model_id:
            raise ValueError(f"{path} was changed: its contents are not those of {model_id}")
        return found

    def _path(self, model_id: str) -> Path:
        return self._folder / f"{model_id}.json"


def _without_trees(model: Model) -> Model:
    folds = tuple(msgspec.structs.replace(fold, booster={}) for fold in model.folds)
    return msgspec.structs.replace(model, folds=folds)
