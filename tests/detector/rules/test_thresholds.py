"""The door of the thresholds: the shipped file is complete and reasoned; a user's file says only what differs."""

import dataclasses
import re
from pathlib import Path

import pytest

from detector.thresholds import SHIPPED, Thresholds, ThresholdsError, load_thresholds


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_tolerances_are_those_of_the_design() -> None:
    red_light = load_thresholds().red_light
    assert (red_light.after_red_onset_s, red_light.before_green_s) == (0.5, 1.0)
    assert load_thresholds().report_doubtful is False


def test_every_value_has_its_reason_beside_it() -> None:
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    silent = [line for line in lines if re.match(r"\s*\w+:", line) and "#" not in line and not line.endswith(":")]
    assert silent == []
    with_values = [line for line in lines if re.match(r"  \w+: [-\d]", line)]
    thresholds = load_thresholds()
    rooms = [getattr(thresholds, field.name) for field in dataclasses.fields(Thresholds)]
    fields = [field for room in rooms if dataclasses.is_dataclass(room) for field in dataclasses.fields(room)]
    assert len(with_values) == len(fields)


def test_own_file_changes_only_what_it_says(tmp_path: Path) -> None:
    own = load_thresholds(written(tmp_path, "red_light:\n  before_green_s: 0\nreport_doubtful: true\n"))
    shipped = load_thresholds()
    assert (own.red_light.before_green_s, own.report_doubtful) == (0, True)
    assert dataclasses.replace(own.red_light, before_green_s=shipped.red_light.before_green_s) == shipped.red_light
    assert own.helmet == shipped.helmet


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_empty_own_file_changes_nothing(tmp_path: Path, text: str) -> None:
    assert load_thresholds(written(tmp_path, text)) == load_thresholds()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("red_light:\n  befor_s: 1.0\n", r"own.yaml:2: red_light.befor_s: is not a threshold. Did you mean before_s\?"),
        ("helmets: {}\n", r"own.yaml:1: helmets: is not a threshold. Did you mean helmet\?"),
        ("\nhelmet:\n  looks_min: 0\n", r"own.yaml:3: helmet.looks_min: 0: input should be greater than or equal to 1"),
        ("wrong_way:\n  against_cos: -2\n", r"own.yaml:2: wrong_way.against_cos: -2"),
        ("red_light:\n  before_s: often\n", r"own.yaml:2: red_light.before_s: 'often'"),
        ("red_light:\n  before_s: .nan\n", r"own.yaml:2: red_light.before_s: nan"),
        ("red_light: fast\n", r"own.yaml:1: red_light: 'fast'"),
        ("- red_light\n", r"own.yaml: is not a list of keys and values"),
        ("red_light: {before_s: 1, before_s: 2}\n", r"own.yaml:1: red_light.before_s: is said twice"),
        ("red_light: [\n", r"own.yaml:2: is not YAML"),
    ],
)
def test_wrong_file_is_one_clear_line(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(ThresholdsError, match=line):
        load_thresholds(written(tmp_path, text))


def test_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ThresholdsError, match="cannot be read"):
        load_thresholds(tmp_path / "none.yaml")


def test_facts_are_plain_values_of_the_named_rooms() -> None:
    facts = load_thresholds().facts("helmet")
    assert list(facts) == ["helmet"]
    assert facts["helmet"]["looks_min"] == load_thresholds().helmet.looks_min  # type: ignore[index,call-overload]
