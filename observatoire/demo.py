"""The fictitious demonstration: outings and observations that nobody made.

July 2022 to December 2023, on the demonstration's own clock, for every QPV of the sites. The same
bytes on every machine: only uniform draws and exact tests, no function whose last digit depends on
the processor. Every row says that it is fictitious, and is loaded through the same door as a real
file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

from observatoire.access import Access
from observatoire.assign import assign
from observatoire.boundaries import read_boundaries
from observatoire.codes import qpv_department
from observatoire.crs import WGS84
from observatoire.demo_grids import load_grids
from observatoire.errors import FileError
from observatoire.observations import Columns, read_observations, read_outings
from observatoire.settings import Settings
from observatoire.sources import file_sha256
from observatoire.store.attachments import require_loaded
from observatoire.store.imports import holds_exactly, remove_source
from observatoire.store.observations import write_observations
from observatoire.store.outings import write_outings

FIRST_MONDAY, WEEKS = date(2022, 7, 4), 78
CLOCK = date(2023, 12, 31)
EDITION = "2015"
SOURCE = "demo"
_SEED = 20220701
# Expected observations per outing, before each QPV's own factor; none under 0.05 or over 0.6.
THEMES: dict[str, float] = {
    "rassemblements": 0.45,
    "tensions": 0.12,
    "conduites_a_risque": 0.15,
    "trafics": 0.08,
    "jeunes_en_journee": 0.18,
    "insertion": 0.38,
    "acces_aux_droits": 0.30,
    "mal_etre": 0.10,
    "cadre_de_vie": 0.24,
    "mobilite": 0.07,
    "presence_des_femmes": 0.16,
    "initiatives": 0.14,
}
_LEAST, _MOST = 0.05, 0.6
# Weeks of holidays (first Monday, last Monday): half as many outings.
_HOLIDAYS = (
    (date(2022, 7, 11), date(2022, 8, 22)),
    (date(2022, 10, 24), date(2022, 10, 31)),
    (date(2022, 12, 19), date(2022, 12, 26)),
    (date(2023, 2, 13), date(2023, 2, 20)),
    (date(2023, 4, 17), date(2023, 4, 24)),
    (date(2023, 7, 10), date(2023, 8, 28)),
    (date(2023, 10, 23), date(2023, 10, 30)),
    (date(2023, 12, 25), date(2023, 12, 25)),
)
_SLOTS = np.array(["apm", "apm", "apm", "soir", "soir", "soir", "soir", "matin", "nuit", "we"])
_TRIES = 8  # at most so many outings a week and QPV
_ABSENT = 7  # QPV whose team is away for 10 to 15 % of the weeks
_MARGIN_DEG = 4e-5  # 3 to 4 m: inside the official outline as well as inside the generalised one
_DECIMALS = 5


@dataclass(frozen=True)
class DemoFiles:
    """The files of the demonstration: its outings, and its observations by theme."""

    outings: Path
    observations: dict[str, Path]


@dataclass(frozen=True)
class DemoReport:
    """What loading the demonstration did: rows added, none when it was there already."""

    already: bool
    outings: int = 0
    observations: int = 0


def write_demo(folder: Path, settings: Settings, boundaries: gpd.GeoDataFrame) -> DemoFiles:
    """Write the files of the demonstration.

    Parameters
    ----------
    folder
        Made when it is not there; files of the same names are replaced.
    boundaries
        Perimeters in EPSG:4326 with a `code`, as column or index. Those of the sites' departments
        get outings, whatever the pilot ones.
    """
    frame = boundaries.set_index("code") if "code" in boundaries.columns else boundaries
    departments = {name for site in settings.sites for name in site.departments}
    held = [str(code) for code in sorted(frame.index) if qpv_department(code) in departments]
    perimeters = frame.geometry.loc[held]
    draw = Generator(PCG64(_SEED))
    outings = _draw_outings(held, draw)
    seen = _draw_observations(outings, held, draw)
    seen[["lon", "lat"]] = _draw_points(seen["qpv"], perimeters, draw)
    folder.mkdir(parents=True, exist_ok=True)
    return DemoFiles(
        outings=_write_outings(folder / "sorties.csv", outings, set(seen["sortie"])),
        observations={
            str(theme): _write_observations(folder / f"{theme}.csv", rows)
            for theme, rows in seen.groupby("theme")
        },
    )


def load_demo(
    access: Access, settings: Settings, progress: Callable[[str], None] = lambda _: None
) -> DemoReport:
    """Load the demonstration, as one transaction, through the door of real files; idempotent.

    A site that has no grid of indicators at all is given an invented one.
    An earlier demonstration that is not the same one is replaced.

    Raises
    ------
    NotFoundError
        When the perimeters of the edition are not loaded.
    """
    progress("écriture des données fictives")
    reading = read_boundaries(_contours(settings), EDITION)
    files = write_demo(settings.home / "demo", settings, reading.frame)
    hashes = [file_sha256(path) for path in (files.outings, *files.observations.values())]
    with access.owner() as connection:
        require_loaded(connection, EDITION)
        load_grids(connection, settings.sites)
        if already := holds_exactly(connection, SOURCE, hashes):
            return DemoReport(already=already)
        remove_source(connection, SOURCE)
        outings = read_outings(files.outings, today=CLOCK)
        write_outings(connection, outings, today=CLOCK, source=SOURCE)
        rows = 0
        for theme, path in files.observations.items():
            progress(f"données fictives : {theme}")
            columns = Columns(date="date", count="effectif", outing="sortie")
            seen = read_observations(path, theme=theme, columns=columns, today=CLOCK)
            write_observations(connection, seen, today=CLOCK, source=SOURCE)
            rows += len(seen.frame)
    return DemoReport(already=False, outings=len(outings.frame), observations=rows)


def remove_demo(access: Access) -> int:
    """Remove the demonstration from the store; return the number of files removed."""
    with access.owner() as connection:
        return remove_source(connection, SOURCE)


def _contours(settings: Settings) -> Path:
    """Return the project's own perimeters: always those, so that the bytes are always the same."""
    found = sorted((settings.data / "qpv_contours").glob(f"qpv_{EDITION}_*.geojson"))
    if not found:
        raise FileError(
            "the project's perimeters are missing",
            user="Les contours fournis avec le projet sont introuvables.",
            remedy="Vérifiez OBSERVATOIRE_DATA.",
            file=str(settings.data / "qpv_contours"),
        )
    return found[0]


