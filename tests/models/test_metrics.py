"""Scores: what counts as right, wrong, missed, and what is not judged at all."""

import pytest

from models.labels import LabelledBox
from models.metrics import Compared, mean_ap50, scores

TRUE = LabelledBox("plate", (0, 0, 10, 10))
FAR = LabelledBox("plate", (50, 50, 60, 60))


def test_a_double_is_wrong_and_a_weak_box_counts_only_for_average_precision() -> None:
    found = (
        LabelledBox("plate", (0, 0, 10, 10), 0.9),
        LabelledBox("plate", (0, 0, 10, 11), 0.8),
        LabelledBox("plate", (50, 50, 60, 61), 0.2),
    )
    (score,) = scores([Compared(found, (TRUE, FAR))], ("plate",), 0.35)
    assert (score.boxes, score.precision, score.recall) == (2, 0.5, 0.5)
    assert score.ap50 == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_nothing_found_scores_nothing() -> None:
    (score,) = scores([Compared((), (TRUE,))], ("plate",), 0.35)
    assert (score.ap50, score.precision, score.recall) == (0, 0, 0)


def test_a_box_of_another_label_is_no_match() -> None:
    (score,) = scores([Compared((LabelledBox("car", TRUE.xyxy, 0.9),), (TRUE,))], ("plate",), 0.35)
    assert score.recall == 0


@pytest.mark.parametrize(
    ("region", "precision"),
    [((40, 40, 70, 70), 1.0), ((56, 40, 70, 70), 0.5)],
    ids=["inside an ignored region: not judged", "mostly outside of it: wrong"],
)
def test_what_lies_in_an_ignored_region_is_not_judged(
    region: tuple[float, float, float, float], precision: float
) -> None:
    found = (LabelledBox("plate", TRUE.xyxy, 0.9), LabelledBox("plate", FAR.xyxy, 0.8))
    (score,) = scores([Compared(found, (TRUE,), (LabelledBox("ignore", region),))], ("plate",), 0.35)
    assert (score.precision, score.recall) == (precision, 1.0)


def test_small_boxes_are_neither_missed_nor_wrong_when_only_large_ones_are_judged() -> None:
    small, small_and_wrong = LabelledBox("plate", (0, 0, 4, 4)), LabelledBox("plate", (80, 0, 84, 4), 0.9)
    found = (LabelledBox("plate", small.xyxy, 0.9), small_and_wrong, LabelledBox("plate", FAR.xyxy, 0.8))
    (score,) = scores([Compared(found, (small, FAR))], ("plate",), 0.35, lambda box: box.height >= 8)
    assert (score.boxes, score.precision, score.recall, score.ap50) == (1, 1.0, 1.0, 1.0)


def test_the_mean_leaves_out_labels_that_do_not_occur() -> None:
    found = (LabelledBox("plate", TRUE.xyxy, 0.9),)
    assert mean_ap50(scores([Compared(found, (TRUE, FAR))], ("plate", "car"), 0.35)) == pytest.approx(0.5)
