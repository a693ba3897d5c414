"""Which violation this is, independent of when and how often the footage is processed."""

import base64
import hashlib

from detector.source import Clock, SourceIdentity
from detector.vocabulary import JsonValue, Violation
from evidence.vault.manifest import canonical_json, utc_text

# Crockford's letters: no I, L, O, U, so an id can be read aloud over the telephone.
_READABLE = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def unique_key(source: SourceIdentity, camera_id: str, violation: Violation, clock: Clock) -> str:
    """SHA-256 over source, camera, code, moment and vehicle box: the same for the same violation seen again.

    A file counts by its content and its frame number, whatever it is called and whenever it is said to start. A stream
    has no content to name and counts its frames anew at each start, so there the stream's own time is the moment.
    Footage without a clock makes cases of its own, which nobody can confirm: when it is processed again with its start
    time, the cases that can be confirmed are not taken for recorded.
    """
    box: list[JsonValue] = [round(side) for side in violation.box_xyxy]
    what: list[JsonValue] = [camera_id, violation.code, box]
    file_moment: list[JsonValue] = [source.sha256, violation.frame]
    stream_moment: list[JsonValue] = [source.name, utc_text(violation.captured_at)]
    undated: list[JsonValue] = ["undated"] if clock is Clock.UNKNOWN else []
    content = [source.kind, *(stream_moment if source.sha256 is None else file_moment), *what, *undated]
    return hashlib.sha256(canonical_json(content)).hexdigest()


def case_id_of(key: str) -> str:
    """The case's name, e.g. PN-7K3Q-9XWM-2F6A: 60 bits of the key. Two of a million cases share one with a chance of
    1 in 2 million; the recorder notices it and refuses."""
    letters = base64.b32encode(bytes.fromhex(key)).decode()[:12].translate(_READABLE)
    return f"PN-{letters[:4]}-{letters[4:8]}-{letters[8:12]}"
