"""Helmet verdicts rider by rider, for choosing the thresholds of `helmet` in configs/rules.yaml.

`python -m detector.rider_verdicts CLIP…` records each clip once, then judges the recording with many thresholds against
the truth file beside the clip. A bare-headed bike reported is right, a helmeted one reported is wrong.
"""

import argparse
import dataclasses
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from detector.camera import Camera, RuleName, load_camera
from detector.event_score import compare
from detector.footage import FootageFile
from detector.observe import Observer
from detector.pipeline import replay, run
from detector.thresholds import Thresholds, load_thresholds
from detector.truth import HELMET, Truth, read_truth
from detector.vocabulary import Observation
from models.errors import UserError

BARE_SHARES = (0.4, 0.5, 0.6, 0.7)  # at least, with 95 % certainty
BARE_CONFIDENCES = (0.5, 0.6, 0.7)
LOOKS = (4, 6)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One clip as the networks saw it, with its truth."""

    name: str
    camera: Camera
    truth: Truth
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Bikes reported rightly and wrongly, bare-headed ones missed, and helmeted ones rightly left alone."""

    right: int
    wrong: int
    missed: int
    acquitted: int

    @property
    def precision(self) -> float:
        """Share of the reported that is right; 1 where nobody is reported."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Share of the bare-headed that is reported; 1 where there are none."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def recorded(clip: Path, weights: Path | None = None) -> Recorded:
    """What the networks see in a clip: those of the register, or of a YAML file `weights` with other ones.

    Raises `UserError` for clip, camera file, truth or weights.
    """
    camera, truth = load_camera(clip.with_suffix(".yaml")), read_truth(clip)
    steps = run(FootageFile(clip).frames(), Observer(camera, weights_overrides=weights), camera, load_thresholds())
    helmet_only = dataclasses.replace(camera, rules=(RuleName.HELMET,))
    return Recorded(clip.stem, helmet_only, truth, tuple(step.observation for step in steps if step.observation))


def verdicts(clips: Iterable[Recorded], thresholds: Thresholds) -> Verdicts:
    """All clips judged with these thresholds; reports on riders that the truth leaves in doubt do not count."""
    right = wrong = missed = acquitted = 0
    for clip in clips:
        rows = compare(clip.name, clip.truth, replay(clip.observations, clip.camera, thresholds))
        row = next((row for row in rows if row.code == HELMET), None)
        helmeted = sum(1 for event in clip.truth.events if event.code == HELMET and event.happened is False)
        right, missed = right + (row.right if row else 0), missed + (row.missed if row else 0)
        wrong, acquitted = wrong + (row.wrong if row else 0), acquitted + helmeted - (row.wrong if row else 0)
    return Verdicts(right, wrong, missed, acquitted)


def sweep(clips: Sequence[Recorded], thresholds: Thresholds) -> Iterator[tuple[float, float, int, Verdicts]]:
    """(sure_bare_share, bare_confidence, looks_min, verdicts) of every combination tried."""
    for share, confidence, looks in product(BARE_SHARES, BARE_CONFIDENCES, LOOKS):
        helmet = dataclasses.replace(
            thresholds.helmet, sure_bare_share=share, bare_confidence=confidence, looks_min=looks
        )
        yield share, confidence, looks, verdicts(clips, dataclasses.replace(thresholds, helmet=helmet))


def main(arguments: Sequence[str]) -> int:
    """Prints one line per combination of thresholds; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m detector.rider_verdicts", description=__doc__)
    parser.add_argument("clips", nargs="+", type=Path, help="clips with NAME.yaml and NAME.truth.json beside them")
    parser.add_argument("--weights", type=Path, help="YAML file with other weights (models/registry.py)")
    chosen = parser.parse_args(arguments)
    try:
        seen = [recorded(clip, chosen.weights) for clip in chosen.clips]
        sys.stdout.write("sure_bare_share bare_confidence looks_min  right wrong missed acquitted  precision recall\n")
        for share, confidence, looks, counts in sweep(seen, load_thresholds()):
            figures = f"{counts.right:5} {counts.wrong:5} {counts.missed:6} {counts.acquitted:9}"
            sys.stdout.write(
                f"{share:15} {confidence:15} {looks:9}  {figures}  {counts.precision:9.3f} {counts.recall:6.3f}\n"
            )
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
