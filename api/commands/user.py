"""`phatnguoi user`: who may log in to the review queue."""

import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.settings import load_settings
from evidence.cases import accounts, audit
from evidence.store.store import Store
from models.errors import UserError

COMMAND_LINE = "command line"
app = typer.Typer(help="Accounts for the review queue.", no_args_is_help=True)
HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The data folder (default: PHATNGUOI_HOME, then ./var).")
]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input instead of generating one.")
]


@app.command("add")
def add(
    username: str,
    role: Annotated[accounts.Role, typer.Option(help="What the account may do.")] = accounts.Role.OFFICER,
    full_name: Annotated[str | None, typer.Option("--name", help="The name on decisions and notices.")] = None,
    password_stdin: StdinOption = False,
    home: HomeOption = None,
) -> None:
    """Add an account. Without --password-stdin a password is generated and printed once."""
    password = chosen_password(from_stdin=password_stdin)
    now = datetime.now(UTC)
    with _store(home).session() as session:
        account = accounts.create_user(
            session, username=username, full_name=full_name or username, role=role, password=password, at=now
        )
        audit.append(session, who=COMMAND_LINE, what=f"account.add {account.username}", at=now)
    _say_password(account.username, password, shown=not password_stdin)


@app.command("password")
def password(username: str, password_stdin: StdinOption = False, home: HomeOption = None) -> None:
    """Give an account a new password and end its sessions."""
    chosen = chosen_password(from_stdin=password_stdin)
    with _store(home).session() as session:
        accounts.set_password(session, username=username, password=chosen)
        audit.append(session, who=COMMAND_LINE, what=f"account.password {username}", at=datetime.now(UTC))
    _say_password(username, chosen, shown=not password_stdin)


@app.command("close")
def close(username: str, home: HomeOption = None) -> None:
    """Close an account and end its sessions. What it decided stays."""
    _set_active(username, home, is_active=False)


@app.command("reopen")
def reopen(username: str, home: HomeOption = None) -> None:
    """Open a closed account again."""
    _set_active(username, home, is_active=True)


@app.command("list")
def list_all(home: HomeOption = None) -> None:
    """List the accounts."""
    with _store(home).reading() as session:
        rows = accounts.list_accounts(session)
    table = Table("account", "name", "role", "open")
    for account in rows:
        table.add_row(account.username, account.full_name, account.role.value, "yes" if account.is_active else "no")
    Console().print(table)


def chosen_password(*, from_stdin: bool) -> str:
    """A password of the user's from standard input, or 96 random bits in URL-safe letters."""
    if not from_stdin:
        return secrets.token_urlsafe(12)
    line = sys.stdin.readline().rstrip("\n")
    if not line:
        raise UserError("no password on standard input", remedy="Pipe it in: printf '%s' \"$PASSWORD\" | phatnguoi …")
    return line


def _set_active(username: str, home: Path | None, *, is_active: bool) -> None:
    with _store(home).session() as session:
        accounts.set_active(session, username=username, is_active=is_active)
        what = f"account.{'reopen' if is_active else 'close'} {username}"
        audit.append(session, who=COMMAND_LINE, what=what, at=datetime.now(UTC))
    Console().print(f"{username}: {'open' if is_active else 'closed'}")


def _store(home: Path | None) -> Store:
    store = Store.open(load_settings(home).store_url)
    store.migrate()
    return store


def _say_password(username: str, password: str, *, shown: bool) -> None:
    sys.stdout.write(f"{username}  {password}\n" if shown else f"{username}\n")
