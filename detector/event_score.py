"""How the rules' verdicts compare with a clip's truth: event by event, by code, time and place.

A missed act is explained by what the rules said of that vehicle, if they said anything (`Abstention`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median

from detector.camera import Camera, load_camera
from detector.footage import FootageFile
from detector.geometry import between, iou, length, middle
from detector.observe import Observer
from detector.pipeline import Step, replay, run
from detector.recording import read_observation, write_observation
from detector.thresholds import Thresholds, load_thresholds
from detector.truth import CODES, HELMET, OVERLAP_MIN, TIME_SLACK_S, TrueEvent, Truth, read_truth
from detector.vocabulary import Abstention, Box, Certainty, Violation

PLACE_SLACK_S = 0.1  # between a place that the truth tells and the analysed frame that is held against it
DISTANCE_HEIGHTS = 0.35  # boxes that hardly overlap show one vehicle if their middles are at most this far apart


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong report or a miss: who, and where to look. `box_xyxy` as reported, or as drawn by eye."""

    who: str
    frame: int
    box_xyxy: Box
    why: str = ""


@dataclass(frozen=True, slots=True)
class EventScore:
    """One row of the table. `unjudged`: reported on somebody whom the truth leaves in doubt or does not list.
    `abstained`: doubts told by the rules. `frame_errors` of the right crossings, in frames of the clip;
    `analysed_errors`: the same in analysed frames, as far as they exceed the truth's own tolerance."""

    clip: str
    code: str
    right: int
    wrong: int
    missed: int
    unjudged: int
    abstained: int = 0
    right_ones: tuple[str, ...] = ()
    wrong_ones: tuple[Mistake, ...] = ()
    missed_ones: tuple[Mistake, ...] = ()
    frame_errors: tuple[int, ...] = ()
    analysed_errors: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """All that came of one clip. `boxes` by track and frame; `step_frames`: between two analysed frames, usually."""

    clip: str
    truth: Truth
    reported: tuple[Violation, ...]
    abstained: tuple[Abstention, ...]
    boxes: Mapping[int, Mapping[int, Box]]
    step_frames: float


def compare(clip: str, truth: Truth, steps: Iterable[Step]) -> list[EventScore]:
    """One row per code that happened, was reported or was in doubt. Doubtful violations are not counted."""
    boxes: dict[int, dict[int, Box]] = defaultdict(dict)
    reported: list[Violation] = []
    abstained: list[Abstention] = []
    frames: list[int] = []
    for step in steps:
        frames.append(step.scene.frame_index)
        for track in step.scene.tracks:
            boxes[track.track_id][step.scene.frame_index] = track.box_xyxy
        reported += [v for v in step.violations if v.certainty is Certainty.SURE]
        abstained += step.abstentions
    gaps = [later - earlier for earlier, later in pairwise(frames) if later > earlier]
    ran = _Run(clip, truth, tuple(reported), tuple(abstained), boxes, median(gaps) if gaps else 1.0)
    codes = {event.code for event in truth.events if event.happened}
    codes |= {_family(code) for code in [v.code for v in reported] + [a.code for a in abstained]}
    return [_score(ran, code) for code in sorted(codes)]


def _score(ran: _Run, code: str) -> EventScore:
    reported = [violation for violation in ran.reported if _family(violation.code) == code]
    abstained = [abstention for abstention in ran.abstained if _family(abstention.code) == code]
    events = [event for event in ran.truth.events if event.code == code]
    near = {
        (v, e): closeness
        for v, violation in enumerate(reported)
        for e, event in enumerate(events)
        if (closeness := _closeness(violation, event, ran.boxes[violation.track_id], ran.truth.fps)) > 0
    }
    hits = _assign({pair: closeness for pair, closeness in near.items() if events[pair[1]].happened})
    wrong: list[Mistake] = []
    unjudged = 0
    for v, violation in enumerate(reported):
        matched = [events[e] for other, e in near if other == v]
        if v in hits or any(event.happened for event in matched):
            continue
        unlisted_rider = code == HELMET and not matched and not ran.truth.lists_all_riders
        if unlisted_rider or any(event.happened is None for event in matched):
            unjudged += 1
        else:
            names = ", ".join(event.name for event in matched) or "nobody listed"
            who = f"{violation.code} track {violation.track_id}: {names}"
            wrong.append(Mistake(who, violation.frame, violation.box_xyxy))
    missed = [event for e, event in enumerate(events) if event.happened and e not in hits.values()]
    crossings = sorted(hits.items()) if code == CODES["red_light"] else []
    errors = [(reported[v].frame - events[e].middle_frame, events[e].tolerance_frames) for v, e in crossings]
    return EventScore(
        ran.clip,
        code,
        right=len(hits),
        wrong=len(wrong),
        missed=len(missed),
        unjudged=unjudged,
        abstained=len(abstained),
        right_ones=tuple(sorted(events[e].name for e in hits.values())),
        wrong_ones=tuple(wrong),
        missed_ones=tuple(_miss(ran, event, abstained) for event in sorted(missed, key=lambda event: event.name)),
        frame_errors=tuple(error for error, _ in errors),
        analysed_errors=tuple(max(0, abs(error) - tolerance) / ran.step_frames for error, tolerance in errors),
    )


