"""Small clips made by the tests themselves: a bright square walks over a grey road, one step a frame."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from detector.vocabulary import Pixels

SIZE_WH = (64, 48)


def picture(index: int, size_wh: tuple[int, int] = SIZE_WH) -> Pixels:
    """Frame `index`: its brightness is 40 + 5 * (index % 40), the square stands at x = index % 40."""
    pixels = np.full((size_wh[1], size_wh[0], 3), 40 + 5 * (index % 40), np.uint8)
    pixels[10:20, index % 40 : index % 40 + 10] = 255
    return pixels


def index_of(pixels: Pixels) -> int:
    """Which frame (modulo 40) a decoded picture is, read off its brightness; codecs darken it by up to 4 levels."""
    return round((float(np.median(pixels[-10:])) - 38) / 5)


def write_video(
    path: Path,
    pts: Sequence[int],
    *,
    time_base: Fraction = Fraction(1, 1000),
    codec: str = "libx264",
    size_wh: tuple[int, int] = SIZE_WH,
    gop: int = 10,
    b_frames: int = 0,
    rotation: int = 0,
    container_format: str | None = None,
    metadata: dict[str, str] | None = None,
    movflags: str = "",
) -> Path:
    """A video whose frame i has the presentation time pts[i] * time_base."""
    options = {"movflags": movflags} if movflags else {}
    with av.open(str(path), "w", format=container_format, options=options) as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = size_wh
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = time_base
        stream.codec_context.gop_size = gop
        stream.codec_context.max_b_frames = b_frames
        if codec == "libx264":
            stream.options = {"sc_threshold": "0", "qp": "1"}
        if rotation:
            stream.set_display_rotation(rotation)
        for i, at in enumerate(pts):
            frame = av.VideoFrame.from_ndarray(picture(i, size_wh), format="bgr24")
            frame.pts, frame.time_base = at, time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_stills(path: Path, pts: Sequence[int]) -> Path:
    """Matroska of single pictures (MJPEG) whose times are written as they are given, in milliseconds: repeated or
    backwards, as broken recorders do."""
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = *SIZE_WH, "yuvj420p", Fraction(1, 1000)
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_mux_stream("mjpeg", rate=25, width=SIZE_WH[0], height=SIZE_WH[1])
        for i, at in enumerate(pts):
            frame = av.VideoFrame.from_ndarray(picture(i), format="bgr24").reformat(format="yuvj420p")
            frame.pts = i
            [packet] = encoder.encode(frame)
            packet.pts, packet.dts, packet.time_base, packet.stream = at, i, Fraction(1, 1000), stream
            container.mux_one(packet)
    return path


def write_resized(path: Path, sizes_wh: Sequence[tuple[int, int]], frames: int) -> Path:
    """MPEG-TS at 25 frames a second whose pictures change their size: `frames` of each."""
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_mux_stream("h264", rate=25, width=sizes_wh[0][0], height=sizes_wh[0][1])
        for part, size_wh in enumerate(sizes_wh):
            encoder = av.CodecContext.create("libx264", "w")
            encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = *size_wh, "yuv420p", Fraction(1, 25)
            encoder.options = {"qp": "1", "g": "10", "bf": "0"}
            pictures = [av.VideoFrame.from_ndarray(picture(i, size_wh), format="bgr24") for i in range(frames)]
            for i, frame in enumerate(pictures):
                frame.pts = part * frames + i
            for frame in [*pictures, None]:
                for packet in encoder.encode(frame):
                    packet.stream, packet.time_base = stream, Fraction(1, 25)
                    container.mux_one(packet)
    return path


def write_sound(path: Path) -> Path:
    """Half a second of silence and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4000), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 8000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
