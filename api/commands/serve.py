"""`phatnguoi serve`: the review room and the JSON API, in this process."""

import errno
import socket
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.console import Console

from api.settings import Settings, load_settings
from api.web.app import create_app
from models.errors import UserError

HOST = "127.0.0.1"
PORT = 8000
GRACE_S = 3  # browsers keep connections open; do not wait for them at Ctrl-C
console = Console(highlight=False)


class ServeError(UserError):
    """The address cannot be served."""


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on. 0.0.0.0: every interface (put TLS in front).")
    ] = HOST,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = PORT,
    home: Annotated[
        Path | None, typer.Option("--home", help="The data folder (default: PHATNGUOI_HOME, then ./var).")
    ] = None,
) -> None:
    """Serve the review queue and the API until Ctrl-C."""
    serve_until_interrupted(load_settings(home), host=host, port=port)


def serve_until_interrupted(settings: Settings, *, host: str = HOST, port: int = PORT) -> None:
    """Serve until Ctrl-C. Raises ServeError when the port is taken, StoreError when the store cannot be opened."""
    listener = _listener(host, port)  # first of all: a taken port is said at once, before anything is opened
    with listener:
        app = create_app(settings)
        console.print(f"Review queue: [bold]{address(host, port)}[/bold]   (Ctrl-C ends)")
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_level="warning",
                access_log=False,  # the audit log says who saw which case; addresses in a plain log would say it again
                server_header=False,
                proxy_headers=True,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        with suppress(KeyboardInterrupt):  # uvicorn has shut down in order and only passes the signal on
            server.run(sockets=[listener])
    console.print("The review queue is closed.")


def address(host: str, port: int) -> str:
    """What to type into a browser on this machine."""
    shown = "localhost" if host in ("0.0.0.0", "::", "127.0.0.1", "::1") else host  # noqa: S104 - compared, not bound
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise _refused(host, port, error) from error
    return listener


def _refused(host: str, port: int, error: OSError) -> ServeError:
    where = f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return ServeError(
            "the port is taken", where=where, remedy=f"Choose another one, for example --port {port + 1}."
        )
    if error.errno == errno.EACCES:
        return ServeError("this port needs more rights", where=where, remedy="Choose a port above 1023.")
    return ServeError(f"cannot listen here ({error.strerror or error})", where=where, remedy="Check --host and --port.")
