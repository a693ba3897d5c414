"""`python -m sample_videos training --frames N --seed S --out DIR` and `python -m sample_videos render [--clip NAME] [--out DIR]`."""

from __future__ import annotations

import argparse
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sample_videos", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("training", help="labelled pictures of random streets")
    training.add_argument("--frames", type=int, required=True)
    training.add_argument("--seed", type=int, default=1)
    training.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    from .training import write_frames

    write_frames(given.frames, given.seed, given.out)


if __name__ == "__main__":
    main()
