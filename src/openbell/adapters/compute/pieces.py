"""A run that several workers do in pieces: as many at once as leave one to others; then it is joined."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from openbell.adapters.compute.followed import FollowedRun, Following
from openbell.adapters.compute.worker import PROGRESS_STEP, Finished, Message, Task
from openbell.ports import PLAYED_PART

Submit = Callable[[Following], object]


class Piece(Following):
    """One piece of a divided run, or the joining of all: followed as a run is, and reported to the whole."""

    def __init__(self, whole: "DividedRun", task: Task, *, number: int | None) -> None:
        super().__init__(task)
        self.number = number
        """Its place among the pieces; None joins them."""
        self._whole = whole

    def progressed(self, part: float) -> None:
        """Tell how far it is, from any thread."""
        self._whole.piece_progressed(self, part)

    def settle(self, message: Message | None) -> None:
        """Give its result or the reason why there is none, from any thread."""
        self._whole.piece_settled(self, message)

    def ends_at(self, *, seconds_max: float) -> float:
        """Give when the whole run has had its time."""
        return self._whole.run.ends_at(seconds_max=seconds_max)


class DividedRun:
    """Hands the pieces of a run out, a few at a time: each next one waits behind the runs that came meanwhile."""

    def __init__(self, run: FollowedRun, pieces: Sequence[tuple[int, int]], *, at_once: int, submit: Submit) -> None:
        self.run = run
        self._submit = submit
        self._lock = threading.Lock()
        self._sizes = [last - first for first, last in pieces]
        self._parts = [0.0] * len(pieces)
        self._results: list[dict[str, Any]] = [{} for _ in pieces]
        self._left = [
            Piece(self, Task(run.task.request, piece=piece), number=number) for number, piece in enumerate(pieces)
        ]
        self._left.reverse()
        self._under_way: set[Piece] = set()
        self._told = -1.0
        self._is_over = False
        run.stop = self.stop
        for _ in range(min(at_once, len(pieces))):
            self._next()

    def stop(self) -> None:
        """End every piece."""
        with self._lock:
            self._is_over = True
            pieces = list(self._under_way)
        for piece in pieces:
            piece.end()

    def piece_progressed(self, piece: Piece, part: float) -> None:
        """Tell how far the whole is, in steps that are worth it."""
        with self._lock:
            if piece.number is not None:
                self._parts[piece.number] = max(part, self._parts[piece.number])
            done = sum(size * one for size, one in zip(self._sizes, self._parts, strict=True)) / sum(self._sizes)
            whole = PLAYED_PART * done + ((1 - PLAYED_PART) * part if piece.number is None else 0.0)
            if self._told >= 0 and whole - self._told < PROGRESS_STEP:
                return
            self._told = whole
        self.run.progressed(whole)

    def piece_settled(self, piece: Piece, message: Message | None) -> None:
        """Keep what a piece gave and hand out the next; the first that failed ends the run."""
        with self._lock:
            self._under_way.discard(piece)
            if self._is_over:
                return
            ends = piece.number is None or not isinstance(message, Finished)
            self._is_over = ends
            if piece.number is not None and isinstance(message, Finished):
                self._results[piece.number], self._parts[piece.number] = message.result, 1.0
        if ends:
            self.run.settle(message)
            self.stop()
        else:
            self._next()

    def _next(self) -> None:
        with self._lock:
            if self._is_over:
                return
            if self._left:
                piece = self._left.pop()
            elif not self._under_way:
                piece = Piece(self, Task(self.run.task.request, parts=self._results), number=None)
            else:
                return
            self._under_way.add(piece)
        self._submit(piece)
