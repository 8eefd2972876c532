"""The composition root: from what the store holds to a release, and from a fresh clone to an app.

The only module that sees both raw and protected data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd

from observatoire import boundaries as perimeter_files
from observatoire import demo, grid_desk, outlines, publication, readiness
from observatoire.access import Access
from observatoire.catalogue import read_catalogue
from observatoire.codes import EDITIONS, edition_kind
from observatoire.disclosure import ProtectedLayer, is_shared, protect, shown_levels
from observatoire.errors import NotFoundError
from observatoire.field_months import Seen, release_due, rules_of
from observatoire.indicators.around import build_around_layers
from observatoire.indicators.field import build_field_layers
from observatoire.indicators.official import build_official_layers
from observatoire.indicators.teams import count_teams
from observatoire.layers import IndicatorLayer, described
from observatoire.provenance import name_grids
from observatoire.settings import Settings, Site, read_sites
from observatoire.statistics import Asked, read_statistics
from observatoire.store import Connection, captured, imports, people, publications
from observatoire.store import boundaries as perimeters
from observatoire.store import observations as field
from observatoire.store import outings as efforts
from observatoire.store import statistics as figures

Progress = Callable[[str], None]
# Outlines of the data folder, by the beginning of their file name.
_OUTLINE_KINDS = {"communes": "commune", "iris": "iris"}


def silent(_: str) -> None:
    """Say nothing: for a caller who does not listen."""


@dataclass(frozen=True)
class BuildReport:
    """What a build published.

    Attributes
    ----------
    release, sha256
        Number and hash of the release that is now current.
    written
        False when the same content was current already.
    layers, indicators, editions
        How many layers and indicators of the QPV, and the editions of their perimeters.
    around
        How many layers of the places around them (IRIS, communes).
    cells
        Cells of the QPV by status, official figures and field observations apart.
    levels
        QPV × theme × years by the finest level they show.
    unseen
        Field themes with observations and no layer: none of their outings is known.
    """

    release: int
    sha256: str
    written: bool
    layers: int
    indicators: int
    editions: tuple[str, ...]
    cells: Mapping[str, Mapping[str, int]]
    levels: Mapping[str, int]
    around: int = 0
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True)
class PrepareReport:
    """What preparing did: nothing when all was ready, else what was loaded and the build."""

    ready: bool
    loaded: tuple[str, ...] = ()
    build: BuildReport | None = None


def build(
    access: Access,
    progress: Progress = silent,
    *,
    today: date | None = None,
    sites: Sequence[Site] | None = None,
) -> BuildReport:
    """Compute every layer from what the store holds, protect them together, publish them.

    One transaction: a build that fails leaves the former release as it was. Real periods that are
    due are released once, an invented year is shown once it is over.

    Parameters
    ----------
    today
        Day of the release, by default the machine's.
    sites
        Whose agreements say who reads the field layers of their QPV; by default those shipped.

    Raises
    ------
    NotFoundError
        When the store holds nothing to publish.
    """
    day = today or date.today()
    with access.owner() as connection:
        imports.take_turns(connection)
        progress("lecture de la base")
        read = {name: perimeters.read_boundaries(connection, name) for name in EDITIONS}
        ground = {name: frame for name, frame in read.items() if len(frame)}
        site_of = _write_sites(connection, read_sites() if sites is None else sites, ground)
        around = {
            kind: perimeters.read_outlines(connection, kind) for kind in _OUTLINE_KINDS.values()
        }
        rules = rules_of(connection, day)
        held = publication.read_fields(connection)
        layers, teams = _computed(connection, _codes(ground), _codes(around), held, progress)
        progress(f"protection de {len(layers)} couches")
        earlier = publication.read_granularities(connection)
        real = [layer for layer in layers if is_shared(layer)]
        protected = protect([one for one in layers if not is_shared(one)], rules, earlier, site_of)
        due = release_due(
            connection,
            real,
            teams,
            held=held,
            site_of=site_of,
            codes=_codes(ground),
            rules=rules,
            progress=progress,
        )
        progress(f"publication de {len(protected) + len(due) + len(held)} couches")
        release = publication.write_release(
            connection,
            [*protected, *due],
            boundaries=ground,
            outlines=around,
            rules=rules,
            today=day,
            site_of=site_of,
            held=held,
        )
        themes = field.field_themes(connection)
    made = {layer.indicator for layer in layers}
    unseen = [name for name in themes if f"terrain.{name}" not in made]
    return _report(release, [*protected, *due, *held], unseen)


def prepare(
    access: Access, settings: Settings, progress: Progress = silent, *, today: date | None = None
) -> PrepareReport:
    """Load what a fresh clone holds, the demonstration, and publish: what the app needs to open.

    A store that holds real field observations gets no demonstration. Idempotent: nothing is
    computed again when neither files, program, sites, store nor year changed.
    """
    day = today or date.today()
    progress("comparaison avec la dernière publication")
    files = readiness.data_files(settings.data)
    if _is_ready(access, readiness.inputs(access, files, settings, day)):
        return PrepareReport(ready=True)
    loaded = _load(access, files, progress)
    if files["qpv_contours"] and not _has_real_observations(access):
        made = demo.load_demo(access, settings, progress)
        if not made.already:
            loaded.append("démonstration fictive")
    report = build(access, progress, today=day, sites=settings.sites)
    inputs = readiness.inputs(access, files, settings, day)
    with access.owner() as connection:
        publications.note_inputs(connection, report.release, inputs)
    return PrepareReport(ready=False, loaded=tuple(loaded), build=report)


def _codes(frames: Mapping[str, gpd.GeoDataFrame]) -> dict[str, list[str]]:
    return {name: list(frame.index) for name, frame in frames.items()}


def _computed(
    connection: Connection,
    codes: Mapping[str, Sequence[str]],
    around: Mapping[str, Sequence[str]],
    released: Sequence[ProtectedLayer],
    progress: Progress,
) -> tuple[list[IndicatorLayer], Seen]:
    """Return all the layers of figures and observations, in order, and what each team saw."""
    progress("statistiques officielles")
    held = figures.read_statistics(connection)
    official = build_official_layers(held, perimeters=codes)
    official += build_around_layers(held, around)
    progress("observations de terrain")
    seen = [field.read_observations(connection), captured.read_observations(connection)]
    outings = [efforts.read_outings(connection), captured.read_outings(connection)]
    teams = Seen(count_teams(seen[1], outings[1]), captured.read_squares(connection))
    observed = build_field_layers(_stacked(seen), _stacked(outings), codes)
    if not official and not observed and not released:
        raise NotFoundError(
            "the store holds no figure and no observation",
            user="La base ne contient ni statistique ni observation : il n’y a rien à publier.",
            remedy="Importez d’abord des fichiers, ou lancez « observatoire demo ».",
        )
    layers = described([*official, *observed], read_catalogue())
    return name_grids(layers, grid_desk.in_force(connection)), teams


def _stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return rows of imported files and of entries together; the first frame's kinds hold."""
    held = [frame for frame in frames if len(frame)] or [frames[0]]
    kinds = frames[0].dtypes.to_dict()
    return pd.concat([frame[list(kinds)].astype(kinds) for frame in held], ignore_index=True)


