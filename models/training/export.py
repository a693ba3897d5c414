"""`python -m models export NAME`: a trained checkpoint as ONNX with half-precision storage, entered in the registry.

The ONNX graph computes in float32; only the stored weights are float16, each followed by a Cast, which OpenVINO and
ONNX Runtime fold away when they load the file. That halves the file; boxes move by hundredths of a pixel.
"""

from pathlib import Path
from typing import Any

import yaml

from models.crops import HEAD_LOOK_SIZE_PX, LAMP_SIZE_WH
from models.errors import UserError
from models.labels import LABELS
from models.plate_text import INPUT_WH as PLATE_TEXT_WH
from models.registry import REGISTRY_FILE, sha256_of
from models.training.teacher import load_yolo

OPSET = 17
EXPORT_SIZES_WH = {
    "vehicles": (640, 640),
    "heads": (224, 224),
    "plates": (320, 320),
    "head_look": (HEAD_LOOK_SIZE_PX, HEAD_LOOK_SIZE_PX),
    "lamps": LAMP_SIZE_WH,
    "plate_text": PLATE_TEXT_WH,
}
# The vehicles detector also runs on other multiples of 32: 640 x 384 holds a 16:9 frame with 40 % less work.
FREE_HEIGHT_AND_WIDTH = ("vehicles",)
SMALLEST_HALVED_ELEMENTS = 64
HALF_MAX = 60_000  # float16 ends at 65,504
SEED = 2026
BOX_GAP_PX = 1.0  # of 99 in 100: half-precision weights move boxes by hundredths of a pixel, wild guesses by more
CONFIDENCE_GAP = 0.01


class ExportError(UserError):
    """A checkpoint cannot be exported."""


def export(role: str, checkpoint: Path, target: Path, average_with: Path | None = None) -> Path:
    """Writes `target` from an ultralytics checkpoint; the output is described in models/registry.py.

    `average_with`: a second checkpoint of the same lineage, e.g. of the round before; the export is their mean.
    """
    if not checkpoint.exists():
        raise ExportError("no checkpoint", where=str(checkpoint), remedy=f"Run `python -m models train {role}` first.")
    network = load_yolo(checkpoint).model.float().eval()
    if average_with:
        _average(network, load_yolo(average_with).model.float())
    network.fuse()
    head = network.model[-1]
    head.export, head.dynamic, head.format = True, True, "onnx"
    width, height = EXPORT_SIZES_WH[role]
    free = {0: "batch"} | ({2: "height", 3: "width"} if role in FREE_HEIGHT_AND_WIDTH else {})
    free_out = {0: "batch"} | ({2: "anchors"} if role in FREE_HEIGHT_AND_WIDTH else {})
    write_onnx(network, target, (width, height), free, free_out)
    _check_equal(network, target, (width, height), role)
    return target


def write_onnx(
    network: Any, target: Path, size_wh: tuple[int, int], free: dict[int, str], free_out: dict[int, str]
) -> None:
    """`images` (n, 3, height, width) RGB in 0..1 to `output0`; large weights as float16. `free`: axes of any length."""
    import torch

    width, height = size_wh
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        network,
        (torch.zeros(1, 3, height, width),),
        str(target),
        opset_version=OPSET,
        input_names=["images"],
        output_names=["output0"],
        dynamic_axes={"images": free, "output0": free_out},
        dynamo=False,
    )
    store_halved(target)


def _check_equal(network: Any, file: Path, size_wh: tuple[int, int], role: str) -> None:
    """Raises `ExportError` when the file, in the engine that will run it, says other things than torch."""
    import numpy as np
    import openvino
    import torch

    # Coarse blots, a batch of two: like a picture, they excite every layer; white noise hardly does.
    blots = np.random.default_rng(SEED).random((2, 3, size_wh[1] // 32, size_wh[0] // 32), np.float32)
    batch = np.ascontiguousarray(blots.repeat(32, axis=2).repeat(32, axis=3))
    with torch.no_grad():
        answer = network(torch.from_numpy(batch))
    expected = (answer[0] if isinstance(answer, (tuple, list)) else answer).numpy()
    core = openvino.Core()
    exported = core.compile_model(core.read_model(file), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    gaps = np.abs(np.asarray(exported(batch)[0]) - expected)
    box_gap_px, confidence_gap = float(np.percentile(gaps[:, :4], 99)), float(gaps[:, 4:].max())
    if box_gap_px > BOX_GAP_PX or confidence_gap > CONFIDENCE_GAP:
        what = f"the ONNX file differs from torch: {box_gap_px:.3f} px, {confidence_gap:.4f} confidence"
        raise ExportError(what, where=str(file), remedy=f"Export {role} again with other versions of torch or onnx.")


def _average(network: Any, other: Any) -> None:
    """Puts the mean of both networks' weights into the first.

    The mean of two fine-tunings of one network is often better than either: Wortsman et al., Model soups, ICML 2022.
    """
    ours, theirs = network.state_dict(), other.state_dict()
    network.load_state_dict(
        {name: (value + theirs[name]) / 2 if value.is_floating_point() else value for name, value in ours.items()}
    )


def store_halved(file: Path) -> None:
    """Rewrites the model's large float32 weights as float16 under the same names, with a Cast behind each."""
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(str(file))
    graph, casts, kept = model.graph, [], []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < SMALLEST_HALVED_ELEMENTS or np.abs(values).max() > HALF_MAX:
            kept.append(weight)
            continue
        kept.append(numpy_helper.from_array(values.astype(np.float16), weight.name))
        casts.append(helper.make_node("Cast", [weight.name], [f"{weight.name}_float32"], to=onnx.TensorProto.FLOAT))
    halved = {cast.input[0]: cast.output[0] for cast in casts}
    for node in graph.node:
        node.input[:] = [halved.get(name, name) for name in node.input]
    nodes = [*casts, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    model.producer_name, model.producer_version, model.doc_string = "phatnguoi", "", ""
    onnx.checker.check_model(model)
    onnx.save(model, str(file))


def enter_in_registry(role: str, file: Path, version: str) -> None:
    """Writes the role's entry in models/registry.yaml with the file's hash."""
    registry = yaml.safe_load(REGISTRY_FILE.read_text(encoding="utf-8")) if REGISTRY_FILE.exists() else {}
    registry[role] = {
        "file": str(file.resolve().relative_to(REGISTRY_FILE.parent)),
        "sha256": sha256_of(file),
        "labels": list(LABELS[role]),
        "input_size": list(EXPORT_SIZES_WH[role]),
        "version": version,
        "card": f"cards/{role}.md",
    }
    _write_registry(registry)


def enter_int8_in_registry(role: str, file: Path) -> None:
    """Names the 8-bit file beside the float one that it was made from. `enter_in_registry` takes an older one away."""
    registry = yaml.safe_load(REGISTRY_FILE.read_text(encoding="utf-8"))
    registry[role]["int8"] = {
        "file": str(file.resolve().relative_to(REGISTRY_FILE.parent)),
        "sha256": sha256_of(file),
    }
    _write_registry(registry)


def _write_registry(registry: dict[str, Any]) -> None:
    ordered = {name: registry[name] for name in LABELS if name in registry}
    heading = "# Our weights: see models/registry.py. Written by `python -m models export`.\n"
    text = yaml.safe_dump(ordered, sort_keys=False, default_flow_style=None, width=110)
    REGISTRY_FILE.write_text(heading + text, encoding="utf-8")
