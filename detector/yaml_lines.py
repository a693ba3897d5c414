"""YAML with line numbers: so that an error about a value can name the line a person has to change."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from models.errors import CameraFileError, UserError

YAML_BYTES_MAX = 1_000_000  # a camera file has a few kilobytes; anything larger was given by mistake

Location = Sequence[str | int]
"""The way from the root to a value: keys and list positions, as Pydantic's error locations."""


class YamlLines:
    """One YAML document: its plain `content` and where every value stands in the text.

    Raises `error` (one clear line) for a file that cannot be read, is not YAML, or says the same key twice.
    """

    def __init__(self, path: Path, *, error: type[UserError] = CameraFileError) -> None:
        self.path = path
        self._error = error
        text = self._read()
        try:
            self._root = yaml.compose(text, Loader=yaml.SafeLoader)
            self.content = yaml.load(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as broken:
            mark = broken.problem_mark or broken.context_mark
            raise error(
                f"is not YAML: {broken.problem or broken.context}",
                where=f"{path}:{mark.line + 1}" if mark else str(path),
                remedy="Check the brackets, colons and indentation of this line.",
            ) from None
        except (yaml.YAMLError, ValueError) as broken:  # ValueError: impossible dates such as 2026-99-99
            raise error(f"is not YAML: {' '.join(str(broken).split())}", where=str(path)) from None
        self._refuse_repeated_keys(self._root, ())

    def where(self, location: Location) -> str:
        """`file:line: key` of the deepest value on the way that the document really has."""
        key = key_text(location)
        return f"{self.path}:{self.line(location)}" + (f": {key}" if key else "")

    def line(self, location: Location) -> int:
        """The line (from 1) of the key or list entry at `location`; for a missing one, that of its parent."""
        node, mark = self._root, None
        for step in location:
            child = _child(node, step)
            if child is None:
                break
            mark, node = child
        mark = mark or (node.start_mark if node else None)
        return 1 if mark is None else int(mark.line) + 1

    def _read(self) -> str:
        try:
            with self.path.open("rb") as file:
                raw = file.read(YAML_BYTES_MAX + 1)
        except OSError as failure:
            raise self._error(
                f"cannot be read: {failure.strerror}",
                where=str(self.path),
                remedy="Check the path and its permissions.",
            ) from None
        if len(raw) > YAML_BYTES_MAX:
            raise self._error(
                f"is larger than {YAML_BYTES_MAX} bytes", where=str(self.path), remedy="Was another file meant?"
            )
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as failure:
            line = raw[: failure.start].count(b"\n") + 1
            raise self._error("is not UTF-8 text", where=f"{self.path}:{line}", remedy="Save it as UTF-8.") from None

    def _refuse_repeated_keys(self, node: yaml.Node | None, location: tuple[str | int, ...]) -> None:
        if isinstance(node, yaml.SequenceNode):
            for position, child in enumerate(node.value):
                self._refuse_repeated_keys(child, (*location, position))
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, child in node.value:
                here = (*location, str(key.value))
                if str(key.value) in seen:
                    raise self._error(
                        "is said twice",
                        where=f"{self.path}:{key.start_mark.line + 1}: {key_text(here)}",
                        remedy="Keep one of the two.",
                    )
                seen.add(str(key.value))
                self._refuse_repeated_keys(child, here)


def key_text(location: Location) -> str:
    """`lanes[1].polygon[0]`: the location as a person would write it."""
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Mark, yaml.Node] | None:
    """Where the step's key or entry stands, and its value."""
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        entry: yaml.Node = node.value[step]
        return entry.start_mark, entry
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark, value
    return None
