"""What a reader loads: outlines, a table, dwellings. Kept in their own session alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from observatoire.errors import ObservatoireError
from observatoire.labels import read_words
from observatoire.superposition import AreaFigures, Outlines, Overlays, Places, Table
from observatoire.views import shell
from observatoire.views.doors import Doors
from observatoire.views.markup import words
from observatoire.views.superposer.layers import Shown

COUNT, RATE, OTHER = "count", "rate", "other"
_GEO = ["geojson", "json", "gpkg", "zip"]
_TABLES = ["csv", "txt"]
_IMPUTED = "i_est_200"
_KEYS = ("code", "code_iris", "iris", "codgeo", "insee_com", "com", "idcar_200m", "dcomiris")
_NUMBERS = ("id", "fid", "gid", "objectid")
_PER = 100.0
_NAMES = ("nom", "name", "libelle", "nom_iris", "nom_com", "libgeo")


def choose(doors: Doors) -> Shown | None:
    """Show what loads areas and figures; return them once they are chosen."""
    labels = read_words("superposer")
    overlays = doors.overlays
    if overlays is None:
        return None
    with st.container(key="fichiers"):
        st.html(words("p", labels("note.loaded"), of="facts"))
        outlines = _outlines(overlays, "outlines", [*_GEO, *_TABLES], "contours_charges")
        if outlines is None:
            st.html(words("p", labels("file.hint"), of="quiet"))
            return None
        table = _table(overlays)
        try:
            return _chosen(outlines, table)
        except ObservatoireError as error:
            shell.note(f"{error.user} {error.remedy}", look="wrong")
            return None


def choose_places(doors: Doors) -> Places | None:
    """Show what loads dwellings; return them with what each weighs."""
    labels = read_words("superposer")
    if doors.overlays is None:
        return None
    with st.container(key="fichiers_logements"):
        found = _outlines(doors.overlays, "places", _GEO, "logements_charges")
        if found is None:
            return None
        names = numeric_columns(found.frame)
        mass = st.selectbox(
            labels("file.mass"),
            ["", *names],
            format_func=lambda name: name or labels("file.one_each"),
            key="logements_colonne",
            filter_mode=None,
        )
    ground = found.frame.geometry
    masses = numbers(found.frame[mass]) if mass else pd.Series(1.0, index=ground.index)
    return Places(ground, masses)


def numeric_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns that hold a number in most of their rows."""
    plain = (
        pd.DataFrame(frame.drop(columns=frame.geometry.name))
        if isinstance(frame, gpd.GeoDataFrame)
        else frame
    )
    return [str(name) for name in plain.columns if numbers(plain[name]).notna().mean() > 0.5]


def numbers(column: pd.Series) -> pd.Series:
    """Return numbers as they are written in France or elsewhere; anything else is missing."""
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("float64")
    bare = column.astype("str").str.replace("[\\s\u00a0\u202f]", "", regex=True)
    return pd.to_numeric(bare.str.replace(",", ".", regex=False), errors="coerce").astype("float64")


def keys_first(names: Sequence[str]) -> list[str]:
    """Return columns with those that usually hold a code in front."""
    return sorted(names, key=lambda name: (name.lower() not in _KEYS, name.lower() in _NUMBERS))


def _outlines(overlays: Overlays, label: str, kinds: list[str], key: str) -> Outlines | None:
    found: Outlines | None = _read(overlays.read_outlines, label, kinds, key)
    return found


def _table(overlays: Overlays) -> Table | None:
    found: Table | None = _read(overlays.read_table, "table", _TABLES, "tableau_charge")
    return found


def _read(read: Any, label: str, kinds: list[str], key: str) -> Any:
    """Show where to drop a file and return what it holds, read once for as long as it is there."""
    file = st.file_uploader(read_words("superposer")(f"file.{label}"), type=kinds, key=key)
    if file is None:
        st.session_state.pop(f"{key}_lu", None)
        return None
    known = st.session_state.get(f"{key}_lu")
    if known is None or known[0] != file.file_id:
        try:
            known = (file.file_id, read(file.name, file.getvalue()))
        except ObservatoireError as error:
            shell.note(f"{error.user} {error.remedy}", file.name, "wrong")
            return None
        st.session_state[f"{key}_lu"] = known
    return known[1]


@dataclass(frozen=True)
class Columns:
    """What the columns of a loaded file mean.

    Attributes
    ----------
    key, table_key
        Code of the areas, with the outlines and with the figures.
    value, denominator
        The figure, and what it is a rate of; no denominator for a count.
    nature
        `count`, `rate` or `other`.
    """

    key: str
    table_key: str
    value: str
    denominator: str
    nature: str


