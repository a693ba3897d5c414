"""`phatnguoi feed`: which signal controllers may push phases."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.settings import load_settings
from api.signal_feeds import SignalFeeds
from detector.camera import load_camera

app = typer.Typer(help="Signal controllers that push the phases of their lamps.", no_args_is_help=True)
HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The data folder (default: PHATNGUOI_HOME, then ./var).")
]


@app.command("open")
def open_feed(
    camera: Annotated[Path, typer.Argument(help="The camera file (YAML) whose signals are told.", show_default=False)],
    home: HomeOption = None,
) -> None:
    """Open the feed of a camera's signals. Prints its token once; asked again, a new token takes the place of the old."""
    token = SignalFeeds(load_settings(home).feeds_folder).open(load_camera(camera))
    sys.stdout.write(f"{token}\n")


@app.command("close")
def close_feed(
    camera_id: Annotated[str, typer.Argument(help="The `id` of the camera file.")], home: HomeOption = None
) -> None:
    """Close a feed: its token opens nothing any longer."""
    SignalFeeds(load_settings(home).feeds_folder).close(camera_id)
