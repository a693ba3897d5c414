"""Where a camera looks and how well, on drawn streets that are shifted, darkened, fogged, blurred and smeared; repeats."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.camera import Camera, RuleName, StopLine
from detector.picture import BUILD_PICTURES, ELSEWHERE_SHARE, RELIGHT_S, PictureChecker
from detector.reference import read_reference
from detector.repeats import RepeatDetector
from detector.vocabulary import Detection, PictureCheck, Pixels, VehicleClass
from models.errors import CameraFileError

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
SIZE_WH = (1280, 720)
DIAGONAL_PX = float(np.hypot(*SIZE_WH))
CAMERA = Camera(
    id="junction",
    resolution_wh=SIZE_WH,
    stop_lines=(StopLine("south", ((400, 500), (900, 500)), (0, -1)),),
    rules=(RuleName.RED_LIGHT,),
)
Change = Callable[[Pixels], Pixels]


def street(seed: int) -> Pixels:
    """Houses, signs and marks of every size and grey, over a road of fine gravel."""
    random = np.random.default_rng(seed)
    pixels = np.full((SIZE_WH[1], SIZE_WH[0], 3), 110, np.uint8)
    for _ in range(700):
        x, y = int(random.integers(SIZE_WH[0])), int(random.integers(SIZE_WH[1]))
        width, height = (int(side) for side in random.integers(8, 90, 2))
        cv2.rectangle(pixels, (x, y), (x + width, y + height), [int(v) for v in random.integers(20, 220, 3)], -1)
    gravel = random.normal(0, 6, pixels.shape[:2])[..., None]
    return cv2.GaussianBlur(np.clip(pixels + gravel, 0, 255).astype(np.uint8), (0, 0), 1.0).astype(np.uint8)


STREET, OTHER_STREET = street(1), street(2)


def with_traffic(pixels: Pixels, step: int) -> tuple[Pixels, tuple[Detection, ...]]:
    """A lorry without any drawing drives through, found by the detector."""
    shown = pixels.copy()
    x1 = (step * 137) % 1000
    shown[300:520, x1 : x1 + 260] = 60 + step % 40
    return shown, (Detection(VehicleClass.TRUCK, 0.9, (x1, 300, x1 + 260, 520)),)


def checks(change: Change, *, seconds: int = 4, before: Pixels = STREET, is_cut: bool = False) -> list[PictureCheck]:
    """The checks of a street that changes after its reference is made."""
    checker = PictureChecker(CAMERA)
    for step in range(BUILD_PICTURES):
        shown, found = with_traffic(before, step)
        checker.check(shown, START + timedelta(seconds=0.7 * step), found, is_cut=False)
    begun = START + timedelta(seconds=0.7 * BUILD_PICTURES + 1)
    shown, found = with_traffic(before, 3)
    checker.check(shown, begun, found, is_cut=False)
    after = []
    for second in range(1, seconds + 1):
        shown, found = with_traffic(before, 10 + second)
        cut_now = is_cut and second == 1
        check = checker.check(change(shown), begun + timedelta(seconds=1.1 * second), found, is_cut=cut_now)
        assert check is not None
        after.append(check)
    return after


def shifted(share: float) -> Change:
    move = np.float32([[1, 0, share * DIAGONAL_PX * 0.8], [0, 1, share * DIAGONAL_PX * 0.6]])
    return lambda pixels: np.asarray(cv2.warpAffine(pixels, move, SIZE_WH, borderMode=cv2.BORDER_REFLECT), np.uint8)


@pytest.mark.parametrize("share", [0.0, 0.004, 0.009, 0.011, 0.03, 0.1])
def test_a_shift_is_measured_to_a_twentieth_of_a_percent_while_a_lorry_passes(share: float) -> None:
    for check in checks(shifted(share)):
        assert check.moved_share == pytest.approx(share, abs=0.0005)


def test_a_turn_and_a_zoom_move_the_geometry_too() -> None:
    turn = cv2.getRotationMatrix2D((640.0, 360.0), 3, 1.03)
    moved = [
        check.moved_share
        for check in checks(lambda pixels: np.asarray(cv2.warpAffine(pixels, turn, SIZE_WH), np.uint8))
    ]
    corner = np.array([900, 500]) @ turn[:, :2].T + turn[:, 2] - [900, 500]
    assert moved == [pytest.approx(float(np.hypot(*corner)) / DIAGONAL_PX, abs=0.001)] * 4


def test_recorders_writing_that_stays_does_not_hide_a_shift() -> None:
    def written(pixels: Pixels) -> Pixels:
        shown = pixels.copy()
        for row in (30, 705):
            cv2.putText(shown, "CAM 07 TRAN PHU - NGUYEN TRAI 2026-11-22", (20, row), 0, 1.2, (255, 255, 255), 2)
        return shown

    for check in checks(lambda pixels: written(shifted(0.05)(pixels)), before=written(STREET)):
        assert check.moved_share == pytest.approx(0.05, abs=0.001)


def test_without_light_the_view_cannot_be_told() -> None:
    assert [check.moved_share for check in checks(lambda pixels: (pixels // 60).astype(np.uint8))] == [None] * 4


def test_another_view_after_a_cut_is_elsewhere_until_the_own_one_is_back() -> None:
    assert [check.moved_share for check in checks(lambda _: OTHER_STREET, is_cut=True)] == [ELSEWHERE_SHARE] * 4
    assert all(check.moved_share == pytest.approx(0, abs=0.0005) for check in checks(lambda own: own, is_cut=True))


def test_a_view_that_is_not_recognised_any_more_without_a_cut_is_not_called_moved() -> None:
    """Day and night have few corners in common; dusk makes no cut."""
    assert [check.moved_share for check in checks(lambda _: OTHER_STREET)] == [None] * 4


def test_a_cut_while_the_reference_is_made_begins_it_again() -> None:
    checker = PictureChecker(CAMERA)
    moved = []
    for step in range(BUILD_PICTURES + 6):
        shown, found = with_traffic(OTHER_STREET if step < 3 else STREET, step)
        check = checker.check(shown, START + timedelta(seconds=1.1 * step), found, is_cut=step == 3)
        moved.append(check.moved_share if check else None)
    assert moved[: BUILD_PICTURES + 3] == [None] * (BUILD_PICTURES + 3)
    assert moved[BUILD_PICTURES + 3 :] == [pytest.approx(0, abs=0.0005)] * 3


def with_reference(folder: Path, pixels: Pixels) -> Camera:
    path = folder / "right_view.png"
    cv2.imwrite(str(path), pixels)
    return replace(CAMERA, reference=read_reference(path)[0])


REFERENCES = [
    # what the camera shows all the time, the share by which it has moved against the picture STREET
    pytest.param(STREET, 0.0, id="the right view"),
    pytest.param(shifted(0.02)(STREET), 0.02, id="turned before the run began"),
    pytest.param(OTHER_STREET, None, id="as different as night from day: cannot be told before the run has its own"),
]


@pytest.mark.parametrize(("shown", "share"), REFERENCES)
def test_a_reference_picture_is_the_measure_from_the_first_picture_on(
    tmp_path: Path, shown: Pixels, share: float | None
) -> None:
    checker = PictureChecker(with_reference(tmp_path, STREET))
    moved = []
    for step in range(BUILD_PICTURES + 3):
        check = checker.check(shown, START + timedelta(seconds=1.1 * step), (), is_cut=False)
        assert check is not None
        moved.append(check.moved_share)
    expected = None if share is None else pytest.approx(share, abs=0.0005)
    assert moved[:BUILD_PICTURES] == [expected] * BUILD_PICTURES
    # Then the run's own first seconds have a say as well, and the larger of the two counts.
    assert moved[BUILD_PICTURES:] == [pytest.approx(share or 0.0, abs=0.0005)] * 3


def test_where_the_reference_picture_cannot_be_recognised_the_runs_own_first_seconds_still_watch(
    tmp_path: Path,
) -> None:
    checker = PictureChecker(with_reference(tmp_path, OTHER_STREET))
    for step in range(BUILD_PICTURES):
        checker.check(STREET, START + timedelta(seconds=1.1 * step), (), is_cut=False)
    check = checker.check(shifted(0.03)(STREET), START + timedelta(seconds=30), (), is_cut=False)
    assert check is not None and check.moved_share == pytest.approx(0.03, abs=0.0005)


def test_a_reference_picture_that_changed_after_it_was_checked_is_refused(tmp_path: Path) -> None:
    camera = with_reference(tmp_path, STREET)
    with_reference(tmp_path, OTHER_STREET)
    with pytest.raises(CameraFileError, match="has changed since the camera file was read"):
        PictureChecker(camera)


def blurred(sigma: float) -> Change:
    return lambda pixels: np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)


def mixed(share: float, level: int) -> Change:
    return lambda pixels: (pixels * (1 - share) + level * share).astype(np.uint8)


def smeared(pixels: Pixels) -> Pixels:
    shown = pixels.copy()
    shown[60:420, 400:1100] = cv2.GaussianBlur(pixels, (0, 0), 60)[60:420, 400:1100] // 2 + 40
    return shown


LOOKS = [
    pytest.param(lambda own: own, lambda c: 0.9 < c.sharpness_ratio < 1.1 and c.hidden_share < 0.02, id="as it was"),
    pytest.param(blurred(3), lambda c: c.sharpness_ratio < 0.5, id="blurred by 3 px"),
    pytest.param(blurred(0.6), lambda c: c.sharpness_ratio > 0.6, id="a trace of blur"),
    pytest.param(mixed(0.75, 200), lambda c: c.contrast_ratio < 0.35 and c.shadow_level > 80, id="fog"),
    pytest.param(mixed(0.3, 200), lambda c: c.contrast_ratio > 0.5, id="haze"),
    pytest.param(mixed(0.3, 0), lambda c: c.sharpness_ratio > 0.8 and c.hidden_share < 0.05, id="a cloud"),
    pytest.param(smeared, lambda c: c.hidden_share > 0.12 and c.sharpness_ratio > 0.8, id="mud on the lens"),
    pytest.param(mixed(0.95, 0), lambda c: c.upper_quarter_level < 16 and c.highlight_level < 30, id="darkness"),
    pytest.param(lambda own: np.full_like(own, 255), lambda c: c.glare_share > 0.9, id="the sun"),
]


@pytest.mark.parametrize(("change", "is_told"), LOOKS)
def test_how_well_the_street_is_seen(change: Change, is_told: Callable[[PictureCheck], bool]) -> None:
    assert all(is_told(check) for check in checks(change))


def test_under_another_light_texture_is_not_compared_until_it_has_lasted() -> None:
    after = checks(mixed(0.7, 0), seconds=round(RELIGHT_S / 1.1) + 15)
    known = [check.sharpness_ratio is not None for check in after]
    assert not any(known[: round(RELIGHT_S / 1.1)])
    assert known[-1] and after[-1].sharpness_ratio == pytest.approx(1, abs=0.1)


def test_a_check_is_due_once_a_second_and_at_a_cut() -> None:
    checker = PictureChecker(CAMERA)
    asked = [
        checker.check(STREET, START + timedelta(seconds=index / 10), (), is_cut=index == 105) is not None
        for index in range(200)
    ]
    building = sum(asked[: round(0.6 * BUILD_PICTURES * 10)])
    assert building == BUILD_PICTURES
    assert asked[105]
    assert sum(asked[100:]) == pytest.approx(10, abs=1)


def test_a_repeat_differs_by_its_coding_at_most() -> None:
    coding = np.random.default_rng(5).normal(0, 4, STREET.shape)
    coded_anew = np.clip(STREET + coding, 0, 255).astype(np.uint8)
    repeats = RepeatDetector()
    assert [repeats.is_repeat(picture) for picture in (STREET, STREET, coded_anew, STREET)] == [False, True, True, True]


@pytest.mark.parametrize(("step_px", "is_repeat"), [(0, True), (4, False), (40, False)])
def test_a_motorbike_that_moves_a_little_is_no_repeat(step_px: int, is_repeat: bool) -> None:
    repeats = RepeatDetector()
    for x in (600, 600 + step_px):
        shown = STREET.copy()
        shown[400:430, x : x + 14] = 250
        told = repeats.is_repeat(shown)
    assert told is is_repeat


def test_motion_too_slow_for_one_frame_adds_up() -> None:
    repeats = RepeatDetector()
    told = []
    for level in range(60, 110, 2):
        told.append(repeats.is_repeat(np.full((90, 160, 3), level, np.uint8)))
    assert told.count(False) == 4
