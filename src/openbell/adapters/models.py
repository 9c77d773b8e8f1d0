"""Trained models as files (ports.ModelStore): one JSON document each, named by its contents."""

import os
import secrets
from pathlib import Path

import msgspec

from openbell.domain.model import Model, named

FOLDER = "models"
_MODELS = msgspec.json.Decoder(Model)


class FileModels:
    """Models in a folder below the data directory; what was read is kept, since a model never changes."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER
        self._read: dict[str, Model] = {}

    def save(self, model: Model) -> None:
        """Keep a model; one that is there already stays as it is."""
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
        """Give a model with its trees."""
        found = self._read.get(model_id)
        if found is None and (path := self._path(model_id)).is_file():
            kept_ns = path.stat().st_mtime_ns
            found = msgspec.structs.replace(_MODELS.decode(path.read_bytes()), created_ns=kept_ns)
            if named(found).model_id != model_id:
                raise ValueError(f"{path} was changed: its contents are not those of {model_id}")
            self._read[model_id] = found
        return found

    def models(self) -> list[Model]:
        """List models without their trees, newest first."""
        found = [self.model(path.stem) for path in sorted(self._folder.glob("*.json"))]
        light = [_without_trees(model) for model in found if model is not None]
        return sorted(light, key=lambda model: -model.created_ns)

    def _path(self, model_id: str) -> Path:
        # The id comes from outside: only what cannot leave the folder is looked up.
        plain = "".join(sign for sign in model_id if sign.isalnum() or sign in "-_")
        return self._folder / f"{plain or '-'}.json"


def _without_trees(model: Model) -> Model:
    folds = tuple(msgspec.structs.replace(fold, booster={}) for fold in model.folds)
    return msgspec.structs.replace(model, folds=folds)