def _draw_outings(codes: Sequence[str], draw: Generator) -> pd.DataFrame:
    """Draw about three outings a week and QPV: columns `sortie`, `date`, `qpv`, and their facts."""
    activity = 0.55 + 1.45 * draw.random(len(codes)) ** 2  # few very present teams
    chance = np.outer(activity * 3 / _TRIES, _season())
    chance[_away(len(codes), draw)] = 0
    out = draw.random((*chance.shape, _TRIES)) < chance[:, :, None]
    qpv, week, _ = np.nonzero(out)
    days = np.datetime64(FIRST_MONDAY) + week * 7 + _integers(draw, len(qpv), 7)
    slots = _SLOTS[_integers(draw, len(qpv), len(_SLOTS))]
    frame = pd.DataFrame(
        {
            "date": days,
            "qpv": np.asarray(codes, dtype=object)[qpv],
            "creneau": np.where(_is_weekend(days), "we", slots),
            "duree_min": 60 + 15 * _integers(draw, len(qpv), 9),
            "intervenants": 1 + (draw.random(len(qpv)) < 0.85) + (draw.random(len(qpv)) < 0.1),
        }
    )
    frame = frame.sort_values(["qpv", "date", "creneau", "duree_min"], ignore_index=True)
    numbers = frame.groupby("qpv").cumcount() + 1
    frame.insert(0, "sortie", "F-" + frame["qpv"] + "-" + numbers.astype(str).str.zfill(4))
    return frame


def _season() -> NDArray[np.float64]:
    mondays = [FIRST_MONDAY + timedelta(weeks=week) for week in range(WEEKS)]
    away = [any(first <= day <= last for first, last in _HOLIDAYS) for day in mondays]
    return np.where(away, 0.5, 1.0)


