"""Puts the rooms together: which weights, readers, store and vault a command runs on."""

import hashlib
import json
from dataclasses import asdict
from importlib.metadata import version

from api.footage_run import Judgement
from api.reports import report_warning
from api.run_book import Books
from api.settings import Settings
from detector.camera import Camera
from detector.detect import BoxDetector, make_backend, run_by
from detector.observe import Observer, vehicle_weights
from detector.phase_log import PhaseLog
from detector.thresholds import Thresholds
from detector.told import ToldObserver, VersionedObserver
from detector.vocabulary import Pixels
from evidence.cases.unit import load_unit
from evidence.recorder import Recorder
from evidence.store.store import Store
from evidence.vault.manifest import HashedPart, ProvenancePart, UnitPart
from evidence.vault.vault import Vault
from models.registry import ROLES, Weights, load_weights
from ocr.find import PlateBox
from ocr.reader import PlateReader

PROGRAM = "phatnguoi"


class WeightsPlateFinder:
    """Plates in one vehicle's picture, by the weights of the role `plates`. A `PlateFinder` for the ocr room."""

    def __init__(self, backend: str = "openvino") -> None:
        weights = load_weights("plates")
        self._boxes = BoxDetector(weights, make_backend(backend, weights))

    def __call__(self, vehicle_pixels: Pixels, /) -> list[PlateBox]:
        """Every plate in (height, width, 3) BGR pixels, most confident first."""
        return [PlateBox(box.box_xyxy, box.confidence) for box in self._boxes.detect([vehicle_pixels])[0]]


def judgement_of(
    camera: Camera, thresholds: Thresholds, *, backend: str = "openvino", phases: PhaseLog | None = None
) -> Judgement:
    """What decides the verdicts on this camera, and how the manifest names it. `phases`: what its controller logged."""

    def observer(seen: Camera) -> VersionedObserver:
        alone = Observer(seen, backend=backend)
        return ToldObserver(alone, phases.anew()) if phases else alone

    return Judgement(
        camera=camera,
        thresholds=thresholds,
        observer_of=observer,
        reader=lambda: PlateReader(find_plates=WeightsPlateFinder(backend)),
        provenance=_provenance(camera, thresholds, backend, phases),
    )


def open_store(settings: Settings) -> Store:
    """The store, with its tables brought up to date."""
    settings.home.mkdir(parents=True, exist_ok=True)
    store = Store.open(settings.store_url)
    store.migrate()
    return store


def open_books(settings: Settings) -> Books:
    """Store, vault and recorder, with whatever a crash left behind mended first.

    Raises UserError where a folder, the key or the store cannot be used.
    """
    store = open_store(settings)
    vault = Vault.open(settings.packages_folder, settings.keys_folder)
    unit = load_unit()
    recorder = Recorder(store, vault, unit=UnitPart(code=unit.code, name=unit.name))
    swept = recorder.sweep()
    for name in swept.refused:
        report_warning(f"{settings.packages_folder / name}: the package was damaged and has been set aside.")
    return Books(store=store, recorder=recorder, runs_folder=settings.runs_folder)


def _provenance(camera: Camera, thresholds: Thresholds, backend: str, phases: PhaseLog | None) -> ProvenancePart:
    """Names everything that had a say in the verdict, with its hash."""
    others = [load_weights(role) for role in ROLES if role not in ("vehicles", "plate_text")]
    # Plate text always runs on the processor, whatever runs the rest.
    roles = [run_by(backend, weights) for weights in (vehicle_weights(camera), *others)]
    roles.append(run_by("openvino", load_weights("plate_text")))
    return ProvenancePart(
        program=PROGRAM,
        program_version=version(PROGRAM),
        models=tuple(_model_part(weights) for weights in roles),
        configs=(
            HashedPart(name=f"camera {camera.id}", version="1", sha256=camera.sha256),
            HashedPart(name="thresholds", version="1", sha256=_sha256_of(asdict(thresholds))),
            *([HashedPart(name=f"phases {phases.name}", version="1", sha256=phases.sha256)] if phases else []),
        ),
    )


def _model_part(weights: Weights) -> HashedPart:
    return HashedPart(name=weights.role, version=weights.version, sha256=weights.sha256)


def _sha256_of(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
