"""What a package says had a say in its verdict."""

from pathlib import Path

import pytest

from api.composition import judgement_of
from detector.thresholds import load_thresholds
from models.registry import load_weights
from tests.api import footage


@pytest.mark.parametrize("backend", ["openvino", "cuda"])
def test_provenance_names_the_plate_text_file_that_runs_on_every_backend(backend: str, tmp_path: Path) -> None:
    judgement = judgement_of(footage.camera(tmp_path), load_thresholds(None), backend=backend)
    named = {model.name: model.sha256 for model in judgement.provenance.models}
    weights = load_weights("plate_text")
    assert weights.int8 is not None
    assert named["plate_text"] == weights.int8.sha256
