"""Trained models: listed and looked at. They belong to the server; whoever may read may use them."""

from openbell.domain.model import Model
from openbell.ports import ModelStore


class Models:
    """The models there are."""

    def __init__(self, store: ModelStore) -> None:
        self._store = store

    def list(self) -> list[Model]:
        """List models, newest first."""
        return self._store.models()

    def get(self, model_id: str) -> Model | None:
        """Give a model."""
        return self._store.model(model_id)
