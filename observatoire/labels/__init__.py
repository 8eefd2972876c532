"""All that users read, in French, in one place: one TOML file per page, and this small reader.

A text is asked for by its dotted name (`words("search.title")`); a name that does not exist is a
mistake of the program and raises `KeyError`. Texts are typeset in the files themselves, with the
no-break spaces of French; a test refuses a file that is not.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Words:
    """The texts of one page.

    Attributes
    ----------
    page
        Name of the TOML file, without its suffix.
    entries
        Texts by dotted name; an array of the file is stored as `name.0`, `name.1`…
    """

    page: str
    entries: Mapping[str, str]

    def __call__(self, name: str, /, **fields: object) -> str:
        """Return a text, its `{fields}` filled in."""
        text = self.entries[name]
        return text.format(**fields) if fields else text

    def count(self, name: str, number: int, /, **fields: object) -> str:
        """Return the singular or the plural of a text; in French, zero and one are singular.

        The file holds `name.one` and `name.other`, where `{n}` is the number.
        """
        from observatoire.labels.numbers import number as printed

        form = "one" if abs(number) < 2 else "other"
        return self(f"{name}.{form}", n=printed(number), **fields)

    def items(self, name: str) -> list[str]:
        """Return the texts of an array, in order."""
        return list(self._items(name))

    def _items(self, name: str) -> Iterator[str]:
        rank = 0
        while (text := self.entries.get(f"{name}.{rank}")) is not None:
            yield text
            rank += 1


@cache
def read_words(page: str) -> Words:
    """Read the texts of a page from its TOML file."""
    source = resources.files(__name__) / f"{page}.toml"
    return Words(page, dict(_flat(tomllib.loads(source.read_text("utf-8")), "")))


def pages() -> tuple[str, ...]:
    """Return the names of all the files of texts."""
    found = (entry.name for entry in resources.files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


def _flat(node: object, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _flat(value, f"{name}.{key}" if name else str(key))
    elif isinstance(node, list):
        for rank, value in enumerate(node):
            yield from _flat(value, f"{name}.{rank}")
    elif isinstance(node, str):
        yield name, node
    else:
        raise TypeError(f"label {name} is not a text")
