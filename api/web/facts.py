"""The measured facts of a violation in the officer's words, each beside the threshold that it was held against.

Facts that have a text `fact.NAME` are shown; the rest, and all thresholds, stand in a folded technical list: nothing
that the rule said is hidden, and a new fact of a rule needs no change here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.web.texts import Texts
from detector.vocabulary import JsonValue
from evidence.local_time import LOCAL_ZONE
from evidence.vault.manifest import ViolationPart

LIMITS: Final = {
    "red_for_s": ("red_light.after_red_onset_s", "over"),
    "waited.stood_s": ("red_light.stop_over_line_s", "over"),
    "waited.beyond_m": ("red_light.stop_over_line_m", "over"),
    "waited.beyond_heights": ("red_light.stop_over_line_heights", "over"),
    "stayed_s": ("wrong_lane.dwell_s", "over"),
    "way_heights": ("wrong_lane.distance_heights", "over"),
    "movement_held_s": ("wrong_lane.against_arrow_dwell_s", "over"),
    "took_s": ("wrong_way.dwell_s", "over"),
    "net_way_heights": ("wrong_way.distance_heights", "over"),
    "looks_bare": ("helmet.verdict_looks", "over"),
    "span_s": ("helmet.verdict_span_s", "over"),
    "sure_bare_share": ("helmet.sure_bare_share", "over"),
}
"""Fact -> (threshold it was held against, which side of it is the violation)."""
WORDS: Final = {
    "because": "because",
    "allowed": "vehicle",
    "arrows": "movement",
    "movements_possible": "movement",
    "phase": "phase",
}
"""Facts whose values are words of the domain. Names of lanes and lines are the operator's and stay as they are."""
UNITS: Final = ("_heights", "_lengths", "_widths", "_share", "_deg", "_px", "_s", "_m", "_at")


@dataclass(frozen=True, slots=True)
class FactLine:
    """One line of the table; `limit` is empty where nothing was compared."""

    label: str
    value: str
    limit: str = ""


@dataclass(frozen=True, slots=True)
class FactTable:
    """What the officer reads, and everything else by its own name."""

    main: tuple[FactLine, ...]
    technical: tuple[FactLine, ...]


def fact_lines(t: Texts, violation: ViolationPart) -> FactTable:
    """All facts of a violation, the telling ones in the order of texts/*.yaml (a manifest is sorted by name)."""
    flat = dict(flattened(violation.facts))
    vehicle = t.named("vehicle", violation.vehicle_class)
    if violation.movement != "unknown":
        vehicle = f"{vehicle} · {t.named('movement', violation.movement).lower()}"
    main = [FactLine(t("fact.vehicle"), vehicle)]
    if violation.signal_phase:
        main.append(FactLine(t("fact.signal_phase"), t.named("phase", violation.signal_phase)))
    told = [name for name in t.keys("fact") if flat.get(name) not in (None, [])]
    main += [FactLine(t(f"fact.{name}"), worded(t, name, flat[name]), _limit(t, name, flat)) for name in told]
    technical = [FactLine(name, worded(t, name, value)) for name, value in flat.items() if name not in told]
    return FactTable(tuple(main), tuple(technical))


def flattened(facts: Mapping[str, JsonValue], prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Nested facts by dotted name."""
    for name, value in facts.items():
        if isinstance(value, dict):
            yield from flattened(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def worded(t: Texts, name: str, value: JsonValue) -> str:
    """A value with the unit that its name ends in."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return t("word.yes") if value else t("word.no")
    if isinstance(value, int | float):
        return _measured(t, name, value)
    if isinstance(value, list):
        return (
            ", ".join(worded(t, name, part) if not isinstance(part, dict) else _pairs(t, part) for part in value) or "—"
        )
    if isinstance(value, dict):
        return _pairs(t, value)
    return _time(value) if name.endswith("_at") else t.named(WORDS.get(name, ""), value)


def _measured(t: Texts, name: str, value: float) -> str:
    unit = next((unit for unit in UNITS if name.endswith(unit)), "")
    if unit == "_share":
        return f"{value:.0%}".replace("%", " %")
    number = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    if t.language == "vi":
        number = number.replace(".", ",")
    return f"{number} {t(f'unit.{unit[1:]}')}" if unit and t.has(f"unit.{unit[1:]}") else number


def _limit(t: Texts, name: str, flat: Mapping[str, JsonValue]) -> str:
    threshold, side = LIMITS.get(name, ("", ""))
    value = flat.get(f"thresholds.{threshold}")
    return t(f"fact_limit.{side}", value=worded(t, threshold, value)) if value is not None else ""


def _pairs(t: Texts, value: Mapping[str, JsonValue]) -> str:
    return ", ".join(f"{key} {worded(t, key, part)}" for key, part in value.items())


def _time(value: str) -> str:
    try:
        at = datetime.fromisoformat(value).astimezone(LOCAL_ZONE)
    except ValueError:
        return value
    return at.strftime("%H:%M:%S.%f")[:-4]
