"""How exactly an observation says things: rounded once, so that live and replayed verdicts are the same bytes."""

from dataclasses import replace

from detector.vocabulary import Box, Detection, Head, LampReading, Observation, PictureCheck

BOX_DECIMALS = 2  # a hundredth of a pixel: far below what any detector can tell
CONFIDENCE_DECIMALS = 4
SHARE_DECIMALS = 5  # of the picture's diagonal: a hundredth of a pixel
LEVEL_DECIMALS = 1
CLOCK_DECIMALS = 3


def rounded(observation: Observation) -> Observation:
    """The observation with boxes to 0.01 px, confidences and ratios to 0.0001, the clock to a millisecond. Applied again
    it changes nothing."""
    return replace(
        observation,
        detections=tuple(_detection(detection) for detection in observation.detections),
        lamps=tuple(LampReading(r.signal, r.phase, _confidence(r.confidence)) for r in observation.lamps),
        clock_offset_s=_optional(observation.clock_offset_s, CLOCK_DECIMALS),
        check=None if observation.check is None else _check(observation.check),
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


def _check(check: PictureCheck) -> PictureCheck:
    return PictureCheck(
        moved_share=_optional(check.moved_share, SHARE_DECIMALS),
        upper_quarter_level=round(float(check.upper_quarter_level), LEVEL_DECIMALS),
        highlight_level=round(float(check.highlight_level), LEVEL_DECIMALS),
        shadow_level=round(float(check.shadow_level), LEVEL_DECIMALS),
        contrast_levels=round(float(check.contrast_levels), LEVEL_DECIMALS),
        contrast_ratio=_optional(check.contrast_ratio, CONFIDENCE_DECIMALS),
        sharpness_ratio=_optional(check.sharpness_ratio, CONFIDENCE_DECIMALS),
        hidden_share=_optional(check.hidden_share, CONFIDENCE_DECIMALS),
        glare_share=_optional(check.glare_share, CONFIDENCE_DECIMALS),
    )


def _optional(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(float(value), decimals)


def _box(box_xyxy: Box) -> Box:
    x1, y1, x2, y2 = (round(float(side), BOX_DECIMALS) for side in box_xyxy)  # float(): numpy's own floats go too
    return (x1, y1, x2, y2)


def _confidence(confidence: float) -> float:
    return round(float(confidence), CONFIDENCE_DECIMALS)
