"""What the networks behind the first one look at: one geometry for training and for use.

The heads and plates detectors see a square cut from the frame around one vehicle box and scaled to their input size. Parts of the
square outside the frame are filled with `PAD_GREY`. Boxes they return are in pixels of that input and go back into the
frame with `to_frame_xyxy`. The second look at a head sees a square around the head's own box, the lamp network a whole
lamp box, made upright.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Box = tuple[float, float, float, float]

PAD_GREY = 114  # the letterbox colour that YOLO is trained with

# A rider seen from behind is about half as wide as motorbike and rider are high; the heads lie in the upper half.
HEAD_HEIGHT_SHARE = 0.62
HEAD_WIDTH_SHARE = 1.15
HEAD_TOP_MARGIN = 0.08  # of the square, above the box: detectors cut helmets off at the top

PLATE_MARGIN = 0.06

HEAD_LOOK_SIZE_PX = 64
HEAD_LOOK_SHARE = 2.0  # of the longer side of a head's box: neck, shoulders and the edge of a helmet are seen

LAMP_SIZE_WH = (32, 64)  # half as wide as high: one lens of three is then some 20 pixels across


def head_square_xyxy(rider_box_xyxy: Box) -> Box:
    """The square holding the riders' heads of a motorcycle box with riders, in frame pixels; may leave the frame."""
    x1, y1, x2, y2 = rider_box_xyxy
    side = max(HEAD_WIDTH_SHARE * (x2 - x1), HEAD_HEIGHT_SHARE * (y2 - y1))
    centre_x, top = (x1 + x2) / 2, y1 - HEAD_TOP_MARGIN * side
    return centre_x - side / 2, top, centre_x + side / 2, top + side


def plate_square_xyxy(vehicle_box_xyxy: Box) -> Box:
    """The square around a whole vehicle box with a small margin, in frame pixels; may leave the frame."""
    x1, y1, x2, y2 = vehicle_box_xyxy
    side = max(x2 - x1, y2 - y1) * (1 + 2 * PLATE_MARGIN)
    centre_x, centre_y = (x1 + x2) / 2, (y1 + y2) / 2
    return centre_x - side / 2, centre_y - side / 2, centre_x + side / 2, centre_y + side / 2


def head_look_square_xyxy(head_box_xyxy: Box, share: float = HEAD_LOOK_SHARE) -> Box:
    """The square around a head's box that the second look sees, in frame pixels; may leave the frame.

    `share`: its side, in longer sides of the box.
    """
    x1, y1, x2, y2 = head_box_xyxy
    half, centre_x, centre_y = share * max(x2 - x1, y2 - y1) / 2, (x1 + x2) / 2, (y1 + y2) / 2
    return centre_x - half, centre_y - half, centre_x + half, centre_y + half


def cut_square(image: Image, square_xyxy: Box, size_px: int) -> Image:
    """The square cut from `image` (H, W, 3) and scaled to (size_px, size_px, 3); grey where it leaves the image."""
    left, top = round(square_xyxy[0]), round(square_xyxy[1])
    side = max(2, round(square_xyxy[2] - square_xyxy[0]))
    height, width = image.shape[:2]
    crop: Image = np.full((side, side, 3), PAD_GREY, np.uint8)
    x1, y1, x2, y2 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    if x1 < x2 and y1 < y2:
        crop[y1 - top : y2 - top, x1 - left : x2 - left] = image[y1:y2, x1:x2]
    shrinking = side > size_px
    scaled: Image = np.asarray(
        cv2.resize(crop, (size_px, size_px), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR), np.uint8
    )
    return scaled


def to_frame_xyxy(box_xyxy: Box, square_xyxy: Box, size_px: int) -> Box:
    """A box in pixels of the scaled square, brought back into frame pixels."""
    left, top = round(square_xyxy[0]), round(square_xyxy[1])
    scale = max(2, round(square_xyxy[2] - square_xyxy[0])) / size_px
    x1, y1, x2, y2 = box_xyxy
    return left + x1 * scale, top + y1 * scale, left + x2 * scale, top + y2 * scale


def to_square_xyxy(box_xyxy: Box, square_xyxy: Box, size_px: int) -> Box:
    """A box in frame pixels, in pixels of the scaled square; the inverse of `to_frame_xyxy`."""
    left, top = round(square_xyxy[0]), round(square_xyxy[1])
    scale = size_px / max(2, round(square_xyxy[2] - square_xyxy[0]))
    x1, y1, x2, y2 = box_xyxy
    return (x1 - left) * scale, (y1 - top) * scale, (x2 - left) * scale, (y2 - top) * scale


def lamp_picture(crop: Image) -> Image:
    """A lamp box (H, W, 3) BGR as the lamp network sees it, (64, 32, 3) BGR: a head lying on its side is stood up."""
    upright = np.rot90(crop) if crop.shape[1] > crop.shape[0] else crop
    width, height = LAMP_SIZE_WH
    scaled: Image = np.asarray(
        cv2.resize(np.ascontiguousarray(upright), (width, height), interpolation=cv2.INTER_AREA), np.uint8
    )
    return scaled
