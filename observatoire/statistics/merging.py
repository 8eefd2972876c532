"""Figures of several publications as one, by the rule of the store, in memory.

Published twice, a figure must be the same; a number wins over an absence, a secret over a missing
figure; of two that say the same, the first one read is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from observatoire.errors import ConflictError
from observatoire.statistics.reading import COLUMNS, StatisticsReading

_RANKS = {"ok": 0, "secret": 1, "missing": 2}
_KEY = list(COLUMNS[:5])


def merge_figures(readings: Sequence[StatisticsReading]) -> pd.DataFrame:
    """Return the figures of publications, per `schemas.STATISTICS`, each key once.

    Raises
    ------
    ConflictError
        When two publications give two values to the same figure.
    """
    frames = [
        reading.frame.assign(file=number, rank=reading.frame["status"].map(_RANKS))
        for number, reading in enumerate(readings)
    ]
    stacked = pd.concat(frames, ignore_index=True).sort_values(["rank", "file"], kind="stable")
    shown = stacked[stacked["status"] == "ok"]
    twice = shown[shown.groupby(_KEY)["value"].transform("nunique") > 1]
    if len(twice):
        _refuse(readings, twice)
    return stacked.drop_duplicates(_KEY).sort_index()[list(COLUMNS)].reset_index(drop=True)


def _refuse(readings: Sequence[StatisticsReading], twice: pd.DataFrame) -> None:
    last = twice.iloc[-1]
    raise ConflictError(
        f"{len(twice)} figures contradict each other",
        user=f"Le chiffre de {last['indicator']} pour {last['zone']} en {last['period']} a deux "
        "valeurs.",
        remedy="Vérifiez l’année des fichiers, et qu’ils sont tels que publiés.",
        file=str(readings[int(last["file"])].path),
    )
