"""`openbell keys`: API keys of a data directory, shown once when they are made."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.console import ExitCode, fail, say, show_json, show_table
from openbell.cli.options import AsJson, DataDir, data_dir_of, settings_of

if TYPE_CHECKING:
    from openbell.cli.directory import Directory
    from openbell.domain.access import ApiKey
    from openbell.services.keys import ShownKey

COLUMNS = ["key_id", "user_id", "name", "prefix", "scopes", "created_at", "expires_at", "revoked_at"]

app = typer.Typer(name="keys", help="API keys of a data directory.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(
    *,
    user: Annotated[str | None, typer.Option(help="Only this user's: id, email or username.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List keys; their secrets are not kept and cannot be shown."""
    from openbell.cli.directory import OPERATOR, in_directory  # noqa: PLC0415

    async def work(directory: "Directory") -> "list[ApiKey]":
        owners = await directory.users.list() if user is None else [await directory.user(user)]
        return [key for owner in owners for key in await directory.keys.list(OPERATOR, user_id=owner.user_id)]

    documents = [_document(key) for key in in_directory(data_dir_of(data_dir), work)]
    if as_json:
        show_json(documents)
    else:
        show_table(COLUMNS, [[_text(d[c]) for c in COLUMNS] for d in documents], empty="There are no keys yet.")


@app.command()
def create(
    user: Annotated[str, typer.Argument(metavar="USER", help="Whose key: id, email or username.")],
    *,
    name: Annotated[str, typer.Option(help="What the key is for.")] = "command line",
    scope: Annotated[list[str] | None, typer.Option(help="read, trade, control or admin; repeatable [read].")] = None,
    expires: Annotated[str | None, typer.Option(help="Date or instant from which it is no good.")] = None,
    network: Annotated[list[str] | None, typer.Option(help="Only from here, such as 10.0.0.0/8; repeatable.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it, this once. A running server knows it at once."""
    from openbell.cli.directory import OPERATOR, in_directory  # noqa: PLC0415
    from openbell.cli.instants import instant_option  # noqa: PLC0415
    from openbell.domain.access import Scope  # noqa: PLC0415
    from openbell.services.keys import NewKey  # noqa: PLC0415

    scopes = scope or [Scope.READ.value]
    unknown = [text for text in scopes if text not in list(Scope)]
    if unknown:
        fail(f"unknown scope {unknown[0]}: one of {', '.join(Scope)}", ExitCode.USAGE)
    wanted = NewKey(
        name=name,
        scopes=frozenset(map(Scope, scopes)),
        expires_ns=instant_option("--expires", expires),
        allowed_networks=tuple(network or ()),
    )

    async def work(directory: "Directory") -> "ShownKey":
        owner = await directory.user(user)
        return await directory.keys.create(OPERATOR, wanted, user_id=owner.user_id)

    shown = in_directory(data_dir_of(data_dir), work, action="key.create", subject=user)
    if as_json:
        show_json(_document(shown.key) | {"api_key": shown.secret})
    else:
        say(f"Made {shown.key.key_id} ({', '.join(sorted(shown.key.scopes))}). Keep it: it is not shown again.")
        typer.echo(shown.secret)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="Id or prefix of the key.")], *, data_dir: DataDir = None
) -> None:
    """End a key. A running server refuses it within a second."""
    from openbell.cli.directory import OPERATOR, in_directory  # noqa: PLC0415

    async def work(directory: "Directory") -> "ApiKey":
        owners = await directory.users.list()
        everyones = [await directory.keys.list(OPERATOR, user_id=owner.user_id) for owner in owners]
        known = {name: key for keys in everyones for key in keys for name in (key.key_id, key.prefix)}
        if key_id not in known:
            fail(f"there is no key {key_id}: `openbell keys list` shows what there is")
        return await directory.keys.revoke(OPERATOR, known[key_id].key_id, user_id=known[key_id].user_id)

    key = in_directory(data_dir_of(data_dir), work, action="key.revoke", subject=key_id)
    say(f"Revoked {key.key_id}.")


@app.command()
def rotate(
    which: Annotated[str, typer.Argument(metavar="KEY", help="signing, links, vault or all.")] = "all",
    *,
    data_dir: DataDir = None,
) -> None:
    """Change the server's own keys; the server must be stopped.

    signing: people and programs renew their access tokens. links: links to reports are void. vault: every sealed
    secret (second factors, signing keys) is sealed anew.
    """
    from openbell.adapters.secrets import UnsafeKey  # noqa: PLC0415
    from openbell.adapters.sql.lock import StoreInUse  # noqa: PLC0415
    from openbell.bootstrap.rotation import FILES  # noqa: PLC0415
    from openbell.bootstrap.rotation import rotate as rotate_key  # noqa: PLC0415
    from openbell.cli.directory import note  # noqa: PLC0415
    from openbell.ports import Unavailable  # noqa: PLC0415

    if which != "all" and which not in FILES:
        fail(f"unknown key {which}: one of {', '.join(FILES)}, or all", ExitCode.USAGE)
    folder, url = data_dir_of(data_dir), settings_of().database_url
    for name in FILES if which == "all" else (which,):
        try:
            done = rotate_key(folder, name, url=url)
        except (StoreInUse, Unavailable) as problem:
            fail(str(problem), ExitCode.UNAVAILABLE)
        except (UnsafeKey, OSError) as problem:
            fail(str(problem))
        note(folder, "key.rotate", name)
        sealed = f", {done.resealed} secrets sealed anew" if name == "vault" else ""
        say(f"Changed the {name} key{sealed}.")
        if done.lost:
            say(f"{done.lost} secrets had not opened before and stay lost: reset those factors, make those keys again.")


def _document(key: "ApiKey") -> dict[str, Any]:
    from openbell.domain.instants import instant_text  # noqa: PLC0415

    return {
        "key_id": key.key_id,
        "user_id": key.user_id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": sorted(scope.value for scope in key.scopes),
        "allowed_networks": list(key.allowed_networks),
        "created_at": instant_text(key.created_ns),
        "expires_at": None if key.expires_ns is None else instant_text(key.expires_ns),
        "revoked_at": None if key.revoked_ns is None else instant_text(key.revoked_ns),
    }


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
