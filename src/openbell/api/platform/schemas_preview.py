"""What would become of an order, as the platform writes it."""

from pydantic import Field

from openbell.api.platform.schemas import Answer, optional_text
from openbell.api.values import DecimalText
from openbell.domain.preview import Preview


class RefusalData(Answer):
    """Why the order would not go out: what placing it would answer."""

    code: str = Field(examples=["INSUFFICIENT_FUNDS"])
    message: str
    field: str = Field(description="The field it is about; empty when none.")


class PreviewData(Answer):
    """The gate's answer and the numbers behind it; null where they cannot be told. Amounts are in `currency`."""

    accepted: bool = Field(description="Whether the order would be let out now.")
    refusal: RefusalData | None
    currency: str
    time_in_force: str | None
    estimated_price: DecimalText | None = Field(description="Limit or stop price, else the quote a market order meets.")
    notional: DecimalText | None
    estimated_fee: DecimalText | None = Field(description="At the taker's rate.")
    available_before: DecimalText | None = Field(description="What no position and no working order needs.")
    available_after: DecimalText | None = Field(description="The same with this order; below zero it is refused.")
    margin_required: DecimalText | None
    position_if_bought: DecimalText | None = Field(description="Position if all buy orders fill and no sell does.")
    position_if_sold: DecimalText | None = Field(description="Position if all sell orders fill and no buy does.")
    worst_case_notional: DecimalText | None = Field(description="Largest worth the position can reach.")


class PreviewAnswer(Answer):
    """What would become of an order."""

    data: PreviewData


def preview_data(seen: Preview) -> PreviewData:
    """Write a preview."""
    no = seen.refusal
    return PreviewData(
        accepted=no is None,
        refusal=None if no is None else RefusalData(code=no.code, message=no.message, field=no.field),
        currency=seen.currency,
        time_in_force=seen.time_in_force,
        estimated_price=optional_text(seen.price),
        notional=optional_text(seen.notional),
        estimated_fee=optional_text(seen.fee),
        available_before=optional_text(seen.funds_before),
        available_after=optional_text(seen.funds_after),
        margin_required=optional_text(seen.margin),
        position_if_bought=optional_text(seen.longest),
        position_if_sold=optional_text(seen.shortest),
        worst_case_notional=optional_text(seen.worst_notional),
    )
