"""Scenarios as files: NAME.mp4, NAME.yaml and NAME.truth.json, readable by `phatnguoi bench events`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from .random_clips import scenario
from .scenario_truth import write_texts


def write_scenarios(seed: int, numbers: Iterable[int], out: Path, *, video: bool = True) -> None:
    """Writes each scenario and prints a line. A clip that is finished (its video is there) is left as it is: a clip is
    drawn in a folder of its own and moved when it is whole, the video last, so an interrupted run can go on."""
    out.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        started = time.process_time()
        clip = scenario(seed, number)
        if (out / f"{clip.name}.mp4").exists():
            continue
        with TemporaryDirectory(prefix=f".{clip.name}.", dir=out) as folder:
            write_texts(clip, Path(folder))
            if video:
                from .render import write_video  # needs pyvista

                write_video(clip, Path(folder), quick=True)
            for path in sorted(Path(folder).iterdir(), key=lambda path: path.suffix == ".mp4"):
                path.replace(out / path.name)
        seconds = time.process_time() - started
        sys.stdout.write(
            f"{clip.name}: {clip.frames} frames at {clip.fps} a second, {seconds:.1f} s of processor time\n"
        )
        sys.stdout.flush()
