"""A sealed package: what is in it, that it shows the right moments, and that it appears whole or not at all."""

import errno
import json
import os
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from evidence_samples import (
    CAMERA,
    FPS,
    NOW,
    PROVENANCE,
    SIZE_WH,
    START,
    UNIT,
    at_s,
    make_reading,
    make_violation,
    number_in,
    surroundings,
)

from detector.footage import FootageFile
from detector.source import Clock, SourceIdentity
from detector.vocabulary import Box, Phase, SignalPhase, TrailPoint, Violation
from evidence.vault import Evidence, SealedPackage, Vault, load_or_create, verify
from evidence.vault.identity import case_id_of, unique_key
from evidence.vault.manifest import PhasePart, canonical_json, manifest_bytes, parse_manifest
from evidence.vault.overview import MARK, draw_overview
from evidence.vault.package import STAGING, TRAIL_POINTS_MAX
from evidence.vault.stills import wanted_times
from models.errors import EvidenceError, FootageError
from ocr.reading import unreadable

FILES = {
    "manifest.json", "manifest.sig", "clip.mp4", "before.jpg", "during.jpg", "after.jpg", "plate.jpg", "overview.jpg"
}  # fmt: skip


def evidence_of(violation: Violation, source: FootageFile, **changes: object) -> Evidence:
    evidence = Evidence(
        violations=[violation],
        source=source,
        reading=make_reading(),
        unit=UNIT,
        **surroundings(violation),  # type: ignore[arg-type]
    )
    return replace(evidence, **changes)  # type: ignore[arg-type]


@pytest.fixture
def sealed(vault: Vault, source: FootageFile) -> SealedPackage:
    return vault.seal(evidence_of(make_violation(), source))


def picture(sealed: SealedPackage, name: str) -> np.ndarray:
    pixels = cv2.imread(str(sealed.folder / name))
    assert pixels is not None
    return pixels


def test_a_package_holds_what_the_design_names(sealed: SealedPackage, vault: Vault) -> None:
    assert {path.name for path in sealed.folder.iterdir()} == FILES
    assert verify(sealed.folder, vault.key.public) == []
    assert sealed.folder.name == sealed.manifest.case_id
    manifest = json.loads((sealed.folder / "manifest.json").read_bytes())
    assert manifest["camera"]["geometry_sha256"] == CAMERA.sha256
    assert manifest["violations"][0]["facts"] == {"red_elapsed_s": 3.25, "stop_line": "south"}
    assert manifest["signal_timeline"] == [{"signal": "main", "phase": "red", "since": "2026-11-20T01:00:00.750000Z"}]
    assert manifest["clock"]["state"] == "given"
    assert manifest["plate"]["text"] == "29B112345"
    assert manifest["provenance"]["models"][0]["sha256"] == "1" * 64
    assert len(manifest["source"]["sha256"]) == 64
    assert {entry["name"] for entry in manifest["files"]} == FILES - {"manifest.json", "manifest.sig"}


def test_the_stills_show_the_moments_they_name(sealed: SealedPackage) -> None:
    for name, frame in {"before": 30, "during": 40, "after": 50}.items():
        assert number_in(picture(sealed, f"{name}.jpg")) == frame
        still = sealed.manifest.still(f"{name}.jpg")
        assert still is not None
        assert (still.frame, still.captured_at, still.derived) == (frame, at_s(frame / FPS), False)


def test_the_clip_covers_before_during_and_after(sealed: SealedPackage) -> None:
    clip = sealed.manifest.clip
    frames = list(FootageFile(sealed.folder / clip.name, start_at=clip.first_at).frames())
    assert clip.first_frame is not None
    assert [number_in(frame.pixels) for frame in frames] == list(
        range(clip.first_frame, clip.first_frame + len(frames))
    )
    assert clip.first_at == at_s(clip.first_frame / FPS) <= at_s(1)
    assert frames[-1].captured_at >= at_s(7)


def test_moments_that_fall_together_are_spread(vault: Vault, source: FootageFile) -> None:
    violation = make_violation(from_at=at_s(4), to_at=at_s(4), captured_at=at_s(4))
    sealed = vault.seal(evidence_of(violation, source))
    assert [number_in(picture(sealed, f"{name}.jpg")) for name in ("before", "during", "after")] == [30, 40, 50]


def test_a_violation_at_the_edge_of_the_footage_is_sealed(vault: Vault, source: FootageFile) -> None:
    violation = make_violation(from_at=at_s(0), captured_at=at_s(0), to_at=at_s(20))
    sealed = vault.seal(evidence_of(violation, source))
    assert number_in(picture(sealed, "after.jpg")) == 49  # the last look at the vehicle
    assert verify(sealed.folder, vault.key.public) == []


