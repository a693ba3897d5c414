"""Which weights each role runs on, verified by their SHA-256 every time before use.

`models/registry.yaml` names our own weights. A user's own take their place, role by role, through a file of the same
shape (`configs/models.yaml`, the `overrides` argument, or the path in the environment variable PHATNGUOI_WEIGHTS):

    vehicles: {file: /srv/weights/mine.onnx, sha256: 5f1c…, labels: [car, motorcycle, bicycle, bus, truck]}

`labels` and `input_size` may be left out there when they equal ours. `file` is relative to the YAML file. An entry may
name under `int8` a second file of the same network, in 8-bit integers, which processors run faster: `models/training/
quantise.py`. Without it they run `file`.

Every file is an ONNX model: input `images`, float32 (N, 3, H, W), RGB, 0 to 1; one output `output0`. Detectors
(`vehicles`, `heads`, `plates`) have the plain YOLOv8 head, float32 (N, 4 + number of labels, anchors): centre x, centre
y, width, height in input pixels, then one confidence per label, 0 to 1; no non-maximum suppression inside. The
classifiers `head_look` and `lamps` give float32 (N, number of labels): probabilities that add up to 1. N, and where the card says so H
and W (multiples of 32), are free. `plate_text` has an input and outputs of its own: models/plate_text.py.
"""

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import WeightsError

REGISTRY_FILE = Path(__file__).parent / "registry.yaml"
OVERRIDES_VARIABLE = "PHATNGUOI_WEIGHTS"
ROLES = ("vehicles", "heads", "plates", "head_look", "lamps", "plate_text")


@dataclass(frozen=True, slots=True)
class Weights:
    """Verified weights of one role. `input_size_wh` is (width, height) in pixels that they were trained for.

    `int8`: the same network in 8-bit integers, where there is one.
    """

    role: str
    path: Path
    sha256: str
    labels: tuple[str, ...]
    input_size_wh: tuple[int, int]
    version: str
    int8: "Weights | None" = None


class _Int8File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Entry(BaseModel):
    """One role in `registry.yaml`, or in a user's file where all but `file` and `sha256` may be missing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    labels: Annotated[list[str], Field(min_length=1)] | None = None
    input_size: (
        tuple[Annotated[int, Field(ge=16, multiple_of=16)], Annotated[int, Field(ge=16, multiple_of=16)]] | None
    ) = None
    version: str | None = None
    card: str | None = None
    int8: _Int8File | None = None


class _Registry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    vehicles: _Entry | None = None
    heads: _Entry | None = None
    plates: _Entry | None = None
    head_look: _Entry | None = None
    lamps: _Entry | None = None
    plate_text: _Entry | None = None


def load_weights(role: str, overrides: Path | None = None) -> Weights:
    """The weights of a role, with their hash verified.

    `overrides`: a user's YAML file; without it the one named by PHATNGUOI_WEIGHTS, if any. Raises `WeightsError` with
    one line for an unknown role or key, a missing file and a hash that differs.
    """
    if role not in ROLES:
        raise WeightsError(f"unknown role `{role}`", remedy=f"Roles are {', '.join(ROLES)}.")
    ours = _entry(REGISTRY_FILE, role)
    if ours is None or ours.labels is None or ours.input_size is None:
        raise WeightsError(f"no complete entry for `{role}`", where=str(REGISTRY_FILE), remedy="Reinstall phatnguoi.")
    overrides = overrides or _overrides_from_environment()
    theirs = _entry(overrides, role) if overrides else None
    entry, named_in = (theirs, overrides) if theirs and overrides else (ours, REGISTRY_FILE)
    path = named_in.parent / entry.file
    weights = Weights(
        role=role,
        path=path,
        sha256=_verified_sha256(path, entry.sha256, named_in),
        labels=tuple(entry.labels or ours.labels),
        input_size_wh=entry.input_size or ours.input_size,
        version=entry.version or entry.sha256[:12],
    )
    return replace(weights, int8=_int8_of(weights, entry.int8, named_in)) if entry.int8 else weights


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file as 64 lower-case hex digits. Raises `OSError`."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _int8_of(weights: Weights, named: _Int8File, named_in: Path) -> Weights:
    path = named_in.parent / named.file
    return replace(weights, path=path, sha256=_verified_sha256(path, named.sha256, named_in))


def _overrides_from_environment() -> Path | None:
    named = os.environ.get(OVERRIDES_VARIABLE, "")
    return Path(named) if named else None


def _entry(file: Path, role: str) -> _Entry | None:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise WeightsError("weights file list cannot be read", where=str(file), remedy=str(error)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file}:{mark.line + 1}" if mark else str(file)
        raise WeightsError("not valid YAML", where=where, remedy="Compare it with models/registry.yaml.") from error
    try:
        registry = _Registry.model_validate(content or {})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        remedy = f"Roles are {', '.join(ROLES)}; keys are {', '.join(_Entry.model_fields)}."
        raise WeightsError(f"key `{key}`: {first['msg']}", where=str(file), remedy=remedy) from error
    entry: _Entry | None = getattr(registry, role)
    return entry


def _verified_sha256(path: Path, expected: str, named_in: Path) -> str:
    try:
        actual = sha256_of(path)
    except OSError as error:
        remedy = f"It is named in {named_in}; put the file there or correct the entry."
        raise WeightsError(f"weights cannot be read ({error.strerror})", where=str(path), remedy=remedy) from error
    if actual != expected:
        remedy = "The file was altered or cut off: fetch it again, or correct the entry if you trust it."
        what = f"SHA-256 is {actual}, but {named_in} says {expected}"
        raise WeightsError(what, where=str(path), remedy=remedy)
    return actual
