"""Seals the violations of one vehicle into an evidence package: one folder, written under a temporary name, flushed,
signed and renamed.

The package appears complete or not at all, and is never rewritten. Its name and its case's id follow from the main
violation itself, so the same violation always leads to the same folder.
"""

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from detector.camera import Camera
from detector.source import Clip, ClipSource, Clock
from detector.vocabulary import Pixels, SignalPhase, TrailPoint, Violation
from evidence.vault import stills as stills_of
from evidence.vault.durable import flush, refusals, write_durably
from evidence.vault.identity import case_id_of, unique_key
from evidence.vault.keys import SiteKey
from evidence.vault.manifest import (
    MANIFEST_FILE,
    SIGNATURE_FILE,
    CameraPart,
    ClipPart,
    ClockPart,
    FileEntry,
    ManifestV2,
    PhasePart,
    PlacePart,
    PlatePart,
    ProvenancePart,
    SealedViolation,
    SignerPart,
    SourcePart,
    StillPart,
    TrailPart,
    UnitPart,
    manifest_bytes,
    with_content_hash,
)
from evidence.vault.overview import captions_for, draw_overview
from evidence.vault.stills import Still, jpeg
from ocr.reading import PlateReading

LEAD = timedelta(seconds=2)
"""How much the clip shows before the violation begins (more, where the keyframe before is further away)."""
TAIL = timedelta(seconds=2)
TRAIL_POINTS_MAX = 3000
"""Longer trails are thinned out evenly: their shape stays, the manifest stays small."""
STAGING = ".staging"

