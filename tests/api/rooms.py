"""A review room over a temporary home: real store, real vault, real sealed cases."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from api.settings import Settings, load_settings
from detector.vocabulary import Certainty, VehicleClass
from evidence.cases import accounts
from evidence.cases.accounts import Role
from evidence.recorder import Recorder
from evidence.store.store import Store
from evidence.vault.vault import Vault
from ocr.reading import ReadingStatus
from tests.api import footage

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
PASSWORD = "mot-cau-rat-dai-de-nho"


@dataclass(slots=True)
class Room:
    """The home with its cases; times stand still at `now`."""

    settings: Settings
    cases: dict[str, str] = field(default_factory=dict)
    now: datetime = NOW

    def clock(self) -> datetime:
        return self.now


LANE = {"code": "WRONG_LANE", "rule": "wrong_lane", "vehicle": VehicleClass.TRUCK}
HELMET = {
    "code": "HELMET_RIDER",
    "rule": "helmet",
    "vehicle": VehicleClass.MOTORCYCLE,
    "certainty": Certainty.DOUBTFUL,
}
RIDER = HELMET | {"certainty": Certainty.SURE}
SCRIPT: tuple[tuple[str, str, ReadingStatus, float, dict[str, Any]], ...] = (
    ("clear", "51F97022", ReadingStatus.ACCEPTED, 0.97, {}),
    ("doubtful", "30A1234", ReadingStatus.DOUBTFUL, 0.41, {}),
    ("lane", "29C56789", ReadingStatus.ACCEPTED, 0.95, LANE),
    ("unreadable", "", ReadingStatus.UNREADABLE, 0.0, HELMET),
)


def furnish(folder: Path) -> Room:
    """Record the cases of `SCRIPT` and open one account per role; the password is `PASSWORD`."""
    settings = load_settings(folder / "home")
    store = Store.open(settings.store_url)
    store.migrate()
    with store.session() as session:
        for role in Role:
            accounts.create_user(
                session, username=role.value, full_name=f"Nguyễn Văn {role.value}", role=role, password=PASSWORD, at=NOW
            )
    room = Room(settings)
    vault = Vault.open(settings.packages_folder, settings.keys_folder)
    recorder = Recorder(store, vault, unit=footage.UNIT, now=lambda: NOW)
    camera = footage.camera(folder)
    for seed, (name, plate, status, weakest, changes) in enumerate(SCRIPT):
        source = footage.footage(folder, seed)
        start = source.started_at
        (room.cases[name],) = recorder.record(
            [footage.violation(start, **changes)],
            camera=camera,
            reading=footage.reading(plate, status, weakest),
            source=source,
            trail=footage.trail(start),
            signal_timeline=footage.signals(start),
            provenance=footage.PROVENANCE,
        )
    store.close()
    return room


def record_rider(room: Room, folder: Path) -> str:
    """One case more, the latest: a rider runs the red light bare-headed with a bare-headed passenger."""
    store = Store.open(room.settings.store_url)
    vault = Vault.open(room.settings.packages_folder, room.settings.keys_folder)
    source = footage.footage(folder, len(SCRIPT))
    start = source.started_at
    red = footage.violation(start, vehicle=VehicleClass.MOTORCYCLE)
    rider = replace(
        footage.violation(start, **RIDER),
        captured_at=red.captured_at - timedelta(seconds=1.2),
        frame=red.frame - 30,
        facts={"looks_bare": 7, "head_box": [300.0, 170.0, 322.0, 194.0]},
    )
    passenger = replace(
        rider, code="HELMET_PASSENGER", captured_at=red.captured_at + timedelta(seconds=1), frame=red.frame + 25
    )
    (case_id,) = Recorder(store, vault, unit=footage.UNIT, now=lambda: NOW).record(
        [rider, passenger, red],
        camera=footage.camera(folder),
        reading=footage.reading("29B112345", ReadingStatus.ACCEPTED),
        source=source,
        trail=footage.trail(start),
        signal_timeline=footage.signals(start),
        provenance=footage.PROVENANCE,
    )
    store.close()
    return case_id
