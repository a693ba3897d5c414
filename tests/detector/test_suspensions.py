"""When rules are suspended, driven by hand: measures over time, with near misses beside each hit; and what is withheld."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from api.suspended import WORDS
from detector.camera import Camera, RuleName
from detector.suspensions import UNDERMINED, Suspensions, Trouble
from detector.thresholds import load_thresholds
from detector.vocabulary import (
    Certainty,
    Movement,
    Observation,
    Phase,
    PictureCheck,
    Scene,
    Track,
    VehicleClass,
    Violation,
)
from detector.withhold import Withholding

START = datetime(2026, 11, 22, 7, tzinfo=UTC)
CAMERA = Camera(id="junction", resolution_wh=(640, 480), rules=tuple(RuleName))
ALL = ("helmet", "red_light", "solid_line", "wrong_lane", "wrong_way")
GEOMETRY = ALL[1:]
CARE = load_thresholds().care


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def picture(
    moved: float | None = 0.001,
    light: float = 110,
    highlight: float = 200,
    shadow: float = 40,
    contrast: float = 45,
    contrast_ratio: float | None = 1.0,
    sharpness: float | None = 1.0,
    hidden: float | None = 0.0,
    glare: float | None = 0.0,
) -> PictureCheck:
    return PictureCheck(moved, light, highlight, shadow, contrast, contrast_ratio, sharpness, hidden, glare)


GOOD = picture()


def seen(
    seconds: float, check: PictureCheck | None = None, *, is_repeat: bool = False, offset_s: float | None = None
) -> Observation:
    return Observation(
        round(seconds * 100), at(seconds), (640, 480), (), (), is_repeat=is_repeat, clock_offset_s=offset_s, check=check
    )


def bad_for(bad: PictureCheck, seconds: int, *, before: int = 5, after: int = 0) -> Iterator[Observation]:
    """Good pictures, bad ones for some seconds, and good ones again; one check a second."""
    for second in range(before + seconds + after):
        yield seen(second, bad if before <= second < before + seconds else GOOD)


def in_force(observations: Iterator[Observation], camera: Camera = CAMERA) -> list[tuple[str, float, tuple[str, ...]]]:
    """(reason, since in seconds, rules) at the end."""
    suspensions = Suspensions(camera, CARE)
    now = [suspensions.update(observation) for observation in observations][-1]
    return [(s.reason, (s.since - START).total_seconds(), s.rules) for s in now]


DEGRADED = [
    pytest.param(picture(moved=0.012), 6, [("moved", 4.0, GEOMETRY)], id="moved a little too far"),
    pytest.param(picture(moved=0.0095), 60, [], id="moved just not too far"),
    pytest.param(picture(moved=0.3), 3, [], id="a truck shakes the pole for three seconds"),
    pytest.param(picture(moved=None), 600, [], id="night: the view cannot be recognised, which is not moved"),
    pytest.param(picture(moved=1.0), 4, [("moved", 4.0, GEOMETRY)], id="another view"),
    pytest.param(picture(light=14, highlight=60), 6, [("dim", 4.0, ("helmet",))], id="a street with few lamps"),
    pytest.param(picture(light=19, highlight=57, shadow=1, contrast=22), 60, [], id="a night street with lamps"),
    pytest.param(picture(light=55, highlight=90, shadow=15, contrast=20, contrast_ratio=0.4), 60, [], id="dusk"),
    pytest.param(picture(light=30, highlight=60, shadow=5, contrast=9, contrast_ratio=0.2), 60, [], id="late dusk"),
    pytest.param(
        picture(light=6, highlight=12, shadow=0, contrast=4),
        6,
        [("dim", 4.0, ("helmet",)), ("dark", 4.0, ALL)],
        id="no light at all",
    ),
    pytest.param(picture(shadow=150, contrast=12, contrast_ratio=0.3), 6, [("fog", 4.0, ALL)], id="fog"),
    pytest.param(picture(shadow=120, contrast=18, contrast_ratio=0.4), 60, [], id="haze"),
    pytest.param(picture(shadow=150, contrast=9, contrast_ratio=None), 6, [("fog", 4.0, ALL)], id="fog from the start"),
    pytest.param(picture(sharpness=0.45), 6, [("blurred", 4.0, ("helmet",))], id="blurred"),
    pytest.param(picture(sharpness=0.55), 60, [], id="a little soft"),
    pytest.param(picture(sharpness=None), 60, [], id="sharpness cannot be told"),
    pytest.param(picture(hidden=0.2), 11, [("hidden", 4.0, ALL)], id="mud on the lens"),
    pytest.param(picture(hidden=0.2), 10, [], id="a crowd that stands for ten seconds"),
    pytest.param(picture(hidden=0.1), 60, [], id="a small web"),
    pytest.param(picture(glare=0.3), 6, [("glare", 4.0, ("helmet", "red_light"))], id="the low sun"),
    pytest.param(picture(glare=0.3), 5, [], id="a car turns its headlights through the picture"),
    pytest.param(picture(glare=0.06), 60, [], id="headlights of a full queue"),
]


@pytest.mark.parametrize(("bad", "seconds", "expected"), DEGRADED)
def test_what_suspends_which_rules(
    bad: PictureCheck, seconds: int, expected: list[tuple[str, float, tuple[str, ...]]]
) -> None:
    assert in_force(bad_for(bad, seconds)) == expected


def test_a_slow_drift_suspends_when_it_has_gone_too_far() -> None:
    drift = (seen(second, picture(moved=0.0001 * second)) for second in range(104))
    assert in_force(drift) == []
    drift = (seen(second, picture(moved=0.0001 * second)) for second in range(105))
    assert in_force(drift) == [("moved", 100.0, GEOMETRY)]


def test_wind_that_sways_the_pole_to_and_fro_suspends_nothing() -> None:
    assert in_force(seen(second, picture(moved=0.02 if second % 3 else 0.004)) for second in range(600)) == []


def test_a_rule_that_the_camera_does_not_judge_by_is_not_suspended() -> None:
    helmet_only = Camera(id="street", resolution_wh=(640, 480), rules=(RuleName.HELMET,))
    assert in_force(bad_for(picture(moved=0.5), 60), helmet_only) == []
    assert in_force(bad_for(picture(hidden=0.5), 60), helmet_only) == [("hidden", 4.0, ("helmet",))]


RETURNS = [
    pytest.param(picture(sharpness=0.1), 30, 10, ["blurred", "blind"], id="sharp again, not yet for long enough"),
    pytest.param(picture(sharpness=0.1), 30, 11, [], id="sharp again"),
    pytest.param(picture(sharpness=0.1), 3600, 11, [], id="sharp again after an hour"),
    pytest.param(picture(moved=0.05), 60, 11, [], id="the view was away for a minute"),
    pytest.param(picture(moved=0.05), 310, 3600, ["moved"], id="the view was away for more than five minutes"),
]


@pytest.mark.parametrize(("bad", "seconds", "after", "expected"), RETURNS)
def test_what_ends_by_itself(bad: PictureCheck, seconds: int, after: int, expected: list[str]) -> None:
    assert [reason for reason, _, _ in in_force(bad_for(bad, seconds, after=after))] == expected


def test_a_measure_at_its_limit_does_not_flicker() -> None:
    suspensions = Suspensions(CAMERA, CARE)
    shares = [0.001] * 5 + [0.0101] * 10 + [0.0099, 0.0101] * 100
    counts = [len(suspensions.update(seen(second, picture(moved=share)))) for second, share in enumerate(shares)]
    assert counts == [0] * 8 + [1] * (len(counts) - 8)


FROZEN = [
    pytest.param([0, 1, 2, 3, 4, 5, 6, 7], [], id="pictures as they should be"),
    pytest.param([0, 1, 2, 2.5], [], id="a short stillness"),
    pytest.param([0, 1], ["frozen"], id="still for longer than five seconds"),
]


@pytest.mark.parametrize(("new_pictures", "expected"), FROZEN)
def test_a_frozen_picture_suspends_everything(new_pictures: list[float], expected: list[str]) -> None:
    times = [index / 2 for index in range(15)]
    observations = (seen(time, is_repeat=time not in new_pictures) for time in times)
    assert [reason for reason, _, _ in in_force(observations)] == expected


def test_a_picture_that_moves_again_ends_the_freeze_at_once() -> None:
    suspensions = Suspensions(CAMERA, CARE)
    for index in range(100):
        suspensions.update(seen(index / 10, is_repeat=index > 10))
    assert suspensions.update(seen(10)) == ()
    assert suspensions.against("helmet", at(0.2), at(0.9)) is None
    assert suspensions.against("helmet", at(0.2), at(1.5)) is not None
    assert suspensions.against("helmet", at(10), at(11)) is None


CLOCKS = [
    pytest.param([0.1] * 100, [], id="clocks agree"),
    pytest.param([1.9] * 100, [], id="two seconds, nearly"),
    pytest.param([2.2] * 100, ["clock"], id="the stream is late for good"),
    pytest.param([-2.2] * 100, ["clock"], id="the stream runs ahead"),
    pytest.param([0.1] * 50 + [6.0] * 9 + [0.1] * 41, [], id="a delay of the network"),
    pytest.param([0.1] * 20 + [9.0] * 30 + [0.1] * 50, ["clock"], id="it went wrong, and an operator must look"),
]


@pytest.mark.parametrize(("offsets_s", "expected"), CLOCKS)
def test_clocks_that_differ_suspend_everything(offsets_s: list[float], expected: list[str]) -> None:
    observations = (seen(second, offset_s=offset) for second, offset in enumerate(offsets_s))
    found = in_force(observations)
    assert [reason for reason, _, _ in found] == expected
    assert all(rules == ALL for _, _, rules in found)


def violation(from_s: float, to_s: float, rule: str = "red_light") -> Violation:
    return Violation(
        "RED_LIGHT", rule, 7, VehicleClass.CAR, at(to_s), at(from_s), at(to_s), 20, 10, 20, (0, 0, 9, 9),
        Movement.STRAIGHT, Phase.RED, Certainty.SURE,
    )  # fmt: skip


def sifted(
    observations: Iterator[Observation], asserted: Violation, asserted_at: float
) -> tuple[list[float], list[dict[str, object]]]:
    """(the seconds at which it was believed, the facts of what was withheld)."""
    suspensions = Suspensions(CAMERA, CARE)
    withholding = Withholding(suspensions)
    believed_at: list[float] = []
    facts: list[dict[str, object]] = []
    for observation in observations:
        suspensions.update(observation)
        new = [asserted] if observation.captured_at == at(asserted_at) else []
        believed, withheld = withholding.sift(new, observation.captured_at)
        believed_at += [(observation.captured_at - START).total_seconds()] * len(believed)
        facts += [dict(abstention.facts) for abstention in withheld]
    believed, withheld = withholding.rest()
    return believed_at + [-1.0] * len(believed), facts + [dict(abstention.facts) for abstention in withheld]


ACTS = [
    pytest.param(picture(moved=0.1), "red_light", (1, 3), 4, True, id="over before the view moved"),
    pytest.param(picture(moved=0.1), "red_light", (3, 4.5), 5, False, id="while it moved"),
    pytest.param(picture(moved=0.1), "red_light", (20, 22), 23, False, id="after it moved"),
    pytest.param(picture(moved=0.1), "helmet", (20, 22), 23, True, id="a helmet does not need the geometry"),
    pytest.param(picture(sharpness=0.4), "red_light", (20, 22), 23, True, id="blur does not undermine red lights"),
    pytest.param(picture(sharpness=0.4), "helmet", (20, 22), 23, False, id="but helmets"),
]


@pytest.mark.parametrize(("bad", "rule", "span", "asserted_at", "is_believed"), ACTS)
def test_what_a_suspended_rule_asserts_is_withheld(
    bad: PictureCheck, rule: str, span: tuple[float, float], asserted_at: float, is_believed: bool
) -> None:
    believed, withheld = sifted(bad_for(bad, 40), violation(*span, rule), asserted_at)
    assert (len(believed), len(withheld)) == ((1, 0) if is_believed else (0, 1))


def test_it_is_withheld_even_if_the_trouble_shows_only_later() -> None:
    believed, withheld = sifted(bad_for(picture(moved=0.1), 40), violation(3.0, 4.2), 5)
    assert believed == []
    assert withheld == [{
        "suspended_for": "moved", "suspended_since": "2026-11-22T07:00:04.000+00:00", "suspended_until": None, "measured": 0.1,
    }]  # fmt: skip


def test_a_shake_delays_but_does_not_withhold() -> None:
    assert sifted(bad_for(picture(moved=0.1), 2, after=10), violation(3.0, 4.2), 5) == ([7.0], [])


def test_what_is_suspected_at_the_end_is_withheld_and_the_rest_believed() -> None:
    assert len(sifted(bad_for(picture(moved=0.1), 2), violation(3.0, 4.2), 5)[1]) == 1
    assert sifted(bad_for(GOOD, 2), violation(3.0, 6.9), 6) == ([-1.0], [])


def test_an_act_that_began_in_a_past_suspension_is_withheld() -> None:
    [facts] = sifted(bad_for(picture(moved=0.1), 20, after=30), violation(24, 26), 40)[1]
    assert facts["suspended_until"] == "2026-11-22T07:00:25.000+00:00"


def test_without_any_check_nothing_waits() -> None:
    assert sifted((seen(second) for second in range(10)), violation(3, 4), 4) == ([4.0], [])


def driving(count: int, scenes: int, *, to_and_fro: bool = False) -> Iterator[Scene]:
    """So many cars beside each other, a tenth of a second from scene to scene."""
    for index in range(scenes):
        step_px = 30 * (index % 2) if to_and_fro else 30 * index
        tracks = [
            Track(number, VehicleClass.CAR, 0.9, (60 * number, 100 + step_px, 60 * number + 50, 160 + step_px))
            for number in range(count)
        ]
        yield Scene(index, at(index / 10), tuple(tracks), MappingProxyType({}))


CROWDS = [
    # cars, scenes, whether they jump to and fro, whether acts wait, what is suspended
    pytest.param(9, 1, False, False, [], id="a few cars, just begun"),
    pytest.param(10, 1, False, True, [], id="a crowd, just begun: its steps cannot be told yet"),
    pytest.param(10, 8, False, False, [], id="a crowd that drives as it should"),
    pytest.param(10, 8, True, True, ["turmoil"], id="a crowd that jumps"),
]


@pytest.mark.parametrize(("count", "scenes", "to_and_fro", "waits", "expected"), CROWDS)
def test_acts_in_a_crowd_wait_until_its_steps_are_told(
    count: int, scenes: int, to_and_fro: bool, waits: bool, expected: list[str]
) -> None:
    suspensions = Suspensions(CAMERA, CARE)
    now = [suspensions.see(scene) for scene in driving(count, scenes, to_and_fro=to_and_fro)][-1]
    assert [suspension.reason for suspension in now] == expected
    assert suspensions.is_open("red_light", at(0.7)) is waits


def test_every_trouble_has_its_rules_and_its_words() -> None:
    assert set(UNDERMINED) == set(WORDS) == set(Trouble)
