"""Observations as a detector without errors would make them: exact boxes, heads and lamps of a clip's scene.

So the rules are judged alone; what the networks see in the video is measured elsewhere.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from detector.vocabulary import Detection, Head, LampReading, Observation, Phase, VehicleClass
from sample_videos.camera import box_around
from sample_videos.clip import Clip
from sample_videos.figures import Kind
from sample_videos.geometry import Box, seen_box, world
from sample_videos.pose import Placed

STARTED_AT = datetime(2026, 11, 16, 0, 0, tzinfo=UTC)
HIDDEN_SHARE_MAX = 0.6
LOOKS_PER_S = 7.5


def observations(clip: Clip) -> Iterator[Observation]:
    for number in range(0, clip.frames, max(1, round(clip.fps / LOOKS_PER_S))):
        t_s = number / clip.fps
        placed = [actor.pose(t_s) for actor in (*clip.actors, *clip.scenery)]
        vehicles = [item for item in placed if item.figure.design.kind is not Kind.PEDESTRIAN]
        lamps = tuple(LampReading(plan.lamp.name, Phase(plan.phase_at(t_s)), 0.95) for plan in clip.signals)
        yield Observation(
            number,
            STARTED_AT + timedelta(seconds=t_s),
            (clip.camera.width, clip.camera.height),
            tuple(_detections(clip, vehicles)),
            lamps,
        )


def _detections(clip: Clip, vehicles: list[Placed]) -> Iterator[Detection]:
    seen = [(item, found[0]) for item in vehicles if (found := seen_box(clip.camera, item)) and found[1] > 0.1]
    for item, box in seen:
        nearer = [other for one, other in seen if one.matrix[1, 3] < item.matrix[1, 3]]
        if not any(_share_under(box, other) > HIDDEN_SHARE_MAX for other in nearer):
            yield Detection(VehicleClass(item.figure.design.kind.value), 0.9, box, _heads(clip, item, nearer))


def _heads(clip: Clip, item: Placed, nearer: list[Box]) -> tuple[Head, ...] | None:
    if item.figure.design.kind is not Kind.MOTORCYCLE:
        return None
    heads: list[Head] = []
    for mesh, look in reversed(list(zip(item.figure.heads, item.figure.design.looks, strict=True))):
        pixels, _ = clip.camera.project(world(item, mesh.points))
        box = box_around(pixels, clip.camera.width, clip.camera.height)
        before = [*nearer, *(head.box_xyxy for head in heads)]  # who sits nearer to the camera hides the other
        if box and not any(_share_under(box, other) > HIDDEN_SHARE_MAX for other in before):
            heads.append(Head(look.headwear.is_helmet, 0.9, box))
    return tuple(heads)


def _share_under(box: Box, cover: Box) -> float:
    width = min(box[2], cover[2]) - max(box[0], cover[0])
    height = min(box[3], cover[3]) - max(box[1], cover[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return max(0.0, width) * max(0.0, height) / area
