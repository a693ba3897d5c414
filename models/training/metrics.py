"""Average precision and recall at an IoU of 0.5, per label, over pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.labels import LabelledBox
from models.training.boxes import iou

MATCH_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Score:
    """One label over all pictures. `precision` and `recall` hold at the confidence asked for; `ap50` over all."""

    label: str
    boxes: int
    ap50: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class _Judged:
    confidence: float
    right: bool


def scores(
    found: Sequence[Sequence[LabelledBox]],
    true: Sequence[Sequence[LabelledBox]],
    labels: tuple[str, ...],
    confidence: float,
) -> list[Score]:
    """Scores of each label; `found` and `true` hold the boxes of the same pictures in the same order.

    Average precision as in PASCAL VOC 2010 (area under the precision envelope): Everingham et al., IJCV 2010, §4.2.
    """
    return [_score(label, found, true, confidence) for label in labels]


def _score(
    label: str, found: Sequence[Sequence[LabelledBox]], true: Sequence[Sequence[LabelledBox]], confidence: float
) -> Score:
    judged: list[_Judged] = []
    total = 0
    for candidates, truths in zip(found, true, strict=True):
        wanted = [box for box in truths if box.label == label]
        total += len(wanted)
        judged += _judge([box for box in candidates if box.label == label], wanted)
    judged.sort(key=lambda one: -one.confidence)
    sure = [one.right for one in judged if one.confidence >= confidence]
    return Score(
        label=label,
        boxes=total,
        ap50=_average_precision([one.right for one in judged], total),
        precision=sum(sure) / len(sure) if sure else 0.0,
        recall=sum(sure) / total if total else 0.0,
    )


def _judge(candidates: list[LabelledBox], truths: list[LabelledBox]) -> list[_Judged]:
    """Greedy matching, surest first: each true box counts once."""
    free = list(truths)
    judged = []
    for candidate in sorted(candidates, key=lambda box: -box.confidence):
        best = max(free, key=lambda box: iou(box.xyxy, candidate.xyxy), default=None)
        right = best is not None and iou(best.xyxy, candidate.xyxy) >= MATCH_IOU
        if right and best is not None:
            free.remove(best)
        judged.append(_Judged(candidate.confidence, right))
    return judged


def _average_precision(right: list[bool], total: int) -> float:
    if not total:
        return 0.0
    precisions, recalls, hits = [], [], 0
    for rank, one in enumerate(right, start=1):
        hits += one
        precisions.append(hits / rank)
        recalls.append(hits / total)
    area, envelope, previous = 0.0, 0.0, recalls[-1] if recalls else 0.0
    for precision, recall in zip(reversed(precisions), reversed(recalls), strict=True):
        area += (previous - recall) * envelope
        envelope, previous = max(envelope, precision), recall
    return area + previous * envelope
