"""Lamp heads drawn by hand: what a lens looks like in the sun, at night, tiny, flickering, as an arrow."""

import cv2
import numpy as np
import pytest

from detector.lamps import cut_lamp, read_lamp, read_lamps
from detector.vocabulary import Phase, Pixels
from models.errors import CameraFileError

Colour = tuple[int, int, int]  # B, G, R

HOUSING: Colour = (45, 45, 45)
UNLIT: Colour = (40, 45, 50)
RED: Colour = (30, 30, 250)
DIM_RED: Colour = (40, 40, 175)
YELLOW: Colour = (20, 170, 255)
GREEN: Colour = (120, 240, 40)
CYAN: Colour = (230, 235, 20)
WHITE: Colour = (255, 255, 255)
SUNLIT_ORANGE: Colour = (70, 165, 240)
MAROON: Colour = (35, 35, 95)


def upright(lit: int | None, colour: Colour = WHITE, width: int = 24, housing: Colour = HOUSING) -> Pixels:
    """Three lenses one above the other, `lit` (0 top, 1 middle, 2 bottom) in `colour`."""
    crop = np.full((width * 5 // 2, width, 3), housing, np.uint8)
    for lens in range(3):
        centre = (width // 2, round(width * (0.45 + 0.8 * lens)))
        cv2.circle(crop, centre, max(1, round(width * 0.33)), colour if lens == lit else UNLIT, -1, cv2.LINE_AA)
    return crop


def single(colour: Colour, size: int = 18, radius: int | None = None) -> Pixels:
    """A repeater of which only the lit lens is seen."""
    crop = np.full((size, size, 3), (70, 75, 70), np.uint8)
    cv2.circle(crop, (size // 2, size // 2), radius or size // 4, colour, -1, cv2.LINE_AA)
    return crop


def arrow(colour: Colour) -> Pixels:
    """A lit arrow in the top lens of three: thin strokes, no disc."""
    crop = upright(None)
    cv2.arrowedLine(crop, (18, 11), (6, 11), colour, 2, tipLength=0.5)
    return crop


def burnt_out(lens: int, ring: Colour) -> Pixels:
    """A lens too bright for the camera: a white middle in a coloured ring."""
    crop = upright(lens, ring)
    cv2.circle(crop, (12, round(24 * (0.45 + 0.8 * lens))), 5, WHITE, -1)
    return crop


def sunlit_red() -> Pixels:
    """Low sun on a lit red lens: orange inside a maroon rim."""
    crop = upright(0, MAROON)
    cv2.circle(crop, (12, 11), 6, SUNLIT_ORANGE, -1)
    return crop


def night_bloom(colour: Colour) -> Pixels:
    """At night the light spills over its surroundings."""
    crop = upright(0, WHITE, housing=(5, 5, 5)).astype(np.float32)
    glow = np.zeros_like(crop)
    cv2.circle(glow, (12, 11), 9, colour, -1)
    return np.clip(crop + cv2.GaussianBlur(glow, (0, 0), 3), 0, 255).astype(np.uint8)


def beside(crop: Pixels, colour: Colour) -> Pixels:
    """A box drawn too wide: something coloured stands beside the head."""
    return np.hstack([crop, np.full((crop.shape[0], 5, 3), colour, np.uint8)])


def hazy(crop: Pixels) -> Pixels:
    """Far away in the morning: half of the contrast is gone."""
    return np.asarray(crop * 0.55 + 90, np.uint8)


READINGS = [
    pytest.param(upright(0, RED), Phase.RED, id="bright red"),
    pytest.param(upright(1, YELLOW), Phase.YELLOW, id="bright yellow"),
    pytest.param(upright(2, GREEN), Phase.GREEN, id="bright green"),
    pytest.param(upright(2, CYAN), Phase.GREEN, id="LED green looks cyan"),
    pytest.param(upright(0, DIM_RED), Phase.RED, id="dim red, caught between two flickers"),
    pytest.param(upright(None), Phase.OFF, id="dark frame of a flickering head"),
    pytest.param(sunlit_red(), Phase.RED, id="sunlit red looks orange inside a red rim"),
    pytest.param(burnt_out(0, RED), Phase.RED, id="burnt-out red"),
    pytest.param(burnt_out(2, GREEN), Phase.GREEN, id="burnt-out green"),
    pytest.param(arrow(RED), Phase.RED, id="red arrow"),
    pytest.param(arrow(GREEN), Phase.GREEN, id="green arrow in the top lens: hue, not place, decides"),
    pytest.param(upright(0, RED, width=8), Phase.RED, id="8 px head, red"),
    pytest.param(upright(2, CYAN, width=8), Phase.GREEN, id="8 px head, green"),
    pytest.param(single(RED), Phase.RED, id="single-lens repeater, red"),
    pytest.param(single(YELLOW), Phase.YELLOW, id="single-lens repeater, yellow"),
    pytest.param(single(CYAN), Phase.GREEN, id="single-lens repeater, green"),
    pytest.param(single(RED, size=8, radius=2), Phase.RED, id="8 px repeater"),
    pytest.param(night_bloom((0, 0, 255)), Phase.RED, id="red that blooms at night"),
    pytest.param(hazy(upright(0, RED)), Phase.RED, id="red in haze"),
    pytest.param(np.rot90(upright(0, RED)).copy(), Phase.RED, id="a head lying on its side"),
    pytest.param(np.full((60, 24, 3), RED, np.uint8), Phase.OFF, id="a red bus in front of the lamp"),
    pytest.param(beside(upright(0, RED), CYAN), Phase.RED, id="teal sky beside the head"),
    pytest.param(beside(upright(None), RED), Phase.OFF, id="a red roof beside a dark head"),
    pytest.param(upright(None, housing=(200, 200, 200)), Phase.OFF, id="a bright housing with no lens lit"),
    pytest.param(upright(None, housing=(90, 120, 115)), Phase.OFF, id="a housing painted green, no lens lit"),
    pytest.param(
        np.maximum(upright(0, RED), upright(2, GREEN)), Phase.UNKNOWN, id="red and green at once: not understood"
    ),
    pytest.param(upright(1, (250, 60, 160)), Phase.OFF, id="purple is a fringe of the optics, no lamp"),
    pytest.param(np.rot90(upright(2, GREEN)).copy(), Phase.GREEN, id="a green head lying on its side"),
    pytest.param(np.full((3, 3, 3), 90, np.uint8), Phase.OFF, id="the smallest box that is allowed, grey"),
    pytest.param(np.full((60, 24, 3), 128, np.uint8), Phase.OFF, id="a grey wall"),
]


@pytest.mark.parametrize(("crop", "expected"), READINGS)
def test_read_lamp(crop: Pixels, expected: Phase) -> None:
    phase, confidence = read_lamp(crop)
    assert phase is expected
    assert 0.0 <= confidence <= 1.0


def test_a_yellow_light_in_the_top_lens_is_a_weak_red_only() -> None:
    """Burnt-out red without its rim, or a box drawn badly: enough to hold on to red, not to begin it."""
    phase, confidence = read_lamp(upright(0, (60, 220, 250)))
    assert phase is Phase.RED
    assert confidence < 0.5


def test_a_clear_lens_is_surer_than_a_dim_one() -> None:
    assert read_lamp(upright(0, RED))[1] > read_lamp(hazy(upright(0, DIM_RED)))[1]


def test_readings_come_in_the_order_of_the_heads() -> None:
    frame = np.full((100, 100, 3), 90, np.uint8)
    frame[10:70, 10:34] = upright(0, RED)
    frame[10:70, 60:84] = upright(2, GREEN)
    readings = read_lamps(frame, {"main": (10, 10, 34, 70), "right_arrow": (60, 10, 84, 70)})
    assert [(reading.signal, reading.phase) for reading in readings] == [
        ("main", Phase.RED),
        ("right_arrow", Phase.GREEN),
    ]


def test_a_lamp_box_over_the_edge_is_cut_at_the_edge() -> None:
    assert cut_lamp(np.zeros((50, 40, 3), np.uint8), (30.4, -5, 60, 12.2), "main").shape == (12, 10, 3)


def test_a_lamp_box_outside_the_picture_is_named() -> None:
    with pytest.raises(CameraFileError, match=r"signal `main`.*40x50 picture"):
        cut_lamp(np.zeros((50, 40, 3), np.uint8), (100, 10, 120, 40), "main")
