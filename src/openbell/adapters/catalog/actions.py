"""Corporate actions, one small JSON file beside the dataset they belong to."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from openbell.adapters.catalog.stored import replacing
from openbell.domain.dataset import ACTIONS_MAX, Adjustment, CorporateAction, InvalidAction

SUFFIX = ".actions.json"


class ActionFiles:
    """The actions of one folder's datasets, by dataset id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, dataset_id: str) -> list[CorporateAction] | None:
        """Give the actions by date; None when nobody set any. Raises ValueError for a file that is not ours."""
        try:
            content = self._path(dataset_id).read_bytes()
        except FileNotFoundError:
            return None
        try:
            return msgspec.json.decode(content, type=list[CorporateAction])
        except msgspec.MsgspecError as problem:
            raise ValueError(f"{self._path(dataset_id).name} cannot be read: {problem}") from problem

    def write(self, dataset_id: str, actions: Sequence[CorporateAction]) -> None:
        """Replace the actions. Raises InvalidAction for too many, or for two of one kind on one day."""
        if len(actions) > ACTIONS_MAX:
            raise InvalidAction(f"there may be {ACTIONS_MAX:,} actions, not {len(actions):,}")
        if len({(one.ex_date, one.kind) for one in actions}) != len(actions):
            raise InvalidAction("two actions of the same kind have the same date")
        with replacing(self._path(dataset_id)) as part:
            part.write_bytes(msgspec.json.encode(in_order(actions)))

    def remove(self, dataset_id: str) -> None:
        """Forget the actions."""
        self._path(dataset_id).unlink(missing_ok=True)

    def _path(self, dataset_id: str) -> Path:
        return self._folder / f"{dataset_id}{SUFFIX}"


def in_order(actions: Sequence[CorporateAction]) -> list[CorporateAction]:
    """Sort actions by date; of one day, the split first."""
    return sorted(actions, key=lambda one: (one.ex_date, one.kind != "split"))


def version_of(digest: str, actions: Sequence[CorporateAction], adjustment: Adjustment) -> str:
    """Name data that was made of a file and actions."""
    made_of = (digest, adjustment, in_order(actions))
    return sha256(msgspec.json.encode(made_of)).hexdigest()
