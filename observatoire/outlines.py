"""Outlines of communes and IRIS: the ground around the QPV, for context on a map.

They are never used to place a point: published files are already generalised.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from observatoire.boundaries.files import GeoFile, open_geofile
from observatoire.boundaries.generalise import simplify
from observatoire.boundaries.perimeters import Refusal
from observatoire.boundaries.places import commune_misplacement
from observatoire.boundaries.repair import polygons
from observatoire.codes import department_of_commune, is_commune, is_iris
from observatoire.crs import WGS84, metric_epsg
from observatoire.errors import CrsError, FileError, NotFoundError
from observatoire.schemas import OUTLINES, validate
from observatoire.sources import Source

KINDS = ("commune", "iris")
PROPERTIES = {"code": "code", "nom": "name"}

_PLURALS = {"commune": "communes", "iris": "IRIS"}
_CODES = {
    "commune": ("code", "insee_com", "code_insee", "codgeo", "com"),
    "iris": ("code_iris", "code", "codgeo", "iris"),
}
_NAMES = {
    "commune": ("nom", "nom_com", "nom_officiel", "libgeo", "lib_com"),
    "iris": ("nom_iris", "nom", "libgeo", "lib_iris"),
}
_HOLDS_SHARE = 0.01  # generalised outlines cross a QPV by a sliver without holding any of it
_NEIGHBOUR_M = 50.0  # generalised neighbours gap by a few metres


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
    code = pd.Series([codes[row] for row in kept], dtype="str")
    frame = gpd.GeoDataFrame(
        {
            "kind": pd.Series(kind, index=code.index, dtype="str"),
            "vintage": pd.Series(year, index=code.index, dtype="str"),
            "code": code,
            "name": file.frame[name_column].iloc[kept].reset_index(drop=True).astype("str"),
            "department": code.map(department_of_commune).astype("str"),
            "tolerance_m": pd.Series(tolerance, index=code.index, dtype="float"),
        },
        geometry=ground.iloc[kept].reset_index(drop=True),
        crs=WGS84,
    )
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


def holders(outlines: gpd.GeoDataFrame, boundaries: gpd.GeoDataFrame) -> set[str]:
    """Return the communes that hold a QPV: at least one per cent of its ground lies there.

    Parameters
    ----------
    outlines
        Communes or IRIS per `schemas.OUTLINES`.
    boundaries
        Perimeters per `schemas.BOUNDARIES`.
    """
    found: set[str] = set()
    for epsg, (zones, areas) in _by_epsg(outlines, boundaries).items():
        ground, around = areas.geometry.to_crs(epsg), zones.geometry.to_crs(epsg)
        left, right = around.sindex.query(ground.values, predicate="intersects")
        for qpv, zone in zip(left, right, strict=True):
            shared = ground.iloc[qpv].intersection(around.iloc[zone]).area
            if shared >= _HOLDS_SHARE * ground.iloc[qpv].area:
                found.add(str(zones["code"].iloc[zone])[:5])
    return found


def around(outlines: gpd.GeoDataFrame, boundaries: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the outlines that give QPV their context, sorted by code.

    Communes: those that hold a QPV and their neighbours. IRIS: those of the communes that hold
    one. Parameters are those of `holders`.

    Raises
    ------
    NotFoundError
        When no outline lies under a QPV.
    """
    holding = holders(outlines, boundaries)
    if not holding:
        raise NotFoundError(
            "no outline holds a QPV",
            user="Aucun de ces contours ne contient de quartier prioritaire.",
            remedy="Donnez les contours du territoire des quartiers.",
        )
    held = outlines["code"].str[:5].isin(holding)
    if outlines["kind"].iloc[0] == "commune":
        for epsg, (zones, _) in _by_epsg(outlines, boundaries).items():
            metric = zones.geometry.to_crs(epsg)
            near = metric.distance(metric[held[zones.index]].union_all()) <= _NEIGHBOUR_M
            held[zones.index] |= near
    return outlines[held].sort_values("code").reset_index(drop=True)


def lighten(outlines: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """Return outlines simplified by `tolerance_m` more metres and rounded to six decimals."""
    epsg = outlines["department"].map(metric_epsg)
    light = [
        simplify(group.geometry, int(str(code)), tolerance_m)
        for code, group in outlines.groupby(epsg)
    ]
    ground = gpd.GeoSeries(pd.concat(light).reindex(outlines.index), crs=WGS84)
    return outlines.set_geometry(ground).assign(tolerance_m=outlines["tolerance_m"] + tolerance_m)


def outline_members(
    reading: OutlineReading, source: Source, frame: gpd.GeoDataFrame, name: str
) -> dict[str, Any]:
    """Return what a file of extracted outlines says of itself, as foreign members."""
    tolerance = float(frame["tolerance_m"].iloc[0])
    added = tolerance - reading.tolerance_m
    return {
        "name": name,
        "title": f"{len(frame)} {_PLURALS[reading.kind]} autour des quartiers prioritaires",
        "kind": reading.kind,
        "vintage": reading.vintage,
        "tolerance_m": tolerance,
        "publisher": source.publisher,
        "licence": source.licence,
        "modified": (
            f"contours choisis autour des quartiers, généralisés de {added:g} m, coordonnées "
            f"arrondies à six décimales ; la source est précise à {reading.tolerance_m:g} m environ"
        ),
        "source": {
            "name": source.name,
            "title": source.title,
            "file": source.file or reading.path.name,
            "sha256": reading.sha256,
            "features": reading.features,
        },
    }


def _by_epsg(
    outlines: gpd.GeoDataFrame, boundaries: gpd.GeoDataFrame
) -> dict[int, tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]]:
    """Group outlines and perimeters by the metric CRS in which they are to be compared."""
    zones = outlines["department"].map(metric_epsg)
    areas = boundaries["department"].map(metric_epsg)
    return {
        int(epsg): (outlines[zones == epsg], boundaries[areas == epsg])
        for epsg in sorted(set(zones) & set(areas))
    }
