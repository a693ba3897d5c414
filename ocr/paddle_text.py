"""PaddleOCR as the second reader, line by line.

Its text recognition runs alone, on ONNX Runtime, with the PP-OCR weights that the `rapidocr` wheel carries. Text
detection is left out: a plate's lines lie where the law puts them. Measured in turn on
the same 62 crops: lines cut by `rectify` 61 exact at 0.25 s each on a busy machine, detection and recognition in
rapidocr's defaults 46 at 2 s, most of its misses being small one-line plates where it finds no text; a detector tuned to
plates would miss fewer.
PaddleOCR gives one mean score per text; the plate needs one per character, so its post-processing step is replaced by
`_PlateDecoder`, which reads the same CTC probabilities.
"""

import atexit
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.errors import WeightsError
from models.plate_text import SYMBOLS
from ocr.ctc import decode
from ocr.grammar import norm
from ocr.reading import Character, RectifiedPlate, TextReading

RECOGNITION_WEIGHTS = "PP-OCRv6_rec_small.onnx"
RECOGNITION_NAME = "PP-OCRv6_small_rec"
INPUT_SHAPE = [3, 48, 320]
BATCH_MAX = 8
THREADS_MAX = 2
SEPARATORS = "-.·"
SYMBOL_CONFIDENCE_MIN = 0.05
"""Below this a symbol is a speck: rims, screws and the dots of separators give such answers."""

Probabilities = npt.NDArray[np.float32]


class PaddleTextReader:
    """Reads plate lines with PaddleOCR. Loads on first use (seconds); not for use by two threads at once."""

    def __init__(self) -> None:
        self._recognition: Any = None

    def read(self, plates: Sequence[RectifiedPlate]) -> list[TextReading]:
        """The characters of each plate, its lines joined from top to bottom. Raises `WeightsError`."""
        pictures = [line for plate in plates for line in plate.line_pixels]
        if not pictures:
            return []
        if self._recognition is None:
            self._recognition = _load_recognition()
        answers = self._recognition.predict(pictures, batch_size=BATCH_MAX)
        lines = iter([tuple(answer["rec_score"]) for answer in answers])
        return [TextReading(tuple(one for _ in plate.line_pixels for one in next(lines))) for plate in plates]


class _PlateDecoder:
    """PaddleOCR's post-processing step, for plates: CTC over 0-9, A-Z and separators, with a confidence each.

    Gives (texts, characters): PaddleOCR passes the second through as the score of each text.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        columns: dict[str, list[int]] = {symbol: [] for symbol in SYMBOLS}
        separators = []
        for index, character in enumerate(vocabulary):
            if character in SEPARATORS:
                separators.append(index)
            elif norm(character) in columns and (character.isascii() or character in "Đđ"):
                columns[norm(character)].append(index)
        self._columns = [[0], separators, *columns.values()]  # 0 is the CTC blank

    def __call__(self, predictions: Sequence[Probabilities], **_: Any) -> tuple[list[str], list[tuple[Character, ...]]]:
        lines = [self._characters(probabilities) for probabilities in np.asarray(predictions[0])]
        return ["".join(character.symbol for character in line) for line in lines], lines

    def _characters(self, probabilities: Probabilities) -> tuple[Character, ...]:
        """Those of one line, specks left out. `probabilities`: (steps, vocabulary)."""
        shares = np.stack([probabilities[:, columns].sum(axis=1) for columns in self._columns], axis=1)
        characters = decode(shares, silent=2)
        return tuple(character for character in characters if character.confidence >= SYMBOL_CONFIDENCE_MIN)


def quietly() -> None:
    """To be called before PaddleOCR is imported: no network, no chatter, no folders in the home directory."""
    os.environ.setdefault("PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK", "True")
    if "PADDLE_PDX_CACHE_HOME" not in os.environ:
        cache = tempfile.mkdtemp(prefix="phatnguoi-paddlex-")
        atexit.register(shutil.rmtree, cache, ignore_errors=True)
        os.environ["PADDLE_PDX_CACHE_HOME"] = cache
    for logger in ("paddlex", "ppocr"):
        logging.getLogger(logger).setLevel(logging.ERROR)


def weights_file(name: str) -> Path:
    """A file of PP-OCR's weights in the `rapidocr` wheel. Raises `WeightsError` where it is missing."""
    import rapidocr

    weights = Path(rapidocr.__file__).parent / "models" / name
    if not weights.is_file():
        remedy = "Reinstall the locked packages: pip install -r requirements.lock."
        raise WeightsError("text recognition weights are missing", where=str(weights), remedy=remedy)
    return weights


def link_weights(weights: Path, folder: Path) -> None:
    """Puts weights into a folder under the name that PaddleOCR looks for."""
    try:
        (folder / "inference.onnx").symlink_to(weights)
    except OSError:  # no symbolic links here (Windows, some network folders)
        shutil.copyfile(weights, folder / "inference.onnx")


def write_recognition_folder(folder: Path, weights: Path, letters: int | None = None) -> list[str]:
    """The folder that PaddleOCR wants, of this process alone: weights and a description. Returns the vocabulary.

    `letters`: how many of the vocabulary the description names (default all, which takes a second to parse).
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(str(weights), providers=["CPUExecutionProvider"])
    vocabulary: list[str] = session.get_modelmeta().custom_metadata_map["character"].split("\n")
    link_weights(weights, folder)
    description = {
        "Global": {"model_name": RECOGNITION_NAME},
        "PreProcess": {"transform_ops": [{"RecResizeImg": {"image_shape": INPUT_SHAPE}}]},
        "PostProcess": {"name": "CTCLabelDecode", "character_dict": vocabulary[:letters]},
    }
    (folder / "inference.yml").write_text(json.dumps(description), encoding="utf-8")  # JSON is YAML
    return vocabulary


def _load_recognition() -> Any:
    """PaddleOCR's text recognition on the weights of the `rapidocr` wheel."""
    quietly()
    from paddleocr import TextRecognition  # slow to import, and not needed by most commands

    with tempfile.TemporaryDirectory(prefix="phatnguoi-ppocr-") as folder:
        # A few letters stand in for the vocabulary, which `_PlateDecoder` is given directly.
        vocabulary = write_recognition_folder(Path(folder), weights_file(RECOGNITION_WEIGHTS), letters=100)
        recognition = TextRecognition(
            model_name=RECOGNITION_NAME,
            model_dir=folder,
            engine="onnxruntime",
            device="cpu",
            engine_config={"intra_op_num_threads": min(THREADS_MAX, os.cpu_count() or 1)},
        )
    recognition.paddlex_predictor.post_op = _PlateDecoder(["", *vocabulary, " "])
    return recognition
