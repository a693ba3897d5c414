"""Pictures as they come: any depth, any number of channels, into (height, width, 3) BGR of 8 bits, or a clear no."""

import io
import warnings
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from detector.vocabulary import Pixels
from models.errors import UserError

PIXELS_MAX = 64_000_000
"""A plate crop is thousands of pixels; this many is another kind of file (or a bomb)."""
BOMB_PIXELS = 1_000_000_000
BYTES_MAX = 64 * 1024 * 1024


class PlateImageError(UserError):
    """A picture cannot be read."""


def load_picture(path: Path) -> Pixels:
    """The picture in a file. Raises `PlateImageError` naming the file."""
    remedy = "Give a JPEG, PNG, BMP, TIFF or WebP picture of one plate."
    try:
        size = path.stat().st_size
        if size > BYTES_MAX:
            raise PlateImageError(f"{size} bytes are too many for a plate picture", where=str(path), remedy=remedy)
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise PlateImageError(f"cannot be read ({error.strerror})", where=str(path), remedy=remedy) from error
    if content.size == 0:
        raise PlateImageError("the file is empty", where=str(path), remedy=remedy)
    pixels_promised = _pixels_promised(content)
    if pixels_promised > PIXELS_MAX:
        what = f"{pixels_promised / 1e6:.0f} million pixels are more than {PIXELS_MAX / 1e6:.0f} million"
        raise PlateImageError(what, where=str(path), remedy="Give a smaller picture, or a part of this one.")
    try:
        picture = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    except cv2.error:  # a header that promises more than OpenCV's own limit
        picture = None
    if picture is None:
        raise PlateImageError("no picture that can be decoded", where=str(path), remedy=remedy)
    pixels = as_bgr(np.asarray(picture))
    if pixels is None:
        raise PlateImageError(f"a picture of shape {picture.shape}", where=str(path), remedy=remedy)
    return pixels


def _pixels_promised(content: npt.NDArray[np.uint8]) -> int:
    """Width times height by the file's header alone: a bomb must not be unpacked to be measured. 0 when unknown."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(content.tobytes())) as header:
            return header.width * header.height
    except Image.DecompressionBombError:
        return BOMB_PIXELS
    except (OSError, ValueError, SyntaxError):
        return 0


def as_bgr(picture: npt.NDArray[np.generic]) -> Pixels | None:
    """The same picture as (height, width, 3) BGR of 8 bits; None where there is nothing to see in it.

    Takes grey (height, width) or (height, width, 1), BGR and BGRA; 8 or 16 bits, or floats from 0 to 1.
    """
    if picture.ndim not in (2, 3) or picture.size == 0 or picture.shape[0] * picture.shape[1] > PIXELS_MAX:
        return None
    eight_bits = _eight_bits(picture)
    if eight_bits is None:
        return None
    if eight_bits.ndim == 2:
        eight_bits = eight_bits[:, :, np.newaxis]
    channels = eight_bits.shape[2]
    if channels == 1:
        return np.ascontiguousarray(np.repeat(eight_bits, 3, axis=2))
    return np.ascontiguousarray(eight_bits[:, :, :3]) if channels in (3, 4) else None


def _eight_bits(picture: npt.NDArray[np.generic]) -> Pixels | None:
    if picture.dtype == np.uint8:
        return picture.astype(np.uint8, copy=False)
    if picture.dtype == np.uint16:
        return (picture.astype(np.uint32) // 257).astype(np.uint8)
    if np.issubdtype(picture.dtype, np.floating):
        finite = np.nan_to_num(picture.astype(np.float64), nan=0.0, posinf=1.0, neginf=0.0)
        return np.round(np.clip(finite, 0.0, 1.0) * 255).astype(np.uint8)
    return None
