"""Which head of a motorcycle is which, from look to look."""

import pytest

from detector.rules.followed_heads import FollowedHead, matched
from detector.vocabulary import Box, Head

BIKE: Box = (0.0, 0.0, 100.0, 200.0)
RIDER, PASSENGER = (0.40, 0.10), (0.60, 0.14)


def head(x: float, y: float, size: float = 24.0) -> Head:
    """A head whose middle lies there in the bike's box."""
    x_px, y_px = 100 * x, 200 * y
    box = (x_px - size / 2, y_px - size / 2, x_px + size / 2, y_px + size / 2)
    return Head(has_helmet=True, confidence=0.9, box_xyxy=box)


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        pytest.param([head(0.41, 0.10), head(0.60, 0.15)], {0: 0, 1: 1}, id="where they were"),
        pytest.param([head(0.60, 0.15), head(0.41, 0.10)], {0: 1, 1: 0}, id="told the other way round"),
        pytest.param(
            [head(0.52, 0.11), head(0.72, 0.15)], {0: 0, 1: 1}, id="the box wobbled: both beside their places"
        ),
        pytest.param([head(0.58, 0.14)], {0: 1}, id="one is not seen"),
        pytest.param([head(0.95, 0.50)], {}, id="somebody else"),
        pytest.param([head(0.40, 0.10), head(0.60, 0.14), head(0.90, 0.40)], {0: 0, 1: 1}, id="one more"),
        pytest.param([], {}, id="none"),
    ],
)
def test_heads_go_on_with_the_nearest_places_in_all(heads: list[Head], expected: dict[int, int]) -> None:
    followers = [FollowedHead(RIDER), FollowedHead(PASSENGER)]
    found = matched(followers, heads, BIKE, same_share=0.8)
    assert {index: followers.index(follower) for index, follower in found.items()} == expected


def test_who_is_seen_for_the_first_time_goes_on_with_nobody() -> None:
    assert matched([], [head(0.4, 0.1)], BIKE, same_share=0.8) == {}
