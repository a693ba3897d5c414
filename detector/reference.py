"""The picture of a camera's right view, beside its camera file: the view on which the geometry was drawn."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from detector.vocabulary import Pixels
from models.errors import CameraFileError

BYTES_MAX = 32_000_000  # a PNG of 4K has 20 million; anything larger was given by mistake
DRAW_ANEW = "Take a frame of the camera as it stands right, without vehicles if you can: JPEG or PNG."


@dataclass(frozen=True, slots=True)
class Reference:
    """Where the picture lies, and the SHA-256 (hex) of its bytes, which is part of the camera's version."""

    path: Path
    sha256: str


def read_reference(path: Path) -> tuple[Reference, Pixels]:
    """The picture with its (height, width, 3) BGR pixels. Raises CameraFileError."""
    try:
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
    except OSError as failure:
        raise CameraFileError(f"{path} cannot be read: {failure.strerror}", remedy=DRAW_ANEW) from None
    if len(raw) > BYTES_MAX:
        raise CameraFileError(f"{path} is larger than {BYTES_MAX} bytes", remedy="Was another file meant?")
    try:
        picture = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR) if raw else None
    except cv2.error:
        picture = None
    if picture is None:
        raise CameraFileError(f"{path} is not a picture", remedy=DRAW_ANEW)
    return Reference(path, hashlib.sha256(raw).hexdigest()), np.asarray(picture, np.uint8)


def pixels_of(reference: Reference) -> Pixels:
    """The pixels of the very picture that the camera file was checked with. Raises CameraFileError."""
    found, pixels = read_reference(reference.path)
    if found != reference:
        what = f"{reference.path} has changed since the camera file was read"
        raise CameraFileError(what, where="reference", remedy="Start again.")
    return pixels
