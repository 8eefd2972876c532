"""Numbers as French publications write them: `1 234`, `52,1`, `2493.0`, `-9,5`.

Thousands are separated by a space of any kind, decimals by a comma or a point. Anything else is
text, and text in a number is refused, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from observatoire.errors import FileError
from observatoire.statistics.tables import RawTable

_SPACES = " \u00a0\u202f"
_NUMBER = re.compile(rf"[-−]?(?:\d+|\d{{1,3}}(?:[{_SPACES}]\d{{3}})+)(?:[.,]\d+)?")
_CLEAN = str.maketrans(dict.fromkeys(_SPACES) | {",": ".", "−": "-"})

SECRET_WORDS = frozenset({"s", "ns"})  # secret, non significatif: the producer holds it back
MISSING_WORDS = frozenset({"nd", "n.d.", "n/d"})  # non disponible


def read_number(text: str) -> float | None:
    """Return the number a text writes; None when it is not one.

    Parameters
    ----------
    text
        Stripped; not empty.
    """
    return float(text.translate(_CLEAN)) if _NUMBER.fullmatch(text) else None


def read_numbers(table: RawTable, column: int) -> npt.NDArray[np.float64]:
    """Return a column of a table as numbers; NaN for an empty cell or a word of absence.

    Raises
    ------
    FileError
        At the first cell that is neither a number, nor empty, nor `s`, `ns` or `nd`.
    """
    cells = table.cells[column]
    values = np.full(len(cells), np.nan)
    for index, text in enumerate(cells):
        if not text:
            continue
        number = read_number(text)
        if number is not None:
            values[index] = number
        elif text.lower() not in SECRET_WORDS | MISSING_WORDS:
            raise FileError(
                "text where a number was expected",
                user="Cette cellule contient du texte au lieu d’un nombre.",
                remedy="Reprenez le fichier tel que publié.",
                file=str(table.path),
                row=table.rows[index],
                column=table.columns[column],
            )
    return values


def words(cells: Sequence[str], vocabulary: frozenset[str]) -> npt.NDArray[np.bool_]:
    """Tell which cells are one of the words of absence."""
    return np.fromiter((text.lower() in vocabulary for text in cells), dtype=bool, count=len(cells))
