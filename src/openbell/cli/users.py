"""`openbell users`: who may sign in, in a data directory."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.console import ExitCode, fail, say, show_json, show_table
from openbell.cli.options import AsJson, DataDir, data_dir_of

if TYPE_CHECKING:
    from openbell.cli.directory import Directory
    from openbell.domain.access import User

COLUMNS = ["user_id", "email", "username", "role", "account_id", "is_active", "created_at"]

app = typer.Typer(name="users", help="Users of a data directory.", no_args_is_help=True, rich_markup_mode=None)

Login = Annotated[str, typer.Argument(metavar="USER", help="Id, email or username.")]
Password = Annotated[
    str | None,
    typer.Option(
        "--password", help="The password; asked for when absent, `-` reads it from stdin.", show_default=False
    ),
]


@app.command("list")
def list_(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List users, oldest first."""
    from openbell.cli.directory import in_directory  # noqa: PLC0415

    async def work(directory: "Directory") -> "list[User]":
        return await directory.users.list()

    documents = [_document(user) for user in in_directory(data_dir_of(data_dir), work)]
    if as_json:
        show_json(documents)
    else:
        show_table(COLUMNS, [[str(d[c]) for c in COLUMNS] for d in documents], empty="There are no users yet.")


@app.command()
def create(
    email: Annotated[str, typer.Argument(help="Email address.")],
    *,
    username: Annotated[str, typer.Option(help="Username [the email's first part].")] = "",
    role: Annotated[str, typer.Option(help="admin, user or read-only.")] = "user",
    account: Annotated[str, typer.Option(help="Share an existing account instead of opening one.")] = "",
    password: Password = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Add a user, with a paper account of their own."""
    from openbell.cli.directory import in_directory  # noqa: PLC0415
    from openbell.domain.access import Role  # noqa: PLC0415
    from openbell.services.users import NewUser  # noqa: PLC0415

    if role not in list(Role):
        fail(f"unknown role {role}: one of {', '.join(Role)}", ExitCode.USAGE)
    wanted = NewUser(email=email, username=username, role=Role(role), account_id=account, password=_given(password))

    async def work(directory: "Directory") -> "User":
        return await directory.users.create(wanted)

    user = in_directory(data_dir_of(data_dir), work, must_exist=False, action="user.create", subject=email)
    if as_json:
        show_json(_document(user))
    else:
        typer.echo(f"Added {user.email} ({user.user_id}, {user.role.value}) with account {user.account_id}.")


@app.command()
def delete(login: Login, *, data_dir: DataDir = None) -> None:
    """Remove a user with their keys and sessions; an account nobody else uses is stopped."""
    from openbell.cli.directory import OPERATOR, in_directory  # noqa: PLC0415

    async def work(directory: "Directory") -> "User":
        user = await directory.user(login)
        await directory.users.delete(OPERATOR, user.user_id)
        return user

    say(f"Deleted {in_directory(data_dir_of(data_dir), work, action='user.delete', subject=login).email}.")


@app.command("set-password")
def set_password(login: Login, *, password: Password = None, data_dir: DataDir = None) -> None:
    """Give a user a new password; all their sessions end."""
    from openbell.cli.directory import in_directory  # noqa: PLC0415
    from openbell.services.users import UserChange  # noqa: PLC0415

    new = _given(password)

    async def work(directory: "Directory") -> "User":
        user = await directory.user(login)
        return await directory.users.update(user.user_id, UserChange(password=new))

    user = in_directory(data_dir_of(data_dir), work, action="user.password", subject=login)
    say(f"{user.email} has a new password.")


def _given(password: str | None) -> str:
    if password == "-" or (password is None and not sys.stdin.isatty()):  # noqa: S105 - a sign for stdin
        return sys.stdin.readline().rstrip("\n")
    return password if password is not None else typer.prompt("Password", hide_input=True, confirmation_prompt=True)


def _document(user: "User") -> dict[str, Any]:
    from openbell.domain.instants import instant_text  # noqa: PLC0415

    return {
        "user_id": user.user_id,
        "email": user.email,
        "username": user.username,
        "role": user.role.value,
        "account_id": user.account_id,
        "is_active": user.is_active,
        "created_at": instant_text(user.created_ns),
    }
