"""Weights are verified before use, and every way they can be wrong is one clear line."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import WeightsError
from models.registry import OVERRIDES_VARIABLE, REGISTRY_FILE, ROLES, load_weights

CONTENT = b"not really a network"
HASH = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def _no_override(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OVERRIDES_VARIABLE, raising=False)


def own_weights(folder: Path, entry: str) -> Path:
    (folder / "mine.onnx").write_bytes(CONTENT)
    file = folder / "models.yaml"
    file.write_text(entry, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("role", "labels"),
    [
        ("vehicles", ("car", "motorcycle", "bicycle", "bus", "truck")),
        ("heads", ("helmet", "no_helmet")),
        ("plates", ("plate",)),
        ("lamps", ("green", "red", "yellow", "off", "unknown")),
    ],
)
def test_our_weights_are_there_with_their_labels(role: str, labels: tuple[str, ...]) -> None:
    weights = load_weights(role)
    assert weights.labels == labels
    assert weights.path.is_file()
    assert hashlib.sha256(weights.path.read_bytes()).hexdigest() == weights.sha256


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_a_card_that_names_its_file_by_hash(role: str) -> None:
    card = (REGISTRY_FILE.parent / "cards" / f"{role}.md").read_text(encoding="utf-8")
    weights = load_weights(role)
    assert weights.sha256 in card
    assert weights.int8 is None or weights.int8.sha256 in card


def test_a_users_weights_replace_ours_and_keep_what_they_leave_out(tmp_path: Path) -> None:
    overrides = own_weights(tmp_path, f"plates: {{file: mine.onnx, sha256: {HASH}}}")
    weights = load_weights("plates", overrides)
    assert weights.path == tmp_path / "mine.onnx"
    assert (weights.sha256, weights.version) == (HASH, HASH[:12])
    assert weights.labels == load_weights("plates").labels
    assert load_weights("heads", overrides) == load_weights("heads")


def test_an_entry_may_name_8_bit_weights_beside_the_float_ones(tmp_path: Path) -> None:
    fast, fast_hash = b"the same in integers", hashlib.sha256(b"the same in integers").hexdigest()
    (tmp_path / "fast.onnx").write_bytes(fast)
    entry = f"{{file: mine.onnx, sha256: {HASH}, int8: {{file: fast.onnx, sha256: {fast_hash}}}}}"
    overrides = own_weights(tmp_path, f"vehicles: {entry}")
    weights = load_weights("vehicles", overrides)
    assert weights.sha256 == HASH
    assert weights.int8 == replace(weights, path=tmp_path / "fast.onnx", sha256=fast_hash, int8=None)
    (tmp_path / "fast.onnx").write_bytes(fast + b"!")
    with pytest.raises(WeightsError, match=rf"fast\.onnx: SHA-256 is \w+, but .*models\.yaml says {fast_hash}"):
        load_weights("vehicles", overrides)


def test_a_users_float_weights_do_not_run_on_our_8_bit_ones(tmp_path: Path) -> None:
    overrides = own_weights(tmp_path, f"vehicles: {{file: mine.onnx, sha256: {HASH}}}")
    assert load_weights("vehicles", overrides).int8 is None


def test_the_environment_names_a_users_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    overrides = own_weights(tmp_path, f"heads: {{file: mine.onnx, sha256: {HASH}, labels: [helmet, no_helmet, cap]}}")
    monkeypatch.setenv(OVERRIDES_VARIABLE, str(overrides))
    assert load_weights("heads").labels == ("helmet", "no_helmet", "cap")


def test_an_altered_file_is_refused(tmp_path: Path) -> None:
    overrides = own_weights(tmp_path, f"plates: {{file: mine.onnx, sha256: {HASH}}}")
    (tmp_path / "mine.onnx").write_bytes(CONTENT + b"!")
    with pytest.raises(WeightsError, match=rf"mine\.onnx: SHA-256 is \w+, but .*models\.yaml says {HASH}"):
        load_weights("plates", overrides)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    overrides = own_weights(tmp_path, f"plates: {{file: gone.onnx, sha256: {HASH}}}")
    with pytest.raises(WeightsError, match=r"gone\.onnx: weights cannot be read \(No such file"):
        load_weights("plates", overrides)


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (f"plate: {{file: mine.onnx, sha256: {HASH}}}", r"models\.yaml: key `plate`: Extra inputs"),
        (f"plates: {{path: mine.onnx, sha256: {HASH}}}", r"key `plates\.file`: Field required"),
        ("plates: {file: mine.onnx, sha256: abc}", r"key `plates\.sha256`: String should match"),
        (f"plates: {{file: mine.onnx, sha256: {HASH}, input_size: [320, 100]}}", r"key `plates\.input_size\.1`"),
        (
            f"plates: {{file: mine.onnx, sha256: {HASH}, int8: {{file: fast.onnx}}}}",
            r"key `plates\.int8\.sha256`: Field",
        ),
        (f"plates: {{file: mine.onnx, sha256: {HASH}, int8: fast.onnx}}", r"key `plates\.int8`: Input should be"),
        ("plates: {file: mine.onnx\nheads", r"models\.yaml:2: not valid YAML"),
        ("- plates", r"models\.yaml: key `file`"),
    ],
)
def test_a_wrong_entry_is_one_line_with_its_key(tmp_path: Path, entry: str, line: str) -> None:
    with pytest.raises(WeightsError, match=line) as raised:
        load_weights("plates", own_weights(tmp_path, entry))
    assert "\n" not in str(raised.value)


def test_an_unknown_role_lists_the_known_ones() -> None:
    with pytest.raises(WeightsError, match=r"unknown role `faces`. Roles are vehicles, heads, plates"):
        load_weights("faces")


def test_a_missing_list_of_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"none\.yaml: weights file list cannot be read"):
        load_weights("plates", tmp_path / "none.yaml")
