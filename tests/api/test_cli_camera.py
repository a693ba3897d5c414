"""An operator clears a watched camera whose view had moved: its rules start anew, and only with the geometry of its file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from api.settings import load_settings
from api.watch_board import STALE, Clearance, WatchBoard
from detector.camera import load_camera
from detector.vocabulary import Pixels
from evidence.cases import audit
from evidence.store.store import Store
from models.errors import UserError
from tests.api.live_watch import watching
from tests.api.test_cli_bad_input import phatnguoi
from tests.detector.test_live import camera as rtsp_camera

SIZE_WH = (640, 360)
MOVES_AT_S = 7  # the reference view is made in the first five seconds
LASTS_S = 30
NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
CAMERA_YAML = """\
id: tran-phu-01
source: {source}
resolution: [640, 360]
lanes:
  - {{name: L1, polygon: [[120, 358], [520, 358], [400, {top}], [240, {top}]], direction: [0, -1]}}
rules: [wrong_way]
"""


def camera_file(path: Path, source: str = "rtsp://127.0.0.1:1/camera", top: int = 60) -> Path:
    path.write_text(CAMERA_YAML.format(source=source, top=top), encoding="utf-8")
    return path


def street() -> Pixels:
    """Walls and signs of every size and grey."""
    random = np.random.default_rng(1)
    pixels = np.full((SIZE_WH[1], SIZE_WH[0], 3), 110, np.uint8)
    for _ in range(500):
        x, y = int(random.integers(SIZE_WH[0])), int(random.integers(SIZE_WH[1]))
        width, height = (int(side) for side in random.integers(6, 50, 2))
        cv2.rectangle(pixels, (x, y), (x + width, y + height), [int(v) for v in random.integers(20, 220, 3)], -1)
    return pixels


def turning_camera(path: Path) -> Path:
    """The street, whose camera is turned aside by 24 pixels after `MOVES_AT_S`; something always moves in it."""
    before = street()
    after = np.roll(before, 24, axis=1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"g": "10", "preset": "ultrafast", "crf": "20"})
        stream.width, stream.height = SIZE_WH
        stream.pix_fmt = "yuv420p"
        for index in range(LASTS_S * 10):
            picture = (before if index < MOVES_AT_S * 10 else after).copy()
            picture[170:190, (index * 9) % 600 :][:, :40] = 240
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    return path


@pytest.mark.timeout(120)
def test_a_moved_camera_is_suspended_until_an_operator_clears_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    board = WatchBoard(load_settings(home).watch_folder)

    def suspended() -> tuple[str, ...] | None:
        return board.suspended(now=datetime.now(UTC)).get("tran-phu-01")

    with rtsp_camera(turning_camera(tmp_path / "turning.mp4")) as port:
        file = camera_file(tmp_path / "live.yaml", f"rtsp://127.0.0.1:{port}/camera")
        with watching(file, home) as watch:
            watch.wait_for(lambda: suspended() == ("moved",), 60)
            other = phatnguoi("camera", "clear", camera_file(tmp_path / "other.yaml", top=80), "--home", home)
            assert other.returncode == 0
            watch.wait_for(lambda: "the file that was cleared is not the one that is watched" in watch.said, 10)
            assert suspended() == ("moved",)
            camera_file(file, f"rtsp://127.0.0.1:{port}/camera", top=90)
            assert suspended() == ("moved",)  # a file that is only saved clears nothing
            done = phatnguoi("camera", "clear", file, "--home", home)
            assert (done.returncode, done.stderr) == (
                0,
                "tran-phu-01: moved cleared; `watch` starts its rules anew.\n",
            )
            watch.wait_for(lambda: watch.said.count("tran-phu-01: watching") == 2 and suspended() == (), 30)
            version = load_camera(file).sha256
            assert f"cleared by an operator; its rules start anew with geometry {version[:8]}." in watch.said
    assert suspended() is None  # nobody watches any more
    entry = newest_entry(home)
    assert (entry.what, entry.details) == (
        "camera.clear tran-phu-01",
        {"suspended_for": ["moved"], "geometry": version},
    )


def newest_entry(home: Path) -> audit.AuditEntry:
    store = Store.open(load_settings(home).store_url)
    with store.reading() as session:
        entry = audit.list_entries(session, limit=1)[0]
    store.close()
    return entry


def test_a_camera_that_nobody_watches_is_not_cleared(tmp_path: Path) -> None:
    done = phatnguoi("camera", "clear", camera_file(tmp_path / "live.yaml"), "--home", tmp_path / "home")
    assert done.returncode == 1
    assert "camera tran-phu-01: no `watch` of this camera is running" in done.stderr
    assert not (tmp_path / "home" / "watch").exists()


def test_a_file_with_a_mistake_clears_nothing(tmp_path: Path) -> None:
    file = camera_file(tmp_path / "live.yaml", top=9000)
    done = phatnguoi("camera", "clear", file, "--home", tmp_path / "home")
    assert done.returncode == 1
    assert "live.yaml:5: lanes[0].polygon[2]: [400, 9000] lies outside the picture" in done.stderr


TOLD = [
    # seconds since it was told, whether it still counts
    pytest.param(0, True, id="just now"),
    pytest.param(STALE.seconds, True, id="its last moment"),
    pytest.param(STALE.seconds + 1, False, id="the watch was killed"),
    pytest.param(-STALE.seconds - 1, False, id="a clock that was set back"),
]


@pytest.mark.parametrize(("seconds", "counts"), TOLD)
def test_what_was_told_counts_for_a_while(tmp_path: Path, seconds: int, counts: bool) -> None:
    WatchBoard(tmp_path).tell("le-loi-02", ("moved", "clock"), now=NOW)
    told = WatchBoard(tmp_path).suspended(now=NOW + timedelta(seconds=seconds))
    assert told == ({"le-loi-02": ("moved", "clock")} if counts else {})


def test_a_change_is_told_at_once_and_the_same_seldom(tmp_path: Path) -> None:
    board = WatchBoard(tmp_path)
    file = tmp_path / "le-loi-02.suspended.json"
    board.tell("le-loi-02", (), now=NOW)
    file.unlink()
    board.tell("le-loi-02", (), now=NOW + timedelta(seconds=4.9))
    assert not file.exists()
    board.tell("le-loi-02", ("fog",), now=NOW + timedelta(seconds=4.9))
    assert board.suspended(now=NOW) == {"le-loi-02": ("fog",)}
    file.unlink()
    board.tell("le-loi-02", ("fog",), now=NOW + timedelta(seconds=10))
    assert file.exists()
    board.forget("le-loi-02")
    assert board.suspended(now=NOW) == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"causes": 5, "at": 6}', '{"at": "2026"}'])
def test_a_broken_file_says_nothing(tmp_path: Path, text: str) -> None:
    for name in ("le-loi-02.suspended.json", "le-loi-02.cleared.json"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    board = WatchBoard(tmp_path)
    assert board.suspended(now=NOW) == {}
    assert board.clearance("le-loi-02") is None


def test_a_clearance_names_the_geometry(tmp_path: Path) -> None:
    camera = load_camera(camera_file(tmp_path / "camera.yaml"))
    board = WatchBoard(tmp_path / "watch")
    assert board.clearance(camera.id) is None
    board.clear(camera, now=NOW)
    assert board.clearance(camera.id) == Clearance(camera.sha256, NOW.isoformat())


def test_a_folder_that_cannot_be_written_stops_no_camera(tmp_path: Path) -> None:
    (tmp_path / "watch").write_text("a file", encoding="utf-8")
    board = WatchBoard(tmp_path / "watch")
    board.tell("le-loi-02", (), now=NOW)
    board.forget("le-loi-02")
    with pytest.raises(UserError, match="cannot be written"):
        board.clear(load_camera(camera_file(tmp_path / "camera.yaml")), now=NOW)
