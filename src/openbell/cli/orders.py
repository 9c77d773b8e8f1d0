"""`openbell orders`: orders of a running server, over its HTTP API."""

from typing import Annotated, Any

import typer

from openbell.cli.console import say, show_json, show_table
from openbell.cli.options import AsJson
from openbell.cli.remote import ApiKeyOption, Server, Url

COLUMNS = ["order_id", "strategy_id", "symbol", "side", "order_type", "quantity", "filled_quantity", "status"]

app = typer.Typer(name="orders", help="Orders of a running server.", no_args_is_help=True, rich_markup_mode=None)

OrderId = Annotated[str, typer.Argument(help="Id of the order.")]


@app.command("list")
def list_(
    *,
    status: Annotated[str | None, typer.Option(help="Only orders with this status.")] = None,
    strategy: Annotated[str | None, typer.Option(help="Only orders of this strategy.")] = None,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1, max=100)] = 20,
    url: Url = "",
    api_key: ApiKeyOption = "",
    as_json: AsJson = False,
) -> None:
    """List orders, newest first."""
    query = {"status": status, "strategy_id": strategy, "per_page": str(limit)}
    answer = Server(url, api_key).get("/v1/orders", query)
    if as_json:
        show_json(answer["data"])
        return
    rows = [[_text(order.get(name)) for name in COLUMNS] for order in answer["data"]]
    show_table(COLUMNS, rows, right=["quantity", "filled_quantity"], empty="There are no orders.")


@app.command()
def show(order_id: OrderId, *, url: Url = "", api_key: ApiKeyOption = "", as_json: AsJson = False) -> None:
    """Show one order."""
    order = Server(url, api_key).get(f"/v1/orders/{_path(order_id)}")["data"]
    if as_json:
        show_json(order)
    else:
        show_table(["field", "value"], [[name, _text(value)] for name, value in order.items()], empty="")


@app.command()
def cancel(order_id: OrderId, *, url: Url = "", api_key: ApiKeyOption = "", as_json: AsJson = False) -> None:
    """Cancel what is left of an order. Asking twice is harmless."""
    answer = Server(url, api_key).delete(f"/v1/orders/{_path(order_id)}")
    if as_json:
        show_json(answer.get("data", answer))
    else:
        say(f"Order {order_id} is {_text(answer.get('data', {}).get('status')) or 'being cancelled'}.")


def _path(text: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415

    return quote(text, safe="")


def _text(value: Any) -> str:
    return "" if value is None else str(value)
