"""`phatnguoi doctor`: is everything here, and does it work? Each check says what to do when it fails."""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import psutil
import typer
from rich.console import Console

from api.composition import WeightsPlateFinder, open_store
from api.settings import Settings, load_settings
from detector.detect import VehicleDetector, make_backend
from detector.heads import load_head_detector
from detector.lamp_network import LampReader
from detector.thresholds import load_thresholds
from evidence.cases.unit import load_unit
from evidence.vault.vault import Vault
from models.errors import UserError
from models.registry import load_weights
from ocr.paddle_text import PaddleTextReader
from ocr.plate_text import PlateTextReader
from ocr.reading import TextReader
from ocr.rectify import as_cut

FREE_GB_MIN = 5.0  # a case takes about 5 MB: room for a thousand
MEMORY_GB_MIN = 3.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be true. `run` returns what was found, or raises UserError."""

    name: str
    run: Callable[[], str]


def doctor(
    home: Annotated[Path | None, typer.Option(help="The data folder (default: PHATNGUOI_HOME, then ./var).")] = None,
) -> None:
    """Check this installation: weights, readers, store, key, disk. Exit status 1 where something is wrong."""
    console = Console()
    failed = 0
    for check in _checks(load_settings(home)):
        try:
            console.print(f"[green]ok[/]    {check.name}: {check.run()}")
        except UserError as error:
            failed += 1
            console.print(f"[red]wrong[/] {check.name}: {error.line()}", highlight=False)
    if failed:
        raise typer.Exit(1)


def _checks(settings: Settings) -> list[Check]:
    return [
        Check("python", lambda: f"{platform.python_version()} on {platform.machine()}"),
        Check("memory", _memory),
        Check("vehicle and head weights", _eyes),
        Check("plate reader", _reader),
        Check("thresholds", lambda: f"{type(load_thresholds(None)).__name__} read"),
        Check("unit", lambda: load_unit().name),
        Check("store", lambda: _store(settings)),
        Check("evidence folder and key", lambda: _vault(settings)),
        Check("disk", lambda: _disk(settings)),
    ]


def _memory() -> str:
    total_gb = psutil.virtual_memory().total / 1e9
    if total_gb < MEMORY_GB_MIN:
        raise UserError(f"{total_gb:.1f} GB is little", remedy=f"Use a machine with {MEMORY_GB_MIN:.0f} GB or more.")
    return f"{total_gb:.1f} GB"


def _eyes() -> str:
    """Loads the networks and runs them once on a grey picture."""
    grey = np.full((360, 640, 3), 114, np.uint8)
    vehicles, heads, lamps = (load_weights(role) for role in ("vehicles", "heads", "lamps"))
    VehicleDetector(vehicles, make_backend("openvino", vehicles)).detect([grey])
    load_head_detector("openvino").detect(grey, [(100.0, 50.0, 200.0, 300.0)])
    LampReader(lamps, make_backend("openvino", lamps)).read(grey, {"main": (10.0, 10.0, 34.0, 70.0)})
    return f"{vehicles.version}, {heads.version} and {lamps.version}"


def _reader() -> str:
    WeightsPlateFinder()(np.full((320, 320, 3), 114, np.uint8))
    plate = as_cut(np.full((70, 95, 3), 200, np.uint8))
    readers: tuple[TextReader, ...] = (PlateTextReader(), PaddleTextReader())
    for reader in readers:
        reader.read([plate])
    return "finds and reads"


def _store(settings: Settings) -> str:
    store = open_store(settings)
    store.close()
    return "opens and is up to date"


def _vault(settings: Settings) -> str:
    return f"key {Vault.open(settings.packages_folder, settings.keys_folder).key.public.sha256[:16]}"


def _disk(settings: Settings) -> str:
    free_gb = psutil.disk_usage(str(settings.home)).free / 1e9
    if free_gb < FREE_GB_MIN:
        raise UserError(f"{free_gb:.1f} GB free", where=str(settings.home), remedy="Free some space before recording.")
    return f"{free_gb:.0f} GB free"
