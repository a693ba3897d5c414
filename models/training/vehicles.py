"""Training pictures for the vehicles detector: drawn boxes completed by the teacher.

Drawn boxes are trusted first. The teacher adds what was not drawn and stretches a bike's box over its riders. What the
teacher only suspects is greyed out: it is neither taught as a vehicle nor as background.
"""

from dataclasses import dataclass, replace

from models.boxes import area, holds, intersection, iou, share_inside, union
from models.crops import PAD_GREY, Image
from models.labels import LabelledBox
from models.training.teacher import TaughtScene, sits_on, suppress

TWO_WHEELERS = ("motorcycle", "bicycle")
SURE_BUS_CONFIDENCE = 0.6


@dataclass(frozen=True, slots=True)
class Completed:
    """What to teach of a picture, and the regions to grey out, in its pixels."""

    vehicles: tuple[LabelledBox, ...]
    doubtful: tuple[LabelledBox, ...]


def completed(drawn: list[LabelledBox], taught: TaughtScene) -> Completed:
    """Drawn boxes with riders added, plus the teacher's boxes over vehicles that nobody drew."""
    whole = [_drawn_box_corrected(box, taught) for box in drawn]
    added = [box for box in taught.vehicles if not any(_same_vehicle(box, other) for other in whole)]
    doubtful = [box for box in taught.doubtful if not any(_same_vehicle(box, other) for other in [*whole, *added])]
    return Completed((*whole, *added), tuple(doubtful))


def _same_vehicle(taught: LabelledBox, drawn: LabelledBox) -> bool:
    two_wheelers = taught.label in TWO_WHEELERS and drawn.label in TWO_WHEELERS
    if two_wheelers and max(share_inside(taught.xyxy, drawn.xyxy), share_inside(drawn.xyxy, taught.xyxy)) > 0.65:
        return True
    return iou(taught.xyxy, drawn.xyxy) > (0.35 if two_wheelers else 0.5)


def _drawn_box_corrected(box: LabelledBox, taught: TaughtScene) -> LabelledBox:
    if box.label in TWO_WHEELERS:
        riders = [vehicle for vehicle in taught.vehicles if vehicle.label in TWO_WHEELERS]
        covering = [vehicle for vehicle in riders if share_inside(box.xyxy, vehicle.xyxy) > 0.8]
        if covering:
            best = max(covering, key=lambda vehicle: iou(vehicle.xyxy, box.xyxy))
            if area(best.xyxy) < 2.6 * area(box.xyxy):
                return replace(box, xyxy=union(box.xyxy, best.xyxy))
        for person in taught.pedestrians:
            if sits_on(person.xyxy, box.xyxy) > 0:
                return replace(box, xyxy=union(box.xyxy, person.xyxy))
    if box.label == "car":
        for vehicle in taught.vehicles:
            if (
                vehicle.label == "bus"
                and vehicle.confidence > SURE_BUS_CONFIDENCE
                and iou(vehicle.xyxy, box.xyxy) > 0.7
            ):
                return replace(box, label="bus")
    return box


def with_labelled_riders(heads: tuple[LabelledBox, ...], taught: TaughtScene) -> TaughtScene:
    """A heads picture: persons with a labelled head on no bike are riders whose bike the teacher missed.

    They become doubtful, since where the bike ends is not known.
    """
    riders: list[LabelledBox] = []
    on_foot: list[LabelledBox] = []
    for person in taught.pedestrians:
        x1, y1, x2, y2 = person.xyxy
        upper = (x1, y1 - 0.1 * person.height, x2, y1 + 0.4 * person.height)
        labelled = any(holds(upper, head.centre) for head in heads)
        grown = replace(person, label="motorcycle", xyxy=(x1, y1, x2, y2 + 0.2 * person.height))
        (riders if labelled else on_foot).append(grown if labelled else person)
    loose = []
    for head in heads:
        known = [*taught.vehicles, *taught.doubtful, *riders]
        if not any(holds((b.xyxy[0], b.xyxy[1] - 0.1 * b.height, b.xyxy[2], b.xyxy[3]), head.centre) for b in known):
            (cx, _), size = head.centre, head.height
            box = (cx - 1.6 * size, head.xyxy[1], cx + 1.6 * size, head.xyxy[1] + 6.2 * size)
            loose.append(LabelledBox("motorcycle", box))
    return TaughtScene(taught.vehicles, (*taught.doubtful, *riders, *loose), tuple(on_foot))


def greyed(image: Image, scene: Completed) -> Image:
    """A copy with doubtful regions grey, except where a taught vehicle lies."""
    copy = image.copy()
    height, width = image.shape[:2]
    frame = (0.0, 0.0, float(width), float(height))
    for box in scene.doubtful:
        x1, y1, x2, y2 = (int(v) for v in intersection(box.xyxy, frame))
        copy[y1:y2, x1:x2] = PAD_GREY
    for box in scene.vehicles:
        x1, y1, x2, y2 = (int(v) for v in intersection(box.xyxy, frame))
        copy[y1:y2, x1:x2] = image[y1:y2, x1:x2]
    return copy


def merged_teachers(*scenes: list[LabelledBox]) -> list[LabelledBox]:
    """Raw boxes of the same picture at several sizes as one list; `teach` suppresses doubles of vehicles itself."""
    persons = suppress([box for scene in scenes for box in scene if box.label == "person"], 0.55)
    others = [box for scene in scenes for box in scene if box.label != "person"]
    return persons + others
