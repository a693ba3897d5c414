"""A run may be killed at any moment: the same command goes on, with no case lost or twice and the same JSON lines."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api.settings import load_settings
from evidence.store import queries_cases
from evidence.store.store import Store
from tests.api.test_cli_bad_input import heed_interrupts, phatnguoi

CLIPS = Path(__file__).parent.parent.parent / "sample_videos"
CLIP = min(CLIPS.glob("*.mp4"), key=lambda path: path.stat().st_size)
PATIENCE_S = 180
pytestmark = pytest.mark.timeout(900)  # five runs of the whole pipeline, on a machine that may be busy


def arguments(home: Path, lines: Path) -> list[str]:
    camera, start = CLIP.with_suffix(".yaml"), "2026-11-20T07:30:00+07:00"
    return ["process", *map(str, (CLIP, "--camera", camera, "--out", home, "--jsonl", lines, "--start-time", start))]


def frames_seen(home: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in (home / "runs").glob("*.observations.jsonl"))


def stopped_after(frames: int, home: Path, lines: Path, how: signal.Signals) -> int:
    """Start the command and send it a signal once its models have seen that many frames; its exit status."""
    command = [sys.executable, "-m", "api", *arguments(home, lines)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, preexec_fn=heed_interrupts) as running:
        deadline = time.monotonic() + PATIENCE_S
        while frames_seen(home) < frames and running.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert running.poll() is None, "the run ended before it could be stopped"
        running.send_signal(how)
        return running.wait(timeout=PATIENCE_S)


def case_ids(home: Path) -> set[str]:
    store = Store.open(load_settings(home).store_url)
    with store.reading() as session:
        known = set(queries_cases.known_packages(session))
    store.close()
    return known


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one whole run, and its lines in `lines.jsonl`."""
    home = tmp_path_factory.mktemp("whole")
    done = phatnguoi(*arguments(home, home / "lines.jsonl"))
    assert done.returncode == 0, done.stderr
    return home


def test_killed_and_interrupted_runs_end_as_if_nothing_had_happened(uninterrupted: Path, tmp_path: Path) -> None:
    home, lines = tmp_path / "home", tmp_path / "lines.jsonl"
    assert stopped_after(10, home, lines, signal.SIGKILL) == -signal.SIGKILL
    assert stopped_after(60, home, lines, signal.SIGINT) == 130
    assert stopped_after(100, home, lines, signal.SIGTERM) == 130
    done = phatnguoi(*arguments(home, lines))
    assert done.returncode == 0, done.stderr
    assert lines.read_bytes() == (uninterrupted / "lines.jsonl").read_bytes()
    assert lines.read_bytes() != b""
    assert case_ids(home) == case_ids(uninterrupted)
    assert phatnguoi("verify", "--store", "--home", home).returncode == 0


def test_a_second_run_prints_the_same_lines_and_adds_no_case(uninterrupted: Path, tmp_path: Path) -> None:
    before = case_ids(uninterrupted)
    done = phatnguoi(*arguments(uninterrupted, tmp_path / "again.jsonl"))
    assert done.returncode == 0
    assert "processed before" in done.stderr
    assert (tmp_path / "again.jsonl").read_bytes() == (uninterrupted / "lines.jsonl").read_bytes()
    assert case_ids(uninterrupted) == before


def test_every_line_has_the_promised_keys_in_the_promised_order(uninterrupted: Path) -> None:
    keys = "code rule track_id vehicle_class captured_at frame from_frame to_frame box movement signal_phase plate certainty facts"
    for line in (uninterrupted / "lines.jsonl").read_text(encoding="utf-8").splitlines():
        assert list(json.loads(line)) == keys.split()


def test_what_the_models_saw_of_everybody_else_is_deleted_when_the_run_is_complete(uninterrupted: Path) -> None:
    assert frames_seen(uninterrupted) == 0
