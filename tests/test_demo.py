"""The demonstration is invented, says so everywhere, and is the same on every machine."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from in_process import contents
from sqlalchemy import select

from observatoire.access import Access
from observatoire.assign import assign
from observatoire.boundaries import read_boundaries
from observatoire.catalogue import read_catalogue
from observatoire.codes import qpv_department
from observatoire.demo import THEMES, DemoFiles, load_demo, remove_demo, write_demo
from observatoire.disclosure import Rules, protect, shown_levels
from observatoire.disclosure.months import TOGETHER
from observatoire.errors import NotFoundError
from observatoire.indicators.field import build_field_layers
from observatoire.settings import Settings, load
from observatoire.store.boundaries import write_boundaries
from observatoire.store.observations import read_observations as stored
from observatoire.store.outings import read_outings as stored_outings
from observatoire.store.tables import import_file

SQUARES_SHA256 = "7321b7186f04899085157f709314aadfdc499581b2b918a9511a4f0f89e21fb3"


def squares() -> gpd.GeoDataFrame:
    """Ten squares of about a kilometre, nowhere in particular."""
    codes = [f"QP0429{number:02d}" for number in range(1, 11)]
    boxes = [shapely.box(4 + n / 50, 45, 4.01 + n / 50, 45.01) for n in range(10)]
    return gpd.GeoDataFrame({"code": codes}, geometry=boxes, crs=4326)


def contours(settings: Settings) -> Path:
    return next((settings.data / "qpv_contours").glob("qpv_2015_*.geojson"))


def load_contours(store: Access, path: Path) -> None:
    with store.owner() as connection:
        write_boundaries(connection, read_boundaries(path, "2015"))


def digest(files: DemoFiles) -> str:
    whole = hashlib.sha256()
    for path in (files.outings, *(files.observations[theme] for theme in sorted(THEMES))):
        whole.update(path.read_bytes())
    return whole.hexdigest()


@pytest.fixture(scope="module")
def own_settings() -> Settings:
    """The settings of the clone, with no store behind."""
    return load({})


@pytest.fixture(scope="module")
def perimeters(own_settings: Settings) -> gpd.GeoSeries:
    """The project's own perimeters."""
    return read_boundaries(contours(own_settings), "2015").frame.set_index("code").geometry


@pytest.fixture(scope="module")
def files(
    tmp_path_factory: pytest.TempPathFactory,
    own_settings: Settings,
    perimeters: gpd.GeoSeries,
) -> DemoFiles:
    """The demonstration, on the project's own perimeters."""
    return write_demo(tmp_path_factory.mktemp("demo"), own_settings, perimeters.to_frame())


@pytest.fixture(scope="module")
def outings(files: DemoFiles) -> pd.DataFrame:
    """All its outings."""
    return pd.read_csv(files.outings, parse_dates=["date"])


@pytest.fixture(scope="module")
def observations(files: DemoFiles) -> pd.DataFrame:
    """All its observations, with their theme and the QPV that their outing says."""
    frames = [pd.read_csv(path).assign(theme=theme) for theme, path in files.observations.items()]
    return pd.concat(frames, ignore_index=True)


# --- the same everywhere -----------------------------------------------------------------------


def test_the_bytes_are_the_same_on_every_machine(tmp_path, own_settings):
    assert digest(write_demo(tmp_path, own_settings, squares())) == SQUARES_SHA256


@pytest.mark.parametrize("environment", [{"PYTHONHASHSEED": "1"}, {"TZ": "Pacific/Tahiti"}])
def test_another_process_elsewhere_writes_the_same_bytes(tmp_path, files, environment):
    script = (
        "import sys, pathlib, observatoire.demo as demo\n"
        "from observatoire.settings import load\n"
        "from observatoire.boundaries import read_boundaries\n"
        "settings = load({})\n"
        "frame = read_boundaries(demo._contours(settings), '2015').frame\n"
        "demo.write_demo(pathlib.Path(sys.argv[1]), settings, frame.sample(frac=1))\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], env=os.environ | environment, check=True
    )
    for path in (files.outings, *files.observations.values()):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


# --- what it holds -----------------------------------------------------------------------------


def test_every_row_says_that_it_is_fictitious(files):
    for path in (files.outings, *files.observations.values()):
        assert (pd.read_csv(path)["fictif"] == "oui").all()


def test_its_clock_runs_from_july_2022_to_december_2023(outings, observations):
    for frame in (outings, observations):
        days = pd.to_datetime(frame["date"])
        assert days.min() >= pd.Timestamp("2022-07-01")
        assert days.max() <= pd.Timestamp("2023-12-31")
        assert days.dt.to_period("M").nunique() == 18


def test_every_qpv_of_the_sites_has_about_three_outings_a_week(outings, perimeters, own_settings):
    departments = {name for site in own_settings.sites for name in site.departments}
    expected = {code for code in perimeters.index if qpv_department(code) in departments}
    assert set(outings["qpv"]) == expected
    assert len(expected) == 45
    weeks = outings.groupby(outings["date"].dt.to_period("W-SUN")).size() / 45
    school = weeks[(weeks.index >= "2022-11-14") & (weeks.index < "2022-12-12")]
    summer = weeks[(weeks.index >= "2023-07-17") & (weeks.index < "2023-08-21")]
    assert 2.4 < school.mean() < 3.6
    assert 0.35 < summer.mean() / school.mean() < 0.65


def test_a_few_qpv_are_away_for_ten_to_fifteen_per_cent_of_the_weeks_and_a_whole_month(outings):
    months = outings.assign(month=outings["date"].dt.to_period("M"))
    held = months.groupby(["qpv", "month"]).size().unstack(fill_value=0)
    blind = held.index[(held == 0).any(axis=1)]
    assert 5 <= len(blind) <= 10
    weeks = outings.groupby("qpv")["date"].apply(lambda days: days.dt.to_period("W").nunique())
    assert (weeks[blind] <= 78 * 0.9).all()


