"""Plain geometry of boxes `(x1, y1, x2, y2)` in pixels."""

from models.crops import Box


def area(box: Box) -> float:
    """Area in square pixels, 0 for an empty box."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def intersection(a: Box, b: Box) -> Box:
    """The common part; empty boxes have `area` 0."""
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def union(a: Box, b: Box) -> Box:
    """The smallest box around both."""
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def iou(a: Box, b: Box) -> float:
    """Intersection over union, 0 to 1."""
    common = area(intersection(a, b))
    return common / (area(a) + area(b) - common) if common else 0.0


def share_inside(inner: Box, outer: Box) -> float:
    """The share of `inner` that lies in `outer`, 0 to 1."""
    return area(intersection(inner, outer)) / max(area(inner), 1e-9)


def holds(box: Box, point: tuple[float, float]) -> bool:
    """Whether the point lies in the box."""
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]
