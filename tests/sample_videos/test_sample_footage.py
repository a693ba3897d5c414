"""The shipped videos: small, playable, with true timestamps, and in step with their camera file and truth."""

from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from sample_clips import FOLDER, NAMES, shipped_truth

from detector.camera import load_camera
from sample_videos.scenarios import CLIPS

BYTES_MAX = 6_000_000


@pytest.mark.parametrize("name", NAMES)
def test_a_clip_is_small_and_plays_in_a_browser(name: str) -> None:
    path = FOLDER / f"{name}.mp4"
    assert path.stat().st_size < BYTES_MAX
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (CLIPS[name].camera.width, CLIPS[name].camera.height)


@pytest.mark.parametrize("name", NAMES)
def test_timestamps_are_the_scene_s_clock(name: str) -> None:
    with av.open(str(FOLDER / f"{name}.mp4")) as container:
        stream = container.streams.video[0]
        stamps = sorted(packet.pts * stream.time_base for packet in container.demux(stream) if packet.pts is not None)
    assert len(stamps) == CLIPS[name].frames
    assert stamps[0] == 0
    assert {b - a for a, b in pairwise(stamps)} == {Fraction(1, CLIPS[name].fps)}


@pytest.mark.parametrize("name", NAMES)
def test_the_camera_file_passes_its_door(name: str) -> None:
    camera = load_camera(FOLDER / f"{name}.yaml")
    assert camera.id == name.replace("_", "-")


def test_the_lamp_box_holds_the_lamp_of_the_video() -> None:
    """The red, yellow and green seen at the lamp's place are those that the truth names."""
    name = "nguyen_trai_junction"
    seen = shipped_truth(name)
    x1, y1, x2, y2 = next(light["lamp_box"] for light in seen["camera"]["signals"] if light["name"] == "main")
    spans = [
        (span["from_frame"], span["to_frame"], span["state"]) for span in seen["signals"] if span["light"] == "main"
    ]
    looked = 0
    with av.open(str(FOLDER / f"{name}.mp4")) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % 30 != 15:
                continue
            lamp = frame.to_ndarray(format="rgb24")[y1:y2, x1:x2].astype(float)
            thirds = [float(part.max(axis=2).mean()) for part in np.array_split(lamp, 3)]
            state = next(state for first, last, state in spans if first <= number <= last)
            assert ("red", "yellow", "green")[int(np.argmax(thirds))] == state, f"frame {number}"
            looked += 1
    assert looked >= 10
