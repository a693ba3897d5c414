"""PaddleOCR as it comes, text detection and recognition over a whole picture: what our plate reader's speed is measured by.

The product does not run it: where a plate's lines lie is known, and its detection finds no text on small plates.
"""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from detector.vocabulary import Pixels
from ocr.paddle_text import (
    RECOGNITION_NAME,
    RECOGNITION_WEIGHTS,
    link_weights,
    quietly,
    weights_file,
    write_recognition_folder,
)

DETECTION_WEIGHTS, DETECTION_NAME = "PP-OCRv6_det_small.onnx", "PP-OCRv6_small_det"
DETECTION: dict[str, Any] = {
    "Global": {"model_name": DETECTION_NAME},
    "PreProcess": {
        "transform_ops": [
            {"DetResizeForTest": None},
            {"NormalizeImage": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "scale": "1./255."}},
            {"ToCHWImage": None},
        ]
    },
    "PostProcess": {
        "name": "DBPostProcess",
        "thresh": 0.3,
        "box_thresh": 0.6,
        "max_candidates": 1000,
        "unclip_ratio": 1.5,
    },
}


def paddle_pipeline(threads: int) -> Callable[[Pixels], list[str]]:
    """Gives the texts that PaddleOCR finds in a picture (height, width, 3) BGR, with its own settings, on `threads` cores."""
    quietly()
    from paddleocr import PaddleOCR

    with tempfile.TemporaryDirectory(prefix="phatnguoi-ppocr-") as folder:
        detection, recognition = Path(folder) / "detection", Path(folder) / "recognition"
        for part in (detection, recognition):
            part.mkdir()
        link_weights(weights_file(DETECTION_WEIGHTS), detection)
        (detection / "inference.yml").write_text(json.dumps(DETECTION), encoding="utf-8")
        write_recognition_folder(recognition, weights_file(RECOGNITION_WEIGHTS))
        pipeline = PaddleOCR(
            text_detection_model_name=DETECTION_NAME,
            text_detection_model_dir=str(detection),
            text_recognition_model_name=RECOGNITION_NAME,
            text_recognition_model_dir=str(recognition),
            use_doc_orientation_classify=False,
            use_doc_unwarping=False,
            use_textline_orientation=False,
            engine="onnxruntime",
            device="cpu",
            engine_config={"intra_op_num_threads": min(threads, os.cpu_count() or 1)},
        )
    return lambda picture: list(pipeline.predict(picture)[0]["rec_texts"])
