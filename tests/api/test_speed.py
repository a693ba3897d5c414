"""Speed as a ratio: both sides see the same blocks of pictures in turn, the warm-up does not count, medians do."""

import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from api import speed
from detector.vocabulary import Pixels
from models.errors import UserError
from ocr.paddle_pipeline import paddle_pipeline
from tests.api.test_cli_bad_input import phatnguoi
from tests.ocr.drawn_plates import draw_plate

PICTURES = [np.full((4, 4, 3), level, np.uint8) for level in range(speed.BLOCK_PICTURES + 1)]


class Clock:
    """Time that only passes when somebody works."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def level(picture: Pixels) -> int:
    return int(picture[0, 0, 0])


def test_the_ratio_is_of_medians_after_the_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, order = Clock(), []
    monkeypatch.setattr(speed.time, "perf_counter", clock)

    def side(name: str, seconds: float) -> speed.Block:
        def work(picture: Pixels) -> None:
            slow_start = 100.0 if len(order) < 2 * speed.WARM_UP else 0.0
            hiccup = 50.0 if level(picture) == 3 else 0.0
            clock.now += seconds + slow_start + hiccup

        def block(pictures: Sequence[Pixels]) -> list[float]:
            times = speed.timed(work, pictures)
            order.append((name, [level(picture) for picture in pictures]))
            return times

        return block

    ratio = speed.in_turn("x", PICTURES, side("ours", 1.0), side("theirs", 4.0), rounds=2)
    assert (ratio.ours_s, ratio.reference_s, ratio.times) == (1.0, 4.0, 4.0)
    first, second = list(range(speed.BLOCK_PICTURES)), [speed.BLOCK_PICTURES, *range(speed.BLOCK_PICTURES - 1)]
    assert order[:4] == [("ours", first), ("theirs", first), ("ours", second), ("theirs", second)]


def adding(amount: int) -> speed.Run:
    if amount < 0:
        raise UserError("no such amount", remedy="Take another.")
    return lambda picture: picture + amount


def test_a_side_in_its_own_process_gives_a_time_for_each_picture() -> None:
    with speed.in_own_process(partial(adding, 1)) as block:
        assert [len(block(PICTURES[:count])) for count in (2, 3)] == [2, 3]


def test_what_a_side_cannot_do_is_said_by_the_command() -> None:
    with pytest.raises(UserError, match="no such amount"), speed.in_own_process(partial(adding, -1)):
        pass


def test_without_ultralytics_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "ultralytics", None)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UserError, match="not installed") as caught:
        speed.vehicles_against_ultralytics(PICTURES, tmp_path / "none.pt", 2)
    assert "phatnguoi[train]" in caught.value.line()


@pytest.mark.parametrize("arguments", [(), ("view.png",), ("--reference", "yolov8n.pt")])
def test_nothing_to_compare_is_one_clear_line(arguments: tuple[str, ...]) -> None:
    done = phatnguoi("bench", "speed", *arguments)
    assert (done.returncode != 0, "nothing to compare" in done.stderr, "Traceback" in done.stderr) == (
        True,
        True,
        False,
    )


def test_the_plate_reader_is_compared_with_paddle_ocr_as_it_comes(tmp_path: Path) -> None:
    Image.fromarray(draw_plate("59-D1", "673.93")).save(tmp_path / "plate.png")
    done = phatnguoi("bench", "speed", "--plate", tmp_path / "plate.png", "--jsonl", "-")
    line = json.loads(done.stdout)
    assert "PaddleOCR" in line["what"] and line["ours_s"] > 0 and line["reference_s"] > 0
    assert line["times"] == pytest.approx(line["reference_s"] / line["ours_s"])
    assert "59-D1" in paddle_pipeline(2)(draw_plate("59-D1", "673.93"))[0]
