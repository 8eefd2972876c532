"""Read a file of outlines → the `OUTLINES` frame, with what was refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from observatoire.boundaries.files import GeoFile, open_geofile
from observatoire.boundaries.perimeters import Refusal
from observatoire.boundaries.places import commune_misplacement
from observatoire.boundaries.repair import polygons
from observatoire.codes import department_of_commune, is_commune, is_iris
from observatoire.crs import WGS84, metric_epsg
from observatoire.errors import CrsError, FileError
from observatoire.schemas import OUTLINES, validate

KINDS = ("commune", "iris")
_CODES = {
    "commune": ("code", "insee_com", "code_insee", "codgeo", "com"),
    "iris": ("code_iris", "code", "codgeo", "iris"),
}
_NAMES = {
    "commune": ("nom", "nom_com", "nom_officiel", "libgeo", "lib_com"),
    "iris": ("nom_iris", "nom", "libgeo", "lib_iris"),
}
# Of communes: « 42350 La Talaudière », where the name may have lost its article.
_ADDRESS = "mairie_adresse"
_ARTICLE = re.compile(r"\b\d{5} ((?:Le|La|Les) |L['’])$")


@dataclass(frozen=True)
class OutlineReading:
    """A file of outlines, read: `frame` per `schemas.OUTLINES`, EPSG:4326, in file order.

    The other attributes are those of `boundaries.BoundaryReading`.
    """

    frame: gpd.GeoDataFrame
    features: int
    refused: tuple[Refusal, ...]
    crs: str
    kind: str
    vintage: str
    tolerance_m: float
    path: Path
    sha256: str
    fingerprint: str


def read_outlines(
    path: Path,
    kind: str,
    *,
    vintage: str | None = None,
    tolerance_m: float | None = None,
    layer: str | None = None,
) -> OutlineReading:
    """Read a file of outlines.

    Parameters
    ----------
    kind
        `commune` or `iris`.
    vintage
        Year of the geography; by default what the file says of itself.
    tolerance_m
        How far the outlines are from the ground, in metres; by default what the file says.
    layer
        Which layer of a GeoPackage or file of a zip.

    Raises
    ------
    FileError, CrsError
        When the file cannot be read, lacks a column, or does not say its vintage or tolerance
        while no option does.
    """
    file = open_geofile(path, layer=layer)
    code_column = _column(file, kind, _CODES[_kind(kind, file)])
    name_column = _column(file, kind, _NAMES[kind])
    year, tolerance = _vintage(file, vintage), _tolerance(file, tolerance_m)
    codes = [value.strip() if isinstance(value, str) else "" for value in file.frame[code_column]]
    ground = polygons(file.frame.geometry)
    reasons = _reasons(kind, codes, ground)
    kept = [row for row, reason in enumerate(reasons) if not reason]
    frame = _frame(file, name_column, codes, ground, kept).assign(tolerance_m=tolerance)
    frame.insert(0, "kind", pd.Series(kind, index=frame.index, dtype="str"))
    frame.insert(1, "vintage", pd.Series(year, index=frame.index, dtype="str"))
    validate(frame, OUTLINES)
    return OutlineReading(
        frame=frame,
        features=len(file.frame),
        refused=tuple(Refusal(row + 1, reason) for row, reason in enumerate(reasons) if reason),
        crs=f"EPSG:{file.epsg}",
        kind=kind,
        vintage=year,
        tolerance_m=tolerance,
        path=path,
        sha256=file.sha256,
        fingerprint=file.fingerprint,
    )


def _frame(
    file: GeoFile, name_column: str, codes: list[str], ground: gpd.GeoSeries, kept: list[int]
) -> gpd.GeoDataFrame:
    code = pd.Series([codes[row] for row in kept], dtype="str")
    return gpd.GeoDataFrame(
        {
            "code": code,
            "name": _names(file, name_column).iloc[kept].reset_index(drop=True).astype("str"),
            "department": code.map(department_of_commune).astype("str"),
        },
        geometry=ground.iloc[kept].reset_index(drop=True),
        crs=WGS84,
    )


def _names(file: GeoFile, column: str) -> pd.Series:
    """Return the names, with the article that only the town hall's address still has."""
    names: pd.Series = file.frame[column]
    if _ADDRESS not in file.frame.columns:
        return names
    pairs = zip(names, file.frame[_ADDRESS], strict=True)
    return pd.Series([_with_article(name, address) for name, address in pairs], names.index)


def _with_article(name: Any, address: Any) -> Any:
    if not (isinstance(name, str) and name and isinstance(address, str)):
        return name
    lost = _ARTICLE.search(address.removesuffix(name)) if address.endswith(name) else None
    return f"{lost[1]}{name}" if lost else name


def _kind(kind: str, file: GeoFile) -> str:
    stated = str(file.members.get("kind", kind))
    if kind in KINDS and stated == kind:
        return kind
    raise FileError(
        f"outlines of kind {stated!r}, asked for {kind!r}",
        user=f"Ce ne sont pas des contours de type « {kind} ».",
        remedy=f"Types connus : {', '.join(KINDS)}.",
        file=str(file.path),
    )


def _column(file: GeoFile, kind: str, names: tuple[str, ...]) -> str:
    for name in names:
        if name in file.frame.columns:
            return name
    raise FileError(
        f"no column among {names} for {kind}",
        user="Une colonne attendue manque.",
        remedy="Donnez le fichier tel que son éditeur le publie.",
        file=str(file.path),
        column=" ou ".join(names),
    )


def _vintage(file: GeoFile, given: str | None) -> str:
    value = str(given or file.members.get("vintage") or "")
    if value.isdigit() and len(value) == 4:
        return value
    raise FileError(
        "the file does not say the year of its geography",
        user="Le fichier ne dit pas l’année de sa géographie.",
        remedy="Donnez --vintage, par exemple --vintage 2020.",
        file=str(file.path),
    )


def _tolerance(file: GeoFile, given: float | None) -> float:
    value: Any = file.members.get("tolerance_m") if given is None else given
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 5000:
        return float(value)
    raise FileError(
        "the file does not say how precise its outlines are",
        user="Le fichier ne dit pas à quelle précision ses contours sont tracés.",
        remedy="Donnez --tolerance en mètres, par exemple --tolerance 13.",
        file=str(file.path),
    )


def _reasons(kind: str, codes: list[str], ground: gpd.GeoSeries) -> list[str]:
    seen: dict[str, int] = {}
    reasons = []
    for row, code in enumerate(codes):
        reason = _reason(kind, code, ground.iloc[row])
        if not reason and code in seen:
            reason = f"le code {code} est déjà à la ligne {seen[code]}"
        if not reason:
            seen[code] = row + 1
        reasons.append(reason)
    return reasons


def _reason(kind: str, code: str, ground: Any) -> str:
    if not (is_commune(code) if kind == "commune" else is_iris(code)):
        return f"le code n’est pas un code de type « {kind} »"
    try:
        metric_epsg(department_of_commune(code))
    except CrsError:
        return "aucun système de coordonnées légal n’est connu pour ce territoire"
    if ground is None or ground.area == 0:
        return "le contour est vide, illisible ou n’est pas un polygone"
    return commune_misplacement(code, ground.bounds)
