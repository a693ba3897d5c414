"""Frames of made-up streets with labels, to be mixed into the training of the detectors.

The cameras, roads and road users here are random; none of the sample clips' scenes appears. Weathered pictures have the
hours, weathers and picture sizes of the scenarios (random_clips.py), the others a plain day. Pictures of riders are
crowded with motorcycles, whose riders stand somewhere else in every picture of a scene: most of the time goes into heads.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from . import wardrobe
from .camera import PoleCamera, box_around
from .figures import Design, Figure, Kind, figure
from .geometry import world
from .lamps import Lamp, LampKind, post
from .mesh import join
from .places import SIZES
from .pose import Daylight, Placed, placement
from .random_clips import LIGHTS, drawn, light_of
from .raster import Stage
from .street import LanePlan, StreetPlan, build
from .weather import Atmosphere, Weather

VEHICLE_CLASSES = {Kind.CAR: 0, Kind.MOTORCYCLE: 1, Kind.BICYCLE: 2, Kind.BUS: 3, Kind.TRUCK: 4}
HIDDEN_SHARE_MAX = 0.7
HEAD_HEIGHT_M = 0.3  # a label ends at the chin: hair and hoods fall over the back, people who label draw heads
_FRAMES_PER_SCENE, _RIDER_FRAMES_PER_SCENE = 4, 8
_CAST = 45  # riders of a scene: each stands somewhere else in every picture
_SIZE_WH = (1280, 720)
_QUALITY, _WEATHERED_QUALITY = (70, 94), (30, 94)  # of the JPEG: video of cheap recorders is coarse
_LENGTHS = {
    Kind.CAR: 5.2,
    Kind.MOTORCYCLE: 2.1,
    Kind.BICYCLE: 2.0,
    Kind.BUS: 10.8,
    Kind.TRUCK: 7.2,
    Kind.PEDESTRIAN: 0.6,
}
_WIDTHS = {Kind.CAR: 2.2, Kind.MOTORCYCLE: 1.0, Kind.BICYCLE: 0.9, Kind.BUS: 2.7, Kind.TRUCK: 2.4, Kind.PEDESTRIAN: 0.8}


Pose = tuple[float, float, float]  # x, y, heading
Footprint = tuple[float, float, float, float]  # x, y, half the length along each axis


def write_frames(count: int, seed: int, out: Path, *, weathered: bool = False, riders: bool = False) -> None:
    """`count` pictures into out/images and their labels beside; the same seed gives the same pictures. Scenes whose
    pictures are there already are left alone."""
    for folder in ("images", "labels_vehicles", "labels_heads", "labels_plates"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    done = 0
    scene = 0
    while done < count:
        wanted = min(_RIDER_FRAMES_PER_SCENE if riders else _FRAMES_PER_SCENE, count - done)
        stems = [f"r{seed}_{scene:04d}_{k}" for k in range(wanted)]
        if not all((out / "labels_plates" / f"{stem}.txt").exists() for stem in stems):
            _write_scene(np.random.default_rng([seed, scene]), out, stems, weathered=weathered, riders=riders)
        done += wanted
        scene += 1


def _write_scene(rng: np.random.Generator, out: Path, stems: list[str], *, weathered: bool, riders: bool) -> None:
    stage, camera, plan, weather = _scene(rng, weathered=weathered)
    air = Atmosphere(camera, weather) if weather else None
    cast = _cast(rng) if riders else []
    for number, stem in enumerate(stems):
        placed = _riders(rng, plan, camera, cast) if riders else _traffic(rng, plan, camera)
        frame = stage.draw(placed)
        picture = air.develop(frame, placed, (), number).clip(0, 255).astype(np.uint8) if air else _develop(rng, frame)
        quality = int(rng.integers(*(_WEATHERED_QUALITY if weathered else _QUALITY)))
        cv2.imwrite(str(out / "images" / f"{stem}.jpg"), picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        _write_labels(out, stem, placed, stage, camera)
    stage.close()


def _plan(rng: np.random.Generator) -> StreetPlan:
    arrows = (("left",), ("straight",), ("straight", "right"), ("left", "straight"), ("right",), ())
    lanes = tuple(
        LanePlan(float(rng.uniform(2.9, 3.7)), wardrobe.pick(rng, arrows)) for _ in range(int(rng.integers(1, 4)))
    )
    opposite = tuple(float(rng.uniform(2.9, 3.6)) for _ in range(int(rng.integers(0, 4))))
    return StreetPlan(
        lanes,
        opposite,
        median=float(wardrobe.pick(rng, (0.0, 0.0, 0.5, 1.4))) if opposite else 0.0,
        junction=bool(rng.random() < 0.5),
        cross_width=float(rng.uniform(7, 12)),
        near_y=-20.0,
        far_y=52.0,
        pavement=float(rng.uniform(2, 4.5)),
        tone=float(rng.uniform(70, 128)),
        zebra_y=float(rng.uniform(0, 18)) if rng.random() < 0.4 else None,
        seed=int(rng.integers(1 << 30)),
        ppm=45.0,
        trees=int(rng.integers(1, 7)),
    )


def _camera(rng: np.random.Generator, plan: StreetPlan, width: int, height: int) -> PoleCamera:
    middle = (plan.left_end + plan.right_end) / 2
    high = float(rng.uniform(3.2, 9.0))
    back = float(rng.uniform(8, 36))
    x = float(rng.uniform(plan.left_end - 1.5, plan.right_end + 1.5))
    aim = (float(middle + rng.uniform(-3, 3)), float(rng.uniform(-3, 9)), float(rng.uniform(0.0, 1.2)))
    span = float(rng.uniform(7.5, 17))
    distance = float(np.hypot(back + aim[1], high))
    fov = float(np.clip(np.degrees(2 * np.arctan(span / 2 / distance)), 11, 75))
    return PoleCamera((x, -back, high), aim, fov, width, height)


def _daylight(rng: np.random.Generator) -> Daylight:
    towards = np.array([rng.uniform(-1, 1), rng.uniform(-1.0, 0.7), rng.uniform(0.6, 1.6)])
    towards /= np.linalg.norm(towards)
    warm = float(rng.uniform(-0.1, 0.12))
    cloudy = bool(rng.random() < 0.35)
    return Daylight(
        (float(towards[0]), float(towards[1]), float(towards[2])),
        float(rng.uniform(0.15, 0.35) if cloudy else rng.uniform(0.5, 0.95)),
        float(rng.uniform(0.3, 0.7)),
        0.12 if cloudy else float(rng.uniform(0.3, 0.55)),
        (1 + warm, 1.0, 1 - warm),
    )


def _scene(rng: np.random.Generator, *, weathered: bool) -> tuple[Stage, PoleCamera, StreetPlan, Weather | None]:
    plan = _plan(rng)
    camera = _camera(rng, plan, *(wardrobe.pick(rng, SIZES) if weathered else _SIZE_WH))
    around = build(plan)
    front = []
    if plan.junction:
        lamp = Lamp("main", LampKind.DISCS, (plan.right_end + 0.5, 0.4, float(rng.uniform(2.4, 4.5))), ("straight",))
        front.append(
            join(
                post(plan.right_end + 0.5, 0.7, lamp.at[2] + 0.7),
                lamp.housing(),
                lamp.glow(wardrobe.pick(rng, ("red", "yellow", "green"))),
            )
        )
    if not weathered:
        return Stage(camera, _daylight(rng), around.still, around.decals, front), camera, plan, None
    daylight, weather = light_of(rng, plan, drawn(rng, LIGHTS), int(rng.integers(1 << 30)))
    return Stage(camera, daylight, around.still, around.decals, front, soft_edges=False), camera, plan, weather


def _traffic(rng: np.random.Generator, plan: StreetPlan, camera: PoleCamera) -> list[Placed]:
    """Road users without overlap, most in their lanes; pedestrians and parked bikes on the pavements."""
    placed: list[Placed] = []
    taken: list[Footprint] = []
    for _ in range(int(rng.integers(5, 34))):
        design = wardrobe.anyone(rng)
        pose = _lane_spot(rng, plan)
        if _takes_place(taken, design.kind, pose):
            placed.append(_placed(design, pose, rng))
    for _ in range(int(rng.integers(1, 13))):
        placed += _bystander(rng, plan, taken)
    return [item for item in placed if _in_view(item, camera)]


def _cast(rng: np.random.Generator) -> list[Figure]:
    """Motorcyclists, and who is taken for one: cyclists."""
    designs = [
        wardrobe.rider_to_learn_from(rng) if rng.random() < 0.85 else wardrobe.bicycle(rng) for _ in range(_CAST)
    ]
    return [_anyhow(design, rng) for design in designs]


def _riders(rng: np.random.Generator, plan: StreetPlan, camera: PoleCamera, cast: Sequence[Figure]) -> list[Placed]:
    """As many of the cast as find room, few of them or all."""
    placed: list[Placed] = []
    taken: list[Footprint] = []
    for number in rng.permutation(len(cast))[: int(rng.integers(15, len(cast) + 1))]:
        pose = _lane_spot(rng, plan)
        if _takes_place(taken, cast[number].design.kind, pose):
            placed.append(_placed(cast[number].design, pose, rng, cast[number]))
    for _ in range(int(rng.integers(0, 3))):
        placed += _bystander(rng, plan, taken)
    return [item for item in placed if _in_view(item, camera)]


def _bystander(rng: np.random.Generator, plan: StreetPlan, taken: list[Footprint]) -> list[Placed]:
    """Somebody or something beside the road, where there is room."""
    design, x = _beside_the_road(rng, plan)
    pose = (x, float(rng.uniform(-8, 30)), float(rng.uniform(0, 2 * np.pi)))
    return [_placed(design, pose, rng)] if _takes_place(taken, design.kind, pose) else []


def _beside_the_road(rng: np.random.Generator, plan: StreetPlan) -> tuple[Design, float]:
    """A parked bike or a pedestrian and its x: on a pavement, or (pedestrians, now and then) crossing the road."""
    if rng.random() < 0.12:
        return wardrobe.pedestrian(rng), float(rng.uniform(plan.left_end, plan.right_end))
    aside = float(rng.uniform(0.5, plan.pavement))
    x = plan.right_end + aside if rng.random() < 0.5 else plan.left_end - aside
    return (wardrobe.motorcycle(rng, parked=True) if rng.random() < 0.45 else wardrobe.pedestrian(rng)), x


def _lane_spot(rng: np.random.Generator, plan: StreetPlan) -> Pose:
    yaw = np.pi / 2 + float(rng.normal(0, 0.1))
    y = float(rng.uniform(-14, 34))
    if plan.junction and y > plan.cross[0] and y < plan.cross[1] and rng.random() < 0.5:
        return float(rng.uniform(-8, 12)), y, float(rng.uniform(0, 2 * np.pi))
    if plan.opposite and rng.random() < 0.45:
        return float(rng.uniform(plan.left_end + 0.7, -plan.median / 2 - 0.6)), y, yaw + np.pi
    flip = np.pi if rng.random() < 0.08 else 0.0
    return float(rng.uniform(plan.right_start + 0.6, plan.right_end - 0.7)), y, yaw + flip


def _takes_place(taken: list[Footprint], kind: Kind, pose: Pose) -> bool:
    """Whether nobody stands there yet; if so, the place is taken from now on."""
    x, y, yaw = pose
    length, width = _LENGTHS[kind], _WIDTHS[kind]
    reach_x = float(abs(np.cos(yaw)) * length / 2 + abs(np.sin(yaw)) * width / 2)
    reach_y = float(abs(np.sin(yaw)) * length / 2 + abs(np.cos(yaw)) * width / 2)
    if any(abs(x - ox) < rx + reach_x and abs(y - oy) < ry + reach_y for ox, oy, rx, ry in taken):
        return False
    taken.append((x, y, reach_x, reach_y))
    return True


def _anyhow(design: Design, rng: np.random.Generator) -> Figure:
    """The road user in the middle of a stride, or stopped."""
    return figure(design, stopped=bool(rng.random() < 0.25), stride=int(rng.integers(8)))


def _placed(design: Design, pose: Pose, rng: np.random.Generator, body: Figure | None = None) -> Placed:
    """The road user at a pose, leaning a little and of any size; `body` if it was drawn before."""
    roll = float(rng.normal(0, 0.05)) if design.kind in (Kind.MOTORCYCLE, Kind.BICYCLE) else 0.0
    body = body or _anyhow(design, rng)
    scale = np.diag([*([float(rng.uniform(0.94, 1.06))] * 3), 1.0])
    return Placed(body, placement(*pose, roll) @ scale)


def _in_view(item: Placed, camera: PoleCamera) -> bool:
    pixels, depth = camera.project(world(item, item.figure.whole.points))
    return bool(depth.min() > 2.0) and box_around(pixels, camera.width, camera.height) is not None


def seen_share(samples: np.ndarray, owner: np.ndarray, number: int, part: np.ndarray | None, part_number: int) -> float:
    """Share of a silhouette (pixels of its surface points) that the owner map gives to `number` (and head `part_number`)."""
    pixels = np.unique((samples / 2).round().astype(int), axis=0)
    total = len(pixels)
    height, width = owner.shape
    inside = (pixels[:, 0] >= 0) & (pixels[:, 0] < width) & (pixels[:, 1] >= 0) & (pixels[:, 1] < height)
    pixels = pixels[inside]
    hit = owner[pixels[:, 1], pixels[:, 0]] == number
    if part is not None:
        hit &= part[pixels[:, 1], pixels[:, 0]] == part_number
    return float(hit.sum()) / max(total, 1)


def _write_labels(out: Path, stem: str, placed: list[Placed], stage: Stage, camera: PoleCamera) -> None:
    owner, part = stage.owners(placed)
    vehicles, heads, plates = [], [], []
    for number, item in enumerate(placed, start=1):
        vehicles += _vehicle_label(number, item, owner, camera)
        heads += _head_labels(number, item, (owner, part), camera)  # of cyclists and walkers too: crops show them
        plates += _plate_labels(number, item, owner, camera)
    for folder, lines in (("vehicles", vehicles), ("heads", heads), ("plates", plates)):
        (out / f"labels_{folder}" / f"{stem}.txt").write_text("".join(f"{line}\n" for line in lines))


def _vehicle_label(number: int, item: Placed, owner: np.ndarray, camera: PoleCamera) -> list[str]:
    kind = item.figure.design.kind
    if kind not in VEHICLE_CLASSES:
        return []
    whole = item.figure.whole
    pixels, _ = camera.project(world(item, whole.points))
    samples, _ = camera.project(world(item, whole.surface_samples(4000)))
    if seen_share(samples, owner, number, None, 0) < 1 - HIDDEN_SHARE_MAX:
        return []
    return _line(VEHICLE_CLASSES[kind], pixels, camera, smallest=14)


def _head_labels(number: int, item: Placed, maps: tuple[np.ndarray, np.ndarray], camera: PoleCamera) -> list[str]:
    lines = []
    for k, (mesh, look) in enumerate(zip(item.figure.heads, item.figure.design.looks, strict=True), start=1):
        to_the_chin = mesh.points[mesh.points[:, 2] > mesh.points[:, 2].max() - HEAD_HEIGHT_M]
        pixels, _ = camera.project(world(item, to_the_chin))
        samples, _ = camera.project(world(item, mesh.surface_samples(1200)))
        if seen_share(samples, maps[0], number, maps[1], k) >= 0.45:
            lines += _line(0 if look.headwear.is_helmet else 1, pixels, camera, smallest=6)
    return lines


def _plate_labels(number: int, item: Placed, owner: np.ndarray, camera: PoleCamera) -> list[str]:
    lines = []
    for mount in item.figure.plates:
        corners = world(item, mount.corners)
        facing = np.dot(
            np.cross(corners[1] - corners[0], corners[3] - corners[0]), np.asarray(camera.position) - corners[0]
        )
        pixels, _ = camera.project(corners)
        u, v = np.meshgrid(np.linspace(0.1, 0.9, 9), np.linspace(0.1, 0.9, 7))
        u, v = u.ravel()[:, None], v.ravel()[:, None]
        inner = corners[0] + u * (corners[1] - corners[0]) + v * (corners[3] - corners[0])
        seen, _ = camera.project(inner)
        if facing < 0 and _plate_seen(seen, owner, number):
            lines += _line(0, pixels, camera, smallest=9)
    return lines


def _plate_seen(pixels: np.ndarray, owner: np.ndarray, number: int) -> bool:
    """Plates are not in the owner map; the pixels around must be their vehicle's or nobody's."""
    spots = (pixels / 2).round().astype(int)
    height, width = owner.shape
    inside = (spots[:, 0] >= 0) & (spots[:, 0] < width) & (spots[:, 1] >= 0) & (spots[:, 1] < height)
    if inside.mean() < 0.95:
        return False
    found = owner[spots[inside, 1], spots[inside, 0]]
    return bool(np.isin(found, (0, number)).mean() > 0.85)


def _line(label: int, pixels: np.ndarray, camera: PoleCamera, *, smallest: float) -> list[str]:
    box = box_around(pixels, camera.width, camera.height)
    if box is None or box[2] - box[0] < smallest or box[3] - box[1] < smallest * 0.5:
        return []
    x1, y1, x2, y2 = box
    w, h = camera.width, camera.height
    return [f"{label} {(x1 + x2) / 2 / w:.6f} {(y1 + y2) / 2 / h:.6f} {(x2 - x1) / w:.6f} {(y2 - y1) / h:.6f}"]


def _develop(rng: np.random.Generator, frame: np.ndarray) -> np.ndarray:
    """What a cheap camera does to the picture: exposure, softness, grain, haze."""
    picture: np.ndarray = frame.astype(np.float32) / 255
    picture = picture ** float(rng.uniform(0.8, 1.25)) * float(rng.uniform(0.75, 1.15))
    haze = float(rng.uniform(0, 0.12))
    picture = picture * (1 - haze) + haze * 0.75
    if rng.random() < 0.6:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 1.3))), np.float32)
    picture = picture + rng.normal(0, float(rng.uniform(0.003, 0.025)), picture.shape).astype(np.float32)
    return np.asarray((picture.clip(0, 1) * 255).astype(np.uint8))
