"""Collects what a validation saw: every finding is counted, by its code as well, and the first hundred are told."""

from collections import Counter

from openbell.domain.dataset import FINDINGS_MAX, Finding, FindingCode

VALUE_CHARACTERS_MAX = 64


class FileRefused(Exception):
    """The file as a whole cannot be read; the message says why. `line` is 0 when no line is to blame."""

    def __init__(self, problem: str, *, line: int = 0) -> None:
        super().__init__(problem)
        self.line = line


class Findings:
    """Errors and warnings of one import. Errors come first in the list, so that warnings never crowd them out."""

    def __init__(self) -> None:
        self.errors = 0
        self.warnings = 0
        self.counts: Counter[str] = Counter()
        self._errors: list[Finding] = []
        self._warnings: list[Finding] = []

    def error(
        self, line: int, field: str, problem: str, value: object = "", *, code: FindingCode = FindingCode.UNREADABLE
    ) -> None:
        """Note something that keeps the file out."""
        self.errors += 1
        self.counts[code.value] += 1
        if len(self._errors) < FINDINGS_MAX:
            self._errors.append(_finding(line, field, problem, value, code=code, is_error=True))

    def warn(self, line: int, field: str, problem: str, value: object = "", *, code: FindingCode) -> None:
        """Note something to look at that keeps nothing out."""
        self.warnings += 1
        self.counts[code.value] += 1
        if len(self._warnings) < FINDINGS_MAX:
            self._warnings.append(_finding(line, field, problem, value, code=code, is_error=False))

    def first(self) -> list[Finding]:
        """List the first hundred, errors before warnings, each by line."""
        ordered = [sorted(some, key=lambda one: one.line) for some in (self._errors, self._warnings)]
        return (ordered[0] + ordered[1])[:FINDINGS_MAX]


def _finding(line: int, field: str, problem: str, value: object, *, code: FindingCode, is_error: bool) -> Finding:
    shown = "".join(c if c.isprintable() else "·" for c in str(value)[:VALUE_CHARACTERS_MAX])
    return Finding(line=line, field=field, problem=problem, value=shown, is_error=is_error, code=code)
