"""The words of the pages, Vietnamese first, English second: one flat YAML file each, with the same keys."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import yaml

LANGUAGES: Final = ("vi", "en")
DEFAULT_LANGUAGE: Final = "vi"


@cache
def words(language: str) -> Mapping[str, str]:
    """All texts of one language by key, e.g. ``queue.title``. Raises ValueError for a file that is not flat text."""
    loaded = yaml.safe_load((files(__package__) / f"{language}.yaml").read_text(encoding="utf-8"))
    flat: dict[str, str] = {}
    for section, entries in loaded.items():
        for key, text in entries.items():
            if not isinstance(text, str):
                raise ValueError(f"texts/{language}.yaml: {section}.{key}: must be text, quote it")  # noqa: TRY004
            flat[f"{section}.{key}"] = text
    return flat


class Texts:
    """Callable in templates: ``t("login.locked", minutes=3)``. A key without a text is a programming error: KeyError."""

    __slots__ = ("_words", "language")

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else DEFAULT_LANGUAGE
        self._words = words(self.language)

    def __call__(self, key: str, /, **values: object) -> str:
        text = self._words[key]
        return text.format(**values) if values else text

    def named(self, section: str, name: str) -> str:
        """The word for a code of another room (`code.RED_LIGHT`), or the code itself where we have no word yet."""
        return self._words.get(f"{section}.{name}", name)

    def keys(self, section: str) -> list[str]:
        """The keys of a section without its name, in the order of the file."""
        return [key.removeprefix(f"{section}.") for key in self._words if key.startswith(f"{section}.")]

    def has(self, key: str) -> bool:
        """Whether there is a text for `key`."""
        return key in self._words