_CLOCK_NOTES = {
    Clock.GIVEN: "start time given by the operator",
    Clock.CONTAINER: "creation time in the file",
    Clock.RECEIVER: "clock of the receiving machine when the stream connected",
    Clock.UNKNOWN: "nobody said when the footage starts; times count from 1970-01-01",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything known about one vehicle's violations when they are sealed, the main one first. `reading` is None where
    no plate was looked for."""

    violations: Sequence[Violation]
    camera: Camera
    source: ClipSource
    reading: PlateReading | None
    trail: Sequence[TrailPoint]
    signal_timeline: Sequence[SignalPhase]
    provenance: ProvenancePart
    unit: UnitPart
    clock_note: str = ""

    @property
    def main(self) -> Violation:
        """The violation that names the case."""
        return self.violations[0]

    @property
    def keys(self) -> tuple[str, ...]:
        """The unique key of each violation."""
        source = self.source
        return tuple(unique_key(source.identity, self.camera.id, one, source.clock) for one in self.violations)


@dataclass(frozen=True, slots=True)
class SealedPackage:
    """A package on disk. `sha256` is that of manifest.json."""

    folder: Path
    manifest: ManifestV2
    sha256: str


def seal(evidence: Evidence, *, packages: Path, key: SiteKey) -> SealedPackage:
    """Write the package of these violations into `packages`.

    Raises EvidenceError (disk full, not writable) or FootageError (no clip can be cut); then nothing visible is left.
    Raises FileExistsError when the package is already there.
    """
    case_id = case_id_of(evidence.keys[0])
    with refusals(packages, "cannot write the evidence package"), _staged(packages, case_id) as folder:
        manifest = _fill(folder, evidence, case_id, key)
        content = manifest_bytes(manifest)
        write_durably(folder / MANIFEST_FILE, content)
        write_durably(folder / SIGNATURE_FILE, key.sign(content))
        flush(folder)
        _publish(folder, packages / case_id)
    return SealedPackage(packages / case_id, manifest, hashlib.sha256(content).hexdigest())


def remove_abandoned(packages: Path) -> int:
    """Remove what dead programs left half-written; what a living one is writing is locked and stays."""
    removed = 0
    with refusals(packages, "cannot tidy up the evidence folder"):
        for folder in sorted((packages / STAGING).glob("*")):
            with _locked(folder) as is_ours:
                if is_ours:
                    shutil.rmtree(folder)
                    removed += 1
    return removed


def _fill(folder: Path, evidence: Evidence, case_id: str, key: SiteKey) -> ManifestV2:
    from_at = min(violation.from_at for violation in evidence.violations) - LEAD
    to_at = max(violation.to_at for violation in evidence.violations) + TAIL
    clip = evidence.source.write_clip(folder / "clip.mp4", from_at, to_at)
    flush(clip.path)
    times = stills_of.wanted_times(evidence.main, evidence.trail, evidence.source.size_wh)
    times |= {_during(number): one.captured_at for number, one in enumerate(evidence.violations, start=1)}
    pictures = stills_of.decode_stills(clip, times)
    for name, still in pictures.items():
        write_durably(folder / f"{name}.jpg", jpeg(still.pixels))
    if evidence.reading is not None and evidence.reading.crop is not None and evidence.reading.crop.size:
        write_durably(folder / "plate.jpg", jpeg(evidence.reading.crop))
    write_durably(folder / "overview.jpg", jpeg(_overview(pictures["during"], evidence, case_id)))
    files = tuple(_entry(path) for path in sorted(folder.iterdir()))
    return with_content_hash(_manifest(evidence, case_id, clip, pictures, files, key))


def _overview(during: Still, evidence: Evidence, case_id: str) -> Pixels:
    plate = evidence.reading.text if evidence.reading else None
    return draw_overview(
        during.pixels,
        evidence.main,
        evidence.camera,
        trail=evidence.trail,
        signal_timeline=evidence.signal_timeline,
        captions=captions_for(evidence.violations, evidence.camera, plate, case_id),
    )


def _manifest(
    evidence: Evidence,
    case_id: str,
    clip: Clip,
    pictures: Mapping[str, Still],
    files: tuple[FileEntry, ...],
    key: SiteKey,
) -> ManifestV2:
    camera, identity, clock = evidence.camera, evidence.source.identity, evidence.source.clock
    place = camera.place
    taken = [
        StillPart(name=f"{name}.jpg", frame=still.source_frame, captured_at=still.captured_at, derived=False)
        for name, still in pictures.items()
    ]
    during = pictures["during"]
    taken.append(
        StillPart(name="overview.jpg", frame=during.source_frame, captured_at=during.captured_at, derived=True)
    )
    return ManifestV2(
        case_id=case_id,
        unique_key=evidence.keys[0],
        camera=CameraPart(
            id=camera.id, name=camera.name, geometry_sha256=camera.sha256, resolution_wh=camera.resolution_wh
        ),
        place=PlacePart(
            address=place.address,
            commune=place.commune,
            province=place.province,
            latitude=place.latitude,
            longitude=place.longitude,
        )
        if place
        else PlacePart(),
        unit=evidence.unit,
        source=SourcePart(kind=identity.kind, name=identity.name, sha256=identity.sha256),
        clock=ClockPart(state=clock.value, note=evidence.clock_note or _CLOCK_NOTES[clock]),
        violations=tuple(
            _sealed_violation(one, key=own_key, still=f"{_during(number)}.jpg")
            for number, (one, own_key) in enumerate(zip(evidence.violations, evidence.keys, strict=True), start=1)
        ),
        signal_timeline=tuple(
            PhasePart(signal=one.signal, phase=one.phase.value, since=one.since, not_before=one.not_before)
            for one in evidence.signal_timeline
        ),
        trail=_trail_part(evidence.trail),
        plate=_plate_part(evidence.reading),
        clip=ClipPart(
            name=clip.path.name,
            codec=clip.codec,
            first_at=clip.first_at,
            last_at=clip.last_at,
            first_frame=clip.first_frame_index,
        ),
        stills=tuple(taken),
        provenance=evidence.provenance,
        signer=SignerPart(algorithm="Ed25519", key_sha256=key.public.sha256),
        files=files,
    )


def _during(number: int) -> str:
    """The name of the picture of a violation's moment, by its place in the package (from 1)."""
    return "during" if number == 1 else f"during_{number}"


def _sealed_violation(violation: Violation, *, key: str, still: str) -> SealedViolation:
    return SealedViolation(
        unique_key=key,
        still=still,
        code=violation.code,
        rule=violation.rule,
        track_id=violation.track_id,
        vehicle_class=violation.vehicle_class.value,
        captured_at=violation.captured_at,
        from_at=violation.from_at,
        to_at=violation.to_at,
        frame=violation.frame,
        from_frame=violation.from_frame,
        to_frame=violation.to_frame,
        box_xyxy=violation.box_xyxy,
        movement=violation.movement.value,
        signal_phase=violation.signal_phase.value if violation.signal_phase else None,
        certainty=violation.certainty.value,
        facts=dict(violation.facts),
    )


def _trail_part(trail: Sequence[TrailPoint]) -> tuple[TrailPart, ...]:
    step = 1 + (len(trail) - 1) // TRAIL_POINTS_MAX if trail else 1
    return tuple(
        TrailPart(frame=point.frame_index, captured_at=point.captured_at, box_xyxy=point.box_xyxy)
        for point in trail[::step]
    )


def _plate_part(reading: PlateReading | None) -> PlatePart | None:
    if reading is None:
        return None
    return PlatePart(
        text=reading.text,
        status=reading.status.value,
        confidence=reading.confidence,
        char_confidences=reading.char_confidences,
        lines=reading.lines,
        kind=reading.kind,
        repaired=reading.repaired,
        frame=reading.frame_index,
    )


def _entry(path: Path) -> FileEntry:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileEntry(name=path.name, sha256=digest, size_bytes=path.stat().st_size)


def _publish(folder: Path, target: Path) -> None:
    """Give the complete folder its name. A folder of that name means that somebody else was first."""
    try:
        folder.rename(target)  # refuses to replace a folder that has files in it
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise FileExistsError(errno.EEXIST, "the package is already there", str(target)) from error
        raise
    flush(target.parent)


@contextmanager
def _staged(packages: Path, case_id: str) -> Iterator[Path]:
    """A new locked folder on the same file system, gone at the end unless it was renamed."""
    staging = packages / STAGING
    staging.mkdir(parents=True, exist_ok=True)
    while True:
        folder = Path(tempfile.mkdtemp(dir=staging, prefix=f"{case_id}-"))
        folder.chmod(0o750)
        with _locked(folder) as is_ours:
            if not is_ours:
                continue  # a program that tidies up took it in the instant before the lock
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold the folder's lock if it is free and the folder still there; the system frees it when the holder dies."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = folder.exists()
        except BlockingIOError:
            held = False
        yield held
    finally:
        os.close(descriptor)
