"""`python -m models quantise vehicles|plate_text`: the float weights as 8-bit integers, entered beside them in the registry.

On processors OpenVINO runs such a network about twice as fast. Post-training quantisation by NNCF: the weights and inputs of
convolutions become 8-bit numbers whose ranges are measured on pictures of the training scenes. Of vehicles, what follows the
head's last convolutions (distances, sigmoids, boxes) stays float; what stays so of plate text is said in
`plate_text/quantise.py`. The file is ONNX of the same layout, with QuantizeLinear and DequantizeLinear nodes. Training and
CUDA go on with the float file.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from models.crops import Image
from models.errors import UserError
from models.training.letterbox import as_batch, letterboxed
from models.training.sets import TRAINING_CLIPS, clip_frames, head_pictures, vehicle_pictures

QUANTISED_DETECTORS = ("vehicles",)
LONG_SIDE_PX, STRIDE_PX = 640, 32
# Every third still, and frames of the training clips four seconds or so apart: some 300 pictures.
ONE_STILL_IN = 3
CLIP_FRAMES = range(0, 400, 25)
# Behind the head's convolutions (`cv2`, `cv3`) a step of 1/255 would be a step of pixels: these stay float.
FLOAT_NODES = ".*/model.22/(?!cv).*"


def quantise(role: str, file: Path, target: Path, data: Path, footage: Path) -> Path:
    """Writes `target`, the ONNX weights of `file` with 8-bit convolutions, measured on pictures of `data`, `footage`.

    Raises `UserError` for a role that is not quantised, `DataFolderError` for pictures that are missing.
    """
    if role not in QUANTISED_DETECTORS:
        raise UserError(f"`{role}` runs in float only", remedy=f"Choose one of: {', '.join(QUANTISED_DETECTORS)}.")
    pictures = [_laid(image) for image in _training_pictures(data, footage)]
    return write_int8(file, target, pictures, lambda laid: {"images": as_batch(laid)}, patterns=[FLOAT_NODES])


def write_int8(
    file: Path,
    target: Path,
    pictures: Sequence[Image],
    inputs_of: Callable[[Image], dict[str, Any]],
    **float_scope: list[str],
) -> Path:
    """Writes `target`, `file` with 8-bit weights and activations, whose ranges are those that `pictures` excite.

    `inputs_of`: a picture as the network's inputs, by name. `float_scope`: what stays float, as nncf.IgnoredScope takes it:
    `names`, `patterns` or `types` of nodes.
    """
    import nncf
    import onnx
    from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, OverflowFix

    quantised = nncf.quantize(
        _in_float32(onnx.load(str(file))),
        nncf.Dataset(pictures, inputs_of),
        subset_size=len(pictures),
        preset=nncf.QuantizationPreset.MIXED,  # SiLU gives out little below zero and much above: ranges of its own
        ignored_scope=nncf.IgnoredScope(**float_scope),
        # Processors without VNNI add two products in 16 bits: weights of 7 bits cannot overflow them.
        advanced_parameters=AdvancedQuantizationParameters(overflow_fix=OverflowFix.ENABLE),
    )
    _make_unsigned(quantised)
    quantised.producer_name, quantised.producer_version, quantised.doc_string = "phatnguoi", "", ""
    onnx.checker.check_model(quantised)
    target.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(quantised, str(target))
    return target


def _training_pictures(data: Path, footage: Path) -> Iterator[Image]:
    """Pictures of the scenes that the vehicles detector is trained on; kept-out ones never."""
    stills = (picture for picture in chain(vehicle_pictures(data), head_pictures(data)) if not picture.kept_out)
    for picture in islice(stills, 0, None, ONE_STILL_IN):
        yield picture.image
    for clip in TRAINING_CLIPS:
        for picture in clip_frames(footage, clip, CLIP_FRAMES, kept_out=False):
            yield picture.image


def _laid(image: Image) -> Image:
    """The picture as the detector would see it: longer side `LONG_SIDE_PX`, both a multiple of `STRIDE_PX`."""
    scale = LONG_SIDE_PX / max(image.shape[:2])
    height, width = (-(-round(side * scale) // STRIDE_PX) * STRIDE_PX for side in image.shape[:2])
    return letterboxed(image, (width, height))[0]


def _in_float32(model: Any) -> Any:
    """The model with the weights that `export` stored as float16 in float32 again, and their Casts gone."""
    from onnx import numpy_helper

    graph = model.graph
    stored = {weight.name: weight for weight in graph.initializer}
    casts = {node.output[0]: node for node in graph.node if node.op_type == "Cast" and node.input[0] in stored}
    for cast in casts.values():
        weight = stored[cast.input[0]]
        weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight).astype(np.float32), weight.name))
        graph.node.remove(cast)
    for node in graph.node:
        node.input[:] = [casts[name].input[0] if name in casts else name for name in node.input]
    return model


def _make_unsigned(model: Any) -> None:
    """Turns the activations' signed 8-bit numbers into unsigned ones of the same values: all move up by 128.

    OpenVINO 2026.4 computes nonsense where a signed tensor with a zero point is split in two, as YOLOv8 does.
    """
    from onnx import numpy_helper

    zero_points = {node.input[2] for node in model.graph.node if node.op_type == "QuantizeLinear"}
    for number in model.graph.initializer:
        signed = numpy_helper.to_array(number)
        if number.name in zero_points and signed.dtype == np.int8:
            unsigned = (signed.astype(np.int16) + 128).astype(np.uint8)
            number.CopyFrom(numpy_helper.from_array(unsigned, number.name))
    del model.graph.value_info[:]  # they still say int8