def test_references_are_unique_and_every_observation_is_an_outings_or_says_nothing(
    outings, observations
):
    assert outings["sortie"].is_unique
    assert not outings["sortie"].str.contains(r"\s").any()
    known = observations.dropna(subset="sortie").merge(outings, on="sortie", suffixes=("", "_out"))
    assert len(known) == observations["sortie"].notna().sum()
    assert (pd.to_datetime(known["date"]) == known["date_out"]).all()
    assert 0.05 < observations["sortie"].isna().mean() < 0.12


def test_nothing_to_report_is_said_by_the_outings_that_saw_nothing(outings, observations):
    quiet = set(outings.loc[outings["rien_a_signaler"] == "oui", "sortie"])
    assert quiet
    assert not quiet & set(observations["sortie"])


def test_rates_stay_between_one_in_twenty_and_six_in_ten_and_differ(outings, observations):
    total = observations.groupby("theme")["effectif"].sum() / len(outings)
    assert set(total.index) == set(THEMES)
    assert total.between(0.05, 0.6).all()
    assert total.max() > 4 * total.min()


def test_points_lie_in_the_perimeter_of_their_outing(outings, observations, perimeters):
    points = gpd.GeoSeries(gpd.points_from_xy(observations["lon"], observations["lat"]), crs=4326)
    found = assign(points, perimeters)
    assert found.notna().all()
    expected = observations["sortie"].map(outings.set_index("sortie")["qpv"])
    assert (found == expected)[expected.notna()].all()


def test_points_lie_in_the_official_perimeters_too(official_data, observations):
    file = official_data / "qpv_2015" / "QP_METROPOLEOUTREMER_WGS84_EPSG4326.shp"
    exact = read_boundaries(file, "2015").frame.set_index("code").geometry
    points = gpd.GeoSeries(gpd.points_from_xy(observations["lon"], observations["lat"]), crs=4326)
    assert assign(points, exact).notna().all()


def test_its_themes_are_in_the_catalogue_and_a_third_are_neutral_or_positive():
    catalogue = read_catalogue()
    held = [
        one
        for one in catalogue.indicators.values()
        if one.producer == "terrain" and one.id != TOGETHER
    ]
    assert {one.id for one in held} == {f"terrain.{theme}" for theme in THEMES}
    assert len(held) == 12
    assert sum(one.direction <= 0 for one in held) >= 4
    assert [one.id for one in held if one.sensitive] == ["terrain.trafics"]


# --- in the store ------------------------------------------------------------------------------


@pytest.fixture
def loaded(store: Access, settings: Settings) -> Access:
    """A store with the project's perimeters and the demonstration."""
    load_contours(store, contours(settings))
    load_demo(store, settings)
    return store


def test_it_is_loaded_once_and_flagged_on_every_file_and_row(loaded, settings):
    before = contents(loaded)
    report = load_demo(loaded, settings)
    assert (report.already, report.observations, report.outings) == (True, 0, 0)
    assert contents(loaded) == before
    with loaded.owner() as connection:
        kinds = connection.execute(
            select(import_file.c.kind, import_file.c.fictitious, import_file.c.imported_on)
        ).all()
        assert stored(connection)["fictitious"].all()
        assert stored_outings(connection)["fictitious"].all()
    flags = {(kind, fictitious) for kind, fictitious, _ in kinds}
    assert flags == {("boundaries", False), ("observations", True), ("outings", True)}
    clock = {str(day) for kind, _, day in kinds if kind != "boundaries"}
    assert clock == {"2023-12-31"}, "its own clock, not this machine's"


def test_removing_it_leaves_nothing_of_it(loaded, settings):
    assert remove_demo(loaded) == 13
    after = contents(loaded)
    for table in ("observation", "attachment", "outing", "quarantine", "theme"):
        assert after[f"raw.{table}"] == 0
    assert after["raw.boundary"] == 45
    assert not load_demo(loaded, settings).already


def test_another_version_of_it_takes_the_place_of_the_former(loaded, settings, monkeypatch):
    before = contents(loaded)
    monkeypatch.setattr("observatoire.demo._SEED", 1)
    assert not load_demo(loaded, settings).already
    after = contents(loaded)
    assert after["raw.import_file"] == before["raw.import_file"]
    assert after["raw.outing"] != before["raw.outing"]


def test_it_waits_for_the_perimeters(store, settings):
    before = contents(store)
    with pytest.raises(NotFoundError):
        load_demo(store, settings)
    assert contents(store) == before


def test_the_door_shows_every_level_of_period_and_keeps_some_cells_secret(loaded):
    with loaded.owner() as connection:
        observations, outings = stored(connection), stored_outings(connection)
    layers = build_field_layers(observations, outings, {"2015": sorted(outings["qpv"].unique())})
    assert all(layer.fictitious and layer.source == "demo" for layer in layers)
    assert len({layer.indicator for layer in layers}) == 12
    catalogue = read_catalogue()
    described = [replace(one, description=catalogue[one.indicator]) for one in layers]
    shown = protect(described, Rules(), {})
    levels = Counter(shown_levels(shown).values())
    assert set(levels) == {"month", "quarter", "half", "year"}
    assert min(levels.values()) >= 5
    years = [layer for layer in shown if len(layer.period) == 4]
    statuses = Counter(status for layer in years for status in layer.frame["status"])
    assert statuses["secret"] > 20
    assert statuses["ok"] > statuses["secret"]
    assert any((layer.frame["status"] == "blind").any() for layer in shown)
    assert all(layer.fictitious for layer in shown)
