"""The second look at heads on a tiny set: train, export, evaluate. Needs the extra `train`."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.errors import UserError
from models.labels import LABELS
from models.registry import Weights
from models.training.classifier import probabilities
from models.training.export import ExportError
from models.training.head_look import export as look_export
from models.training.head_look import net as look_net
from models.training.head_look.augment import LIGHT, STRONG
from models.training.head_look.export import evaluate_head_look, export_head_look
from models.training.head_look.net import train_head_look
from models.training.head_look.set import STORED_SIZE_PX, HeadPatch, save_part


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """White helmets and black hair, two members, two batches in an epoch."""
    monkeypatch.setattr(look_net, "STEPS", 2)
    monkeypatch.setattr(look_net, "BATCH", 8)
    monkeypatch.setattr(look_net, "MEMBERS", (STRONG, LIGHT))
    (tmp_path / "head_look").mkdir()
    grey = np.full((STORED_SIZE_PX, STORED_SIZE_PX, 3), 140, np.uint8)
    white, black = grey.copy(), grey.copy()
    white[32:64, 32:64], black[32:64, 32:64] = 250, 10
    patches = [HeadPatch(white, "helmet", 20.0, "lhht_A"), HeadPatch(black, "no_helmet", 20.0, "lhht_A")] * 4
    for part in ("train", "calibration", "test"):
        save_part(tmp_path / f"head_look/{part}.npz", patches)
    return tmp_path


def test_made_from_heads_to_onnx_that_says_what_torch_says(work: Path, tmp_path: Path) -> None:
    file = export_head_look(train_head_look(work, "tiny", epochs=1), tmp_path / "head_look.onnx", work)
    assert file.stat().st_size < 1_500_000
    crops = np.random.default_rng(1).integers(0, 256, (3, 64, 64, 3)).astype(np.uint8)
    rows = probabilities(file, crops)
    assert rows.sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert rows == pytest.approx(probabilities(file, crops[:, :, ::-1]), abs=1e-4)  # mirrored heads are heads
    weights = Weights("head_look", file, "0" * 64, LABELS["head_look"], (64, 64), "test")
    assert "| lhht_A | 4 |" in evaluate_head_look(weights, work)


def test_an_interrupted_training_goes_on_where_it_was(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    whole = torch.load(train_head_look(work, "whole", epochs=2), weights_only=True)["net"]
    one_epoch, done = look_net._epoch, []

    def interrupted(*arguments: Any) -> None:
        done.append(arguments[-1])
        if len(done) == 4:  # in the second epoch of the second member
            raise KeyboardInterrupt
        one_epoch(*arguments)

    monkeypatch.setattr(look_net, "_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train_head_look(work, "parts", epochs=2)
    again = torch.load(train_head_look(work, "parts", epochs=2), weights_only=True)["net"]
    assert done == [0, 1, 0, 1, 1]
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_what_cannot_be_started_from_or_exported_is_named(work: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no checkpoint to start from"):
        train_head_look(work, "tiny", epochs=1, start=tmp_path / "none.pt")
    with pytest.raises(ExportError, match=r"none\.pt: no checkpoint"):
        export_head_look(tmp_path / "none.pt", tmp_path / "head_look.onnx", work)


def test_an_export_that_differs_from_torch_is_refused(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = train_head_look(work, "tiny", epochs=1)
    monkeypatch.setattr(look_export, "probabilities", lambda _, crops: np.ones((len(crops), 2), np.float32))
    with pytest.raises(UserError, match=r"head_look\.onnx: the ONNX file differs from torch"):
        export_head_look(checkpoint, tmp_path / "head_look.onnx", work)
