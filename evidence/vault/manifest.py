"""The manifest of an evidence package (DESIGN §5): everything a court needs to follow how the case was made.

Written as canonical JSON: UTF-8, keys sorted, no spaces, floats in Python's shortest round-trip form, no NaN. The same
manifest has exactly one spelling, so its SHA-256 and its signature mean something.
"""

import hashlib
import json
import math
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic import JsonValue as PydanticJson

from detector.vocabulary import JsonValue
from models.errors import EvidenceError

MANIFEST_FILE = "manifest.json"
SIGNATURE_FILE = "manifest.sig"
MANIFEST_BYTES_MAX = 16 * 2**20  # a trail of an hour at 30 frames/s stays below 10 MB
VIOLATIONS_MAX = 9  # in one package: an officer picks them with one digit

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
BoxXyxy = tuple[float, float, float, float]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class FileEntry(_Part):
    """One file of the package beside the manifest and its signature."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+\.[a-z0-9]+$")]
    sha256: Sha256
    size_bytes: Annotated[int, Field(ge=0)]


class CameraPart(_Part):
    """`geometry_sha256` names the version of the camera file; `resolution_wh` is its pixel grid."""

    id: str
    name: str
    geometry_sha256: str
    resolution_wh: tuple[int, int]


class PlacePart(_Part):
    """Where the camera stands."""

    address: str | None = None
    commune: str | None = None
    province: str | None = None
    latitude: float | None = None
    longitude: float | None = None

    def line(self) -> str:
        """The place as one line of a document."""
        return ", ".join(part for part in (self.address, self.commune, self.province) if part)


class UnitPart(_Part):
    """The police unit that runs the camera. `code` numbers its notices."""

    code: str
    name: str


class SourcePart(_Part):
    """What was recorded: a file with its hash, or a stream by name. Never holds credentials."""

    kind: Literal["file", "stream"]
    name: str
    sha256: Sha256 | None


class ClockPart(_Part):
    """How far `captured_at` can be trusted: given by the operator, taken from the container, the receiving machine's
    clock (streams), or unknown."""

    state: Literal["given", "container", "receiver", "unknown"]
    note: str


class ViolationPart(_Part):
    """What the rule asserted, with its facts and thresholds. Boxes in pixels of the frame."""

    code: str
    rule: str
    track_id: int
    vehicle_class: str
    captured_at: AwareDatetime
    from_at: AwareDatetime
    to_at: AwareDatetime
    frame: int
    from_frame: int
    to_frame: int
    box_xyxy: BoxXyxy
    movement: str
    signal_phase: str | None
    certainty: str
    facts: dict[str, PydanticJson]


class SealedViolation(ViolationPart):
    """A violation as one of a package's. `unique_key` makes recording it twice impossible (identity.py); `still` is the
    picture of its moment."""

    unique_key: Sha256
    still: Annotated[str, Field(pattern=r"^during(_[2-9])?\.jpg$")]


class PhasePart(_Part):
    """One debounced signal phase and since when it held; the change to it happened from `not_before` to `since`.

    Left out of the text where it is not known, as in packages made before it was.
    """

    signal: str
    phase: str
    since: AwareDatetime
    not_before: AwareDatetime | None = Field(default=None, exclude_if=lambda moment: moment is None)


class TrailPart(_Part):
    """Where the vehicle was in one frame."""

    frame: int
    captured_at: AwareDatetime
    box_xyxy: BoxXyxy


class PlatePart(_Part):
    """What the machine read. The officer's correction is an event of the case and never changes this."""

    text: str
    status: str
    confidence: float
    char_confidences: tuple[float, ...]
    lines: int
    kind: str | None
    repaired: tuple[int, ...]
    frame: int | None


class ClipPart(_Part):
    """The span that the clip covers, in time and in frames of the source (None where frames are not counted).

    Time 0 of the clip is `first_at`. The packets are the source's own.
    """

    name: str
    codec: str
    first_at: AwareDatetime
    last_at: AwareDatetime
    first_frame: int | None


class StillPart(_Part):
    """Which frame of the source a picture shows. `derived` pictures carry drawings and are no evidence themselves."""

    name: str
    frame: int | None
    captured_at: AwareDatetime
    derived: bool


class HashedPart(_Part):
    """A model, configuration or program by name, version and hash of its content."""

    name: str
    version: str
    sha256: Sha256


class ProvenancePart(_Part):
    """What made the verdict."""

    program: str
    program_version: str
    models: tuple[HashedPart, ...]
    configs: tuple[HashedPart, ...]


