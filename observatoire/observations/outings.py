"""A file of outings → a validated frame: the effort that observations are counted against."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from observatoire import schemas
from observatoire.codes import is_qpv, qpv_edition
from observatoire.errors import FileError
from observatoire.observations.nominative import plain
from observatoire.observations.points import Floats, parse_numbers
from observatoire.observations.quarantine import Sieve
from observatoire.observations.reading import (
    Reading,
    clean_outings,
    open_checked,
    read_wanted,
    refuse_if_nothing_left,
    says_fictitious,
    sift_dates,
    unusable_outings,
)
from observatoire.sources import file_sha256

# Headers understood for each column, compared without accents, case or separators.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "outing": ("outing", "sortie", "id sortie", "sortie id", "numero sortie", "num sortie"),
    "date": ("date", "date sortie", "jour"),
    "slot": ("slot", "creneau", "moment"),
    "qpv": ("qpv", "code qpv", "code qp", "qp"),
    "duration_min": ("duration min", "duree min", "duree minutes", "duree"),
    "workers": ("workers", "intervenants", "nb intervenants", "nombre intervenants"),
    "nothing_to_report": ("nothing to report", "rien a signaler", "ras"),
}
REQUIRED = ("outing", "date", "qpv")
SLOTS: dict[str, str] = {
    "matin": "matin",
    "matinee": "matin",
    "apm": "apm",
    "apres midi": "apm",
    "aprem": "apm",
    "soir": "soir",
    "soiree": "soir",
    "nuit": "nuit",
    "we": "we",
    "week end": "we",
    "weekend": "we",
}
_YES_NO = {
    "oui": True, "yes": True, "true": True, "vrai": True, "1": True, "1.0": True, "x": True,
    "non": False, "no": False, "false": False, "faux": False, "0": False, "0.0": False, "": False,
}  # fmt: skip
# The most that is possible, and why a row with another amount is set aside.
_AMOUNTS = {
    "duration_min": (24 * 60, "unreadable duration"),
    "workers": (100, "unreadable workers"),
}


def read_outings(path: Path, *, today: date, sep: str | None = None) -> Reading:
    """Read a CSV or Parquet file of outings, with English or French headers (`SYNONYMS`).

    An empty « rien à signaler » is a no; an empty slot, duration or number of workers stays
    missing. A second row for the same outing, QPV and day is set aside: it is the same effort.

    Raises
    ------
    NominativeError
        When a column looks nominative.
    FileError
        When a required column is missing or every row is set aside.
    """
    source = open_checked(path, sep)
    found = _find_columns(source.headers, path.name)
    rows = read_wanted(source, list(found.values()), path.name)
    table = rows.frame.rename(columns={header: name for name, header in found.items()})
    sieve = Sieve(table.index)
    frame = _frame(table, found, sieve, today)
    kept = frame[sieve.kept].reset_index(drop=True)
    quarantine = sieve.quarantine(rows.broken)
    refuse_if_nothing_left(kept, quarantine, path.name)
    kept["nothing_to_report"] = kept["nothing_to_report"].astype(bool)
    schemas.validate(kept, schemas.OUTINGS)
    return Reading(
        path.name, file_sha256(path), kept, quarantine, says_fictitious(source, path.name)
    )


def _find_columns(headers: tuple[str, ...], file: str) -> dict[str, str]:
    by_name = {plain(header): header for header in reversed(headers)}
    found = {
        name: next(by_name[word] for word in words if word in by_name)
        for name, words in SYNONYMS.items()
        if any(word in by_name for word in words)
    }
    for name in REQUIRED:
        if name not in found:
            known = ", ".join(header for header in headers if header)
            raise FileError(
                f"no column for {name!r}",
                user=f"La colonne « {SYNONYMS[name][1].replace(' ', '_')} » manque.",
                remedy=f"Colonnes du fichier : {known}.",
                file=file,
                column=name,
            )
    return found


def _frame(table: pd.DataFrame, headers: dict[str, str], sieve: Sieve, today: date) -> pd.DataFrame:
    outings = clean_outings(table["outing"])
    bad = outings.isna().to_numpy() | unusable_outings(outings)
    sieve.refuse(bad, "unreadable outing", headers["outing"])
    dates = sift_dates(table["date"].rename(headers["date"]), sieve, today)
    sieve.refuse(dates["precision"] == "month", "month without a day", headers["date"])
    qpv = table["qpv"].astype("str").str.strip().str.upper()
    known = qpv.map({code: is_qpv(code) for code in qpv.dropna().unique()}).eq(True)
    sieve.refuse(~known, "not a QPV code", headers["qpv"])
    editions = {code: qpv_edition(code) for code in qpv[known].unique()}
    frame = pd.DataFrame(
        {
            "row": table.index.to_numpy(),
            "outing": outings,
            "date": dates["date"],
            "slot": _slots(table, headers, sieve),
            "qpv": qpv,
            "edition": qpv.map(editions).astype("str"),
            "duration_min": _amounts(table, headers, sieve, name="duration_min"),
            "workers": _amounts(table, headers, sieve, name="workers"),
            "nothing_to_report": _yes_or_no(table, headers, sieve),
        }
    )
    kept = frame[sieve.kept]
    again = kept.index[kept.duplicated(["outing", "date", "qpv"])]
    sieve.refuse(frame.index.isin(again), "repeated outing", headers["outing"])
    return frame


def _slots(table: pd.DataFrame, headers: dict[str, str], sieve: Sieve) -> pd.Series:
    if "slot" not in table:
        return pd.Series(pd.NA, index=table.index, dtype="str")
    said = table["slot"].astype("str").fillna("")
    words = said.map({text: plain(text) for text in said.unique()})
    slots = words.map(SLOTS)
    sieve.refuse(slots.isna() & (words != ""), "unknown slot", headers["slot"])
    return slots.astype("str")


def _amounts(table: pd.DataFrame, headers: dict[str, str], sieve: Sieve, *, name: str) -> Floats:
    """Return positive amounts up to what is possible; empty cells stay missing."""
    most, reason = _AMOUNTS[name]
    if name not in table:
        return np.full(len(table), np.nan)
    text = table[name].astype("str").str.strip()
    empty = (text.isna() | (text == "")).to_numpy(dtype=bool)
    values = parse_numbers(table[name])
    sieve.refuse(~empty & ~((values > 0) & (values <= most)), reason, headers[name])
    return values


def _yes_or_no(table: pd.DataFrame, headers: dict[str, str], sieve: Sieve) -> pd.Series:
    if "nothing_to_report" not in table:
        return pd.Series(False, index=table.index, dtype=object)
    said = table["nothing_to_report"].astype("str").fillna("").str.strip().str.lower()
    answers = said.map(_YES_NO).astype(object)
    sieve.refuse(answers.isna(), "unreadable yes or no", headers["nothing_to_report"])
    return answers
