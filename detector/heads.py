"""Riders' heads, with or without a helmet: a second, small network looks at the upper part of each motorcycle box.

    rider boxes ──cut──▶ squares ──network──▶ heads ──owner──▶ own heads ──second look──▶ Head

The square it sees is the one it was trained on (`models.crops`). A square also shows heads of riders beside, so every
head is given to the motorcycle whose place for heads it is nearest to, and to no other. What it calls bare is looked at
once more by itself (`detector.head_look`).
"""

from collections.abc import Sequence
from itertools import chain, islice
from pathlib import Path

from detector.detect import Backend, BoxDetector, RawBox, make_backend, merge_double_boxes
from detector.head_look import HeadLook
from detector.precision import BOX_DECIMALS
from detector.vocabulary import Box, Head, Pixels
from models.crops import cut_square, head_square_xyxy, to_frame_xyxy
from models.errors import WeightsError
from models.head_look import HELMET, NO_HELMET
from models.registry import Weights, load_weights

MIN_CONFIDENCE = 0.25
# One head cannot be bare and covered at once: the surer answer stays. Two riders' heads overlap less than this.
SAME_HEAD_IOU = 0.5
# Driver, passenger and two children: more heads on one motorbike are its neighbours'.
MAX_HEADS = 4
# A helmet may stick out of a box drawn around the body.
SLACK_ABOVE = 0.08  # of the box height
SLACK_BESIDE = 0.05  # of the box width
# Heads lie in the upper part of the box, from its top edge to a passenger's head at about half height.
LOWEST_CENTRE = 0.55
TYPICAL_CENTRE = 0.15


class HeadDetector:
    """Heads of motorcycle riders in a whole picture."""

    def __init__(
        self,
        weights: Weights,
        backend: Backend,
        look: HeadLook | None = None,
        *,
        min_confidence: float = MIN_CONFIDENCE,
    ) -> None:
        """Without a second `look` the detector's answer stands."""
        if not {HELMET, NO_HELMET} <= set(weights.labels):
            what = f"labels {', '.join(weights.labels)} do not tell heads apart"
            raise WeightsError(what, where=str(weights.path), remedy=f"Heads are {HELMET}, {NO_HELMET}.")
        self._size_px = weights.input_size_wh[0]
        self._look = look
        self._boxes = BoxDetector(weights, backend, min_confidence=min_confidence)

    def detect(
        self, image: Pixels, rider_boxes: Sequence[Box], bystanders: Sequence[Box] = ()
    ) -> list[tuple[Head, ...]]:
        """The heads of each motorcycle box (with its riders), in frame pixels, surest first.

        `image` is (height, width, 3) BGR. `bystanders` are motorcycle boxes whose heads nobody asks for: a head that
        is theirs is given to no other.
        """
        squares = [head_square_xyxy(box) for box in rider_boxes]
        crops = [cut_square(image, square, self._size_px) for square in squares]
        everyone = [*rider_boxes, *bystanders]
        heads: list[list[RawBox]] = []
        for index, (square, boxes) in enumerate(zip(squares, self._boxes.detect(crops), strict=True)):
            in_frame = [
                RawBox(raw.label, raw.confidence, _rounded(to_frame_xyxy(raw.box_xyxy, square, self._size_px)))
                for raw in boxes
                if raw.label in (HELMET, NO_HELMET)
            ]
            own = [raw for raw in merge_double_boxes(in_frame, SAME_HEAD_IOU) if owner(raw.box_xyxy, everyone) == index]
            heads.append(own[:MAX_HEADS])
        found = list(chain.from_iterable(heads))
        looked = iter(self._look.look(image, found) if self._look else found)
        return [
            tuple(Head(raw.label == HELMET, raw.confidence, raw.box_xyxy) for raw in islice(looked, len(own)))
            for own in heads
        ]


def load_head_detector(
    backend: str, overrides: Path | None = None, threads: int | None = None, *, min_confidence: float = MIN_CONFIDENCE
) -> HeadDetector:
    """The heads detector of the register (or of a user's `overrides`) with its second look, ready to be asked.

    The second look always runs on the processor: it is no work, and the graphics card runs YOLOv8 only.
    Raises `UserError` for weights or a backend that cannot be used.
    """
    heads, once_more = load_weights("heads", overrides), load_weights("head_look", overrides)
    look = HeadLook(once_more, make_backend("openvino", once_more, threads))
    return HeadDetector(heads, make_backend(backend, heads, threads), look, min_confidence=min_confidence)


def owner(head: Box, riders: Sequence[Box]) -> int | None:
    """Which of the motorcycle boxes a head belongs to; None where its centre lies in the upper part of none."""
    distances = [(_distance(head, rider), index) for index, rider in enumerate(riders)]
    possible = [(distance, index) for distance, index in distances if distance is not None]
    return min(possible)[1] if possible else None


def _distance(head: Box, rider: Box) -> float | None:
    """How far the head lies from where this rider's head is expected, in box sizes; None outside the upper box."""
    x1, y1, x2, y2 = rider
    width, height = max(x2 - x1, 1e-6), max(y2 - y1, 1e-6)
    across = ((head[0] + head[2]) / 2 - x1) / width
    down = ((head[1] + head[3]) / 2 - y1) / height
    if not -SLACK_BESIDE <= across <= 1 + SLACK_BESIDE or not -SLACK_ABOVE <= down <= LOWEST_CENTRE:
        return None
    # Sideways counts in heights too: a wide box must not call a head at its edge near.
    sideways = (across - 0.5) * width / height
    return float(sideways**2 + (down - TYPICAL_CENTRE) ** 2)


def _rounded(box: Box) -> Box:
    x1, y1, x2, y2 = (round(float(side), BOX_DECIMALS) for side in box)
    return x1, y1, x2, y2
