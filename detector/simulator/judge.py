"""One scenario driven through the rules, and every verdict compared with the truth."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice

import numpy as np

from detector.geometry import iou
from detector.pipeline import replay
from detector.rules import Judge
from detector.rules.size_line import HORIZON_TRACKS_MAX, HORIZON_TRACKS_MIN, Horizon
from detector.simulator.law import Ruling, Standing, rulings
from detector.simulator.lens import Lens
from detector.simulator.noise import Chance, Noise
from detector.simulator.scenario import Scenario
from detector.simulator.sight import Sight, frame_times, look_at
from detector.simulator.tracks import Lamps, Tracker, moment, observations
from detector.thresholds import Thresholds
from detector.vocabulary import Abstention, Box, Certainty, Scene, Violation

CLEAR_IOU = 0.7  # with the vehicle: a box that is of it alone
OWNER_LOOKS = 5  # nearest looks: whom a track follows is told by more than one box that may lie


NEW_CAMERAS_SHARE = 0.1  # of the scenarios: only a few vehicles have passed that camera yet


class Depth(StrEnum):
    """How deep a scenario goes in: as tracks straight to the rules, or as detections through the real tracker."""

    TRACKS = "tracks"
    DETECTIONS = "detections"


@dataclass(frozen=True, slots=True)
class Setting:
    """How scenarios are watched and judged. `fps`: analysed frames per second."""

    fps: float
    noise: Noise
    thresholds: Thresholds
    depth: Depth = Depth.TRACKS


@dataclass(frozen=True, slots=True)
class Report:
    """A sure violation and whose it is: the index of the vehicle, or None for nobody there."""

    vehicle: int | None
    violation: Violation


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What came of one scenario. `abstained`: why a rule acquitted for want of certainty, by (vehicle, code)."""

    scenario: Scenario
    sight: Sight
    truth: list[Mapping[str, Ruling]]
    reports: tuple[Report, ...]
    abstained: Mapping[tuple[int, str], frozenset[str]]
    abstentions: tuple[Abstention, ...]

    def crossing_error(self, report: Report) -> int | None:
        """Analysed frames from the first one at or after the true crossing to the reported one."""
        at_s = self.truth[report.vehicle][report.violation.code].at_s if report.vehicle is not None else None
        if at_s is None:
            return None
        return report.violation.frame - int(np.searchsorted(self.sight.times, at_s))


def judge(scenario: Scenario, setting: Setting) -> Judged:
    """The same scenario and setting give the same verdicts on every machine."""
    rng = np.random.default_rng([scenario.seed, scenario.number, round(setting.fps * 100)])
    times = frame_times(scenario, setting.fps, setting.noise, rng)
    lamp_chance, *chances = (
        Chance.of(scenario.seed, scenario.number, setting.fps, whose) for whose in range(1, len(scenario.vehicles) + 2)
    )
    sight = look_at(scenario, times, setting.noise, chances)
    lamps = Lamps(scenario.lights, times, setting.noise, lamp_chance)
    asserted: list[Violation] = []
    told: list[Abstention] = []
    followed: dict[int, dict[int, Box]] = defaultdict(dict)
    for violations, abstentions, scene in _judged(scenario, setting, sight, lamps, rng):
        for track in scene.tracks:
            followed[track.track_id][scene.frame_index] = track.box_xyxy
        told += abstentions
        asserted += [violation for violation in violations if violation.certainty is Certainty.SURE]
    reports = tuple(Report(_owner(sight, followed[one.track_id], one.frame), one) for one in asserted)
    abstained: dict[tuple[int, str], frozenset[str]] = {}
    for doubt in told:
        if (owner := _owner(sight, followed[doubt.track_id], doubt.frame)) is not None:
            abstained[owner, doubt.code] = abstained.get((owner, doubt.code), frozenset()) | {doubt.reason}
    return Judged(scenario, sight, rulings(scenario, setting.thresholds), reports, abstained, tuple(told))


def _judged(
    scenario: Scenario, setting: Setting, sight: Sight, lamps: Lamps, rng: np.random.Generator
) -> Iterator[tuple[list[Violation], list[Abstention], Scene]]:
    """Every scene with what the rules say of it."""
    if setting.depth is Depth.DETECTIONS:
        seen = observations(sight, lamps, scenario.lens.size_wh)
        for step in replay(seen, scenario.camera, setting.thresholds):
            yield list(step.violations), list(step.abstentions), step.scene
        return
    rules = Judge(scenario.camera, setting.thresholds, horizon=_horizon(scenario.lens, setting.noise, rng))
    names = tuple(head.name for head in scenario.lights.heads)
    for scene in _to_the_end(Tracker(scenario, sight, setting.noise, rng).scenes(lamps, names)):
        violations, abstentions = rules.see(scene)
        yield violations, abstentions, scene


def _horizon(lens: Lens, noise: Noise, rng: np.random.Generator) -> Horizon:
    """What a camera has learnt that has watched for a while: a wrong horizon goes with a wrong height of the camera, as both
    are told by the same boxes."""
    is_new = rng.random() < NEW_CAMERAS_SHARE
    share = noise.horizon_new_share if is_new else noise.horizon_share
    row = lens.horizon_row + rng.normal(0, share) * lens.size_wh[1]
    _, line_row = lens.pixel(0.0, 0.0)
    camera_m = float(lens.position[2]) * (1 + rng.normal(0, noise.camera_height_share))
    camera_m *= max(0.5, (line_row - row) / (line_row - lens.horizon_row))
    return Horizon.at(row, camera_m, HORIZON_TRACKS_MIN if is_new else HORIZON_TRACKS_MAX)


