"""Command line of the renderer.

`python -m sample_videos render [--clip NAME] [--out DIR]` draws the demo's clips anew (about 11 minutes of processor time);
`python -m sample_videos training --frames N --seed S --out DIR` draws labelled pictures of random streets;
`python -m sample_videos scenarios --count N --seed S --out DIR` draws random clips with their camera files and truth.
"""

from __future__ import annotations

import argparse
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sample_videos", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    render = commands.add_parser("render", help="the demo's clips, their camera files and truth")
    render.add_argument("--clip", help="only this clip")
    render.add_argument("--out", type=Path, default=Path(__file__).parent)
    render.add_argument("--no-video", action="store_true", help="only the camera file and the truth")
    training = commands.add_parser("training", help="labelled pictures of random streets")
    training.add_argument("--frames", type=int, required=True)
    training.add_argument("--seed", type=int, default=1)
    training.add_argument("--out", type=Path, required=True)
    training.add_argument("--weathered", action="store_true", help="night, dusk, rain, fog as the scenarios have them")
    training.add_argument("--riders", action="store_true", help="crowds of motorcyclists, half of them bare-headed")
    scenarios = commands.add_parser("scenarios", help="random clips with exact truth; finished ones are left alone")
    scenarios.add_argument("--count", type=int, required=True)
    scenarios.add_argument("--seed", type=int, default=1)
    scenarios.add_argument("--out", type=Path, required=True)
    scenarios.add_argument("--only", type=int, help="only the scenario of this number")
    scenarios.add_argument("--no-video", action="store_true", help="only the camera files and the truth")
    given = parser.parse_args()
    if given.command == "scenarios":
        from .scenario_files import write_scenarios

        numbers = range(given.count) if given.only is None else [given.only]
        write_scenarios(given.seed, numbers, given.out, video=not given.no_video)
        return
    if given.command == "training":
        from .training import write_frames

        write_frames(given.frames, given.seed, given.out, weathered=given.weathered, riders=given.riders)
        return
    from .scenarios import CLIPS

    if given.clip and given.clip not in CLIPS:
        parser.error(f"--clip {given.clip}: no such clip. Choose one of: {', '.join(CLIPS)}.")
    for name in [given.clip] if given.clip else CLIPS:
        _render(name, given.out, video=not given.no_video)


def _render(name: str, out: Path, *, video: bool) -> None:
    from .scenarios import CLIPS

    if video:
        from .render import write_video

        write_video(CLIPS[name], out)
    from .truth import write_texts

    write_texts(CLIPS[name], out)


if __name__ == "__main__":
    main()
