"""Pictures of every depth come out as BGR; what is no picture gives one clear line."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_plates import draw_plate
from PIL import Image

from ocr.images import PlateImageError, as_bgr, load_picture


@pytest.mark.parametrize(
    "picture",
    [
        np.full((4, 6), 128, np.uint8),
        np.full((4, 6, 1), 128, np.uint8),
        np.full((4, 6, 3), 128, np.uint8),
        np.full((4, 6, 4), 128, np.uint8),
        np.full((4, 6), 128 * 257, np.uint16),
        np.full((4, 6, 3), 128 / 255, np.float32),
    ],
)
def test_every_depth_becomes_bgr(picture: np.ndarray) -> None:
    pixels = as_bgr(picture)
    assert pixels is not None
    assert (pixels.shape, pixels.dtype) == ((4, 6, 3), np.uint8)
    assert (pixels == 128).all()


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((0, 6, 3), np.uint8),
        np.zeros((4, 0, 3), np.uint8),
        np.zeros(12, np.uint8),
        np.zeros((4, 6, 2), np.uint8),
        np.zeros((4, 6, 3), np.int64),
        np.zeros((2, 4, 6, 3), np.uint8),
    ],
)
def test_nothing_to_see(picture: np.ndarray) -> None:
    assert as_bgr(picture) is None


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_files_are_loaded(tmp_path: Path, dtype: type) -> None:
    path = tmp_path / "biển số.png"
    picture = draw_plate("30F-256.58").astype(dtype) * (257 if dtype is np.uint16 else 1)
    path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    assert (load_picture(path) == draw_plate("30F-256.58")).all()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the file is empty"),
        (b"not a picture", "no picture that can be decoded"),
        (b"\x89PNG\r\n\x1a\n1234", "no picture"),
    ],
)
def test_what_is_no_picture_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "plate.png"
    path.write_bytes(content)
    with pytest.raises(PlateImageError, match=what) as caught:
        load_picture(path)
    assert str(path) in caught.value.line()


def test_missing_file_and_directory_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.jpg", tmp_path):
        with pytest.raises(PlateImageError, match="cannot be read"):
            load_picture(path)


def test_a_picture_of_printing_inks_has_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "plate.jpg"
    Image.new("CMYK", (64, 48), (0, 255, 255, 0)).save(path, quality=95)
    blue, green, red = load_picture(path)[24, 32]
    assert red > 240 and blue < 15 and green < 15


@pytest.mark.parametrize("side", [10_000, 40_000], ids=["100 megapixels", "a bomb"])
def test_too_many_pixels_are_refused_by_the_header(tmp_path: Path, side: int) -> None:
    path = tmp_path / "huge.png"
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    framed = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(framed))
    with pytest.raises(PlateImageError, match="million pixels") as caught:
        load_picture(path)
    assert str(path) in caught.value.line()
