"""What the case page draws, computed from the sealed manifest: pure values in, pure values out.

Times of the clip are seconds since its first frame, which is where a browser's `currentTime` counts from.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from api.web.pictures import around
from detector.vocabulary import Box
from evidence.cases.case import CaseView
from evidence.vault.manifest import Manifest, PhasePart, SealedViolation, StillPart

FRAME_S_DEFAULT = 0.04
WEAK = 0.9  # a character below this is drawn as weak (LAW.md §6: reject below 0.9 unless a second frame agrees)
ZOOM_MARGIN = 0.45
HEAD_MARGIN = 1.6  # a head is judged with the shoulders below it
STILL_ASPECT = 2.1  # as app.css shows them
TIMELINE_MARKS_MAX = 12


@dataclass(frozen=True, slots=True)
class PhaseBar:
    """One stretch of a signal's phase; positions in per cent of the clip."""

    phase: str
    from_percent: float
    width_percent: float
    seconds: float


@dataclass(frozen=True, slots=True)
class ChangeSpan:
    """The change to a phase fell somewhere in this span; positions in per cent of the clip."""

    phase: str
    not_before: datetime
    since: datetime
    from_percent: float
    width_percent: float

    @property
    def seconds(self) -> float:
        return (self.since - self.not_before).total_seconds()


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One lamp head's phases over the clip, and how uncertain their changes are."""

    signal: str
    bars: tuple[PhaseBar, ...]
    changes: tuple[ChangeSpan, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """When one of the violations was complete, and how long it lasted; positions in per cent of the clip."""

    number: int
    captured_at: datetime
    at_s: float
    percent: float
    span_percent: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Still:
    """A still and the two viewBoxes between which zooming switches. `code` is that of the violation whose moment it
    shows, "" for before and after; `label` names its text."""

    name: str
    label: str
    code: str
    captured_at: datetime | None
    from_violation_s: float | None
    far: str
    near: str
    size_wh: tuple[int, int]
    head_xyxy: Box | None


@dataclass(frozen=True, slots=True)
class CharBar:
    """One character of the machine's reading."""

    symbol: str
    confidence: float
    is_weak: bool


class CasePage:
    """The drawable side of a case."""

    def __init__(self, view: CaseView) -> None:
        self.view = view
        self.manifest: Manifest = view.manifest

    @property
    def lead(self) -> SealedViolation:
        """The violation that the clip is shown for: the first that stands."""
        return self.manifest.violations[self.view.summary.kept[0].number - 1]

    @cached_property
    def duration_s(self) -> float:
        clip = self.manifest.clip
        return max(0.1, (clip.last_at - clip.first_at).total_seconds() + self.frame_s)

    @cached_property
    def frame_s(self) -> float:
        """Seconds per frame, from the trail's own frame numbers and times."""
        trail = self.manifest.trail
        if len(trail) < 2 or trail[-1].frame <= trail[0].frame:
            return FRAME_S_DEFAULT
        seconds = (trail[-1].captured_at - trail[0].captured_at).total_seconds()
        return max(0.005, seconds / (trail[-1].frame - trail[0].frame))

    @cached_property
    def moment_s(self) -> float:
        return self.at_s(self.lead.captured_at)

    def at_s(self, moment: datetime) -> float:
        return (moment - self.manifest.clip.first_at).total_seconds()

    def percent(self, moment: datetime) -> float:
        """Where a moment lies in the clip, 0 to 100."""
        return round(min(100.0, max(0.0, 100 * self.at_s(moment) / self.duration_s)), 3)

    @cached_property
    def clip_json(self) -> str:
        """What player.js needs."""
        return json.dumps(
            {
                "moment_s": round(self.moment_s, 3),
                "moments_s": sorted({round(moment.at_s, 3) for moment in self.moments}),
                "duration_s": round(self.duration_s, 3),
                "frame_s": round(self.frame_s, 5),
                "trail": [
                    {"at_s": round(self.at_s(point.captured_at), 3), "box": [round(edge, 1) for edge in point.box_xyxy]}
                    for point in self.manifest.trail
                ],
            },
            separators=(",", ":"),
        )

    @cached_property
    def signal_rows(self) -> tuple[SignalRow, ...]:
        """The signals' phases as bars; a phase that began before the clip is cut at its start."""
        rows = []
        names = dict.fromkeys(phase.signal for phase in self.manifest.signal_timeline)
        end = self.manifest.clip.last_at
        for name in names:
            phases = sorted((p for p in self.manifest.signal_timeline if p.signal == name), key=lambda p: p.since)
            ends = [*(p.since for p in phases[1:]), max(end, phases[-1].since)]
            bars = tuple(
                PhaseBar(
                    phase.phase,
                    self.percent(phase.since),
                    round(self.percent(until) - self.percent(phase.since), 3)
                    if until < end
                    else round(100 - self.percent(phase.since), 3),
                    (until - phase.since).total_seconds(),
                )
                for phase, until in zip(phases, ends, strict=True)
            )
            changes = (change for phase in phases if (change := self._change(phase)) is not None)
            rows.append(SignalRow(name, tuple(bar for bar in bars if bar.width_percent > 0), tuple(changes)))
        return tuple(rows)

    def _change(self, phase: PhasePart) -> ChangeSpan | None:
        """None where nothing is known of the change, or it fell outside of the clip."""
        if phase.not_before is None:
            return None
        start, stop = self.percent(phase.not_before), self.percent(phase.since)
        if stop <= start:
            return None
        return ChangeSpan(phase.phase, phase.not_before, phase.since, start, round(stop - start, 3))

    @cached_property
    def moments(self) -> tuple[Moment, ...]:
        """The violations that stand, over the clip."""
        numbers = [violation.number for violation in self.view.summary.kept]
        return tuple(self._moment(number, self.manifest.violations[number - 1]) for number in numbers)

    def _moment(self, number: int, violation: SealedViolation) -> Moment:
        start, stop = self.percent(violation.from_at), self.percent(violation.to_at)
        return Moment(
            number,
            violation.captured_at,
            self.at_s(violation.captured_at),
            self.percent(violation.captured_at),
            (start, max(0.3, round(stop - start, 3))),
        )

    @cached_property
    def second_marks(self) -> tuple[tuple[float, int], ...]:
        """(per cent, seconds from the violation) of the timeline's scale: whole seconds, at most a dozen."""
        step = max(1, -(-int(self.duration_s) // TIMELINE_MARKS_MAX))
        first = -int(self.moment_s // step) * step
        seconds = range(first, int(self.duration_s - self.moment_s) + 1, step)
        return tuple((round(100 * (self.moment_s + second) / self.duration_s, 2), second) for second in seconds)

    @cached_property
    def stills(self) -> tuple[Still, ...]:
        """The stills that are in the package in order of time; of several violations the moment of each comes first, as
        they are numbered: those decide."""
        sealed = {entry.name for entry in self.manifest.files}
        moments = {violation.still: violation for violation in self.manifest.violations}
        names = (*moments, "before.jpg", "after.jpg") if len(moments) > 1 else ("before.jpg", *moments, "after.jpg")
        return tuple(self._still(name, moments.get(name)) for name in names if name in sealed)

    def _still(self, name: str, violation: SealedViolation | None) -> Still:
        part = self.manifest.still(name)
        width, height = self.manifest.camera.resolution_wh
        head = _head_box(violation) if violation else None
        close, margin = (head, HEAD_MARGIN) if head else (self.box_at(part), ZOOM_MARGIN)
        near = around(close, (width, height), STILL_ASPECT, margin)
        return Still(
            name=name,
            label="during" if violation else name.removesuffix(".jpg"),
            code=violation.code if violation else "",
            captured_at=part.captured_at if part else None,
            from_violation_s=(part.captured_at - self.manifest.main.captured_at).total_seconds() if part else None,
            far=f"0 0 {width} {height}",
            near=f"{near[0]:.0f} {near[1]:.0f} {near[2] - near[0]:.0f} {near[3] - near[1]:.0f}",
            size_wh=(width, height),
            head_xyxy=head,
        )

    def box_at(self, still: StillPart | None) -> Box:
        """Where the vehicle was when the still was taken; the violation's box where the trail does not say."""
        trail = self.manifest.trail
        if still is None or not trail:
            return self.manifest.main.box_xyxy
        return min(trail, key=lambda point: abs(point.captured_at - still.captured_at)).box_xyxy

    @cached_property
    def char_bars(self) -> tuple[CharBar, ...]:
        """The machine's reading, character by character."""
        plate = self.manifest.plate
        if plate is None:
            return ()
        pairs = zip(plate.text, plate.char_confidences, strict=False)
        return tuple(CharBar(symbol, confidence, confidence < WEAK) for symbol, confidence in pairs)

    @cached_property
    def has_plate_crop(self) -> bool:
        return any(entry.name == "plate.jpg" for entry in self.manifest.files)


def _head_box(violation: SealedViolation) -> Box | None:
    """The head that a helmet violation is about, in the picture of its moment (detector/rules/helmet.py)."""
    box = violation.facts.get("head_box")
    if not isinstance(box, list) or len(box) != 4:
        return None
    edges = [float(edge) for edge in box if isinstance(edge, int | float)]
    return (edges[0], edges[1], edges[2], edges[3]) if len(edges) == 4 else None
