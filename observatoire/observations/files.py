"""What a table of points is, whatever its format: headers, a sample, rows on demand.

A file is opened to see its headers and its first rows; then only the columns that are asked for
are read. No other column is ever held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from observatoire.errors import FileError

SAMPLE_ROWS = 5_000


@dataclass(frozen=True)
class Rows:
    """What was read of a file.

    Attributes
    ----------
    frame
        The columns that were asked for, indexed by row number (1 is the first below the header).
    geometry
        Geometry of each row, when the file has one and it was asked for.
    broken
        Numbers of the rows that do not have as many columns as the header.
    """

    frame: pd.DataFrame
    geometry: NDArray[np.object_] | None = None
    broken: tuple[int, ...] = ()


class Source(Protocol):
    """An open file: its headers, its CRS when it has a geometry, and its rows on demand."""

    headers: tuple[str, ...]
    epsg: int | None

    def sample(self) -> dict[str, pd.Series]:
        """Return the first values of the text columns."""
        ...

    def read(self, columns: Sequence[str], *, geometry: bool) -> Rows:
        """Return the rows, with these columns only."""
        ...


def unreadable(file: str, kind: str) -> FileError:
    """Return the error of a file that is not what its extension says."""
    return FileError(
        f"cannot be read as {kind}",
        user=f"Le fichier est abîmé, incomplet, ou n’est pas au format {kind.lstrip('.')}.",
        remedy="Exportez-le de nouveau depuis le logiciel d’origine.",
        file=file,
    )


def refuse_repeated(headers: Sequence[str], file: str) -> None:
    """Raise `FileError` when two columns have the same header."""
    named = [header for header in headers if header]
    repeated = sorted({header for header in named if named.count(header) > 1})
    if repeated:
        raise FileError(
            f"repeated columns: {repeated}",
            user=f"La colonne « {repeated[0]} » apparaît plusieurs fois.",
            remedy="Renommez-la ou retirez le double.",
            file=file,
            column=repeated[0],
        )
