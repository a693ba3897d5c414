"""`phatnguoi bench plates`: counts, a page of the worst errors, and bad rows and pictures named."""

import json
from pathlib import Path

from PIL import Image

from tests.api.test_cli_bad_input import phatnguoi
from tests.ocr.drawn_plates import draw_plate

HEADER = "name,text,lines,legible\n"


def drawn(folder: Path, name: str, *lines: str) -> None:
    Image.fromarray(draw_plate(*lines)).save(folder / name)


def test_a_wrong_reading_is_counted_and_shown(tmp_path: Path) -> None:
    drawn(tmp_path, "right.png", "59-D1", "673.93")
    drawn(tmp_path, "other.png", "59-D1", "673.94")
    texts = tmp_path / "texts.csv"
    texts.write_text(f"{HEADER}right.png,59-D1 673.93,2,1\nother.png,59D167390,2,1\ngone.png,59D167390,2,1\n")
    table, report = tmp_path / "table.md", tmp_path / "report"
    done = phatnguoi("bench", "plates", tmp_path, texts, "--jsonl", "-", "--markdown", table, "--report", report)
    counts = json.loads(done.stdout)
    assert (counts["legible"], counts["exact"], counts["accepted"], counts["accepted_wrong"]) == (2, 1, 2, 1)
    assert done.returncode == 1 and "gone.png" in done.stderr
    assert "| legible crops read exactly | 1 | 2 | 0.500 |" in table.read_text(encoding="utf-8")
    page = (report / "index.html").read_text(encoding="utf-8")
    assert "59D167390 read as 59D167394 (accepted" in page
    assert (report / "error_0.jpg").is_file()


def test_no_plate_that_was_kept_out_and_a_folder_that_cannot_be_made_are_one_clear_line(tmp_path: Path) -> None:
    drawn(tmp_path, "a.png", "59-D1", "673.93")
    texts = tmp_path / "texts.csv"
    texts.write_text(f"{HEADER}a.png,59D167393,2,1\n")
    done = phatnguoi("bench", "plates", tmp_path, texts, "--kept-out")
    assert (done.returncode, "kept out of training" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
    done = phatnguoi("bench", "plates", tmp_path, texts, "--report", texts / "report")
    assert (done.returncode, "cannot write the report" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
