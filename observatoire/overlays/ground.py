"""Outlines brought together: checked row by row, repaired, in one legal metric system."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from observatoire.boundaries.repair import repair
from observatoire.codes import is_qpv
from observatoire.crosswalk import (
    Weights,
    area_weights,
    dasymetric_weights,
    overlaps,
    require_disjoint,
    require_unique,
)
from observatoire.crosswalk.checks import named_rows
from observatoire.crs import KNOWN_METRIC, WGS84, canonical_epsg, qpv_metric_epsg
from observatoire.errors import CrsError, NotFoundError, SchemaError
from observatoire.overlays.result import RepairedArea

_SLIVER_SHARE = 1e-6


@dataclass(frozen=True)
class Ground:
    """Sources and targets of one territory, in its legal metric system.

    Attributes
    ----------
    epsg
        The system.
    sources, targets
        Valid polygons by key: the targets, and the sources that may touch them.
    weights, dasymetric
        By ground; by mass, when places were given.
    repairs, source_overlaps, target_overlaps
        What was repaired; pairs that share ground, within what is let pass for sources.
    """

    epsg: int
    sources: gpd.GeoSeries
    targets: gpd.GeoSeries
    weights: Weights
    dasymetric: Weights | None
    repairs: tuple[RepairedArea, ...]
    source_overlaps: pd.DataFrame
    target_overlaps: pd.DataFrame


def check_outlines(outlines: gpd.GeoSeries, what: str) -> gpd.GeoSeries:
    """Return outlines with the CRS their definition stands for, once every row is sound.

    Parameters
    ----------
    what
        French, for the message: « sources », « cibles ».

    Raises
    ------
    SchemaError
        On a key that is empty or stands twice, on a row that is no polygon.
    CrsError
        Without a CRS, or on rows whose coordinates are not in the system of the others.
    """
    epsg = canonical_epsg(outlines.crs)
    require_unique(outlines.index, what)
    ground = outlines.to_numpy()
    _refuse(
        outlines.index,
        ~np.isin(shapely.get_type_id(ground), (3, 6)) | shapely.is_empty(ground),
        f"Des contours ({what}) sont vides ou ne sont pas des polygones",
        "Donnez un polygone pour chaque zone.",
    )
    _require_one_system(outlines, epsg, what)
    return outlines.set_crs(epsg, allow_override=True)


def grounds(
    sources: gpd.GeoSeries, targets: gpd.GeoSeries, places: gpd.GeoDataFrame | None = None
) -> list[Ground]:
    """Return sources and targets by territory, each in its own legal metric system.

    Parameters
    ----------
    sources, targets
        From `check_outlines`, each in its own system.
    places
        What stands on the ground, with a column `weight`; any system.

    Raises
    ------
    NotFoundError
        When no source touches a target.
    SchemaError, CrsError
        When sources overlap, or no legal system is known for a target.
    """
    systems = _systems(targets)
    made = []
    for epsg in sorted(set(systems)):
        made.append(_ground(epsg, sources, targets[(systems == epsg).to_numpy()], places))
    if all(ground.weights.pairs.empty for ground in made):
        raise NotFoundError(
            "no source touches a target",
            user="Aucune source ne touche une cible.",
            remedy="Vérifiez que les deux fichiers couvrent le même territoire, et le système de "
            "coordonnées qu’ils déclarent.",
        )
    return made


def _ground(
    epsg: int, sources: gpd.GeoSeries, targets: gpd.GeoSeries, places: gpd.GeoDataFrame | None
) -> Ground:
    wanted, mended_targets = _mended(targets, epsg, "cible")
    near = _near(sources, targets)
    close, mended_sources = _mended(sources.iloc[near], epsg, "source")
    found = overlaps(close)
    rows = near + 1
    found = found.assign(
        left_row=rows[found["left_row"].to_numpy(dtype=int) - 1],
        right_row=rows[found["right_row"].to_numpy(dtype=int) - 1],
    )
    require_disjoint(found)
    weights = area_weights(close, wanted)
    by_mass = None
    if places is not None:
        here = places.to_crs(epsg)
        by_mass = dasymetric_weights(weights, close, wanted, here.geometry, here["weight"])
    return Ground(
        epsg=epsg,
        sources=close,
        targets=wanted,
        weights=weights,
        dasymetric=by_mass,
        repairs=(*mended_sources, *mended_targets),
        source_overlaps=found[found["share"] > _SLIVER_SHARE],
        target_overlaps=_shared_targets(wanted),
    )


def _shared_targets(targets: gpd.GeoSeries) -> pd.DataFrame:
    found = overlaps(targets)
    return found[found["share"] > _SLIVER_SHARE]


def _near(sources: gpd.GeoSeries, targets: gpd.GeoSeries) -> np.ndarray:
    """Return positions, in order, of the sources near a target, and of what is near these."""
    tree = shapely.STRtree(sources.to_numpy())
    _, first = tree.query(targets.to_crs(sources.crs).envelope.to_numpy())
    touching = np.unique(first)
    if not len(touching):
        return touching
    _, around = tree.query(shapely.envelope(sources.to_numpy()[touching]))
    return np.unique(np.concatenate([touching, around]))


def _mended(
    outlines: gpd.GeoSeries, epsg: int, what: str
) -> tuple[gpd.GeoSeries, list[RepairedArea]]:
    """Return outlines in a metric system, valid, and what was repaired with its change of area."""
    before = outlines.to_crs(epsg) if outlines.crs.to_epsg() != epsg else outlines
    invalid = ~outlines.is_valid | ~before.is_valid
    if not invalid.any():
        return before, []
    after = repair(before)
    changes = (after.area - before.area)[invalid]
    lost = after.isna() | ~(after.area > 0)
    _refuse(
        outlines.index,
        lost.to_numpy(),
        "Des contours n’ont plus de surface une fois réparés",
        "Corrigez-les.",
    )
    return after, [RepairedArea(what, str(key), float(m2)) for key, m2 in changes.items()]


def _systems(targets: gpd.GeoSeries) -> pd.Series:
    """Return the EPSG code of the legal metric system of each target.

    A QPV code tells it; for other areas, the file's own system when it is a legal one, else the one
    in whose territory they lie.
    """
    declared = int(targets.crs.to_epsg())
    where = None
    systems = []
    for position, key in enumerate(targets.index):
        if is_qpv(str(key)):
            systems.append(qpv_metric_epsg(str(key)))
        elif declared in KNOWN_METRIC:
            systems.append(declared)
        else:
            if where is None:
                where = shapely.get_coordinates(
                    shapely.point_on_surface(targets.to_crs(WGS84).make_valid().to_numpy())
                )
            systems.append(_system_at(*where[position]))
    return pd.Series(systems, index=targets.index, dtype=int)


def _system_at(lon: float, lat: float) -> int:
    for epsg in sorted(KNOWN_METRIC):
        west, south, east, north = _territory(epsg)
        if west <= lon <= east and south <= lat <= north:
            return epsg
    raise CrsError(
        "no legal metric CRS known for a target",
        user="Aucun système de coordonnées légal n’est connu pour le territoire d’une cible.",
        remedy="Vérifiez les coordonnées du fichier ; ce territoire n’est pas pris en charge.",
    )


def _territory(epsg: int) -> tuple[float, float, float, float]:
    area = CRS.from_epsg(epsg).area_of_use
    assert area is not None, "every legal system says where it is used"
    return area.bounds


def _require_one_system(outlines: gpd.GeoSeries, epsg: int, what: str) -> None:
    """Refuse rows whose coordinates cannot be of the declared system while others are."""
    bounds = outlines.bounds.to_numpy()
    if CRS.from_epsg(epsg).is_geographic:
        wrong = (np.abs(bounds[:, [0, 2]]) > 180.0).any(axis=1)
        wrong |= (np.abs(bounds[:, [1, 3]]) > 90.0).any(axis=1)
    else:
        degrees = (np.abs(bounds) <= 180.0).all(axis=1)
        wrong = degrees if (np.abs(bounds).max(axis=1) > 10_000.0).any() else ~np.isfinite(degrees)
    wrong |= ~np.isfinite(bounds).all(axis=1)
    if wrong.any():
        rows = [int(row) + 1 for row in np.flatnonzero(wrong)]
        names = [outlines.index[row - 1] for row in rows]
        raise CrsError(
            f"{len(rows)} rows are not in EPSG:{epsg}",
            user=f"Des contours ({what}) n’ont pas les coordonnées du système déclaré, "
            f"EPSG:{epsg} : {named_rows(names, rows)}.",
            remedy="Le fichier mélange deux systèmes, ou en déclare un autre que le sien : "
            "reprojetez-le.",
            row=rows[0],
        )


def _refuse(keys: pd.Index, wrong: np.ndarray, what: str, remedy: str) -> None:
    if wrong.any():
        rows = [int(row) + 1 for row in np.flatnonzero(wrong)]
        names = [keys[row - 1] for row in rows]
        raise SchemaError(
            f"{len(rows)} outlines refused",
            user=f"{what} : {named_rows(names, rows)}.",
            remedy=remedy,
            row=rows[0],
            faults=tuple(f"row {row}: {name}" for name, row in zip(names, rows, strict=True)),
        )