def _miss(ran: _Run, event: TrueEvent, abstained: Sequence[Abstention]) -> Mistake:
    """The missed act, with what the rules said of the vehicles seen where it was."""
    slack = round(TIME_SLACK_S * ran.truth.fps)
    reasons = Counter(
        abstention.reason
        for abstention in abstained
        if any(
            event.first_frame - slack <= frame <= event.last_frame + slack and _overlap(box, event.box) > 0
            for frame, box in ran.boxes[abstention.track_id].items()
        )
    )
    return Mistake(event.name, event.middle_frame, event.box, ", ".join(sorted(reasons)))


def _assign(near: Mapping[tuple[int, int], float]) -> dict[int, int]:
    """Violations to events, the closest pairs first, each event and each violation once."""
    assigned: dict[int, int] = {}
    for v, e in sorted(near, key=lambda pair: (-near[pair], pair)):
        if v not in assigned and e not in assigned.values():
            assigned[v] = e
    return assigned


def _closeness(violation: Violation, event: TrueEvent, boxes: Mapping[int, Box], fps: float) -> float:
    """How well the reported vehicle sits where the eye saw it, at the moment (crossing) or at some moment of the act;
    0: not this event."""
    slack = round(TIME_SLACK_S * fps)
    if event.code == CODES["red_light"]:
        in_time = event.first_frame <= violation.frame <= event.last_frame
        return _overlap(violation.box_xyxy, event.box) if in_time else 0.0
    if violation.from_frame > event.last_frame + slack or event.first_frame - slack > violation.to_frame:
        return 0.0
    if event.places:
        then = ((_seen_at(boxes, frame, fps), drawn) for frame, drawn in event.places)
        return max((_overlap(box, drawn) for box, drawn in then if box), default=0.0)
    near = [box for frame, box in boxes.items() if event.first_frame - slack <= frame <= event.last_frame + slack]
    return max((_overlap(box, drawn) for box in near for drawn in (event.box, *event.also)), default=0.0)


def _seen_at(boxes: Mapping[int, Box], frame: int, fps: float) -> Box | None:
    """The box nearest in time to a frame, of one analysed at most `PLACE_SLACK_S` away: vehicles stay within their boxes for so long."""
    at = min(boxes, key=lambda seen: abs(seen - frame), default=None)
    return boxes[at] if at is not None and abs(at - frame) <= max(1, PLACE_SLACK_S * fps) else None


def _overlap(box: Box, drawn: Box) -> float:
    """Overlap of the boxes; a small one for a box of like size near enough (boxes drawn by eye are approximate)."""
    overlap = iou(box, drawn)
    if overlap >= OVERLAP_MIN:
        return overlap
    distance = length(between(middle(box), middle(drawn))) / (drawn[3] - drawn[1])
    similar = 0.6 <= (box[3] - box[1]) / (drawn[3] - drawn[1]) <= 1.7
    return OVERLAP_MIN * (1 - distance) if similar and distance <= DISTANCE_HEIGHTS else 0.0


def _family(code: str) -> str:
    return HELMET if code.startswith(HELMET) else code


def without_tolerances(thresholds: Thresholds) -> Thresholds:
    """The truth counts every start before green: nothing is forgiven at red onset and before green."""
    strict = replace(thresholds.red_light, after_red_onset_s=0.0, before_green_s=0.0)
    return replace(thresholds, red_light=strict)


@dataclass(frozen=True, slots=True)
class ClipScore:
    """All rows of one clip. `replays`: its recorded observations gave the same violations once more, fact by fact."""

    clip: Path
    rows: tuple[EventScore, ...]
    replays: bool


def bench(clips: Iterable[Path], thresholds: Thresholds | None = None, fps: float | None = None) -> Iterator[ClipScore]:
    """Analyse each clip with the camera file and the truth beside it, and compare; clips as they come.

    `fps`: frames analysed a second at most (None: as shipped). Raises UserError for a clip, camera file or truth that
    cannot be read.
    """
    strict = without_tolerances(thresholds or load_thresholds())
    for clip in clips:
        truth = read_truth(clip)
        camera = load_camera(clip.with_suffix(".yaml"))
        observer = Observer(camera, min_interval_s=1 / fps) if fps else Observer(camera)
        steps = [replace(step, frame=None) for step in run(FootageFile(clip).frames(), observer, camera, strict)]
        yield ClipScore(clip, tuple(compare(clip.stem, truth, steps)), _replays(steps, camera, strict))


def _replays(steps: Sequence[Step], camera: Camera, thresholds: Thresholds) -> bool:
    lines = [write_observation(step.observation) for step in steps if step.observation]
    again = replay(map(read_observation, lines), camera, thresholds)
    return [step.violations for step in steps] == [step.violations for step in again]
