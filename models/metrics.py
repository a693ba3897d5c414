"""Average precision and recall at an IoU of 0.5, per label, over pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.boxes import iou, share_inside
from models.labels import LabelledBox

MATCH_IOU = 0.5
IGNORED_SHARE = 0.5  # of a found box that lies in an ignored region: it is neither right nor wrong


@dataclass(frozen=True, slots=True)
class Compared:
    """One picture: what was found, what is true, and regions in which nothing is judged. Boxes in its pixels."""

    found: tuple[LabelledBox, ...]
    true: tuple[LabelledBox, ...]
    ignored: tuple[LabelledBox, ...] = ()


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


def everything(box: LabelledBox) -> bool:
    """Judges boxes of every size."""
    return True


def scores(
    pictures: Sequence[Compared],
    labels: tuple[str, ...],
    confidence: float,
    judged_boxes: Callable[[LabelledBox], bool] = everything,
) -> list[Score]:
    """Scores of each label. Boxes that `judged_boxes` refuses, too small ones say, are neither right, wrong nor missed.

    Average precision as in PASCAL VOC 2010 (area under the precision envelope): Everingham et al., IJCV 2010, §4.2.
    """
    return [_score(label, pictures, confidence, judged_boxes) for label in labels]


def mean_ap50(measured: Sequence[Score]) -> float:
    """The mean of the average precisions of the labels that occur; 0 when none does."""
    present = [score.ap50 for score in measured if score.boxes]
    return sum(present) / len(present) if present else 0.0


def _score(
    label: str, pictures: Sequence[Compared], confidence: float, judged_boxes: Callable[[LabelledBox], bool]
) -> Score:
    judged: list[_Judged] = []
    total = 0
    for picture in pictures:
        total += sum(box.label == label and judged_boxes(box) for box in picture.true)
        judged += _judge(picture, label, judged_boxes)
    judged.sort(key=lambda one: -one.confidence)
    sure = [one.right for one in judged if one.confidence >= confidence]
    return Score(
        label=label,
        boxes=total,
        ap50=_average_precision([one.right for one in judged], total),
        precision=sum(sure) / len(sure) if sure else 0.0,
        recall=sum(sure) / total if total else 0.0,
    )


def _judge(picture: Compared, label: str, judged_boxes: Callable[[LabelledBox], bool]) -> list[_Judged]:
    """Greedy matching, surest first: each true box counts once; what matches none of them may lie where nobody judges."""
    free = [box for box in picture.true if box.label == label]
    judged = []
    for candidate in sorted((box for box in picture.found if box.label == label), key=lambda box: -box.confidence):
        best = max(free, key=lambda box: iou(box.xyxy, candidate.xyxy), default=None)
        if best is not None and iou(best.xyxy, candidate.xyxy) >= MATCH_IOU:
            free.remove(best)
            if judged_boxes(best):
                judged.append(_Judged(candidate.confidence, right=True))
        elif judged_boxes(candidate) and not _in_ignored(candidate, picture.ignored):
            judged.append(_Judged(candidate.confidence, right=False))
    return judged


def _in_ignored(box: LabelledBox, ignored: Sequence[LabelledBox]) -> bool:
    return any(share_inside(box.xyxy, region.xyxy) >= IGNORED_SHARE for region in ignored)


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
