"""PP-OCR's text recogniser as a torch network without its head: what ours grows from.

The weights are PaddleOCR's PP-OCRv6 small recogniser (Apache-2.0) as the `rapidocr` wheel carries them; `onnx2torch` turns
the graph into torch. Its 18,710 letters and signs are cut off: what is left gives 120 features a step.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.errors import WeightsError
from models.plate_text import INPUT_WH

WEIGHTS = "PP-OCRv6_rec_small.onnx"
FEATURES = 120
HEAD_WEIGHT, HEAD_BIAS = "linear_8.w_0", "linear_8.b_0"


@dataclass(frozen=True, slots=True)
class Recogniser:
    """`backbone`: (N, 3, 48, width) → (N, width / 8, 120). The head's columns by letter: weight (120,) and bias."""

    backbone: nn.Module
    columns: dict[str, tuple[NDArray[np.float32], float]]


def load_recogniser() -> Recogniser:
    """Reads the wheel's file. Raises `WeightsError` where it is missing or of another make."""
    import onnx
    import onnx2torch
    import rapidocr

    file = Path(rapidocr.__file__).parent / "models" / WEIGHTS
    if not file.is_file():
        raise WeightsError("PP-OCR's weights are missing", where=str(file), remedy="Install the locked packages again.")
    model = onnx.load(str(file))
    head = {item.name: onnx.numpy_helper.to_array(item) for item in model.graph.initializer if item.name in _HEAD}
    features = next((node.input[0] for node in model.graph.node if HEAD_WEIGHT in node.input), None)
    if features is None or set(head) != _HEAD:
        raise WeightsError("not the recogniser that we start from", where=str(file), remedy="rapidocr 3.10 carries it.")
    _pad_explicitly(model)
    backbone: nn.Module = onnx2torch.convert(_cut_at(model, features))
    _make_trainable(backbone)
    letters = ["", *_vocabulary(model), " "]  # 0 is the CTC blank
    columns = {
        letter: (head[HEAD_WEIGHT][:, index].copy(), float(head[HEAD_BIAS][index]))
        for index, letter in reversed(list(enumerate(letters)))
    }
    return Recogniser(backbone, columns)


_HEAD = {HEAD_WEIGHT, HEAD_BIAS}


def _vocabulary(model: Any) -> list[str]:
    return next(str(item.value) for item in model.metadata_props if item.key == "character").split("\n")


def _pad_explicitly(model: Any) -> None:
    """SAME_UPPER, which onnx2torch does not know, as numbers: here it only stands on 2x2 kernels with stride 1."""
    from onnx import helper

    for node in model.graph.node:
        kept = [item for item in node.attribute if item.name != "auto_pad"]
        if len(kept) < len(node.attribute):
            del node.attribute[:]
            node.attribute.extend([*kept, helper.make_attribute("pads", [0, 0, 1, 1])])


def _cut_at(model: Any, output: str) -> Any:
    """The part of the graph that `output` depends on."""
    from onnx import TensorProto, helper

    maker = {name: node for node in model.graph.node for name in node.output}
    needed, open_names = set[str](), [output]
    while open_names:
        node = maker.get(open_names.pop())
        if node is not None and node.output[0] not in needed:
            needed.add(node.output[0])
            open_names.extend(node.input)
    nodes = [node for node in model.graph.node if node.output[0] in needed]
    names = {name for node in nodes for name in node.input}
    weights = [item for item in model.graph.initializer if item.name in names]
    given = helper.make_tensor_value_info(
        model.graph.input[0].name, TensorProto.FLOAT, ["batch", 3, INPUT_WH[1], INPUT_WH[0]]
    )
    made = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", "steps", FEATURES])
    graph = helper.make_graph(nodes, "backbone", [given], [made], weights)
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


def _make_trainable(network: nn.Module) -> None:
    """onnx2torch keeps biases, norms and matrices as buffers; all that is learnt becomes a parameter."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            continue  # running means are no parameters
        for name, buffer in list(module.named_buffers(recurse=False)):
            if buffer.is_floating_point() and buffer.numel() > 1:
                delattr(module, name)
                module.register_parameter(name, nn.Parameter(buffer.detach().clone()))


def as_grey(convolution: nn.Conv2d) -> None:
    """Makes a first convolution over three channels take one: the same answer for grey pictures."""
    with torch.no_grad():
        convolution.weight = nn.Parameter(convolution.weight.sum(dim=1, keepdim=True))
    convolution.in_channels = 1
