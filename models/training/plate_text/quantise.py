"""The plate text network in 8-bit integers: its 1 x 1 convolutions, which take four fifths of its time, and nothing else.

The attention layers, both heads and the few wider convolutions stay float: in 8 bits they gain little and cost readings.
"""

from pathlib import Path

from models.plate_text import fitted
from models.training.plate_text.data import load_grey, own_plates, split, split_lines
from models.training.quantise import write_int8

ONE_CROP_IN = 4
# Numbers of 1 x 1 convolutions that stay float too. Those that weigh channels (one number each) cost nothing; the inputs of the
# last have outliers that leave the rest few of 255 steps: noise is 23 to 30 dB below the signal, elsewhere 32 and more.
CHANNEL_WEIGHTS, WITH_OUTLIERS = (6, 7, 20, 21, 28, 29, 36, 37, 47, 48), (50, 53, 54, 55)
FLOAT_TYPES = (
    *("MatMul", "Gemm", "Softmax", "Sigmoid", "Add", "Sub", "Mul", "Div", "Pow", "Sqrt"),
    *("MaxPool", "AveragePool", "ReduceMean", "ReduceMax", "Concat"),
)


def quantise(file: Path, target: Path, data: Path) -> Path:
    """Writes `target` from the float file, measured on every fourth crop that the network was trained on."""
    folder = data / "plates/crops"
    crops = split(own_plates())["train"][::ONE_CROP_IN]
    pictures = [fitted(split_lines(load_grey(folder, crop), crop.lines or 2)) for crop in crops]
    return write_int8(
        file,
        target,
        pictures,
        lambda picture: {"pictures": picture[None, None].astype("float32") / 255},
        names=_wide_convolutions(file) + _numbered(*CHANNEL_WEIGHTS, *WITH_OUTLIERS),
        types=list(FLOAT_TYPES),
    )


def _numbered(*numbers: int) -> list[str]:
    return [f"/network/backbone/Conv/{number}/Conv" for number in numbers]


def _wide_convolutions(file: Path) -> list[str]:
    import onnx

    shapes = {
        node.name: list(attribute.ints)
        for node in onnx.load(str(file)).graph.node
        for attribute in node.attribute
        if node.op_type == "Conv" and attribute.name == "kernel_shape"
    }
    return [name for name, shape in shapes.items() if shape != [1, 1]]
