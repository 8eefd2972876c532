"""Errors of this package: their sentence and their remedy are in the labels."""

from __future__ import annotations

from observatoire.errors import FileError, NominativeError
from observatoire.labels import read_words


def refused(name: str, file: str, *, column: str = "", **fields: object) -> FileError:
    """Return the error of a file refused whole; `name` is its entry under `refused`."""
    words = read_words("echanges")
    return FileError(
        f"refused: {name}",
        user=words(f"refused.{name}.sentence", **fields),
        remedy=words(f"refused.{name}.remedy", **fields),
        file=file,
        column=column,
    )


def nominative(
    name: str, file: str, *, column: str = "", row: int | None = None
) -> NominativeError:
    """Return the error of a file that is about persons; `name` is its entry under `person`."""
    words = read_words("echanges")
    return NominativeError(
        f"about persons: {name}",
        user=words(f"person.{name}.sentence", column=column, row=row),
        remedy=words(f"person.{name}.remedy"),
        file=file,
        column=column,
        row=row,
    )
