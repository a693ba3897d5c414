"""Messages of controllers on disk: what a log may say, and a tail that loses nothing."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detector.phase_log import HOLDS_MAX_S, LivePhases, PhaseLog, PhaseLogError
from detector.recording import told_row
from detector.told import CLOCKS_APART_S, HEARTBEAT_S
from detector.vocabulary import Phase, SignalTold

START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def line(signal: str = "main", phase: str = "red", seconds: float = 0.0, **more: object) -> str:
    return json.dumps({"signal": signal, "phase": phase, "at": at(seconds).isoformat(), **more})


def written(folder: Path, *lines: str) -> Path:
    path = folder / "phases.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_phase_holds_until_the_heads_next_line_and_the_last_for_a_heartbeat(tmp_path: Path) -> None:
    path = written(tmp_path, line(), line("arrow", "green", 5), "", line(phase="green", seconds=30))
    log = PhaseLog(path, ["main", "arrow"])
    assert log.take(at(10)) == (
        SignalTold("main", Phase.RED, at(0), at(30), CLOCKS_APART_S),
        SignalTold("arrow", Phase.GREEN, at(5), at(5 + HEARTBEAT_S), CLOCKS_APART_S),
    )
    assert log.take(at(29)) == ()
    assert [told.holds_until for told in log.take(at(60))] == [at(30 + HEARTBEAT_S)]
    assert len(log.anew().take(at(60))) == 3


def test_a_hole_in_the_log_is_no_phase(tmp_path: Path) -> None:
    log = PhaseLog(written(tmp_path, line(), line(phase="green", seconds=2 * HOLDS_MAX_S)), ["main"])
    assert log.take(at(1))[0].holds_until == at(HOLDS_MAX_S)


BAD = [
    # the lines, where and what the error says
    pytest.param(["{"], ":1: ", "invalid JSON", id="no JSON"),
    pytest.param([line(), "[]"], ":2: ", "an object", id="no object"),
    pytest.param([line(phase="rde")], ":1: phase: ", "'red'", id="a typo in the phase"),
    pytest.param([line(phase="unknown")], ":1: phase: ", "'red'", id="a controller that does not know"),
    pytest.param([line("mian")], ":1: signal: `mian` is no signal", "main, arrow", id="a head that is not there"),
    pytest.param([line(), "", line(lamp=1)], ":3: lamp: ", "not permitted", id="a key too many"),
    pytest.param(['{"signal": "main", "phase": "red"}'], ":1: at: ", "required", id="no time"),
    pytest.param(
        ['{"signal": "main", "phase": "red", "at": "2026-11-22T07:00:00"}'], ":1: at: ", "timezone", id="no zone"
    ),
    pytest.param(
        [line(seconds=9), line("arrow"), line(phase="green", seconds=8)],
        ":3: at: ",
        "backwards",
        id="time goes backwards",
    ),
]


@pytest.mark.parametrize(("lines", "where", "what"), BAD)
def test_a_bad_line_is_named(tmp_path: Path, lines: list[str], where: str, what: str) -> None:
    path = written(tmp_path, *lines)
    with pytest.raises(PhaseLogError) as caught:
        PhaseLog(path, ["main", "arrow"])
    assert f"{path}{where}" in caught.value.line()
    assert what.lower() in caught.value.line().lower()
    assert "\n" not in caught.value.line()


def test_a_log_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PhaseLogError, match=r"nowhere\.jsonl: cannot be read"):
        PhaseLog(tmp_path / "nowhere.jsonl", ["main"])


def append(path: Path, *told: SignalTold) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(told_row(one)) + "\n" for one in told)


def message(seconds: float, phase: Phase = Phase.RED) -> SignalTold:
    return SignalTold("main", phase, at(seconds), at(seconds + HEARTBEAT_S), 0.5)


def test_a_tail_takes_what_comes_and_survives_a_fresh_file(tmp_path: Path) -> None:
    path = tmp_path / "camera.jsonl"
    early = LivePhases(path)
    assert early.take(START) == ()
    append(path, message(0))
    late = LivePhases(path)
    assert (early.take(START), late.take(START)) == ((message(0),), ())
    append(path, message(1))
    path.rename(tmp_path / "camera.jsonl.1")
    append(path, message(2), message(3))
    assert early.take(START) == late.take(START) == (message(1), message(2), message(3))
    assert early.take(START) == ()


def test_a_torn_line_waits_and_a_foreign_one_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "camera.jsonl"
    path.touch()
    tail = LivePhases(path)
    whole = json.dumps(told_row(message(0)))
    path.write_text(whole[:20])
    assert tail.take(START) == ()
    path.write_text(whole + '\nnonsense\n["main", "red"]\n')
    assert tail.take(START) == (message(0),)
    tail.close()
