"""`phatnguoi demo`: sample footage → cases → the review queue with demo accounts."""

import socket
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

import api
from api.commands.process import footage_progress, process_file, summary
from api.commands.serve import HOST, address, serve_until_interrupted
from api.commands.user import chosen_password
from api.composition import judgement_of, open_books
from api.json_lines import json_lines
from api.settings import Settings, load_settings
from detector.camera import load_camera
from detector.footage import FootageFile
from detector.thresholds import load_thresholds
from evidence.cases import accounts
from evidence.local_time import LOCAL_ZONE
from evidence.store.store import Store
from models.errors import FootageError, UserError

SAMPLES = Path(api.__file__).parent.parent / "sample_videos"
DEMO_HOME = Path("var/demo")
PORTS = range(8000, 8020)
FILMED_AT = time(7, 30)  # morning rush hour, the day before the first start
PUNISHABLE = timedelta(days=300)  # cases expire after a year; an officer needs time to try them out
ACCOUNTS = (
    ("canbo", "Cán bộ trình diễn", accounts.Role.OFFICER),
    ("chihuy", "Chỉ huy trình diễn", accounts.Role.SUPERVISOR),
)


def demo(
    port: Annotated[
        int | None, typer.Option(help="The port to serve on (default: the first free one from 8000).")
    ] = None,
    home: Annotated[Path, typer.Option(help="Where the demo keeps its store and evidence.")] = DEMO_HOME,
    serve: Annotated[bool, typer.Option(help="Serve the review queue afterwards.")] = True,
) -> None:
    """Process the sample footage and open the review queue. A second start finds everything done."""
    settings = load_settings(home)
    if not serve:
        process_samples(settings)
        return
    _process_apart(home)
    chosen = port or free_port()
    console = Console()
    console.print(_welcome(settings, chosen))
    serve_until_interrupted(settings, port=chosen)


def _process_apart(home: Path) -> None:
    """Process the samples in a process that ends: the networks take a gigabyte that serving does not need, and one of their
    libraries leaves a freed signal stack behind, on which the next Ctrl-C would crash."""
    command = [sys.executable, "-m", "api.cli", "demo", "--no-serve", "--home", str(home)]
    done = subprocess.run(command, check=False)  # noqa: S603 - our own command line
    if done.returncode:
        raise typer.Exit(done.returncode)


def process_samples(settings: Settings) -> None:
    """Every sample clip through the pipeline; clips that are done are not processed again."""
    clips = sorted(SAMPLES.glob("*.mp4"))
    if not clips:
        raise FootageError(
            "no sample footage here", where=str(SAMPLES), remedy="Run the demo from a clone of the project."
        )
    books = open_books(settings)
    console = Console(stderr=True)
    with json_lines(None) as write, footage_progress() as progress:
        for clip in clips:
            judgement = judgement_of(load_camera(clip.with_suffix(".yaml")), load_thresholds(None))
            report = process_file(clip, _start_of(clip, settings), judgement, books, write, progress)
            console.print(f"{clip.name}: {summary(report, stored=True)}")


def free_port() -> int:
    """The first port of `PORTS` that nobody listens on."""
    for port in PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise UserError(f"ports {PORTS.start} to {PORTS.stop - 1} are all taken", remedy="Give a free one with --port.")


def _start_of(clip: Path, settings: Settings) -> datetime | None:
    """None (the time in the file, which is also burnt into its picture) while cases of it can still be punished; later
    the day before the first start of the demo, so that a second start finds the same cases."""
    if datetime.now(UTC) - FootageFile(clip).started_at < PUNISHABLE:
        return None
    note = settings.home / "filmed_at.txt"
    if note.exists():
        return datetime.fromisoformat(note.read_text().strip())
    yesterday = (datetime.now(UTC) - timedelta(days=1)).astimezone(LOCAL_ZONE).date()
    filmed_at = datetime.combine(yesterday, FILMED_AT, LOCAL_ZONE)
    note.write_text(filmed_at.isoformat())
    return filmed_at


def _welcome(settings: Settings, port: int) -> Table:
    """The address and the accounts. Passwords are made anew at every start; the store holds only their hashes."""
    store = Store.open(settings.store_url)
    title = f"Review queue: {address(HOST, port)}"
    table = Table("account", "password", "may", title=title, title_style="bold")
    with store.session() as session:
        for username, full_name, role in ACCOUNTS:
            password = chosen_password(from_stdin=False)
            if accounts.find_account(session, username):
                accounts.set_password(session, username=username, password=password)
            else:
                accounts.create_user(
                    session,
                    username=username,
                    full_name=full_name,
                    role=role,
                    password=password,
                    at=datetime.now(UTC),
                )
            table.add_row(username, password, "confirm and reject" if role.decides else role.value)
    store.close()
    table.caption = "Ctrl-C ends it."
    return table
