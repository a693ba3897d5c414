"""Small pictures for the queue, cut from the sealed still around the vehicle. Never written to disk."""

from collections import OrderedDict
from io import BytesIO
from pathlib import Path
from threading import Lock

from PIL import Image

from detector.vocabulary import Box

THUMB_WH = (184, 116)  # twice the size at which it is shown, for sharp screens
THUMBS_MAX = 600
MARGIN = 0.35  # of the box's larger side: enough street to recognise the spot, little enough to see the vehicle


class Thumbnails:
    """JPEG bytes by case id; the least recently used go first. A sealed still never changes, so neither do these."""

    __slots__ = ("_kept", "_lock")

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def kept(self, case_id: str) -> bytes | None:
        """The thumbnail if it was made before."""
        with self._lock:
            if case_id in self._kept:
                self._kept.move_to_end(case_id)
            return self._kept.get(case_id)

    def of(self, case_id: str, still: Path, box_xyxy: Box) -> bytes:
        """The thumbnail, made on first use. Raises OSError when the still cannot be read."""
        if (known := self.kept(case_id)) is not None:
            return known
        made = _cut(still, box_xyxy)
        with self._lock:
            self._kept[case_id] = made
            if len(self._kept) > THUMBS_MAX:
                self._kept.popitem(last=False)
        return made


def _cut(still: Path, box_xyxy: Box) -> bytes:
    with Image.open(still) as picture:
        x1, y1, x2, y2 = around(box_xyxy, picture.size, THUMB_WH[0] / THUMB_WH[1])
        part = picture.convert("RGB").crop((round(x1), round(y1), round(x2), round(y2)))
        small = part.resize(THUMB_WH, Image.Resampling.LANCZOS)
    out = BytesIO()
    small.save(out, "JPEG", quality=82)
    return out.getvalue()


def around(box_xyxy: Box, size_wh: tuple[int, int], aspect: float, margin: float = MARGIN) -> Box:
    """The box with a margin, widened to `aspect` (width / height) and moved into the picture. Pixels, x1 y1 x2 y2."""
    x1, y1, x2, y2 = box_xyxy
    width_max, height_max = size_wh
    pad = margin * max(x2 - x1, y2 - y1, 16.0)
    width, height = x2 - x1 + 2 * pad, y2 - y1 + 2 * pad
    width, height = max(width, height * aspect), max(height, width / aspect)
    shrink = min(1.0, width_max / width, height_max / height)
    width, height = width * shrink, height * shrink
    left = min(max(0.0, (x1 + x2 - width) / 2), width_max - width)
    top = min(max(0.0, (y1 + y2 - height) / 2), height_max - height)
    return (left, top, left + width, top + height)
