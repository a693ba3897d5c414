"""Bare heads on motorcycles (DESIGN §3; NĐ 168/2024/NĐ-CP Art. 7.2.h for the rider, 12.5.b for the passenger).

Every head is followed by its place in the vehicle's box and judged over several looks far enough apart; caps and
conical hats are bare. Rider and passenger are told apart by who sits in front in the direction of travel; where that
does not show, who is bare is in doubt and so is the violation. Cyclists need no helmet, and parked bikes have no rider.
"""

from collections.abc import Iterable, Sequence

from detector.camera import RuleName
from detector.rules.abstained import Abstained, Doubt, Reason
from detector.rules.base import rounded, seconds
from detector.rules.followed_heads import (
    FollowedHead,
    Look,
    Riders,
    belongs_rather_to,
    leads_heights,
    looks_shared,
    matched,
    place_in,
    size,
)
from detector.rules.path import Path
from detector.rules.watch import Watch
from detector.vocabulary import (
    Abstention,
    Certainty,
    Head,
    JsonValue,
    Movement,
    Scene,
    Track,
    VehicleClass,
    Violation,
)

HELMET_RIDER, HELMET_PASSENGER = "HELMET_RIDER", "HELMET_PASSENGER"
HEADS_MAX = 6  # heads followed per motorcycle: a whole family, and a ghost
AWAY_LOOKS_MIN = 3  # and no fewer within `motion_s`: a slow stream shows little in a second
GLIMPSES = 2  # looks at another head beside this one: too few to judge it, enough to ask who sits in front
BARE_LOOKS_TOLD = 3  # fewer bare looks at a head are not worth an operator's reading
RIDERS_CARRY = frozenset({VehicleClass.MOTORCYCLE, VehicleClass.BICYCLE})


