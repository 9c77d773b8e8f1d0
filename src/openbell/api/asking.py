"""The base of everything asked in a body: a field that is not known is refused, and the one that was meant is named."""

from difflib import get_close_matches
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

SYNONYMS = (
    {"symbol", "instrument", "ticker"},
    {"price", "limit_price"},
    {"stop_price", "trigger_price"},
    {"quantity", "qty", "amount", "size"},
    {"type", "order_type", "order_kind", "kind"},
    {"time_in_force", "tif"},
    {"client_order_id", "client_id", "cl_ord_id"},
    {"mode", "execution_mode"},
    {"mfa_token", "totp", "otp", "code"},
)
"""Names that the contracts, and the field at large, give to one thing. A body in other words is never guessed at."""

EXTRA = "extra_forbidden"
LIKENESS_MIN = 0.75
"""How alike two names have to be for one to be taken for a misspelling of the other, from 0 to 1."""


class Ask(BaseModel):
    """Base of what is asked in a body: a field that is not known is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="wrap")
    @classmethod
    def _name_what_was_meant(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(given)
        except ValidationError as problem:
            names = [field.alias or name for name, field in cls.model_fields.items()]
            lines = [_line(dict(one), names) for one in problem.errors(include_url=False, include_input=False)]
            raise ValidationError.from_exception_data(cls.__name__, lines) from None


def _line(problem: dict[str, Any], names: list[str]) -> InitErrorDetails:
    place, said = problem["loc"], problem["msg"]
    if problem["type"] == EXTRA and len(place) == 1:
        meant = _meant(str(place[0]), names)
        said = f"No such field here: send {meant!r}." if meant else "No such field; check its spelling or leave it out."
    return InitErrorDetails(type=PydanticCustomError(problem["type"], said), loc=place, input=None)


def _meant(name: str, names: list[str]) -> str | None:
    for group in SYNONYMS:
        if name.lower() in group:
            same = [one for one in names if one in group]
            if same:
                return same[0]
    close = get_close_matches(name[:64].lower(), names, n=1, cutoff=LIKENESS_MIN)
    return close[0] if close else None
