"""`phatnguoi watch`: live cameras. One thread per camera; a lost stream is reconnected until Ctrl-C."""

import threading
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from api.camera_watch import CameraWatch
from api.composition import judgement_of, open_books
from api.footage_run import Judgement
from api.reports import finish, report_error
from api.settings import load_settings
from api.signal_feeds import SignalFeeds
from api.watch_board import WatchBoard
from detector.camera import load_camera
from detector.thresholds import Thresholds, load_thresholds
from models.errors import CameraFileError, UserError

LOOK_S = 0.5  # how often the main thread looks whether cameras have ended or were cleared


def watch(
    camera: Annotated[
        list[Path], typer.Option(help="A camera file (YAML) with its `source`; give the option once per camera.")
    ],
    home: Annotated[Path | None, typer.Option(help="The data folder (default: PHATNGUOI_HOME, then ./var).")] = None,
    thresholds: Annotated[Path | None, typer.Option(help="A YAML file with the thresholds that differ.")] = None,
    backend: Annotated[str, typer.Option(help="What runs the networks: openvino or cuda.")] = "openvino",
) -> None:
    """Watch live cameras and record cases until Ctrl-C."""
    limits = load_thresholds(thresholds)
    settings = load_settings(home)
    books, feeds, board = open_books(settings), SignalFeeds(settings.feeds_folder), WatchBoard(settings.watch_folder)
    watches, failed = [], 0
    for path in camera:
        try:
            watches.append(CameraWatch(partial(_judgement, path, limits, backend), books, feeds, board))
        except UserError as error:
            failed += 1
            report_error(error)
    try:
        for each in watches:
            each.start()
        while not all(each.has_ended for each in watches):
            for each in watches:
                each.look()
            threading.Event().wait(LOOK_S)
    finally:
        for each in watches:
            each.stop()
    finish(failed + sum(each.failed for each in watches), len(camera))


def _judgement(path: Path, limits: Thresholds, backend: str) -> Judgement:
    camera = load_camera(path)
    if not camera.source:
        raise CameraFileError(
            "a live camera needs its stream",
            where=f"{path}: source",
            remedy="Add `source: rtsp://…`, or use `process`.",
        )
    return judgement_of(camera, limits, backend=backend)