@pytest.mark.parametrize("reading", [None, unreadable()])
def test_a_package_without_a_plate_is_complete(vault: Vault, source: FootageFile, reading: object) -> None:
    sealed = vault.seal(evidence_of(make_violation(), source, reading=reading))
    assert {path.name for path in sealed.folder.iterdir()} == FILES - {"plate.jpg"}
    assert verify(sealed.folder, vault.key.public) == []


def test_the_overview_is_drawn_on_a_copy_and_hides_nothing(sealed: SealedPackage) -> None:
    overview, during = picture(sealed, "overview.jpg"), picture(sealed, "during.jpg")
    assert overview.shape[0] > during.shape[0] == SIZE_WH[1]
    assert overview.shape[1] == during.shape[1]
    line = overview[150, 60].astype(int)  # on the stop line: red, BGR
    assert line[2] > 200 > line[0]
    still = sealed.manifest.still("overview.jpg")
    assert still is not None
    assert still.derived
    assert "ẢNH MINH HOẠ" in MARK


def test_an_overview_of_a_bare_camera_has_the_vehicle_only() -> None:
    grey = np.full((SIZE_WH[1], SIZE_WH[0], 3), 60, np.uint8)
    bare = replace(CAMERA, lanes=(), stop_lines=(), signals=())
    drawn = draw_overview(grey, make_violation(), bare, trail=(), signal_timeline=(), captions=())
    changed = np.argwhere((drawn[: SIZE_WH[1]] != 60).any(axis=2))
    assert changed.min(axis=0).tolist() >= [118, 98]
    assert changed.max(axis=0).tolist() <= [183, 143]


def test_the_same_violation_makes_the_same_package(tmp_path: Path, source: FootageFile) -> None:
    key = load_or_create(tmp_path / "keys")
    twice = [Vault(tmp_path / name, key).seal(evidence_of(make_violation(), source)) for name in ("first", "second")]
    contents = [{path.name: path.read_bytes() for path in sealed.folder.iterdir()} for sealed in twice]
    assert contents[0] == contents[1]


def test_a_package_is_never_rewritten(sealed: SealedPackage, vault: Vault, source: FootageFile) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in sealed.folder.iterdir()}
    with pytest.raises(FileExistsError):
        vault.seal(evidence_of(make_violation(), source))
    assert {path.name: path.stat().st_mtime_ns for path in sealed.folder.iterdir()} == before
    assert list((vault.packages / STAGING).iterdir()) == []


@pytest.mark.parametrize("failing_call", range(1, 11))
def test_a_full_disk_at_any_write_is_one_line_and_leaves_nothing(
    vault: Vault, source: FootageFile, monkeypatch: pytest.MonkeyPatch, failing_call: int
) -> None:
    calls, fsync = 0, os.fsync

    def full(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == failing_call:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EvidenceError, match="no space left") as refused:
        vault.seal(evidence_of(make_violation(), source))
    assert "\n" not in refused.value.line()
    monkeypatch.undo()
    # The last flush comes after the rename: by then the package is whole, and it is adopted at the next try.
    assert vault.package_names() == [] or vault.findings(vault.package_names()[0]) == []
    assert list((vault.packages / STAGING).iterdir()) == []
    assert failing_call == 10 or vault.package_names() == []


