"""What a signal controller pushes by HTTP decides the verdict of `watch`, where the picture shows no lamp at all."""

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import yaml

from api.settings import load_settings
from api.web.app import create_app
from tests.api.conftest import served
from tests.api.live_watch import watching
from tests.api.test_cli_bad_input import phatnguoi
from tests.detector.test_live import camera as rtsp_camera

CLIP = Path(__file__).parent.parent.parent / "sample_videos" / "nguyen_trai_junction.mp4"
CAMERA_ID = "nguyen-trai-junction"
BARE_WALL = [20, 20, 95, 237]  # where the camera file says that the lamps hang: nothing is lit there
EVERY_S = 1.0
# The first riders pass the line some five seconds after the camera is watched, then it turns green. They show their way
# after eight; Ctrl-C records what is certain.
GREEN_S, SEEN_S = 7, 14


def camera_file(folder: Path, source: str) -> Path:
    """The junction with one lamp head that cannot be seen; its lamps in the picture are green when the first riders
    pass."""
    content = yaml.safe_load(CLIP.with_suffix(".yaml").read_text(encoding="utf-8"))
    head = {"name": "main", "lamp_box": BARE_WALL, "governs": ["straight", "left", "right"]}
    path = folder / "live.yaml"
    path.write_text(yaml.safe_dump({**content, "source": source, "signals": [head], "rules": ["red_light"]}), "utf-8")
    return path


class Controller:
    """A signal controller that pushes what its head shows, red at first, every second and at each change."""

    def __init__(self, address: str, token: str) -> None:
        self.answers: list[int] = []
        self._address = address
        self._client = httpx.Client(headers={"Authorization": f"Bearer {token}"})
        self._shows = ("red", datetime.now(UTC))
        self._due = threading.Event()
        self._is_over = False
        self._thread = threading.Thread(target=self._push, daemon=True)

    def show(self, phase: str) -> datetime:
        self._shows = (phase, datetime.now(UTC))
        self._due.set()
        return self._shows[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._due.set()
        self._thread.join(10)
        self._client.close()

    def _push(self) -> None:
        while not self._is_over:
            phase, since = self._shows
            body = {
                "camera": CAMERA_ID,
                "signal": "main",
                "phase": phase,
                "at": since.isoformat(),
                "sent_at": datetime.now(UTC).isoformat(),
                "clock": {"source": "ntp", "offset_ms": 3},
            }
            answer = self._client.post(f"{self._address}/api/v1/signal-phases", json=body)
            self.answers.append(answer.status_code)
            self._due.wait(EVERY_S)
            self._due.clear()


@pytest.mark.timeout(240)
def test_pushed_phases_reach_the_verdict(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with rtsp_camera(CLIP) as port, served(create_app(load_settings(home))) as address:
        file = camera_file(tmp_path, f"rtsp://127.0.0.1:{port}/camera")
        token = phatnguoi("feed", "open", file, "--home", home).stdout.strip()
        with Controller(address, token) as controller, watching(file, home) as watch:
            watch.wait_for(lambda: f"{CAMERA_ID}: watching" in watch.said, 60)
            assert f"{CAMERA_ID}: listening to its signal controller" in watch.said
            time.sleep(GREEN_S)
            green_at = controller.show("green")
            time.sleep(SEEN_S - GREEN_S)
    assert set(controller.answers) == {200}
    violations = [violation for file in home.glob("packages/PN-*/manifest.json") for violation in in_manifest(file)]
    assert violations, watch.said
    for violation in violations:
        assert violation["code"] == "RED_LIGHT"
        assert datetime.fromisoformat(violation["captured_at"]) < green_at
        red = violation["facts"]["phases"][0]
        assert (red["signal"], red["phase"], red["source"]) == ("main", "red", "controller")


def in_manifest(file: Path) -> list[dict[str, Any]]:
    return json.loads(file.read_text(encoding="utf-8"))["violations"]
