"""`phatnguoi camera`: what an operator says of a camera."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.commands.user import COMMAND_LINE
from api.composition import open_store
from api.reports import report_note
from api.settings import load_settings
from api.watch_board import WatchBoard
from detector.camera import load_camera
from evidence.cases import audit
from models.errors import UserError

app = typer.Typer(help="Cameras that are watched.", no_args_is_help=True)


@app.callback()
def _camera() -> None:
    """So that `clear` is a command of its own although it is the only one."""


@app.command("clear")
def clear(
    camera: Annotated[
        Path, typer.Argument(help="The camera file (YAML) that `watch` was started with.", show_default=False)
    ],
    home: Annotated[
        Path | None, typer.Option("--home", help="The data folder (default: PHATNGUOI_HOME, then ./var).")
    ] = None,
) -> None:
    """Say that a watched camera is right again: its rules start anew, with the geometry that its file now has. First turn
    the camera back or correct its file; the picture of the next seconds counts as right."""
    settings, now = load_settings(home), datetime.now(UTC)
    right, board = load_camera(camera), WatchBoard(settings.watch_folder)
    causes = board.suspended(now=now).get(right.id)
    if causes is None:
        remedy = "Check --home; a `watch` that is started anew needs no clearing."
        raise UserError("no `watch` of this camera is running", where=f"camera {right.id}", remedy=remedy)
    details = {"suspended_for": list(causes), "geometry": right.sha256}
    store = open_store(settings)
    with store.session() as session:  # first: nothing is cleared that is not in the audit log
        audit.append(session, who=COMMAND_LINE, what=f"camera.clear {right.id}", at=now, details=details)
    board.clear(right, now=now)
    report_note(f"{right.id}: {', '.join(causes) or 'nothing'} cleared; `watch` starts its rules anew.")
