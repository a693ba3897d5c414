"""How neighbours' tracks are mixed up in the simulator: as often as told, and in the ways seen on the clips."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from detector.simulator.mixups import MixUps, Relation
from detector.simulator.noise import Noise, scaled
from detector.simulator.sight import Look, Sight
from detector.vocabulary import Box, VehicleClass

FPS, SECONDS = 10, 4000
TALL = 100.0  # px, of a picture 720 px high
NONE = scaled(0)


def look(x_px_s: float, x: float, tall: float = TALL) -> Look:
    """A vehicle that drives aside at this speed; its boxes as told to `apply` do not depend on it."""
    times = np.arange(FPS * SECONDS) / FPS
    left = x + x_px_s * times
    boxes = np.stack([left, np.full_like(times, 300 - tall), left + 0.6 * tall, np.full_like(times, 300.0)], axis=-1)
    found = np.ones(len(times), dtype=bool)
    return Look(boxes, boxes, found, np.zeros(len(times)), [VehicleClass.MOTORCYCLE] * len(times), found * 0.9, [])


def run(
    noise: Noise, slow_px_s: float, fast_px_s: float, tall: float = TALL
) -> tuple[list[list[int]], list[dict[int, Box]]]:
    """Ids and boxes, frame by frame, of two vehicles that overlap all the time."""
    times = np.arange(FPS * SECONDS) / FPS
    sight = Sight(times, (look(slow_px_s, 0, tall), look(fast_px_s, 20, tall)))
    mixups = MixUps(sight, 720, noise, np.random.default_rng(1))
    ids, next_id, all_ids, all_boxes = [0, 1], 2, [], []
    for index, t in enumerate(times.tolist()):
        boxes: dict[int, Box] = {0: (0, 300 - tall, 0.6 * tall, 300), 1: (0.2 * tall, 300 - tall, 0.8 * tall, 300)}
        next_id = mixups.apply(ids, next_id, boxes, index, t, 1 / FPS)
        all_ids.append(list(ids))
        all_boxes.append(boxes)
    return all_ids, all_boxes


def changes(ids: list[list[int]]) -> int:
    return sum(a != b for a, b in itertools.pairwise(ids))


STILL, SLOW, FAST = 0.0, 100.0, 200.0  # px/s: 0, 1 and 2 heights per second


@pytest.mark.parametrize(
    ("relation", "speeds", "share"),
    [
        (Relation.PAST, (STILL, SLOW), 4.0),
        ("past, too fast", (STILL, FAST), 0.0),
        (Relation.ALIKE, (SLOW, SLOW), 1.3),
        (Relation.STILL, (STILL, STILL), 0.6),
        (Relation.APART, (-SLOW, SLOW), 0.0),
    ],
)
def test_ids_swap_as_often_as_the_relation_of_the_two_makes_them(
    relation: str, speeds: tuple[float, float], share: float
) -> None:
    ids, boxes = run(replace(NONE, switch_hz=0.02), *speeds)
    expected = share * 0.02 * SECONDS
    assert changes(ids) == pytest.approx(expected, abs=3 * expected**0.5), relation
    assert set(map(tuple, ids)) <= {(0, 1), (1, 0)}
    assert all(len(seen) == 2 for seen in boxes)  # the covered one's id is on a second box on the other


def test_a_swap_shows_both_ids_on_one_vehicle_before() -> None:
    ids, boxes = run(replace(NONE, switch_hz=0.02), STILL, SLOW)
    at = next(index for index, (a, b) in enumerate(itertools.pairwise(ids)) if a != b)
    (x1, _, _, _), (x2, _, _, _) = boxes[at][0], boxes[at][1]
    assert abs(x1 - x2) < 0.15 * TALL  # their own are 0.2 apart and more


@pytest.mark.parametrize(("tall", "rate"), [(TALL, 0.02), (50.0, 0.06)], ids=["near", "far"])
def test_an_id_is_taken_over_and_its_vehicle_gets_a_new_one(tall: float, rate: float) -> None:
    ids, boxes = run(replace(NONE, takeover_hz=0.02, takeover_far_hz=0.06), -SLOW, SLOW, tall)
    expected = rate * SECONDS
    assert changes(ids) == pytest.approx(expected, abs=3 * expected**0.5)
    assert max(max(pair) for pair in ids) == changes(ids) + 1  # a new id each time
    assert sum(len(seen) == 1 for seen in boxes) == pytest.approx(expected * 0.3 * FPS, rel=0.35)


def test_a_box_visits_its_neighbour_for_a_moment_and_comes_back() -> None:
    ids, boxes = run(replace(NONE, visit_hz=0.05), -SLOW, SLOW)
    assert changes(ids) == 0
    visits = sum(seen[0][0] > 0.1 * TALL for seen in boxes) / FPS
    assert visits == pytest.approx(0.05 * SECONDS * 0.2, rel=0.4)


def test_one_box_around_two_leaves_the_neighbours_own_as_a_rule() -> None:
    _, boxes = run(replace(NONE, merge_hz=0.05, merge_s=0.5, merge_gone_share=0.12), -SLOW, SLOW)
    around = [seen for seen in boxes if seen[0][2] - seen[0][0] > 0.75 * TALL]
    assert len(around) / FPS == pytest.approx(0.05 * SECONDS * 0.5, rel=0.35)
    assert 0.03 < sum(1 not in seen for seen in around) / len(around) < 0.3


def test_without_noise_nothing_is_mixed_up() -> None:
    ids, boxes = run(NONE, STILL, SLOW)
    assert changes(ids) == 0
    assert all(seen[0][0] == 0 and len(seen) == 2 for seen in boxes)
