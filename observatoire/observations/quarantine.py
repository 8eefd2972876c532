"""Which rows of a file are set aside, and why. A reason never quotes the row."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

REASONS: dict[str, str] = {
    "wrong number of columns": "nombre de colonnes différent de l’en-tête",
    "no coordinates": "coordonnées absentes",
    "unreadable coordinates": "coordonnées illisibles ou impossibles",
    "not a point": "la géométrie n’est pas un point",
    "outside the territory": "hors des limites du territoire français",
    "unreadable date": "date absente ou illisible",
    "date in the future": "date dans le futur",
    "month without a day": "le jour manque",
    "unreadable count": "effectif absent ou non entier",
    "negative count": "effectif négatif",
    "unreadable outing": "identifiant de sortie absent ou inutilisable",
    "repeated outing": "sortie déjà présente plus haut pour ce quartier et ce jour",
    "not a QPV code": "code de quartier prioritaire absent ou mal formé",
    "unknown slot": "créneau inconnu",
    "unreadable duration": "durée illisible ou impossible",
    "unreadable workers": "nombre d’intervenants illisible ou impossible",
    "unreadable yes or no": "« rien à signaler » n’est ni oui ni non",
}
_KEPT = 0
_CODES = tuple(REASONS)


class Sieve:
    """Set rows aside one rule after the other: the first reason a row meets is the one it keeps."""

    def __init__(self, rows: ArrayLike) -> None:
        self.rows: NDArray[np.int64] = np.asarray(rows, dtype=np.int64)
        self._reason = np.zeros(len(self.rows), dtype=np.int16)
        self._column = np.full(len(self.rows), "", dtype=object)

    def refuse(self, where: ArrayLike, reason: str, column: str) -> None:
        """Set aside the rows of a mask that no earlier rule set aside."""
        fresh = np.asarray(where, dtype=bool) & (self._reason == _KEPT)
        self._reason[fresh] = _CODES.index(reason) + 1
        self._column[fresh] = column

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Return the mask of the rows that every rule let through."""
        return np.equal(self._reason, _KEPT)

    def quarantine(self, broken: ArrayLike = ()) -> pd.DataFrame:
        """Return what was set aside: `row`, `column`, `reason`, in the order of the rows.

        Parameters
        ----------
        broken
            Numbers of the rows that could not even be cut into columns.
        """
        out = self._reason != _KEPT
        aside = pd.DataFrame(
            {
                "row": self.rows[out],
                "column": self._column[out].astype("str"),
                "reason": [_CODES[code - 1] for code in self._reason[out]],
            }
        )
        torn = pd.DataFrame({"row": np.asarray(broken, dtype=np.int64)})
        torn["column"], torn["reason"] = "", "wrong number of columns"
        parts = [part for part in (aside, torn) if len(part)]
        whole = pd.concat(parts) if parts else aside
        return whole.astype({"column": "str", "reason": "str"}).sort_values(
            "row", ignore_index=True
        )


def summarise(quarantine: pd.DataFrame) -> list[dict[str, object]]:
    """Return the reasons with their number of rows and the first row, most frequent first."""
    groups = quarantine.groupby(["reason", "column"], sort=False)["row"].agg(["size", "min"])
    found = [
        {
            "reason": reason,
            "user": REASONS[reason],
            "column": column,
            "rows": int(size),
            "first_row": int(first),
        }
        for (reason, column), size, first in groups.itertuples()
    ]
    return sorted(found, key=lambda item: (-int(str(item["rows"])), int(str(item["first_row"]))))
