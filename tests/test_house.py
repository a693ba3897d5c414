"""The house rules that a reader should be able to rely on, as tests (what ruff, mypy and import-linter cannot say)."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("models", "detector", "ocr", "evidence", "api", "configs", "sample_videos")
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
# A vendor's name stands in the one file that adapts it, so that it can be replaced there.
VENDOR_HOMES = {
    "openvino": {"detector/openvino_backend.py", "ocr/plate_text.py"},
    "ultralytics": {"detector/ultralytics_backend.py", "api/speed.py"},  # speed.py: the reference that is raced
    "av": {"detector/footage.py", "detector/clips.py", "detector/live.py"},
    "paddleocr": {"ocr/paddle_text.py", "ocr/paddle_pipeline.py"},
    "trackers": {"detector/track.py"},
    "typst": {"evidence/cases/notice.py"},
}


def sources(*rooms: str) -> Iterator[Path]:
    for room in rooms or ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def imported_modules(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_files_stay_small_enough_to_read_in_one_go() -> None:
    long = {
        name_of(path): lines for path in sources() if (lines := len(path.read_text().splitlines())) > FILE_LINES_MAX
    }
    assert long == {}


def test_functions_fit_a_screen() -> None:
    long = [
        f"{name_of(path)}:{node.lineno} {node.name} has {length} lines"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]
    assert long == []


@pytest.mark.parametrize(("vendor", "homes"), VENDOR_HOMES.items())
def test_a_vendor_is_named_in_one_file_only(vendor: str, homes: set[str]) -> None:
    rooms = [path for path in sources("detector", "ocr", "evidence", "api", "models") if "training" not in path.parts]
    found = {name_of(path) for path in rooms if vendor in imported_modules(path)}
    assert found <= homes


def test_sql_stays_in_evidence() -> None:
    found = {name_of(path) for path in sources() if {"sqlalchemy", "alembic"} & imported_modules(path)}
    assert {name for name in found if not name.startswith("evidence/")} == set()


def test_rules_see_no_clock_and_no_files() -> None:
    """A verdict depends on the scene alone: the same footage gives the same verdict twice."""
    forbidden = {"time", "random", "os", "pathlib", "cv2", "av"}
    found = {
        name_of(path): bad
        for path in sources("detector")
        if path.parent.name == "rules" and (bad := forbidden & imported_modules(path))
    }
    assert found == {}


def test_every_room_says_what_it_is_for() -> None:
    silent = [
        name_of(path)
        for path in sources()
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def tracked_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in listing.split("\0") if name]


def test_nothing_unfinished_is_left_in_the_code() -> None:
    pattern = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    found = [f"{name_of(path)}: {match.group()}" for path in sources() for match in pattern.finditer(path.read_text())]
    assert found == []


def test_no_large_or_secret_files_are_tracked() -> None:
    large = [name_of(path) for path in tracked_files() if path.exists() and path.stat().st_size > 15_000_000]
    secret = [name_of(path) for path in tracked_files() if path.suffix in {".pem", ".key", ".sqlite3"}]
    assert (large, secret) == ([], [])