def _write_sites(
    connection: Connection, sites: Sequence[Site], ground: Mapping[str, gpd.GeoDataFrame]
) -> dict[str, str]:
    """Write which QPV each site has, and return the site of each."""
    site_of = {
        str(code): site.id
        for frame in ground.values()
        for code, department in frame["department"].items()
        for site in reversed(sites)
        if site.holds(str(code), str(department))
    }
    people.write_sites(connection, {site.id: site.name for site in sites}, site_of)
    return site_of


def _report(
    release: publication.ReleaseInfo, made: Sequence[ProtectedLayer], unseen: Iterable[str]
) -> BuildReport:
    layers = [layer for layer in made if edition_kind(layer.edition) == "qpv"]
    cells: dict[str, Counter[str]] = {"official": Counter(), "field": Counter()}
    for layer in layers:
        frame = layer.frame
        own = frame[frame.index.get_level_values("zone_kind") == "qpv"]["status"].value_counts()
        cells["official" if layer.rule == "producer" else "field"].update(
            {str(status): int(count) for status, count in own.items()}
        )
    return BuildReport(
        release=release.id,
        sha256=release.sha256,
        written=release.written,
        layers=len(layers),
        indicators=len({layer.indicator for layer in layers}),
        editions=tuple(sorted({layer.edition for layer in layers})),
        cells={family: dict(sorted(counts.items())) for family, counts in cells.items()},
        levels=dict(Counter(shown_levels(layers).values())),
        around=len(made) - len(layers),
        unseen=tuple(unseen),
    )


def _load(access: Access, files: Mapping[str, list[Path]], progress: Progress) -> list[str]:
    """Load the files that the store does not hold; all of them, or none."""
    loaded: list[str] = []
    with access.owner() as connection:
        for path in files["qpv_contours"]:
            progress(f"périmètres : {path.name}")
            written = perimeters.write_boundaries(connection, perimeter_files.read_boundaries(path))
            if not written.already_imported:
                loaded.append(path.name)
        for path in files["context"]:
            progress(f"contours d’alentour : {path.name}")
            kind = _OUTLINE_KINDS[path.name.split("_")[0]]
            outline = perimeters.write_outlines(connection, outlines.read_outlines(path, kind))
            if not outline.already_imported:
                loaded.append(path.name)
        readings = []
        for path in files["figures"]:
            progress(f"statistiques : {path.name}")
            readings.append(read_statistics(path, Asked()))
        done = figures.write_statistics(connection, readings, revive=False)
        loaded += [
            path.name for path, one in zip(files["figures"], done, strict=True) if not one.already
        ]
    return loaded


def _has_real_observations(access: Access) -> bool:
    with access.owner() as connection:
        return publications.holds_field_observations(connection)


def _is_ready(access: Access, inputs: str) -> bool:
    with access.owner() as connection:
        current = publications.current_release(connection)
    return current is not None and current["inputs"] == inputs
