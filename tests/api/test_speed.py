"""Speed as a ratio: both sides see the same pictures in turn, the warm-up does not count, medians do."""

import sys
from pathlib import Path

import numpy as np
import pytest

from api import speed
from models.errors import UserError

PICTURES = [np.full((4, 4, 3), level, np.uint8) for level in (0, 1)]


class Clock:
    """Time that only passes when somebody works."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_ratio_is_of_medians_after_the_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, order = Clock(), []
    monkeypatch.setattr(speed.time, "perf_counter", clock)

    def side(name: str, seconds: float) -> speed.Callable[[object], None]:
        def work(picture: object) -> None:
            order.append((name, int(np.asarray(picture)[0, 0, 0])))
            slow_start = 100.0 if len(order) <= 2 * speed.WARM_UP else 0.0
            hiccup = 50.0 if len(order) == 2 * speed.WARM_UP + 3 else 0.0
            clock.now += seconds + slow_start + hiccup

        return work

    ratio = speed.in_turn("x", PICTURES, side("ours", 1.0), side("theirs", 4.0), rounds=5)
    assert (ratio.ours_s, ratio.reference_s, ratio.times) == (1.0, 4.0, 4.0)
    assert order[:4] == [("ours", 0), ("theirs", 0), ("ours", 1), ("theirs", 1)]


def test_without_ultralytics_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "ultralytics", None)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UserError, match="not installed") as caught:
        speed.vehicles_against_ultralytics(PICTURES, tmp_path / "none.pt", 2)
    assert "phatnguoi[train]" in caught.value.line()
