"""How exactly an observation says things: rounded once, so that live and replayed verdicts are the same bytes."""

from dataclasses import replace

from detector.vocabulary import Box, Detection, Head, LampReading, Observation

BOX_DECIMALS = 2  # a hundredth of a pixel: far below what any detector can tell
CONFIDENCE_DECIMALS = 4


def rounded(observation: Observation) -> Observation:
    """The observation with boxes to 0.01 px and confidences to 0.0001. Applied again it changes nothing."""
    return replace(
        observation,
        detections=tuple(_detection(detection) for detection in observation.detections),
        lamps=tuple(LampReading(r.signal, r.phase, _confidence(r.confidence)) for r in observation.lamps),
    )


def _detection(detection: Detection) -> Detection:
    heads = detection.heads
    return replace(
        detection,
        confidence=_confidence(detection.confidence),
        box_xyxy=_box(detection.box_xyxy),
        heads=None
        if heads is None
        else tuple(Head(head.has_helmet, _confidence(head.confidence), _box(head.box_xyxy)) for head in heads),
    )


def _box(box_xyxy: Box) -> Box:
    x1, y1, x2, y2 = (round(float(side), BOX_DECIMALS) for side in box_xyxy)  # float(): numpy's own floats go too
    return (x1, y1, x2, y2)


def _confidence(confidence: float) -> float:
    return round(float(confidence), CONFIDENCE_DECIMALS)