class Helmet:
    """The rule of the bare head: HELMET_RIDER and HELMET_PASSENGER."""

    name = RuleName.HELMET.value

    def __init__(self, watch: Watch) -> None:
        self._all = watch.thresholds
        self._thresholds = watch.thresholds.helmet
        self._paths = watch.paths
        self._reports = watch.reports
        self._abstained = Abstained(self.name)
        self._riders: dict[int, Riders] = {}
        self._pending: list[Violation] = []  # judged when a track was forgotten, told with the next scene

    def update(self, scene: Scene) -> list[Violation]:
        """See `Rule.update`."""
        found, self._pending = self._pending, []
        for track in scene.tracks:
            self._look(track, scene)
            found.extend(self._judge(track.track_id, has_ended=False))
        return [violation for violation in found if self._reports.admit(violation)]

    def abstentions(self) -> list[Abstention]:
        """See `Rule.abstentions`."""
        return self._abstained.take()

    def forget(self, track_ids: Iterable[int]) -> None:
        """See `Rule.forget`. A vehicle that ended is judged on all its looks."""
        for track_id in track_ids:
            self._close(track_id)

    def _close(self, track_id: int) -> None:
        """Judges the riders of a track on all their looks; whoever is seen under this id from now on is somebody else."""
        if track_id in self._riders:
            self._pending.extend(self._judge(track_id, has_ended=True))
            self._abstained.end(track_id)
            del self._riders[track_id]

    def _look(self, track: Track, scene: Scene) -> None:
        path = self._paths[track.track_id]
        if path.last.at != scene.captured_at:
            return  # its box cannot be of this vehicle: nor the heads in it
        known = self._riders.get(track.track_id)
        if known and (known.generation != path.generation or path.is_elsewhere()):
            self._close(track.track_id)
        riders = self._riders.setdefault(track.track_id, Riders(path.last, path.generation))
        riders.see_motion(path.last, self._thresholds.motion_heights)
        riders.heading = path.heading(self._all.movement.heading_heights) or riders.heading
        t = seconds(scene.captured_at)
        too_soon = bool(riders.looked) and t - riders.looked[-1][0] < self._thresholds.look_gap_s
        if track.heads is None or too_soon:
            return
        riders.looked.append((t, track.height_px))
        heads = sorted(self._own(track, scene), key=lambda head: -head.confidence)
        followers = matched(riders.heads, heads, track.box_xyxy, self._thresholds.same_head_share)
        for index, head in enumerate(heads):
            place = place_in(head.box_xyxy, track.box_xyxy)
            follower, is_legible = followers.get(index), self._is_legible(head)
            if follower is None:
                if len(riders.heads) >= HEADS_MAX or not is_legible:
                    continue
                follower = FollowedHead(place)
                riders.heads.append(follower)
            follower.place = place
            if is_legible:
                look = Look(t, scene.captured_at, scene.frame_index, track.box_xyxy, head, riders.heading)
                follower.looks.append(look)

    def _own(self, track: Track, scene: Scene) -> list[Head]:
        """The heads of this motorcycle that are not a neighbour's. One that cannot be judged tells which of them the others are."""
        others = [other for other in scene.tracks if other is not track and other.vehicle_class in RIDERS_CARRY]
        return [
            head
            for head in track.heads or ()
            if not any(belongs_rather_to(other.box_xyxy, track.box_xyxy, head.box_xyxy) for other in others)
        ]

    def _is_legible(self, head: Head) -> bool:
        """Large enough and clear enough to be judged."""
        limits = self._thresholds
        return min(size(head.box_xyxy)) >= limits.head_px and head.confidence >= limits.confidence_min

    def _judge(self, track_id: int, *, has_ended: bool) -> list[Violation]:
        riders, path = self._riders[track_id], self._paths[track_id]
        if not self._is_motorcycle(path):
            return []
        if riders.away_looks < AWAY_LOOKS_MIN or riders.away_s < self._thresholds.motion_s:
            return []
        heads = [head for head in riders.heads if self._is_real(head, riders)]
        found: list[Violation] = []
        for head in heads:
            if self._is_bare(head) and (has_ended or self._is_ripe(head)):
                code, certainty = self._seat(head, heads, riders)
                if certainty is Certainty.SURE or self._all.report_doubtful:
                    found.append(self._violation(track_id, path, head, code, certainty, len(heads)))
                    self._abstained.asserted(found[-1])
                elif has_ended:
                    self._doubt(track_id, path, head, Reason.SEAT_UNKNOWN, code)
            elif has_ended:
                self._doubt(track_id, path, head, Reason.LOOKS_DISAGREE)
        for head in riders.heads if has_ended else ():
            if head not in heads:
                self._doubt(track_id, path, head, Reason.FEW_LOOKS)
        return found

    def _is_motorcycle(self, path: Path) -> bool:
        """By nearly all looks, and seen for long enough: some bicycles are taken for motorbikes for a second or two."""
        is_told = path.looked_s >= self._thresholds.class_s
        return is_told and path.class_share({VehicleClass.MOTORCYCLE}) >= self._thresholds.class_share

    def _doubt(self, track_id: int, path: Path, head: FollowedHead, reason: Reason, code: str = HELMET_RIDER) -> None:
        """Told of a head that looked bare more often than not: single looks mistake every helmet now and then."""
        bare = head.bare()
        if len(bare) < BARE_LOOKS_TOLD or head.bare_share() <= 0.5:
            return
        facts: dict[str, JsonValue] = {
            "looks": len(head.looks),
            "looks_bare": len(bare),
            "bare_share": rounded(head.bare_share()),
            "span_s": rounded(head.span_s),
        }
        last = bare[-1]
        doubt = Doubt(code, reason, last.at, last.frame, facts)
        self._abstained.doubt(doubt, track_id, path.vehicle_class, weight=len(bare))

    def _is_real(self, head: FollowedHead, riders: Riders) -> bool:
        """Seen often enough and in enough of the looks since it first appeared: no ghost, no passer-by. Looks at a
        vehicle so far away that the head was too small to judge were no chance to see it."""
        readable_px = self._thresholds.head_px / head.size_share()
        chances = sum(1 for t, height_px in riders.looked if t >= head.looks[0].t and height_px >= readable_px)
        enough = len(head.looks) >= self._thresholds.looks_min and head.span_s >= self._thresholds.span_s
        return enough and len(head.looks) >= self._thresholds.seen_share * chances

    def _is_bare(self, head: FollowedHead) -> bool:
        bare = head.bare()
        if len(bare) < self._thresholds.looks_min:
            return False
        spread_s = bare[-1].t - bare[0].t
        mean = sum(look.head.confidence for look in bare) / len(bare)
        return (
            spread_s >= self._thresholds.span_s
            and head.is_bare_elsewhere(self._thresholds.motion_heights)
            and head.sure_bare_share() >= self._thresholds.sure_bare_share
            and mean >= self._thresholds.bare_confidence
        )

    def _is_ripe(self, head: FollowedHead) -> bool:
        return len(head.looks) >= self._thresholds.verdict_looks and head.span_s >= self._thresholds.verdict_span_s

    def _seat(self, head: FollowedHead, heads: Sequence[FollowedHead], riders: Riders) -> tuple[str, Certainty]:
        """Who it is: the rider sits in front of everybody else in the direction of travel."""
        clear = self._thresholds.rider_order_heights
        others = [other for other in heads if other is not head]
        leads = [leads_heights(head, other) for other in others]
        if any(lead <= -clear for lead in leads):
            return HELMET_PASSENGER, Certainty.SURE
        glimpsed = [other for other in riders.heads if other not in heads and looks_shared(head, other) >= GLIMPSES]
        is_behind = any(leads_heights(head, other) <= -clear for other in glimpsed)
        if all(lead >= clear for lead in leads) and not is_behind:
            return HELMET_RIDER, Certainty.SURE
        return HELMET_PASSENGER, Certainty.DOUBTFUL

    def _violation(
        self, track_id: int, path: Path, head: FollowedHead, code: str, certainty: Certainty, heads: int
    ) -> Violation:
        best = max(head.bare(), key=lambda look: (min(size(look.head.box_xyxy)) * look.head.confidence, -look.t))
        votes: list[JsonValue] = [
            {"frame": look.frame, "has_helmet": look.head.has_helmet, "confidence": rounded(look.head.confidence)}
            for look in head.looks
        ]
        return Violation(
            code=code,
            rule=self.name,
            track_id=track_id,
            vehicle_class=path.vehicle_class,
            captured_at=best.at,
            from_at=head.looks[0].at,
            to_at=head.looks[-1].at,
            frame=best.frame,
            from_frame=head.looks[0].frame,
            to_frame=head.looks[-1].frame,
            box_xyxy=best.vehicle_box,
            movement=Movement.UNKNOWN,
            signal_phase=None,
            certainty=certainty,
            facts={
                "head_box": [rounded(value) for value in best.head.box_xyxy],
                "looks": len(head.looks),
                "looks_bare": len(head.bare()),
                "bare_share": rounded(head.bare_share()),
                "sure_bare_share": rounded(head.sure_bare_share()),
                "span_s": rounded(head.span_s),
                "heads_seen": heads,
                "votes": votes,
                "thresholds": self._all.facts("helmet"),
            },
        )