def _to_the_end(scenes: Iterable[Scene]) -> Iterator[Scene]:
    """The scenes, and the one in which the footage ends for everybody still in sight."""
    alive: set[int] = set()
    last: Scene | None = None
    for scene in scenes:
        alive = (alive | {track.track_id for track in scene.tracks}) - set(scene.ended_track_ids)
        last = scene
        yield scene
    if last is not None:
        yield replace(last, tracks=(), ended_track_ids=tuple(sorted(alive)), is_last=True)


def _owner(sight: Sight, boxes: Mapping[int, Box], frame: int) -> int | None:
    """The vehicle that a track followed around that frame: the one that its boxes overlapped most, in most frames. Boxes that
    are clearly of one vehicle count; one around two shows neither."""
    near = sorted(boxes, key=lambda at: abs(at - frame))
    overlaps = (_overlapped(sight, at, boxes[at]) for at in near)  # the nearest clear ones: few are looked at
    clear = islice((vehicle for vehicle, overlap in overlaps if overlap >= CLEAR_IOU), OWNER_LOOKS)
    owners = Counter(clear)
    if not owners:
        overlaps = (_overlapped(sight, at, boxes[at]) for at in near[:OWNER_LOOKS])
        owners = Counter(vehicle for vehicle, overlap in overlaps if overlap > 0)
    return owners.most_common(1)[0][0] if owners else None


def _overlapped(sight: Sight, index: int, box: Box) -> tuple[int, float]:
    """The vehicle that lies under this box, and how much of it; (0, 0.0) for none."""
    best, most = 0, 0.0
    for vehicle, look in enumerate(sight.looks):
        x1, y1, x2, y2 = look.true_boxes[index].tolist()
        if x2 - x1 < 1 or y2 - y1 < 1:
            continue
        overlap = iou(box, (x1, y1, x2, y2))
        if overlap > most:
            best, most = vehicle, overlap
    return best, most


def story(judged: Judged) -> Iterator[str]:
    """The scenario told in lines: road, vehicles, truth, boxes twice a second, verdicts, abstentions."""
    scenario = judged.scenario
    yield f"scenario {scenario.number} of seed {scenario.seed}: {scenario.kind}, {scenario.until_s:.1f} s, {scenario.lens.size_wh}"
    yield f"  pole {scenario.lens.position.round(1).tolist()} m, {'front' if scenario.from_front else 'rear'} views"
    for head in scenario.lights.heads:
        changes = ", ".join(f"{phase} from {at:.1f}" for at, phase in head.changes)
        yield f"  lamp {head.name} {sorted(head.governs)}: {changes}{' (yellow dead)' if head.is_yellow_dead else ''}"
    for strip in scenario.road.strips:
        limits = f"{sorted(strip.allowed)} arrows {sorted(strip.arrows)}"
        yield f"  lane {strip.name} x {strip.left_x:.1f} to {strip.right_x:.1f} {'ahead' if strip.ahead else 'towards us'} {limits}"
    for index, vehicle in enumerate(scenario.vehicles):
        yield f"vehicle {index}: {vehicle.vehicle_class} {vehicle.deed}, {vehicle.movement}, riders {[*vehicle.riders]}"
        for code, ruling in judged.truth[index].items():
            if ruling.standing is not Standing.LAWFUL:
                at = f" at {ruling.at_s:.2f} s" if ruling.at_s is not None else ""
                yield f"  truth {code}: {ruling.standing}{at} ({ruling.why})"
        yield from _path(judged, index)
    for report in judged.reports:
        violation = report.violation
        at_s = (violation.captured_at - moment(0)).total_seconds()
        facts = {key: value for key, value in violation.facts.items() if key not in ("thresholds", "phases", "votes")}
        yield f"REPORTED vehicle {report.vehicle}: {violation.code} at {at_s:.2f} s, track {violation.track_id}, {facts}"
    for abstention in judged.abstentions:
        yield f"abstained: {abstention.code} track {abstention.track_id} {abstention.reason} {dict(abstention.facts)}"


def _path(judged: Judged, index: int) -> Iterator[str]:
    look, last = judged.sight.looks[index], -1.0
    vehicle = judged.scenario.vehicles[index]
    wheels = vehicle.contact(judged.sight.times, from_front=judged.scenario.from_front)
    for n, t in enumerate(judged.sight.times.tolist()):
        if t - last < 0.5 or look.true_boxes[n, 2] - look.true_boxes[n, 0] < 1 or t > judged.scenario.until_s:
            continue
        last = t
        box = look.boxes[n].round().astype(int).tolist() if look.found[n] else "not found"
        heads = look.heads[n]
        read = "" if heads is None else " heads " + "".join("h" if head.has_helmet else "b" for head in heads)
        yield f"    {t:6.2f} s  wheels ({wheels[n, 0]:6.2f}, {wheels[n, 1]:6.2f}) m  box {box}  hidden {look.hidden[n]:.2f}{read}"
