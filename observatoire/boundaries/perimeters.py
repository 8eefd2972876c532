"""QPV perimeters: the rows of a published file → the `BOUNDARIES` frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from observatoire.boundaries.files import GeoFile, open_geofile
from observatoire.boundaries.places import misplacement
from observatoire.boundaries.repair import Repair, area_changes, polygons
from observatoire.codes import EDITIONS, is_qpv, qpv_department, qpv_edition, require_edition
from observatoire.crs import WGS84, metric_areas, qpv_metric_epsg
from observatoire.errors import CodeError, CrsError, FileError
from observatoire.schemas import BOUNDARIES, validate

_CODE = ("code_qp",)
_NAME = ("nom_qp", "lib_qp")
_COMMUNE = ("commune_qp", "lib_com")
_SPECK_DEG2 = 1e-10  # about one square metre: no neighbourhood, a slip of drawing
_LARGEST_M2 = 100e6  # the largest published one, in Guyane, has 23 km²


@dataclass(frozen=True)
class Refusal:
    """One refused row: its number (from 1) and why, in French; never what the row says."""

    row: int
    reason: str


@dataclass(frozen=True)
class BoundaryReading:
    """A file of perimeters, read.

    Attributes
    ----------
    frame
        The accepted rows per `schemas.BOUNDARIES`, EPSG:4326, in the order of the file.
    features
        Number of rows in the file: accepted + refused.
    repaired, refused
        What was repaired and what was refused, in the order of the file.
    crs
        `EPSG:…` of the file.
    edition
        Edition that the codes say; None when no code is readable.
    tolerance_m
        Generalisation of the outlines in metres; 0 is full precision.
    path, sha256, fingerprint
        The file, its hash, and the hash of all its parts.
    """

    frame: gpd.GeoDataFrame
    features: int
    repaired: tuple[Repair, ...]
    refused: tuple[Refusal, ...]
    crs: str
    edition: str | None
    tolerance_m: float
    path: Path
    sha256: str
    fingerprint: str


def read_boundaries(
    path: Path,
    edition: str | None = None,
    *,
    layer: str | None = None,
    tolerance_m: float | None = None,
) -> BoundaryReading:
    """Read a file of QPV perimeters.

    Parameters
    ----------
    edition
        The edition the file must be of; by default the one its codes say.
    layer
        Which layer of a GeoPackage or file of a zip.
    tolerance_m
        How far the outlines were generalised, in metres. By default what the file says of
        itself; a file that says nothing is taken as published, at full precision (0).

    Raises
    ------
    FileError
        When the file cannot be read or lacks a column.
    CrsError
        When its CRS is missing, unknown or not a legal one.
    CodeError
        When its codes mix two editions, or are not of the edition asked for.
    """
    file = open_geofile(path, layer=layer)
    columns = _columns(file)
    codes = [_code(value) for value in file.frame[columns["code"]]]
    edition = _edition(codes, edition, file)
    tolerance = _tolerance(file, tolerance_m)
    whole = polygons(file.frame.geometry)
    reasons = _reasons(file, codes, columns["name"], whole)
    accepted = [row for row, reason in enumerate(reasons) if not reason]
    frame, repaired = _build(file, columns, codes, whole, accepted)
    refused = [Refusal(row + 1, reason) for row, reason in enumerate(reasons) if reason]
    frame.insert(0, "edition", edition)
    frame["tolerance_m"] = tolerance
    validate(frame, BOUNDARIES)
    return BoundaryReading(
        frame=frame,
        features=len(file.frame),
        repaired=repaired,
        refused=tuple(refused),
        crs=f"EPSG:{file.epsg}",
        edition=edition,
        tolerance_m=tolerance,
        path=path,
        sha256=file.sha256,
        fingerprint=file.fingerprint,
    )


def require_accepted(
    reading: BoundaryReading,
    remedy: str = "Rien n’a été importé ; « observatoire contours check » donne la liste.",
) -> None:
    """Raise `FileError` on the first refused row, saying how many there are."""
    if not reading.refused:
        return
    first, count = reading.refused[0], len(reading.refused)
    others = f" ({count} lignes refusées)" if count > 1 else ""
    raise FileError(
        f"{count} of {reading.features} rows refused",
        user=f"{first.reason[:1].upper()}{first.reason[1:]}{others}.",
        remedy=remedy,
        file=str(reading.path),
        row=first.row,
    )


def _columns(file: GeoFile) -> dict[str, str]:
    found: dict[str, str] = {}
    for meaning, names in (("code", _CODE), ("name", _NAME), ("commune", _COMMUNE)):
        present = [name for name in names if name in file.frame.columns]
        if present:
            found[meaning] = present[0]
        elif meaning != "commune":
            raise FileError(
                f"no column among {names}",
                user="Une colonne attendue manque.",
                remedy="Il faut CODE_QP et NOM_QP (2015) ou code_qp et lib_qp (2024).",
                file=str(file.path),
                column=" ou ".join(names),
            )
    return found


def _code(value: object) -> str:
    """Return a code as written, without the spaces around; a number is not a code."""
    return value.strip() if isinstance(value, str) else ""


def _edition(codes: list[str], asked: str | None, file: GeoFile) -> str | None:
    """Return the edition the codes say; refuse a mixture and what was not asked for."""
    found = {qpv_edition(code) for code in codes if is_qpv(code)}
    wanted = {require_edition(asked)} if asked else set()
    stated = str(file.members.get("edition"))
    if stated in EDITIONS:
        wanted.add(stated)
    if len(found | wanted) > 1:
        mixed = len(found) > 1
        raise CodeError(
            f"codes of edition {sorted(found)}, expected {sorted(wanted) or 'one edition'}",
            user=(
                "Le fichier mélange des codes de deux géographies."
                if mixed
                else f"Les codes du fichier sont ceux de la géographie {', '.join(found)}."
            ),
            remedy=(
                "Séparez les codes QP… (2015) et QN… (2024) en deux fichiers."
                if mixed
                else "Retirez --edition, ou donnez le fichier de l’édition voulue."
            ),
            file=str(file.path),
        )
    return next(iter(found), None) or asked


def _tolerance(file: GeoFile, given: float | None) -> float:
    """Return how far outlines are generalised, from the option or from the file itself."""
    value = file.members.get("tolerance_m", 0) if given is None else given
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1000:
        return float(value)
    raise FileError(
        "the tolerance is not a number of metres between 0 and 1000",
        user="La tolérance n’est pas un nombre de mètres.",
        remedy="Donnez --tolerance entre 0 (pleine précision) et 1000.",
        file=str(file.path),
        column="tolerance_m",
    )


def _reasons(file: GeoFile, codes: list[str], name_column: str, whole: gpd.GeoSeries) -> list[str]:
    """Return for each row why it is refused, empty when it is not."""
    names, published = file.frame[name_column], file.frame.geometry
    seen: dict[str, int] = {}
    reasons = []
    for row, code in enumerate(codes):
        reason = (
            _row_reason(code, names.iloc[row])
            or _ground_reason(code, published.iloc[row], whole.iloc[row])
            or _size_reason(code, whole.iloc[[row]])
        )
        if not reason and code in seen:
            reason = f"le code {code} est déjà à la ligne {seen[code]}"
        if not reason:
            seen[code] = row + 1
        reasons.append(reason)
    return reasons


def _row_reason(code: str, name: object) -> str:
    if not is_qpv(code):
        return "le code n’est pas un code de quartier prioritaire (QP042001 ou QN04201M)"
    try:
        qpv_metric_epsg(code)
    except CrsError:
        return "aucun système de coordonnées légal n’est connu pour ce territoire"
    if not isinstance(name, str) or not name.strip():
        return "le nom du quartier manque"
    return ""


def _ground_reason(code: str, published: Any, whole: Any) -> str:
    """Return why a perimeter is refused: `published` as read, `whole` repaired in WGS 84."""
    if published is None or published.is_empty:
        return "le périmètre est vide ou illisible"
    if published.geom_type not in ("Polygon", "MultiPolygon"):
        return "la géométrie n’est pas un polygone"
    if whole is not None and (reason := misplacement(qpv_department(code), whole.bounds)):
        return reason
    return "le périmètre n’a pas de surface" if whole is None or whole.area < _SPECK_DEG2 else ""


def _size_reason(code: str, ground: gpd.GeoSeries) -> str:
    """Return why a perimeter is too large for a neighbourhood, empty when it is not."""
    west, south, east, north = ground.total_bounds
    if max(east - west, north - south) < 0.1:  # at most 11 km each way: no need to measure
        return ""
    department = pd.Series(qpv_department(code), index=ground.index)
    area = float(metric_areas(ground, department).iloc[0])
    if area <= _LARGEST_M2:
        return ""
    return f"le périmètre a {area / 1e6:.0f} km² : ce n’est pas celui d’un quartier"


def _build(
    file: GeoFile,
    columns: dict[str, str],
    codes: list[str],
    whole: gpd.GeoSeries,
    accepted: list[int],
) -> tuple[gpd.GeoDataFrame, tuple[Repair, ...]]:
    """Build the frame of the accepted rows, and say which were repaired and by how much."""
    rows = file.frame.iloc[accepted].reset_index(drop=True)
    ground = whole.iloc[accepted].reset_index(drop=True)
    code = pd.Series([codes[row] for row in accepted], dtype="str")
    department = code.map(qpv_department).astype("str")
    changed = ~(rows.geometry.is_valid & rows.geometry.to_crs(WGS84).is_valid)
    change = area_changes(rows.geometry, ground, department)
    commune = rows[columns["commune"]] if "commune" in columns else pd.Series(pd.NA, rows.index)
    frame = gpd.GeoDataFrame(
        {
            "code": code,
            "name": rows[columns["name"]].astype("str").str.strip(),
            "commune": commune.astype("str").str.strip(),
            "department": department,
            "area_m2": metric_areas(ground, department),
        },
        geometry=ground,
        crs=WGS84,
    )
    repaired = tuple(
        Repair(code[row], round(float(change[row]), 3)) for row in frame.index[changed]
    )
    return frame, repaired