class SignerPart(_Part):
    """Which key signed. `key_sha256` is the SHA-256 of the raw 32-byte public key."""

    algorithm: Literal["Ed25519"]
    key_sha256: Sha256


class _ManifestParts(_Part):
    """What every version holds. `unique_key` is the main violation's, and `case_id` follows from it."""

    case_id: Annotated[str, Field(pattern=r"^PN(-[0-9A-Z]{4}){3}$")]
    unique_key: Sha256
    camera: CameraPart
    place: PlacePart
    unit: UnitPart
    source: SourcePart
    clock: ClockPart
    signal_timeline: tuple[PhasePart, ...]
    trail: tuple[TrailPart, ...]
    plate: PlatePart | None
    clip: ClipPart
    stills: tuple[StillPart, ...]
    provenance: ProvenancePart
    signer: SignerPart
    files: tuple[FileEntry, ...]
    content_sha256: Sha256 = "0" * 64
    """SHA-256 of the canonical manifest without this line: tells an altered manifest from an altered signature."""

    def still(self, name: str) -> StillPart | None:
        """The picture called `name`, e.g. "during.jpg"."""
        return next((still for still in self.stills if still.name == name), None)


class ManifestV1(_ManifestParts):
    """As written until several violations could share a case: exactly one. Read and verified, no longer written."""

    schema_version: Literal["phatnguoi-evidence-1"]
    violation: ViolationPart

    @property
    def violations(self) -> tuple[SealedViolation, ...]:
        """The one violation, as the newer version says it."""
        facts = self.violation.model_dump()
        return (SealedViolation(**facts, unique_key=self.unique_key, still="during.jpg"),)

    @property
    def main(self) -> SealedViolation:
        """The violation that names the case."""
        return self.violations[0]


class ManifestV2(_ManifestParts):
    """The whole manifest as written now: the main violation first, then the others of the same vehicle."""

    schema_version: Literal["phatnguoi-evidence-2"] = "phatnguoi-evidence-2"
    violations: Annotated[tuple[SealedViolation, ...], Field(min_length=1, max_length=VIOLATIONS_MAX)]

    @property
    def main(self) -> SealedViolation:
        """The violation that names the case."""
        return self.violations[0]


Manifest = Annotated[ManifestV1 | ManifestV2, Field(discriminator="schema_version")]
"""A manifest of any version. Both have `violations` and `main`."""
_AnyVersion = TypeVar("_AnyVersion", ManifestV1, ManifestV2)
_ANY_VERSION: TypeAdapter[ManifestV1 | ManifestV2] = TypeAdapter(Manifest)


def canonical_json(value: JsonValue) -> bytes:
    """The one spelling of a JSON value. Raises ValueError for NaN, infinity and anything that is not JSON."""
    return json.dumps(
        _plain(value), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()


def manifest_bytes(manifest: Manifest) -> bytes:
    """The manifest as written to disk."""
    return canonical_json(manifest.model_dump(mode="json"))


def with_content_hash(manifest: _AnyVersion) -> _AnyVersion:
    """The manifest with its own hash filled in, ready to be written."""
    return manifest.model_copy(update={"content_sha256": _content_sha256(manifest)})


def parse_manifest(content: bytes, *, where: str) -> Manifest:
    """Read a manifest back. Raises EvidenceError unless it is canonical and complete."""
    if len(content) > MANIFEST_BYTES_MAX:
        raise EvidenceError("the manifest is too large to be one of ours", where=where)
    try:
        manifest = _ANY_VERSION.validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise EvidenceError(f"not a manifest of this version ({place}: {first['msg']})", where=where) from error
    if manifest_bytes(manifest) != content:
        raise EvidenceError("the manifest is not in canonical form", where=where)
    if _content_sha256(manifest) != manifest.content_sha256:
        raise EvidenceError("the manifest does not match its own hash", where=where)
    if manifest.main.unique_key != manifest.unique_key:
        raise EvidenceError("the manifest names another violation as its main one", where=where)
    return manifest


def utc_text(moment: datetime) -> str:
    """A time as ISO 8601 UTC with microseconds, the form used wherever a hash depends on it."""
    if moment.utcoffset() is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _content_sha256(manifest: Manifest) -> str:
    return hashlib.sha256(canonical_json(manifest.model_dump(mode="json", exclude={"content_sha256"}))).hexdigest()


def _plain(value: JsonValue) -> JsonValue:
    if value is None or isinstance(value, bool | str):
        return value
    if type(value) is int:
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("NaN and infinity have no place in evidence")
        return float(value) + 0.0  # -0.0 becomes 0.0: one value, one spelling
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(part) for key, part in value.items()}
    raise ValueError(f"{type(value).__name__} is not a JSON value")
