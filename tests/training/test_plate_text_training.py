"""The plate text network on a tiny set: begin, train, go on, calibrate, export. Needs the extra `train`."""

from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch

from models.plate_text import INPUT_WH, STEPS, SYMBOLS
from models.training.export import ExportError
from models.training.plate_text import data as plate_data
from models.training.plate_text import export as plate_export
from models.training.plate_text import train as plate_train
from models.training.plate_text.data import PlateCropError
from models.training.plate_text.draw import draw_plate
from models.training.plate_text.net import PlateTextNet
from models.training.plate_text.train import PlateTextTrainingError, load_network, loss_of, train


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with drawn crops, and their texts as our own list."""
    folder = tmp_path / "data/plates/crops"
    folder.mkdir(parents=True)
    rng, rows = np.random.default_rng(3), ["name,text,lines,legible"]
    for number in range(30):
        plate = draw_plate(rng)
        cv2.imwrite(str(folder / f"{number}.jpg"), plate.picture)
        rows.append(f"{number}.jpg,{plate.text},{plate.lines},1")
    cv2.imwrite(str(folder / "blur.jpg"), np.full((60, 90), 120, np.uint8))
    texts = tmp_path / "texts.csv"
    texts.write_text("\n".join([*rows, "blur.jpg,,2,0"]) + "\n", encoding="utf-8")
    monkeypatch.setattr(plate_data, "TEXTS_FILE", texts)
    for name, value in (("BATCH", 4), ("WORKERS", 0), ("LOG_EVERY_STEPS", 1)):
        monkeypatch.setattr(plate_train, name, value)
    return tmp_path / "data"


def test_the_network_begins_with_what_pp_ocr_can_read() -> None:
    """Before any training it already tells most letters of a clean one-line plate."""
    plate = draw_plate(np.random.default_rng(1), ("30F-256.58",))
    picture = plate_data.as_input((plate.picture,))[None]
    with torch.no_grad():
        characters, legibility = PlateTextNet().eval()(torch.from_numpy(picture))
    assert characters.shape == (1, STEPS, 1 + len(SYMBOLS))
    assert legibility.shape == (1, 1)
    best = characters[0].argmax(1).tolist()
    read = "".join(
        SYMBOLS[step - 1] for place, step in enumerate(best) if step and (place == 0 or best[place - 1] != step)
    )
    assert sum(symbol in read for symbol in "30F25658") >= 5, read


def test_trained_interrupted_and_exported_equal_to_torch(data: Path, tmp_path: Path) -> None:
    checkpoint = train(data, tmp_path / "run", steps=2)
    assert train(data, tmp_path / "run", steps=3) == checkpoint
    assert torch.load(checkpoint, weights_only=True)["step"] == 3
    further = train(data, tmp_path / "next", steps=1, rate=1e-5, start=checkpoint)
    file = plate_export.export(data, further, tmp_path / "plate_text.onnx")
    assert file.stat().st_size < 6_600_000
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    pictures = np.random.default_rng(2).random((5, 1, INPUT_WH[1], INPUT_WH[0]), np.float32)
    characters, legibility = session.run(["characters", "legibility"], {"pictures": pictures})
    assert (characters.shape, legibility.shape) == ((5, STEPS, 37), (5, 1))


def test_an_export_that_differs_is_refused(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = train(data, tmp_path / "run", steps=1)
    monkeypatch.setattr(plate_export, "SHARE_GAP_MAX", -1.0)
    with pytest.raises(ExportError, match=r"plate_text\.onnx: the ONNX file differs from torch"):
        plate_export.export(data, checkpoint, tmp_path / "plate_text.onnx")


def test_what_is_illegible_teaches_no_text() -> None:
    characters = torch.zeros(2, STEPS, 37, requires_grad=True)
    legibility = torch.zeros(2, 1, requires_grad=True)
    classes, lengths = torch.zeros(2, 10, dtype=torch.long), torch.zeros(2, dtype=torch.long)
    loss_of((characters, legibility), classes, lengths, torch.tensor([0, -1])).backward()
    assert characters.grad is not None and legibility.grad is not None
    assert not characters.grad.any()
    assert legibility.grad[0] != 0 and legibility.grad[1] == 0


def test_missing_crops_checkpoints_and_pictures_are_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(PlateTextTrainingError, match="crops: no plate crops"):
        train(tmp_path / "none", tmp_path / "run", steps=1)
    with pytest.raises(PlateTextTrainingError, match=r"last\.pt: no checkpoint"):
        load_network(tmp_path / "last.pt")
    (data / "plates/crops/7.jpg").write_bytes(b"broken")
    for crop in plate_data.own_plates():
        if crop.name == "7.jpg":
            with pytest.raises(PlateCropError, match=r"7\.jpg"):
                plate_data.load_grey(data / "plates/crops", crop)