def _away(count: int, draw: Generator) -> NDArray[np.bool_]:
    """Draw the weeks (columns) in which a few QPV (rows) have no outing at all.

    Six weeks in a row around a whole calendar month, then a few more here and there.
    """
    away = np.zeros((count, WEEKS), dtype=bool)
    months = [date(2022 + month // 12, month % 12 + 1, 1) for month in range(8, 22)]
    for place in np.argsort(draw.random(count))[:_ABSENT]:
        start = months[int(draw.random() * len(months))]
        first = (start - FIRST_MONDAY).days // 7
        away[place, first : first + 6] = True
        others = np.argsort(draw.random(WEEKS))[: 2 + int(draw.random() * 4)]
        away[place, others] = True
    return away


def _draw_observations(
    outings: pd.DataFrame, codes: Sequence[str], draw: Generator
) -> pd.DataFrame:
    """Draw what each outing saw of each theme: one observation, or two now and then, or none."""
    base = np.array(list(THEMES.values()))
    rates = np.clip(base * (0.4 + 1.4 * draw.random((len(codes), len(base)))), _LEAST, _MOST)
    place = pd.Index(codes).get_indexer(pd.Index(outings["qpv"]))
    seen = draw.random((len(outings), len(base))) < rates[place] / 1.1
    outing, theme = np.nonzero(seen)
    frame = outings.iloc[outing][["date", "qpv", "sortie"]].reset_index(drop=True)
    frame["theme"] = np.array(list(THEMES), dtype=object)[theme]
    frame["effectif"] = 1 + (draw.random(len(frame)) < 0.1)
    # One in twelve forgets its outing: it is found again by its QPV and its day.
    forgets = draw.random(len(frame)) < 1 / 12
    frame["dite"] = frame["sortie"].where(~forgets, "")
    return frame


def _draw_points(qpv: pd.Series, perimeters: gpd.GeoSeries, draw: Generator) -> NDArray[np.float64]:
    """Draw one point in its perimeter for each observation, a few metres from the edge at least."""
    points = np.full((len(qpv), 2), np.nan)
    boxes = perimeters.bounds.loc[qpv].to_numpy()
    while (missing := np.isnan(points[:, 0])).any():
        box = boxes[missing]
        tried = box[:, :2] + draw.random((len(box), 2)) * (box[:, 2:] - box[:, :2])
        tried = np.round(tried, _DECIMALS)
        inside = _well_inside(tried, qpv[missing], perimeters)
        points[np.flatnonzero(missing)[inside]] = tried[inside]
    return points


def _well_inside(
    points: NDArray[np.float64], qpv: pd.Series, perimeters: gpd.GeoSeries
) -> NDArray[np.bool_]:
    """Tell which points, and the four around them, lie in the perimeter they are drawn for."""
    inside = np.ones(len(points), dtype=bool)
    for step in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)):
        moved = points + np.array(step) * _MARGIN_DEG
        here = gpd.GeoSeries(shapely.points(moved), crs=WGS84)
        inside &= assign(here, perimeters).to_numpy() == qpv.to_numpy()
    return inside


def _integers(draw: Generator, size: int, below: int) -> NDArray[np.int64]:
    return np.floor(draw.random(size) * below).astype(np.int64)


def _is_weekend(days: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    return (days - np.datetime64(FIRST_MONDAY)).astype(np.int64) % 7 >= 5


def _write_outings(path: Path, outings: pd.DataFrame, reporting: set[str]) -> Path:
    rows = outings.assign(
        date=outings["date"].dt.strftime("%Y-%m-%d"),
        rien_a_signaler=np.where(outings["sortie"].isin(reporting), "non", "oui"),
    )
    return _write(path, rows)


def _write_observations(path: Path, rows: pd.DataFrame) -> Path:
    shown = pd.DataFrame({"date": rows["date"].dt.strftime("%Y-%m-%d")})
    for name in ("lon", "lat"):
        shown[name] = rows[name].map(f"{{:.{_DECIMALS}f}}".format)
    return _write(path, shown.assign(effectif=rows["effectif"], sortie=rows["dite"]))


def _write(path: Path, rows: pd.DataFrame) -> Path:
    """Write a CSV file that says of every row that it is invented."""
    text = rows.assign(fictif="oui").to_csv(index=False, lineterminator="\n")
    path.write_text(text, "utf-8", newline="")
    return path
