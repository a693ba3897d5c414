"""What a training starts from: COCO's checkpoint, or our own published ONNX weights, as a network with our outputs.

Published weights are fused: every batch normalisation is folded into its convolution, and training without it goes badly.
`_unfused` puts it back: one pass over some pictures measures what each convolution gives out, and the normalisation is
set so that the network computes just what it did before.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.crops import Image
from models.labels import LABELS
from models.training.letterbox import letterboxed
from models.training.teacher import load_yolo

ARCHITECTURE = "yolov8n.yaml"
COCO_CLASSES = 80
# COCO's class numbers for the labels that it knows: those roles keep what COCO's outputs have learnt.
COCO_NUMBERS = {"bicycle": 1, "car": 2, "motorcycle": 3, "bus": 5, "truck": 7}


def write_start(start: Path, role: str, target: Path, pictures: Sequence[Image]) -> Path:
    """Writes `target`, a checkpoint that ultralytics trains on, with the role's labels as its outputs.

    `start`: a COCO checkpoint (.pt), or ONNX weights of this role as `export` writes them. `pictures` (BGR, at least
    one) are what an ONNX network's activations are measured on.
    """
    import torch

    network = _published(start, role, pictures) if start.suffix == ".onnx" else _from_coco(start, role)
    network.names = dict(enumerate(LABELS[role]))
    network.nc = len(LABELS[role])
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"epoch": -1, "model": network, "train_args": {"task": "detect", "model": ARCHITECTURE}}, target)
    return target


def _empty_network(classes: int) -> Any:
    """COCO's network with that many outputs; its class branches keep the width that they have for COCO."""
    from ultralytics.nn.tasks import DetectionModel

    network = DetectionModel(ARCHITECTURE, ch=3, nc=COCO_CLASSES, verbose=False)
    _set_outputs(network, [0] * classes)
    return network


def _from_coco(start: Path, role: str) -> Any:
    network = load_yolo(start).model.float()
    if network.model[-1].nc == COCO_CLASSES:
        _set_outputs(network, [COCO_NUMBERS.get(label, 0) for label in LABELS[role]])
    return network


def _set_outputs(network: Any, rows: Sequence[int]) -> None:
    """Keeps these rows of the class outputs, in this order."""
    import torch

    head = network.model[-1]
    for branch in head.cv3:
        old = branch[-1]
        new = torch.nn.Conv2d(old.in_channels, len(rows), 1)
        new.weight = torch.nn.Parameter(old.weight.detach()[list(rows)].clone())
        new.bias = torch.nn.Parameter(old.bias.detach()[list(rows)].clone())
        branch[-1] = new
    head.nc, head.no = len(rows), len(rows) + head.reg_max * 4


def _published(file: Path, role: str, pictures: Sequence[Image]) -> Any:
    import onnx
    import torch
    from onnx import numpy_helper

    weights = {
        one.name: torch.from_numpy(numpy_helper.to_array(one).astype(np.float32))
        for one in onnx.load(str(file)).graph.initializer
    }
    network = _empty_network(len(LABELS[role]))
    _unfused(network, weights, pictures)
    return network


def _unfused(network: Any, weights: dict[str, Any], pictures: Sequence[Image]) -> None:
    """Loads fused weights into an unfused network (see the module's text)."""
    import torch
    from ultralytics.nn.modules import Conv

    normalised = {name: module for name, module in network.named_modules() if isinstance(module, Conv)}
    hooks = []
    for name, module in normalised.items():
        module.conv.weight.data = weights[f"{name}.conv.weight"]
        hooks.append(module.bn.register_forward_pre_hook(_measuring(weights[f"{name}.conv.bias"])))
    for name, parameter in network.named_parameters():
        if name in weights and not any(name.startswith(f"{conv}.") for conv in normalised):
            parameter.data = weights[name]
    blobs = [letterboxed(image, (512, 512))[0][..., ::-1].transpose(2, 0, 1) for image in pictures]
    network.eval()
    with torch.no_grad():
        network(torch.from_numpy(np.ascontiguousarray(np.stack(blobs), np.float32) / 255))
    for hook in hooks:
        hook.remove()


def _measuring(bias: Any) -> Any:
    """A hook that sets a normalisation to add `bias` and nothing else, at the mean and variance that it sees."""

    def measure(norm: Any, inputs: tuple[Any, ...]) -> None:
        seen = inputs[0]
        mean, variance = seen.mean((0, 2, 3)), seen.var((0, 2, 3), unbiased=False)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.data = (variance + norm.eps).sqrt()
        norm.bias.data = bias + mean

    return measure
