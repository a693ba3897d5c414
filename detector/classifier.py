"""Asking a small classifier network of ours: its answers are probabilities, or it is refused."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from detector.detect import Backend
from detector.vocabulary import Pixels
from models.errors import WeightsError
from models.registry import Weights

Probabilities = npt.NDArray[np.float32]

PROBABILITY_SUM_TOLERANCE = 0.01


def probabilities(backend: Backend, weights: Weights, pictures: Sequence[Pixels], whose: str) -> Probabilities:
    """Of every label for each picture (height, width, 3) BGR at the network's input size: (pictures, labels).

    Raises `WeightsError` for a network of another kind; `whose` begins its remedy: "Lamp weights are".
    """
    rows = backend.infer(np.stack(pictures))
    expected = (len(pictures), len(weights.labels))
    if rows.shape != expected:
        what = f"the network gives {rows.shape}, expected {expected}: one probability per label"
        remedy = f"{whose} a classifier as models/registry.py describes it."
        raise WeightsError(what, where=str(weights.path), remedy=remedy)
    if not np.abs(rows.sum(axis=1) - 1).max() <= PROBABILITY_SUM_TOLERANCE:  # also false for NaN
        what = "the network's answers are no probabilities: they do not add up to 1"
        raise WeightsError(what, where=str(weights.path), remedy="Export it with a softmax at its end.")
    return rows
