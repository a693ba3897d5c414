"""The lamp classifier on a tiny set: prepare, train, evaluate, export. Needs the extra `train`."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.__main__ import main
from models.errors import UserError
from models.labels import LABELS
from models.registry import Weights
from models.training.classifier import probabilities
from models.training.lamps import export as lamp_export
from models.training.lamps import net as lamp_net
from models.training.lamps.export import evaluate_lamps, export_lamps
from models.training.lamps.net import train_lamps
from models.training.lamps.set import (
    load_part,
    prepare_lamps,
)
from models.training.sources import Sources
from tests.lamp_pictures import one_lamp_a_part


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sources:
    return one_lamp_a_part(tmp_path, monkeypatch)


def test_made_from_pictures_to_onnx_that_says_what_torch_says(sources: Sources, tmp_path: Path) -> None:
    counts = prepare_lamps(sources)
    assert (counts["train drawn crops"], counts["calibration real crops"], counts["test real crops"]) == (150, 10, 1)
    checkpoint = train_lamps(sources.work, "tiny", epochs=2)
    file = export_lamps(checkpoint, tmp_path / "lamps.onnx", sources.work)
    assert file.stat().st_size < 1_000_000
    crops, labels, is_drawn = load_part(sources.work / "lamps", "calibration")
    rows = probabilities(file, crops)
    assert rows.shape == (len(labels), len(LABELS["lamps"]))
    assert rows.sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert is_drawn.sum() == 40
    weights = Weights("lamps", file, "0" * 64, LABELS["lamps"], (32, 64), "test")
    assert "| red | 1 |" in evaluate_lamps(weights, sources.work)


def test_an_interrupted_training_goes_on_where_it_was(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    prepare_lamps(sources)
    whole = torch.load(train_lamps(sources.work, "whole", epochs=2), weights_only=True)
    one_epoch = lamp_net._epoch

    def interrupted(*arguments: Any) -> None:
        if arguments[-1] == 1:
            raise KeyboardInterrupt
        one_epoch(*arguments)

    monkeypatch.setattr(lamp_net, "_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train_lamps(sources.work, "parts", epochs=2)
    monkeypatch.setattr(lamp_net, "_epoch", one_epoch)
    again = torch.load(train_lamps(sources.work, "parts", epochs=2), weights_only=True)
    assert all(torch.equal(whole["net"][name], again["net"][name]) for name in whole["net"])


def test_training_goes_on_from_another_run_and_refuses_what_is_none(sources: Sources, tmp_path: Path) -> None:
    prepare_lamps(sources)
    first = train_lamps(sources.work, "first", epochs=1)
    assert train_lamps(sources.work, "second", epochs=1, start=first).exists()
    for wrong in (tmp_path / "none.pt", sources.work / "lamps/train.npz"):
        with pytest.raises(UserError, match="no checkpoint to start from"):
            train_lamps(sources.work, "third", epochs=1, start=wrong)


def test_an_export_that_differs_from_torch_is_refused(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_lamps(sources)
    checkpoint = train_lamps(sources.work, "tiny", epochs=1)
    monkeypatch.setattr(lamp_export, "probabilities", lambda _, crops: np.ones((len(crops), 5), np.float32))
    with pytest.raises(UserError, match=r"lamps\.onnx: the ONNX file differs from torch"):
        export_lamps(checkpoint, tmp_path / "lamps.onnx", sources.work)


@pytest.mark.parametrize("command", ["train", "evaluate", "export"])
def test_steps_out_of_order_are_one_clear_line(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "lamps", "--work", str(tmp_path)]) == 1
    assert "python -m models" in capsys.readouterr().err
