"""What the command `overlay` reads: targets, figures, official totals; refusals name the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from observatoire import cluster
from observatoire import settings as settings_module
from observatoire.access import open_access
from observatoire.codes import qpv_department
from observatoire.crosswalk import Benchmark, Official
from observatoire.errors import FileError, ObservatoireError
from observatoire.overlays import OverlayOptions
from observatoire.overlays.areas import own_figures, read_targets
from observatoire.overlays.ground import check_outlines
from observatoire.overlays.tables import (
    read_figures,
    read_hidden,
    read_official,
    table_columns,
)
from observatoire.settings import Settings
from observatoire.store import boundaries as perimeters

_EDITION = "2015"


@dataclass(frozen=True)
class Table:
    """Where a table of official values is, and how to read it."""

    path: Path
    key: str | None = None
    value: str | None = None


def read_ground(path: Path | None, key: str | None) -> gpd.GeoDataFrame:
    """Return the outlines to estimate; without a file, the QPV of the sites at their finest."""
    if path is not None:
        frame = read_targets(path, key)
        with naming(path):
            check_outlines(frame.geometry, "cibles")
        return frame
    settings = settings_module.load()
    stored = _stored(settings)
    if stored is not None:
        return stored
    found = sorted((settings.data / "qpv_contours").glob("*.geojson"))
    if not found:
        raise FileError(
            "no perimeters at hand",
            user="Aucun contour de quartier n’est disponible.",
            remedy="Donnez un fichier de contours avec --target.",
        )
    return read_targets(found[0])


def _stored(settings: Settings) -> gpd.GeoDataFrame | None:
    """Return the perimeters of a store that runs; None without one, or when it holds none."""
    if not settings.database_url and not cluster.status(settings).running:
        return None
    access = open_access(settings, writes=True)
    try:
        with access.owner() as connection:
            frame = perimeters.read_boundaries(connection, _EDITION)
    finally:
        access.close()
    ours = [
        settings.site_of(str(code), qpv_department(str(code))) is not None for code in frame.index
    ]
    return frame[ours] if any(ours) else None


def read_values(
    areas: gpd.GeoDataFrame,
    source: Path,
    table: Table | None,
    columns: list[str],
    period: str | None,
) -> pd.DataFrame:
    """Return figures by key, from a table or from the outlines themselves."""
    if table is None:
        return own_figures(areas, columns, source)
    return read_figures(table.path, str(table.key), columns, period=period)


def benchmark_column(
    benchmark: Path | None,
    asked: str | None,
    options: OverlayOptions,
    areas: gpd.GeoDataFrame,
    table: Path | None,
) -> str | None:
    """Return the column of the figures that is also official by QPV."""
    if benchmark is None or asked:
        return asked
    among = table_columns(table) if table else tuple(map(str, areas.columns))
    official = {name.lower() for name in table_columns(benchmark)}
    apart = {(name or "").lower() for name in (options.value, options.denominator)}
    shared = [
        name
        for name in among
        if name.lower() in official and not name.lower().startswith(("note", "lib", "cod"))
    ]
    found = [name for name in shared if name.lower() not in apart] or shared
    if not found:
        raise FileError(
            "no column is in both the figures and the benchmark",
            user="Aucune colonne n’est à la fois dans les chiffres des sources et dans les totaux.",
            remedy="Nommez-les avec --benchmark-source et --benchmark-value.",
            file=str(benchmark),
        )
    return found[0]


def read_benchmark(
    table: Table | None,
    figures: pd.DataFrame,
    column: str,
    ground: gpd.GeoDataFrame,
    *,
    period: str | None,
    comparable: bool,
) -> Benchmark | None:
    """Return what calibrates; None without a table of official counts."""
    if table is None:
        return None
    totals = read_official(table.path, str(table.value), ground.index, key=table.key, period=period)
    if (totals.values < 0).any():
        raise FileError(
            "a negative official count",
            user="Un total officiel est négatif.",
            remedy="Reprenez le fichier tel que publié.",
            file=str(table.path),
            column=str(table.value),
        )
    return Benchmark(totals.values, figures[column], comparable)


def read_secrets(
    table: Table | None,
    options: OverlayOptions,
    calibrated: str | None,
    ground: gpd.GeoDataFrame,
    period: str | None,
) -> Official | None:
    """Return which QPV have a secret in the table that calibrates, for the very same variable.

    A file of official totals often holds the variable that is estimated too: where its producer
    hides it there, estimating it would undo the secret.
    """
    if table is None:
        return None
    same = [name for name in (options.value, options.denominator) if name]
    if calibrated in same and table.value:
        same.append(table.value)
    return read_hidden(table.path, same, ground.index, key=table.key, period=period)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Add the file to a refusal that does not name one."""
    try:
        yield
    except ObservatoireError as error:
        error.file = error.file or str(path)
        raise
