"""`python -m models prepare NAME`: makes the training set of a role from the data folder, footage and renders."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from models.registry import load_weights
from models.training.dataset import DatasetWriter
from models.training.heads import Crop
from models.training.heads_set import write_head_set
from models.training.plate_set import write_plate_set
from models.training.predict import Detector
from models.training.renders import Render, render_head_crops, render_plate_crops, rendered
from models.training.sources import Sources
from models.training.vehicle_set import write_vehicle_set

SEED = 2026
RENDERED_SHARES = {"heads": 1.0, "plates": 0.35}  # rendered crops for each real one
KEPT_OUT_SHARE = 8  # one rendered crop in eight is kept out


def prepare(role: str, sources: Sources) -> DatasetWriter:
    """Makes `work/ROLE` anew; the writer's `counts` say what is in it."""
    makers: dict[str, Callable[[DatasetWriter, Sources], None]] = {
        "vehicles": write_vehicle_set,
        "heads": _heads,
        "plates": _plates,
    }
    writer = DatasetWriter(sources.work / role, role)
    makers[role](writer, sources)
    writer.finish()
    return writer


def _heads(writer: DatasetWriter, sources: Sources) -> None:
    write_head_set(writer, sources)
    weights = load_weights("heads")  # as published: what they misread is taught more often
    crops = partial(render_head_crops, reader=Detector(weights.path, weights.labels, weights.input_size_wh))
    _add_rendered(writer, sources.renders, crops, np.random.default_rng(SEED), RENDERED_SHARES["heads"])


def _plates(writer: DatasetWriter, sources: Sources) -> None:
    write_plate_set(writer, sources)
    _add_rendered(writer, sources.renders, render_plate_crops, np.random.default_rng(SEED), RENDERED_SHARES["plates"])


def _add_rendered(
    writer: DatasetWriter,
    renders: Path | None,
    crops_of: Callable[[Render, np.random.Generator], Iterator[Crop]],
    rng: np.random.Generator,
    share: float,
) -> None:
    """Adds rendered crops evenly over the scenes, up to `share` of the real ones."""
    if renders is None:
        return
    crops = [(crop, render.kept_out) for render in rendered(renders) for crop in crops_of(render, rng)]
    wanted = int(share * writer.counts["train pictures"])
    chosen = rng.permutation(len(crops))[: wanted + wanted // KEPT_OUT_SHARE]
    for index in sorted(chosen.tolist()):
        crop, kept_out = crops[index]
        writer.add(crop.name, crop.image, list(crop.boxes), kept_out=kept_out)
