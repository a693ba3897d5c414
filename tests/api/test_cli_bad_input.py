"""Bad input gets one clear line (what, where, what to do), never a traceback, and never stops the other inputs."""

import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.detector.clips import write_sound, write_video

CAMERA = "id: test-01\nresolution: [64, 48]\nlanes:\n  - {name: L1, polygon: [[0, 0], [60, 0], [60, 40]], direction: [0, 1]}\n"
SIZE_WH = (64, 48)


def heed_interrupts() -> None:
    """Jobs that a shell starts in the background ignore Ctrl-C, and so would everything that they start in turn."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def phatnguoi(*arguments: object, limit_bytes: int | None = None) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it. `limit_bytes`: no file may grow beyond it, as on a full disk."""

    def limit() -> None:
        if limit_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    return subprocess.run(
        [sys.executable, "-m", "api", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        preexec_fn=limit,
    )


@pytest.fixture
def camera(tmp_path: Path) -> Path:
    path = tmp_path / "camera.yaml"
    path.write_text(CAMERA, encoding="utf-8")
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_video(tmp_path / "good.mp4", list(range(0, 2000, 100)), size_wh=SIZE_WH)


def not_a_video(folder: Path) -> Path:
    path = folder / "notes.mp4"
    path.write_text("dear diary")
    return path


def empty_file(folder: Path) -> Path:
    path = folder / "empty.mp4"
    path.touch()
    return path


def missing_file(folder: Path) -> Path:
    return folder / "nowhere.mp4"


def sound_only(folder: Path) -> Path:
    return write_sound(folder / "sound.mp4")


def folder_without_video(folder: Path) -> Path:
    path = folder / "empty-folder"
    path.mkdir()
    return path


def other_resolution(folder: Path) -> Path:
    return write_video(folder / "large.mp4", [0, 100, 200], size_wh=(128, 96))


def cut_off(folder: Path) -> Path:
    whole = write_video(folder / "whole.mkv", list(range(0, 8000, 100)), size_wh=SIZE_WH)
    path = folder / "cut.mkv"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return path


@pytest.mark.parametrize(
    "bad", [not_a_video, empty_file, missing_file, sound_only, folder_without_video, other_resolution, cut_off]
)
def test_one_line_names_the_bad_footage_and_the_good_one_is_processed(
    bad: Callable[[Path], Path], camera: Path, clip: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    path = bad(folder)
    done = phatnguoi(
        "process", path, clip, "--camera", camera, "--out", tmp_path / "home", "--start-time", "2026-11-20T07:00+07:00"
    )
    said = [line for line in done.stderr.splitlines() if line.startswith("phatnguoi:") and "warning" not in line]
    assert done.returncode == 1
    assert len(said) == 2, done.stderr  # the error, and the count at the end
    assert str(path) in said[0]
    assert said[1] == "phatnguoi: 1 of 2 inputs failed; the others are done."
    assert f"{clip}: 0 violations" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("id: a\nresolution: [64, 48]\nlamps: []\n", 3, "lamps"),
        (
            "id: a\nresolution: [64, 48]\nlanes:\n- {name: L, polygon: [[0, 0], [60, 40], [60, 0], [0, 40]], direction: [0, 1]}\n",
            4,
            "polygon",
        ),
        ("id: a\nresolution: [64, 48]\nrules: [red_light]\n", 3, "stop_lines"),
        ("resolution: [64, 48]\n", 1, "id"),
        ("id: a\nresolution: [64, 48\n", 3, ""),
    ],
    ids=["unknown key", "self-crossing polygon", "a rule without what it needs", "no id", "not YAML"],
)
def test_a_camera_file_is_refused_with_file_line_and_key(
    content: str, line: int, words: str, clip: Path, tmp_path: Path
) -> None:
    camera = tmp_path / "bad.yaml"
    camera.write_text(content, encoding="utf-8")
    done = phatnguoi("process", clip, "--camera", camera, "--no-store")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert f"{camera}:{line}" in done.stderr
    assert words in done.stderr


def test_a_start_time_without_zone_is_refused(camera: Path, clip: Path) -> None:
    done = phatnguoi("process", clip, "--camera", camera, "--no-store", "--start-time", "2026-11-20T07:00")
    assert done.returncode == 1
    assert "not a time with a zone" in done.stderr


def test_a_full_disk_under_the_json_lines_is_one_line(camera: Path, tmp_path: Path) -> None:
    pictures = [tmp_path / f"plate-{number}.png" for number in range(3)]
    for picture in pictures:
        picture.write_bytes(b"no picture")
    done = phatnguoi("plates", "read", *pictures, "--jsonl", "/dev/full")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_a_full_disk_under_the_store_is_one_line_and_loses_nothing(camera: Path, clip: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    arguments = ("process", clip, "--camera", camera, "--out", home, "--start-time", "2026-11-20T07:00+07:00")
    full = phatnguoi(*arguments, limit_bytes=2000)
    assert full.returncode != 0
    assert "Traceback" not in full.stderr
    assert len([line for line in full.stderr.splitlines() if line.startswith("phatnguoi:")]) <= 2, full.stderr
    assert phatnguoi(*arguments).returncode == 0  # with room again, the same command works


def test_footage_without_a_clock_is_processed_with_a_warning(camera: Path, clip: Path) -> None:
    done = phatnguoi("process", clip, "--camera", camera, "--no-store")
    assert done.returncode == 0
    assert "does not say when it was recorded" in done.stderr


def test_nothing_to_verify_is_said(tmp_path: Path) -> None:
    done = phatnguoi("verify", "--home", tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_pictures_that_cannot_be_read_do_not_stop_the_others(tmp_path: Path) -> None:
    from cv2 import imwrite
    from numpy import full, uint8

    bad, good = tmp_path / "bad.jpg", tmp_path / "good.png"
    bad.write_bytes(b"\xff\xd8 broken")
    imwrite(str(good), full((240, 320, 3), 114, uint8))
    done = phatnguoi("detect", bad, good, "--heads", "--plates", "--jsonl", "-")
    assert done.returncode == 1
    assert str(bad) in done.stderr
    assert done.stdout.count("\n") == 1
    assert '"detections":[' in done.stdout