def _chosen(outlines: Outlines, table: Table | None) -> Shown | None:
    """Ask what the columns mean, and return the areas with their figures."""
    labels = read_words("superposer")
    frame = outlines.frame
    texts = keys_first([str(name) for name in frame.columns if name != frame.geometry.name])
    areas = labels.count("file.areas", len(frame))
    st.html(words("p", labels("file.read", name=outlines.name, areas=areas), of="facts"))
    holder = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    if table is not None:
        holder = pd.DataFrame(dict(table.columns))
    with st.container(key="colonnes", horizontal=True, vertical_alignment="bottom"):
        key = _pick("key", texts, "colonne_code")
        named = keys_first([str(name) for name in holder.columns])
        table_key = _pick("table_key", named, "colonne_code_tableau") if table else key
        figures = keys_first(numeric_columns(holder.drop(columns=[table_key], errors="ignore")))
        nature = st.selectbox(
            labels("file.nature"),
            [COUNT, RATE, OTHER],
            format_func=lambda one: labels(f"file.natures.{one}"),
            key="nature_du_chiffre",
            filter_mode=None,
        )
        value = _pick("value", figures, "colonne_chiffre")
        below = _pick("denominator", figures, "colonne_denominateur") if nature == RATE else ""
    if not (key and value):
        return None
    return made(outlines, holder, Columns(key, table_key, value, below, nature))


def _pick(label: str, names: Sequence[str], key: str) -> str:
    chosen = st.selectbox(
        read_words("superposer")(f"file.{label}"),
        list(names),
        key=key,
        placeholder=read_words("superposer")("choice.pick"),
        filter_mode=None,
    )
    return chosen or ""


def made(outlines: Outlines, holder: pd.DataFrame, meant: Columns) -> Shown:
    """Return the areas of a loaded file with one of its variables.

    An area that the table does not name, or whose figure is not a number, is missing, never zero.
    A key that is there twice is left to whoever computes, who refuses it with its rows.
    """
    keys = [str(one).strip() for one in outlines.frame[meant.key]]
    named = outlines.frame.assign(name=_names(outlines.frame, keys)).set_index(pd.Index(keys))
    codes = [str(one).strip() for one in holder[meant.table_key]]
    top = _by_key(holder[meant.value], codes, keys)
    below = _by_key(holder[meant.denominator], codes, keys) if meant.denominator else None
    shown = top if below is None else _PER * top / below.where(below > 0)
    statuses = shown.notna().map({True: "ok", False: "missing"})
    figures = _figures(holder, meant, (codes, keys), top, below)
    is_rate = meant.nature == RATE
    return Shown(
        label=meant.value,
        unit="%" if is_rate else "",
        decimals=1 if is_rate else _digits(shown),
        period="",
        source=outlines.name,
        areas=gpd.GeoDataFrame(named[["name", named.geometry.name]]),
        cells=pd.DataFrame({"value": shown, "status": statuses}),
        is_count=meant.nature == COUNT,
        figures=figures,
        refusal="" if figures is not None else "drawing",
        loaded=f"{id(outlines)} {id(holder) if meant.table_key != meant.key else 0} {meant}",
    )


def _figures(
    holder: pd.DataFrame,
    meant: Columns,
    names: tuple[Sequence[str], Sequence[str]],
    top: pd.Series,
    below: pd.Series | None,
) -> AreaFigures | None:
    """Return what may be carried; None for what is only drawn."""
    if meant.nature == COUNT:
        imputed = _by_key(holder[_IMPUTED], *names) if _IMPUTED in holder else None
        return AreaFigures("count", top, imputed=imputed)
    if meant.nature == RATE and below is not None:
        return AreaFigures("rate", top, below, per=_PER)
    return None


def _by_key(column: pd.Series, codes: Sequence[str], keys: Sequence[str]) -> pd.Series:
    found = pd.Series(numbers(column).to_numpy(), index=pd.Index(codes))
    once = found[~found.index.duplicated(keep=False)]
    return pd.Series(once.reindex(pd.Index(keys)).to_numpy(), index=pd.Index(keys))


def _names(frame: gpd.GeoDataFrame, keys: Sequence[str]) -> list[str]:
    named = next(
        (
            name
            for name in frame.columns
            if str(name).lower() in ("nom", "name", "libelle", "nom_iris", "nom_com")
        ),
        None,
    )
    return [str(one) for one in frame[named]] if named else list(keys)


def _digits(values: pd.Series) -> int:
    known = values.dropna()
    return 0 if (known == known.round()).all() else 1
