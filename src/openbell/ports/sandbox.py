"""Source that somebody submitted, and the place it runs in."""

from typing import Protocol

from openbell.domain.values import Nanos


class SandboxFailed(Exception):
    """Code in a sandbox ended, broke a rule or ran out of its budget; the message says which."""


class SandboxProcess(Protocol):
    """A process that can do nothing but compute and talk to whoever started it."""

    async def send(self, data: bytes) -> None:
        """Write all of it. Raises SandboxFailed when the process is gone."""
        ...

    async def receive(self, size: int) -> bytes:
        """Read exactly so many bytes. Raises SandboxFailed when the process ends before."""
        ...

    def cpu_seconds(self) -> float:
        """Give the processor time used so far; infinite for a process that is gone."""
        ...

    async def kill(self) -> None:
        """End it; harmless when it has ended."""
        ...


class Sandbox(Protocol):
    """Where submitted code runs, apart from everything."""

    def unavailable(self) -> str:
        """Say why it cannot be had on this machine; '' when it can."""
        ...

    async def start(self) -> SandboxProcess:
        """Start a process that waits for its first frame. Raises SandboxFailed."""
        ...


class SourceStore(Protocol):
    """Source of submitted strategies, by the SHA-256 of its text in lower-case hex. What was kept stays."""

    async def keep(self, sha256: str, source: str, *, owner_id: str, at_ns: Nanos) -> None:
        """Keep a source; harmless when it is kept already."""
        ...

    async def source(self, sha256: str) -> str | None:
        """Give a source."""
        ...
