"""Boxes from a YOLO: one port, two engines behind it (DESIGN §7).

    images ──letterbox──▶ pictures ──Backend.infer──▶ raw heads ──decode, NMS──▶ RawBox

The engine is chosen by name (`openvino` by default, `cuda`); each lives in its own file and is imported only when
asked for. Weights are ONNX with the plain YOLOv8 head: float32 (n, 3, height, width), RGB in 0..1, to float32
(n, 4 + labels, anchors), centre x, centre y, width, height in pixels of the network's input, then one confidence per label.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from detector.precision import BOX_DECIMALS, CONFIDENCE_DECIMALS
from detector.vocabulary import Box, Detection, Pixels, VehicleClass
from models.errors import UserError, WeightsError
from models.registry import Weights

Batch = npt.NDArray[np.float32]

BACKEND_NAMES = ("openvino", "cuda")
PAD_GREY = 114  # the colour that YOLO is trained to see around a picture
STRIDE_PX = 32  # YOLOv8's coarsest grid: input sides are multiples of it

# The tracker starts new tracks only from sure boxes, but holds on to a vehicle it knows with weak ones: without those
# below 0.2 it keeps the smallest riders of our clips for 67 % of their way instead of 78 %.
MIN_CONFIDENCE = 0.10
# ultralytics' own default: riders side by side at a stop line overlap, and a lower limit takes one of them away.
NMS_IOU = 0.7
# Boxes of different classes that agree this well are one vehicle seen twice (a van as car and as truck); the limit is
# above NMS_IOU because two vehicles of different classes may well overlap as much as two of one class.
SAME_VEHICLE_IOU = 0.8
# A motorbike without its riders has 0.5 to 0.7 of the height of both, and nearly all of its width lies within theirs.
PART_HEIGHT_SHARE, PART_INSIDE_SHARE, PART_LINE_SHARE = 0.75, 0.85, 0.08
TWO_WHEELERS = {VehicleClass.MOTORCYCLE.value, VehicleClass.BICYCLE.value}
# A crowd at a Vietnamese junction is some 80 vehicles; more boxes than this is a broken picture.
MAX_BOXES = 300


@dataclass(frozen=True, slots=True)
class RawBox:
    """One box as the network said it: `box_xyxy` in pixels of the picture given, clipped to it."""

    label: str
    confidence: float
    box_xyxy: Box


class Backend(Protocol):
    """An engine that runs one network."""

    @property
    def fixed_size_wh(self) -> tuple[int, int] | None:
        """(width, height) in pixels that the network insists on; None where any multiple of 32 will do."""

    def infer(self, pictures: Pixels) -> Batch:
        """uint8 (n, height, width, 3) BGR to the network's float32 answer: (n, 4 + labels, anchors) of a YOLOv8."""


def make_backend(name: str, weights: Weights, threads: int | None = None) -> Backend:
    """The engine called `name`, with `weights` loaded (`run_by` says which file of them).

    `threads` limits the processor cores it uses (default: all).

    Raises `WeightsError` for weights that are not ONNX, `UserError` for an unknown name, a missing extra or no GPU.
    """
    weights = run_by(name, weights)
    if weights.path.suffix != ".onnx":
        what = "only ONNX weights are run (a .pt file is a pickle and can run any program when it is opened)"
        remedy = "Export it once where you trust it: yolo export model=NAME.pt format=onnx dynamic=True."
        raise WeightsError(what, where=str(weights.path), remedy=remedy)
    if name == "openvino":
        from detector.openvino_backend import OpenVinoBackend

        return OpenVinoBackend(weights.path, threads)
    if name == "cuda":
        from detector.ultralytics_backend import UltralyticsBackend

        return UltralyticsBackend(weights.path, len(weights.labels))
    raise UserError(f"unknown inference backend `{name}`", remedy=f"Choose one of: {', '.join(BACKEND_NAMES)}.")


def run_by(name: str, weights: Weights) -> Weights:
    """The weights whose file backend `name` really runs: on processors the 8-bit ones, where there are any."""
    return weights.int8 or weights if name == "openvino" else weights


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture was laid into the network's input: scaled by `scale`, then moved by (`left`, `top`) pixels."""

    scale: float
    left: int
    top: int


