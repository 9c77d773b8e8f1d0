"""Stands in the core for a strategy whose code runs elsewhere: a ledger, a state and limits, without behaviour."""

import json
import re
from collections.abc import Mapping
from typing import ClassVar

from openbell.domain.strategy import Parameter, ParameterValue
from openbell.engine.strategy import SUBMITTED, Strategy

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
ARGUMENTS_LENGTH_MAX = 4_096


class SubmittedStrategy(Strategy):
    """What it does arrives as commands from its sandbox; within a step it does nothing."""

    kind = SUBMITTED
    description = "Runs submitted source in a process of its own."
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(name="source_sha256", kind="str", default="", description="Which source it runs; not to be set."),
        Parameter(name="arguments", kind="str", default="{}", description="Parameters of the source, a JSON object."),
    )

    @classmethod
    def problems(cls, parameters: Mapping[str, ParameterValue]) -> list[tuple[str, str]]:
        """Say what is wrong with the source's digest and with its arguments."""
        wrong = [] if _SHA256.fullmatch(str(parameters["source_sha256"])) else [("source_sha256", "no such source")]
        try:
            is_object = isinstance(json.loads(str(parameters["arguments"])[:ARGUMENTS_LENGTH_MAX]), dict)
        except ValueError:
            is_object = False
        return wrong if is_object else [*wrong, ("arguments", "expected a JSON object of up to 4096 characters")]
