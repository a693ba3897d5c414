"""What the second look at heads is trained on: split by scene, spoiled as cameras spoil, rare heads drawn often."""

from pathlib import Path

import numpy as np
import pytest

from models.crops import HEAD_LOOK_SIZE_PX, cut_square, head_look_square_xyxy
from models.errors import UserError
from models.labels import LABELS, LabelledBox
from models.training.head_look import set as look_set
from models.training.head_look.augment import LIGHT, STRONG, Strength, exact, spoiled
from models.training.head_look.net import DARK_WEIGHT, MISREAD_WEIGHT, drawing_weights, mean
from models.training.head_look.set import (
    CALIBRATION_SCENES,
    STORED_SIZE_PX,
    HeadPatch,
    cut_patch,
    load_part,
    part_of,
    save_part,
)
from models.training.heads import Crop
from models.training.own_labels import IGNORE, read_own_labels
from models.training.sets import KEPT_OUT_CLIPS, TRAINING_CLIPS, Picture

HELMET, BARE = (LABELS["head_look"].index(label) for label in ("helmet", "no_helmet"))
GREY = np.full((STORED_SIZE_PX, STORED_SIZE_PX, 3), 160, np.uint8)


def picture(scene: str, *, kept_out: bool) -> Picture:
    return Picture("heads/one.jpg", scene, kept_out, np.zeros((4, 4, 3), np.uint8), ())


def test_what_is_kept_out_is_only_measured_on_and_calibration_scenes_teach_nothing() -> None:
    assert part_of(picture("lhht_C", kept_out=True)) == "test"
    assert part_of(picture(CALIBRATION_SCENES[0], kept_out=False)) == "calibration"
    assert part_of(picture("lhht_A", kept_out=False)) == "train"
    assert not set(CALIBRATION_SCENES) & {*TRAINING_CLIPS, *KEPT_OUT_CLIPS}


def test_looks_at_riders_are_of_training_clips_only() -> None:
    own = read_own_labels("head_look")
    clips = {name.removeprefix("footage/").rsplit("_", 1)[0] for name in own}
    assert clips == set(TRAINING_CLIPS)
    assert not any(box.label == IGNORE for labels in own.values() for box in labels.boxes)


def test_the_middle_of_a_stored_head_is_what_the_product_looks_at() -> None:
    image = np.random.default_rng(1).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    box = (84.0, 84.0, 116.0, 116.0)  # 32 px: neither is scaled
    seen = cut_square(image, head_look_square_xyxy(box), HEAD_LOOK_SIZE_PX)
    assert np.array_equal(exact(cut_patch(image, box)), seen)


@pytest.mark.parametrize("strength", [STRONG, LIGHT])
@pytest.mark.parametrize("native_px", [8.0, 14.0, 60.0])
def test_spoiled_heads_are_what_the_network_takes_and_never_twice_the_same(
    strength: Strength, native_px: float
) -> None:
    stored = np.random.default_rng(2).integers(0, 256, GREY.shape).astype(np.uint8)
    rng = np.random.default_rng(3)
    one, other = spoiled(stored, native_px, rng, strength), spoiled(stored, native_px, rng, strength)
    assert one.shape == other.shape == (HEAD_LOOK_SIZE_PX, HEAD_LOOK_SIZE_PX, 3)
    assert one.dtype == np.uint8
    assert not np.array_equal(one, other)


def test_a_head_is_never_shown_sharper_than_it_was_photographed() -> None:
    """Stripes of one stored pixel are gone where the head had 8 pixels across."""
    stored = GREY.copy()
    stored[:, ::2] = 0
    calm = Strength(1.0, 0.0, (1.0, 1.0), 0.0, 0.0, 1.0, 0.0, 0.0)
    contrast = [spoiled(stored, 8.0, np.random.default_rng(seed), calm).std() for seed in range(20)]
    assert max(contrast) < 0.5 * stored.std()


def part(*heads: tuple[int, int, str, bool]) -> dict[str, np.ndarray]:
    """Of (label, grey level, scene, misread)."""
    return {
        "crops": np.stack([np.full_like(GREY, level) for _, level, _, _ in heads]),
        "labels": np.array([label for label, _, _, _ in heads]),
        "scenes": np.array([scene for _, _, scene, _ in heads]),
        "is_misread": np.array([misread for _, _, _, misread in heads]),
    }


def test_each_label_is_drawn_equally_often_however_rare_it_is() -> None:
    weights = drawing_weights(part(*[(HELMET, 200, "lhht_A", False)] * 9, (BARE, 20, "lhht_A", False)))
    assert weights.sum() == pytest.approx(1)
    assert weights[-1] == pytest.approx(0.5)


def test_dark_and_misread_helmets_are_drawn_more_often() -> None:
    bright, dark, misread, bare = drawing_weights(
        part((HELMET, 200, "a", False), (HELMET, 20, "a", False), (HELMET, 200, "a", True), (BARE, 20, "a", False))
    )
    assert dark / bright == pytest.approx(DARK_WEIGHT)
    assert misread / bright == pytest.approx(MISREAD_WEIGHT)
    assert bare == pytest.approx(0.5)


def test_pasted_heads_are_told_from_those_that_stayed() -> None:
    stays, goes = LabelledBox("helmet", (20, 20, 60, 60)), LabelledBox("no_helmet", (120, 20, 160, 60))
    before = Crop("c", np.full((224, 224, 3), 90, np.uint8), (stays, goes), native_px=112.0)
    image = before.image.copy()
    image[30:50, 130:150] = 10
    after = Crop("c_x", image, (stays, goes), native_px=112.0)
    (patch,) = look_set._exchanged_patches(before, after, "lhht_A")
    assert (patch.label, patch.native_px, patch.scene) == ("no_helmet", 20.0, "lhht_A exchanged")


def test_parts_are_stored_as_rgb_with_all_that_is_known(tmp_path: Path) -> None:
    blue = np.zeros_like(GREY)
    blue[..., 0] = 200  # BGR
    save_part(tmp_path / "train.npz", [HeadPatch(blue, "no_helmet", 11.0, "lhht_A", is_misread=True)])
    stored = load_part(tmp_path, "train")
    assert stored["crops"][0, 0, 0].tolist() == [0, 0, 200]
    assert (stored["labels"][0], stored["native_px"][0], stored["scenes"][0]) == (BARE, 11.0, "lhht_A")
    assert stored["is_misread"][0]


def test_a_part_that_was_not_prepared_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"train\.npz: no heads were cut"):
        load_part(tmp_path, "train")


def test_the_mean_of_networks_is_of_their_weights() -> None:
    class Value(float):
        def is_floating_point(self) -> bool:
            return True

    assert mean([{"w": Value(1.0)}, {"w": Value(3.0)}])["w"] == 2.0
