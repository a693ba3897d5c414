"""`watch` over a real RTSP server: a live camera makes sealed cases, the password stays secret, Ctrl-C ends it cleanly."""

from pathlib import Path

import pytest
import yaml

from tests.api.live_watch import watching
from tests.api.test_cli_bad_input import phatnguoi
from tests.api.test_cli_resume import case_ids
from tests.detector.test_live import camera as rtsp_camera

CLIP = Path(__file__).parent.parent.parent / "sample_videos" / "ly_thuong_kiet_two_way.mp4"
USER, PASSWORD = "viewer", "s3cret-of-the-camera"
PATIENCE_S = 150  # the clip lasts 17 s and starts anew; a slow machine drops frames and may need a second round


@pytest.mark.timeout(400)
def test_a_live_camera_makes_cases_that_verify(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with rtsp_camera(CLIP, 0, USER, PASSWORD) as port:
        file = camera_file(tmp_path, f"rtsp://{USER}:{PASSWORD}@127.0.0.1:{port}/camera")
        with watching(file, home) as watch:
            watch.wait_for(lambda: recorded(home), PATIENCE_S)
        said = watch.said
    cases = case_ids(home)
    assert cases, said
    assert phatnguoi("verify", "--store", "--home", home).returncode == 0
    manifests = "".join((home / "packages" / case / "manifest.json").read_text() for case in cases)
    assert PASSWORD not in said + manifests
    assert f"127.0.0.1:{port}/camera" in manifests


def test_a_camera_without_a_stream_is_refused_by_name(tmp_path: Path) -> None:
    done = phatnguoi("watch", "--camera", camera_file(tmp_path, None), "--home", tmp_path / "home")
    assert done.returncode == 1
    assert "live.yaml: source: a live camera needs its stream" in done.stderr


def camera_file(folder: Path, source: str | None) -> Path:
    """The sample clip's camera with another source."""
    content = yaml.safe_load(CLIP.with_suffix(".yaml").read_text(encoding="utf-8"))
    content.pop("source", None)
    path = folder / "live.yaml"
    path.write_text(yaml.safe_dump({**content, "source": source} if source else content), encoding="utf-8")
    return path


def recorded(home: Path) -> bool:
    return any(home.glob("packages/PN-*/manifest.sig"))