def letterbox(image: Pixels, size_wh: tuple[int, int]) -> tuple[Pixels, Letterbox]:
    """The picture (height, width, 3) scaled into (height, width, 3) of `size_wh`, aspect kept, the rest grey."""
    height, width = image.shape[:2]
    scale = min(size_wh[0] / width, size_wh[1] / height)
    inner_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    left, top = (size_wh[0] - inner_wh[0]) // 2, (size_wh[1] - inner_wh[1]) // 2
    laid: Pixels = np.full((size_wh[1], size_wh[0], 3), PAD_GREY, np.uint8)
    resized = image if inner_wh == (width, height) else cv2.resize(image, inner_wh, interpolation=cv2.INTER_LINEAR)
    laid[top : top + inner_wh[1], left : left + inner_wh[0]] = resized
    return laid, Letterbox(scale, left, top)


def tight_size_wh(image_wh: tuple[int, int], long_side_px: int) -> tuple[int, int]:
    """The smallest input that holds the picture with its longer side at `long_side_px`: less grey, less work."""
    scale = long_side_px / max(image_wh)
    width, height = (max(STRIDE_PX, -(-round(side * scale) // STRIDE_PX) * STRIDE_PX) for side in image_wh)
    return width, height


class BoxDetector:
    """One network with its letterbox, decoding and suppression."""

    def __init__(
        self,
        weights: Weights,
        backend: Backend,
        *,
        min_confidence: float = MIN_CONFIDENCE,
        nms_iou: float = NMS_IOU,
    ) -> None:
        self._labels = weights.labels
        self._long_side_px = max(weights.input_size_wh)
        self._backend = backend
        self._min_confidence = min_confidence
        self._nms_iou = nms_iou

    def detect(self, images: Sequence[Pixels]) -> list[list[RawBox]]:
        """Boxes of each picture (height, width, 3) BGR, most confident first. All pictures have one size."""
        if not images:
            return []
        sizes = {image.shape for image in images}
        if len(sizes) != 1:
            raise ValueError(f"pictures of one call must have one size, got {sorted(sizes)}")
        height, width = images[0].shape[:2]
        size_wh = self._backend.fixed_size_wh or tight_size_wh((width, height), self._long_side_px)
        laid = [letterbox(image, size_wh) for image in images]
        heads = self._backend.infer(np.stack([picture for picture, _ in laid]))
        self._check_head(heads, len(images))
        return [
            decode(head, how, (width, height), self._labels, self._min_confidence, self._nms_iou)
            for head, (_, how) in zip(heads, laid, strict=True)
        ]

    def _check_head(self, heads: Batch, images: int) -> None:
        rows = 4 + len(self._labels)
        if heads.ndim != 3 or heads.shape[:2] != (images, rows):
            what = (
                f"the network gives {heads.shape}, expected ({images}, {rows}, anchors) for {len(self._labels)} labels"
            )
            raise WeightsError(what, remedy="Export without NMS, and list every label in the weights file list.")


def decode(
    head: Batch,
    how: Letterbox,
    image_wh: tuple[int, int],
    labels: Sequence[str],
    min_confidence: float,
    nms_iou: float,
) -> list[RawBox]:
    """The raw head (4 + labels, anchors) of one picture as boxes in its pixels, suppressed class by class.

    The order is fixed (confidence falling, then box) so that the same picture always gives the same list.
    """
    chosen = np.flatnonzero(head[4:].max(axis=0) >= min_confidence)
    if not chosen.size:
        return []
    scores = head[4:, chosen]
    classes, confidences = scores.argmax(axis=0), scores.max(axis=0)
    boxes = _to_image_xyxy(head[:4, chosen], how, image_wh)
    kept = _suppress(boxes, confidences, classes, nms_iou)
    found = [
        RawBox(
            labels[int(classes[i])],
            round(float(confidences[i]), CONFIDENCE_DECIMALS),
            _rounded(boxes[i]),
        )
        for i in kept
    ]
    solid = [raw for raw in found if raw.box_xyxy[2] > raw.box_xyxy[0] and raw.box_xyxy[3] > raw.box_xyxy[1]]
    solid.sort(key=lambda raw: (-raw.confidence, raw.box_xyxy, raw.label))
    return solid[:MAX_BOXES]


def _to_image_xyxy(cxcywh: Batch, how: Letterbox, image_wh: tuple[int, int]) -> npt.NDArray[np.float64]:
    centre_x, centre_y, width, height = cxcywh.astype(np.float64)
    left_top_right_bottom = np.stack(
        [centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2], axis=1
    )
    boxes = (left_top_right_bottom - [how.left, how.top, how.left, how.top]) / how.scale
    boxes[:, 0::2] = boxes[:, 0::2].clip(0, image_wh[0])
    boxes[:, 1::2] = boxes[:, 1::2].clip(0, image_wh[1])
    return boxes


def _suppress(
    boxes: npt.NDArray[np.float64],
    confidences: Batch,
    classes: npt.NDArray[np.intp],
    nms_iou: float,
) -> list[int]:
    corner_and_size = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    no_threshold = 0.0  # the weak ones are gone already
    kept = cv2.dnn.NMSBoxesBatched(
        corner_and_size.tolist(), confidences.tolist(), classes.tolist(), no_threshold, nms_iou
    )
    return [int(i) for i in np.asarray(kept, dtype=np.int64).ravel()]


def _rounded(box: npt.NDArray[np.float64]) -> Box:
    x1, y1, x2, y2 = (round(float(value), BOX_DECIMALS) for value in box)
    return x1, y1, x2, y2


def iou(a: Box, b: Box) -> float:
    """Overlap of two boxes, 0 to 1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def merge_double_boxes(boxes: Sequence[RawBox], same_iou: float = SAME_VEHICLE_IOU) -> list[RawBox]:
    """The boxes, most confident first, without those that repeat a stronger one under another class."""
    return _without(boxes, lambda box, stronger: iou(box.box_xyxy, stronger.box_xyxy) >= same_iou)


def without_parts(boxes: Sequence[RawBox]) -> list[RawBox]:
    """The boxes, most confident first, without those that are the lower part of a stronger one: a motorbike without
    its riders inside the box of both. Vehicles of one kind whose wheels touch the road on the same line are equally
    far away and so about equally tall; what is much lower than its neighbour there is a part of it."""
    return _without(boxes, _is_part)


def _without(boxes: Sequence[RawBox], repeats: Callable[[RawBox, RawBox], bool]) -> list[RawBox]:
    """The boxes without those that repeat a stronger one. Only boxes that share columns can: a crowd has thousands of
    pairs, and asking about each takes a tenth of all that a frame costs."""
    x1, _, x2, _ = np.array([box.box_xyxy for box in boxes]).reshape(-1, 4).T
    share_columns = (x1[:, np.newaxis] < x2) & (x1 < x2[:, np.newaxis])
    is_kept = [True] * len(boxes)
    for index, box in enumerate(boxes):
        stronger = np.flatnonzero(share_columns[index, :index]).tolist()
        is_kept[index] = not any(is_kept[other] and repeats(box, boxes[other]) for other in stronger)
    return [box for box, kept in zip(boxes, is_kept, strict=True) if kept]


def _is_part(box: RawBox, whole: RawBox) -> bool:
    if box.label != whole.label and not {box.label, whole.label} <= TWO_WHEELERS:
        return False
    (x1, y1, x2, y2), (left, top, right, bottom) = box.box_xyxy, whole.box_xyxy
    height, inside = bottom - top, min(x2, right) - max(x1, left)
    on_one_line = abs(y2 - bottom) <= PART_LINE_SHARE * height
    return on_one_line and y2 - y1 <= PART_HEIGHT_SHARE * height and inside >= PART_INSIDE_SHARE * (x2 - x1)


class VehicleDetector:
    """Vehicles of a whole picture, as Detections without heads."""

    def __init__(self, weights: Weights, backend: Backend, *, min_confidence: float = MIN_CONFIDENCE) -> None:
        known = {str(vehicle_class) for vehicle_class in VehicleClass}
        if not known & set(weights.labels):
            what = f"labels {', '.join(weights.labels)} name no vehicle"
            raise WeightsError(what, where=str(weights.path), remedy=f"Vehicles are {', '.join(sorted(known))}.")
        self._known = known
        self._boxes = BoxDetector(weights, backend, min_confidence=min_confidence)

    def detect(self, images: Sequence[Pixels]) -> list[tuple[Detection, ...]]:
        """Vehicles of each picture (height, width, 3) BGR in its pixels, most confident first."""
        return [
            tuple(
                Detection(VehicleClass(box.label), box.confidence, box.box_xyxy)
                for box in without_parts(merge_double_boxes([box for box in boxes if box.label in self._known]))
            )
            for boxes in self._boxes.detect(images)
        ]
