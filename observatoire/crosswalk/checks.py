"""What areas and figures must be before anything is computed; each refusal names the rows.

Rows count from 1, in the order of the frame that was given, which is the order of the file.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from observatoire.errors import CrsError, SchemaError

SAME_GROUND_SHARE = 0.05
"""Share of the smaller area above which an overlap is no slip of drawing: generalised outlines of
IRIS overlap their neighbours by up to 4 % of the smaller one."""

_WEB_MERCATOR = 3857
_SHOWN = 5


def named_rows(keys: Sequence[object], rows: Sequence[int]) -> str:
    """Return the first rows at fault: « 42001 (ligne 3), 42002 (ligne 9) et 4 autres »."""
    pairs = list(zip(keys, rows, strict=True))
    some = ", ".join(f"{key} (ligne {row})" for key, row in pairs[:_SHOWN])
    return some + (f" et {len(pairs) - _SHOWN} autres" if len(pairs) > _SHOWN else "")


def require_unique(keys: pd.Index, what: str) -> None:
    """Raise `SchemaError` when a key is empty or stands twice.

    Parameters
    ----------
    keys
        In the order of the file.
    what
        French, what they are the keys of: « sources », « cibles », « tableau ».
    """
    blank = keys.isna() | (keys.astype("str").str.strip() == "")
    if blank.any():
        rows = [int(row) + 1 for row in np.flatnonzero(blank)]
        raise SchemaError(
            f"{len(rows)} rows without a key",
            user=f"Des lignes n’ont pas de code ({what}) : lignes {_some_rows(rows)}.",
            remedy="Donnez un code à chaque zone.",
            row=rows[0],
            faults=tuple(f"row {row}: no key" for row in rows),
        )
    twice = keys.duplicated(keep="first")
    if twice.any():
        rows = [int(row) + 1 for row in np.flatnonzero(twice)]
        names = [keys[row - 1] for row in rows]
        raise SchemaError(
            f"{len(rows)} duplicate keys",
            user=f"Des codes figurent deux fois ({what}) : {named_rows(names, rows)}.",
            remedy="Gardez une ligne par zone : une zone en double compterait deux fois.",
            row=rows[0],
            faults=tuple(f"row {row}: {name} again" for name, row in zip(names, rows, strict=True)),
        )


def require_ground(sources: gpd.GeoSeries, targets: gpd.GeoSeries) -> None:
    """Raise unless both are valid polygons in one same metric system.

    Raises
    ------
    CrsError
        Without a system, in degrees, in Web Mercator (which inflates areas), or in two systems.
    SchemaError
        On a geometry that is missing, empty, invalid or no polygon.
    """
    for series in (sources, targets):
        _require_metric(series)
    if CRS.from_user_input(sources.crs) != CRS.from_user_input(targets.crs):
        raise CrsError(
            f"sources are in {_name(sources)}, targets in {_name(targets)}",
            user="Les sources et les cibles ne sont pas dans le même système de coordonnées.",
            remedy="Reprojetez-les dans le système légal du territoire avant de les superposer.",
        )
    for series, what in ((sources, "sources"), (targets, "cibles")):
        require_unique(series.index, what)
        _require_polygons(series, what)


def overlaps(areas: gpd.GeoSeries, among: np.ndarray | None = None) -> pd.DataFrame:
    """Return the pairs of areas that share ground, the largest share first.

    Parameters
    ----------
    areas
        Valid polygons in a metric system.
    among
        Positions; only pairs that hold one of them are looked at. By default all.

    Returns
    -------
    Frame `left`, `right` (keys), `left_row`, `right_row` (from 1), `share` of the smaller area.
    """
    ground = areas.to_numpy()
    asked = np.arange(len(ground)) if among is None else np.asarray(among, dtype=np.intp)
    first, second = shapely.STRtree(ground).query(ground[asked], predicate="intersects")
    left, right = np.minimum(asked[first], second), np.maximum(asked[first], second)
    pairs = np.unique(np.column_stack([left, right])[left != right], axis=0)
    left, right = pairs[:, 0], pairs[:, 1]
    area = shapely.area(ground)
    shared = shapely.area(shapely.intersection(ground[left], ground[right]))
    frame = pd.DataFrame(
        {
            "left": areas.index.to_numpy(dtype=object)[left],
            "right": areas.index.to_numpy(dtype=object)[right],
            "left_row": left + 1,
            "right_row": right + 1,
            "share": shared / np.minimum(area[left], area[right]),
        }
    )
    found = frame[frame["share"] > 0]
    return found.sort_values("share", ascending=False, ignore_index=True)


def require_disjoint(found: pd.DataFrame, *, tolerance: float = SAME_GROUND_SHARE) -> None:
    """Raise `SchemaError` when sources overlap by more than a slip of drawing.

    Parameters
    ----------
    found
        What `overlaps` returned.
    tolerance
        Share of the smaller area that may be shared.
    """
    wrong = found[found["share"] > tolerance]
    if wrong.empty:
        return
    pairs = [
        f"{row.left} (ligne {row.left_row}) et {row.right} (ligne {row.right_row})"
        for row in wrong.head(_SHOWN).itertuples()
    ]
    others = f", et {len(wrong) - _SHOWN} autres couples" if len(wrong) > _SHOWN else ""
    raise SchemaError(
        f"{len(wrong)} pairs of sources overlap",
        user=f"Des sources se chevauchent : {' ; '.join(pairs)}{others}.",
        remedy="Leurs habitants compteraient deux fois : donnez un découpage sans chevauchement.",
        row=int(wrong["right_row"].iloc[0]),
        faults=tuple(
            f"rows {row.left_row} and {row.right_row}: {row.left}, {row.right}"
            for row in wrong.itertuples()
        ),
    )


def require_figures(
    values: pd.Series, denominators: pd.Series | None = None, *, column: str = "", below: str = ""
) -> None:
    """Raise `SchemaError` on figures that no area can have.

    Parameters
    ----------
    values
        Counts by source, or numerators; NaN where the producer publishes none.
    denominators
        Same index, for a rate.
    column, below
        Names of the two columns, for the message.

    Raises
    ------
    SchemaError
        On a negative or infinite figure, on a value whose denominator is missing, and on a value
        over a denominator of zero.
    """
    for series, name in ((values, column), (denominators, below)):
        if series is not None:
            numbers = series.to_numpy(dtype=float)
            _refuse(series.index, np.isinf(numbers), name, "n’est pas un nombre fini")
            _refuse(series.index, numbers < 0, name, "est négatif")
    if denominators is not None:
        top, bottom = values.to_numpy(dtype=float), denominators.to_numpy(dtype=float)
        _refuse(
            values.index, ~np.isnan(top) & np.isnan(bottom), below, "manque : c’est le dénominateur"
        )
        _refuse(
            values.index,
            (top > 0) & (bottom == 0),
            below,
            "est nul sous une valeur qui ne l’est pas",
        )


def _refuse(keys: pd.Index, wrong: np.ndarray, column: str, what: str) -> None:
    if not wrong.any():
        return
    rows = [int(row) + 1 for row in np.flatnonzero(wrong)]
    names = [keys[row - 1] for row in rows]
    raise SchemaError(
        f"{len(rows)} rows of {column!r} refused",
        user=f"Un nombre {what}, pour {named_rows(names, rows)}.",
        remedy="Corrigez le tableau ; une valeur que le producteur ne publie pas reste vide.",
        row=rows[0],
        column=column,
        faults=tuple(f"row {row}: {name}" for name, row in zip(names, rows, strict=True)),
    )


def _require_metric(series: gpd.GeoSeries) -> None:
    if series.crs is None:
        raise CrsError(
            "no coordinate reference system",
            user="Des contours ne disent pas dans quel système de coordonnées ils sont.",
            remedy="Ajoutez le fichier .prj, ou exportez en WGS 84 (EPSG:4326).",
        )
    crs = CRS.from_user_input(series.crs)
    metres = all(axis.unit_conversion_factor == 1 for axis in crs.axis_info)
    if not crs.is_projected or not metres or crs.to_epsg() == _WEB_MERCATOR:
        raise CrsError(
            f"not a metric system for areas: {crs.name}",
            user=f"Des surfaces ne se mesurent pas dans le système « {crs.name} ».",
            remedy="Reprojetez dans le système métrique légal du territoire.",
        )


def _require_polygons(series: gpd.GeoSeries, what: str) -> None:
    ground = series.to_numpy()
    polygonal = np.isin(shapely.get_type_id(ground), (3, 6))
    wrong = ~polygonal | shapely.is_empty(ground) | ~shapely.is_valid(ground)
    wrong |= ~(shapely.area(ground) > 0)
    if wrong.any():
        rows = [int(row) + 1 for row in np.flatnonzero(wrong)]
        names = [series.index[row - 1] for row in rows]
        raise SchemaError(
            f"{len(rows)} geometries are no valid polygons",
            user=f"Des contours ({what}) ne sont pas des polygones valides : "
            f"{named_rows(names, rows)}.",
            remedy="Réparez ces contours.",
            row=rows[0],
            faults=tuple(f"row {row}: {name}" for name, row in zip(names, rows, strict=True)),
        )


def _some_rows(rows: Sequence[int]) -> str:
    some = ", ".join(map(str, rows[:_SHOWN]))
    return some + (f" et {len(rows) - _SHOWN} autres" if len(rows) > _SHOWN else "")


def _name(series: gpd.GeoSeries) -> str:
    return str(CRS.from_user_input(series.crs).name)