def test_a_file_size_limit_is_one_line_and_leaves_nothing(tmp_path: Path, footage_path: Path) -> None:
    """The kernel's own refusal, not an imitated one: no file of the process may pass 3000 bytes."""
    code = f"""
import resource, signal, sys
sys.path[:0] = {[str(Path(__file__).parents[2]), str(Path(__file__).parent)]}
from pathlib import Path
from test_vault_package import evidence_of, FootageFile, START, Vault, make_violation
from models.errors import UserError
vault = Vault.open(Path({str(tmp_path)!r}) / "packages", Path({str(tmp_path)!r}) / "keys")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
try:
    vault.seal(evidence_of(make_violation(), FootageFile(Path({str(footage_path)!r}), start_at=START)))
except UserError as error:
    print(error.line())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.strip().splitlines()) == 1
    assert [path.name for path in (tmp_path / "packages").iterdir()] == [STAGING]
    assert list((tmp_path / "packages" / STAGING).iterdir()) == []


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("a file where the folder should be")
    for packages, keys in (("in-the-way", "keys"), ("packages", "in-the-way")):
        with pytest.raises(EvidenceError, match=r"in-the-way: .*not a directory"):
            Vault.open(tmp_path / packages, tmp_path / keys)


def test_a_source_that_gives_no_clip_leaves_nothing(vault: Vault) -> None:
    class Gone:
        identity = SourceIdentity("stream", "rtsp://camera/1", None)
        clock = Clock.RECEIVER

        def write_clip(self, path: Path, from_at: object, to_at: object) -> None:
            path.write_bytes(b"half a clip")
            raise FootageError("the stream is gone")

    with pytest.raises(FootageError, match="the stream is gone"):
        vault.seal(evidence_of(make_violation(), Gone()))  # type: ignore[arg-type]
    assert vault.package_names() == []
    assert list((vault.packages / STAGING).iterdir()) == []


def test_what_a_living_program_is_writing_is_not_tidied_away(vault: Vault, source: FootageFile) -> None:
    writing, go_on = threading.Event(), threading.Event()

    class Slow:
        identity, size_wh, clock = source.identity, source.size_wh, source.clock

        def write_clip(self, path: Path, from_at: object, to_at: object) -> object:
            writing.set()
            go_on.wait(30)
            return source.write_clip(path, from_at, to_at)  # type: ignore[arg-type]

    thread = threading.Thread(target=vault.seal, args=(evidence_of(make_violation(), Slow()),))  # type: ignore[arg-type]
    thread.start()
    assert writing.wait(30)
    (vault.packages / STAGING / "PN-abandoned").mkdir()
    assert vault.remove_abandoned() == 1
    go_on.set()
    thread.join()
    assert len(vault.package_names()) == 1


def test_a_very_long_trail_is_thinned_out(vault: Vault, source: FootageFile) -> None:
    trail = [TrailPoint(n, START + timedelta(milliseconds=n), (0.5, 0, n, n)) for n in range(TRAIL_POINTS_MAX * 2 + 5)]
    sealed = vault.seal(evidence_of(make_violation(), source, trail=trail))
    frames = [point.frame for point in sealed.manifest.trail]
    assert len(frames) <= TRAIL_POINTS_MAX
    assert frames == list(range(0, len(trail), 3))


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("boxes", "after_s"),
    [
        pytest.param(
            [(10, 10, 40, 60), (10, 8, 40, 50), (10, 6, 40, 40)], 3, id="in sight all the time: the last look"
        ),
        pytest.param(
            [(10, 10, 40, 60), (10, 0, 40, 30), (10, 0, 40, 12)], 1, id="leaving at the top: the last whole one"
        ),
        pytest.param(
            [(70, 10, 100, 60), (80, 8, 100, 50), (90, 6, 100, 40)], 4, id="never whole: as late as the verdict"
        ),
        pytest.param([], 4, id="no trail: as late as the verdict"),
    ],
)
def test_the_picture_after_shows_the_vehicle(boxes: list[Box], after_s: int) -> None:
    violation = make_violation()
    violation = replace(violation, to_at=violation.captured_at + 4 * SECOND)
    trail = [TrailPoint(50 + n, violation.captured_at + n * SECOND, box) for n, box in enumerate(boxes, start=1)]
    assert wanted_times(violation, trail, (100, 80))["after"] == violation.captured_at + after_s * SECOND


class TestIdentity:
    FILE = SourceIdentity("file", "a.mp4", "f" * 64)
    STREAM = SourceIdentity("stream", "rtsp://camera/1", None)

    def test_of_a_file_does_not_depend_on_its_name_or_start_time(self) -> None:
        renamed = replace(self.FILE, name="b.mp4")
        later = make_violation(captured_at=NOW, track_id=99)
        assert unique_key(self.FILE, "c", make_violation(), Clock.GIVEN) == unique_key(
            renamed, "c", later, Clock.CONTAINER
        )

    @pytest.mark.parametrize("changes", [{"frame": 41}, {"code": "WRONG_LANE"}, {"box_xyxy": (1.0, 2.0, 3.0, 4.0)}])
    def test_of_different_violations_differs(self, changes: dict[str, object]) -> None:
        assert unique_key(self.FILE, "c", make_violation(), Clock.GIVEN) != unique_key(
            self.FILE, "c", make_violation(**changes), Clock.GIVEN
        )

    def test_of_a_stream_is_its_own_time_because_frames_count_anew(self) -> None:
        first, restarted = make_violation(frame=40), make_violation(frame=3)
        assert unique_key(self.STREAM, "c", first, Clock.RECEIVER) == unique_key(
            self.STREAM, "c", restarted, Clock.RECEIVER
        )
        assert unique_key(self.STREAM, "c", first, Clock.RECEIVER) != unique_key(
            self.STREAM, "c", make_violation(1), Clock.RECEIVER
        )

    def test_of_undated_footage_is_not_that_of_the_same_footage_with_its_time(self) -> None:
        undated = unique_key(self.FILE, "c", make_violation(), Clock.UNKNOWN)
        assert undated != unique_key(self.FILE, "c", make_violation(), Clock.GIVEN)

    def test_makes_ids_that_can_be_read_aloud(self) -> None:
        ids = {case_id_of(f"{n:064x}".replace("0", "a")) for n in range(1, 200)}
        assert all(set(case_id[2:]) <= set("-0123456789ABCDEFGHJKMNPQRSTVWXYZ") for case_id in ids)


class TestManifest:
    def test_has_one_spelling(self) -> None:
        assert canonical_json({"b": [-0.0, 1.0, 0.1], "a": "Đ"}) == '{"a":"Đ","b":[0.0,1.0,0.1]}'.encode()

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), {1: 2}, np.float32(1), object()])
    def test_refuses_what_has_no_spelling(self, value: object) -> None:
        with pytest.raises(ValueError):
            canonical_json(value)  # type: ignore[arg-type]

    def test_reads_back_as_written(self, sealed: SealedPackage) -> None:
        content = (sealed.folder / "manifest.json").read_bytes()
        assert parse_manifest(content, where="x") == sealed.manifest
        assert manifest_bytes(sealed.manifest) == content

    def test_in_another_spelling_is_refused(self, sealed: SealedPackage) -> None:
        content = (sealed.folder / "manifest.json").read_bytes()
        with pytest.raises(EvidenceError, match="canonical"):
            parse_manifest(json.dumps(json.loads(content)).encode(), where="x")


class TestKeys:
    def test_are_made_once_and_kept_from_others(self, tmp_path: Path) -> None:
        folder = tmp_path / "deep" / "keys"
        first, second = load_or_create(folder), load_or_create(folder)
        assert first.public.sha256 == second.public.sha256
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "site.pem").stat().st_mode) == 0o600
        assert b"PRIVATE" not in (folder / "site.pub.pem").read_bytes()
        assert "PRIVATE" not in repr(first)

    def test_of_programs_that_start_together_are_one(self, tmp_path: Path) -> None:
        found: list[str] = []
        threads = [
            threading.Thread(target=lambda: found.append(load_or_create(tmp_path / "keys").public.sha256))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(found), len(set(found))) == (8, 1)

    def test_that_others_can_read_are_refused(self, tmp_path: Path) -> None:
        load_or_create(tmp_path / "keys")
        (tmp_path / "keys" / "site.pem").chmod(0o640)
        with pytest.raises(EvidenceError, match="read by others"):
            load_or_create(tmp_path / "keys")

    def test_that_are_damaged_are_refused_and_not_replaced(self, tmp_path: Path) -> None:
        load_or_create(tmp_path / "keys")
        (tmp_path / "keys" / "site.pem").write_bytes(b"-----BEGIN nonsense")
        with pytest.raises(EvidenceError, match="Restore the key"):
            load_or_create(tmp_path / "keys")


def test_openssl_verifies_a_package_without_us(sealed: SealedPackage, tmp_path: Path) -> None:
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(tmp_path / "keys" / "site.pub.pem"), "-rawin",
               "-in", "manifest.json", "-sigfile", "manifest.sig"]  # fmt: skip
    done = subprocess.run(command, cwd=sealed.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_signal_phases_and_provenance_survive_the_way_into_the_manifest(vault: Vault, source: FootageFile) -> None:
    timeline = [SignalPhase("main", phase, at_s(n)) for n, phase in enumerate((Phase.GREEN, Phase.YELLOW, Phase.RED))]
    sealed = vault.seal(evidence_of(make_violation(), source, signal_timeline=timeline, provenance=PROVENANCE))
    assert [part.phase for part in sealed.manifest.signal_timeline] == ["green", "yellow", "red"]
    assert sealed.manifest.provenance == PROVENANCE


def test_a_change_seen_by_nobody_is_spelt_as_in_older_packages() -> None:
    """Packages sealed before changes had two times must stay in canonical form."""
    seen = PhasePart(signal="main", phase="red", since=at_s(2), not_before=at_s(1))
    assert set(seen.model_dump(mode="json")) == {"signal", "phase", "since", "not_before"}
    unseen = PhasePart(signal="main", phase="red", since=at_s(2))
    assert set(unseen.model_dump(mode="json")) == {"signal", "phase", "since"}
