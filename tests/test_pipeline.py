"""From what the store holds to a release: real figures, invented observations, one transaction."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from conftest import Clone
from sqlalchemy import text
from toy_ground import load_squares

from observatoire import pipeline, publication
from observatoire.access import Access
from observatoire.disclosure import ProtectedLayer
from observatoire.errors import NotFoundError, ObservatoireError
from observatoire.observations import Columns, read_observations
from observatoire.periods import LEVELS, level_of, parts
from observatoire.pipeline import BuildReport, PrepareReport
from observatoire.settings import Settings
from observatoire.store.observations import Collection, write_observations

TODAY = date(2026, 11, 22)
SITES = {"2B": 2, "42": 19, "57": 24}


@pytest.fixture
def figures(settings: Settings, tmp_path: Path) -> Settings:
    """Return settings whose data folder holds two tables of figures, and nothing else."""
    folder = tmp_path / "data" / "figures"
    folder.mkdir(parents=True)
    for name in ("insee_qpv_revn_2021.csv", "sdes_rpls_2022.csv"):
        shutil.copy(settings.data / "figures" / name, folder)
    return replace(settings, data=folder.parent)


def built(report: PrepareReport) -> BuildReport:
    assert report.build is not None
    return report.build


def field_layers(store: Access) -> Iterator[ProtectedLayer]:
    with store.session() as session:
        for info in publication.list_layers(session):
            if info.rule == "field":
                yield publication.read_layer(
                    session, info.indicator, period=info.period, edition=info.edition
                )


def test_a_fresh_clone_publishes_its_three_sites(
    clone: Clone,
) -> None:
    store, _, report = clone
    assert not report.ready
    assert built(report).written
    assert built(report).indicators >= 30 + 12
    with store.session() as session:
        ground = publication.read_boundaries(session, "2015")
        layers = publication.list_layers(session)
        assert not publication.read_outlines(session, "commune").empty
    assert ground.groupby("department").size().to_dict() == SITES
    assert {layer.fictitious for layer in layers if layer.rule == "field"} == {True}
    assert {layer.fictitious for layer in layers if layer.rule == "producer"} == {False}
    assert {layer.indicator for layer in layers if layer.rule == "field"} == {
        name for name in (layer.indicator for layer in layers) if name.startswith("terrain.")
    }


def test_preparing_twice_does_nothing_the_second_time(
    clone: Clone,
) -> None:
    store, settings, report = clone
    steps: list[str] = []
    again = pipeline.prepare(store, settings, steps.append)
    assert again == PrepareReport(ready=True)
    assert steps == ["comparaison avec la dernière publication"]
    rebuilt = pipeline.build(store)
    assert (rebuilt.sha256, rebuilt.written) == (built(report).sha256, False)


def test_a_new_year_or_other_sites_are_looked_at_again(store: Access, figures: Settings) -> None:
    first = pipeline.prepare(store, figures, today=TODAY)
    assert first.loaded == ("insee_qpv_revn_2021.csv", "sdes_rpls_2022.csv")
    for settings, today in (
        (figures, date(2027, 1, 1)),
        (replace(figures, sites=figures.sites[:1]), TODAY),
    ):
        again = pipeline.prepare(store, settings, today=today)
        assert not again.ready
        assert again.loaded == ()  # each file is loaded once
        assert not built(again).written
        assert pipeline.prepare(store, settings, today=today).ready


def test_every_layer_of_the_clone_is_accepted_when_it_is_read_again(
    clone: Clone,
) -> None:
    store, _, report = clone
    with store.session() as session:
        infos = publication.list_layers(session)
        for info in infos:
            layer = publication.read_layer(
                session, info.indicator, period=info.period, edition=info.edition
            )
            assert layer.share_visible == info.share_visible
    assert len(infos) == built(report).layers


def test_each_qpv_theme_and_year_shows_one_level_and_all_the_coarser_ones(
    clone: Clone,
) -> None:
    store, _, _ = clone
    seen: dict[tuple[str, str, str], dict[str, set[str]]] = {}
    for layer in field_layers(store):
        frame = layer.frame.droplevel("zone_kind")
        for qpv, status in frame["status"].items():
            key = (layer.indicator, str(qpv), layer.period[:4])
            by_level = seen.setdefault(key, {level: set() for level in LEVELS})
            by_level[level_of(layer.period)].add(status)
    assert len(seen) == 12 * 45 * 2
    for by_level in seen.values():
        shown = [by_level[level] - {"blind"} for level in LEVELS if by_level[level] - {"blind"}]
        assert all(len(found) == 1 for found in shown)
        order = ["ok" in found for found in shown]
        assert order == sorted(order)


def test_published_counts_add_up_over_their_periods(
    clone: Clone,
) -> None:
    store, _, _ = clone
    counts: dict[tuple[str, str, str], int] = {}
    blind: set[tuple[str, str, str]] = set()
    for layer in field_layers(store):
        frame = layer.frame.droplevel("zone_kind")
        for qpv, row in frame.iterrows():
            key = (layer.indicator, str(qpv), layer.period)
            if row["status"] == "ok":
                counts[key] = round(row["value"] * row["outings"])
            elif row["status"] == "blind":
                blind.add(key)
    checked = 0
    for (indicator, qpv, period), count in counts.items():
        for level in LEVELS[: LEVELS.index(level_of(period))]:
            keys = [(indicator, qpv, part) for part in parts(period, level)]
            if all(key in counts or key in blind or key[2] < "2022-07" for key in keys):
                assert count == sum(counts.get(key, 0) for key in keys)
                checked += 1
    assert checked > 500


def test_what_is_published_is_what_the_store_counts(
    clone: Clone,
) -> None:
    """Counted again in SQL, from the raw rows, for every shown cell of a year."""
    store, _, _ = clone
    with store.owner() as connection:
        rows = connection.execute(
            text(
                "SELECT 'terrain.' || o.theme, a.qpv, sum(o.count), count(DISTINCT o.outing) "
                "FROM raw.observation o JOIN raw.attachment a ON a.observation_id = o.id "
                "WHERE a.in_force AND o.date BETWEEN '2023-01-01' AND '2023-12-31' "
                "AND a.qpv IS NOT NULL GROUP BY 1, 2"
            )
        ).all()
        efforts = dict(
            connection.execute(
                text(
                    "SELECT qpv, count(*) FROM raw.outing "
                    "WHERE date BETWEEN '2023-01-01' AND '2023-12-31' GROUP BY 1"
                )
            ).all()
        )
    counted = {(row[0], row[1]): (int(row[2]), int(row[3])) for row in rows}
    shown = 0
    for layer in field_layers(store):
        if layer.period != "2023":
            continue
        frame = layer.frame.droplevel("zone_kind")
        for qpv, row in frame.iterrows():
            count, reports = counted.get((layer.indicator, str(qpv)), (0, 0))
            if row["status"] == "ok":
                assert round(row["value"] * row["outings"]) == count
                assert row["outings"] == efforts[qpv]
                shown += 1
            elif row["status"] == "secret":
                k = 10 if layer.description.sensitive else 5
                assert 0 < count <= k or reports < 2 or efforts[qpv] < 10
    assert shown > 400


def test_official_figures_are_published_as_their_producer_gives_them(clone: Clone) -> None:
    store, _, _ = clone
    with store.owner() as connection:
        rows = connection.execute(
            text(
                "SELECT zone, value, status FROM raw.statistic WHERE indicator = 'filosofi.TP60' "
                "AND period = '2018' AND zone_kind = 'qpv'"
            )
        ).all()
    with store.session() as session:
        frame = publication.read_layer(session, "filosofi.TP60", period="2018").frame
    assert len(rows) == 45
    for zone, value, status in rows:
        cell = frame.loc[("qpv", zone)]
        assert cell["status"] == status
        assert cell["value"] == value or (value is None and pd.isna(cell["value"]))


def test_a_build_that_fails_leaves_the_former_release(store: Access, figures: Settings) -> None:
    report = pipeline.prepare(store, figures, today=TODAY)
    with store.owner() as connection:
        connection.execute(
            text(
                "UPDATE raw.statistic SET value = value + 1 "
                "WHERE indicator = 'filosofi.TP60' AND status = 'ok'"
            )
        )
        connection.execute(
            text("ALTER TABLE published.cell ADD CONSTRAINT shut CHECK (false) NOT VALID")
        )
    with pytest.raises(ObservatoireError):
        pipeline.build(store, today=TODAY)
    with store.session() as session:
        current = publication.current_release(session)
        assert current is not None
        assert current.sha256 == built(report).sha256
        before = publication.read_layer(session, "filosofi.TP60").frame
    with store.owner() as connection:
        connection.execute(text("ALTER TABLE published.cell DROP CONSTRAINT shut"))
    assert pipeline.build(store, today=TODAY).written
    with store.session() as session:
        after = publication.read_layer(session, "filosofi.TP60").frame
    shown = before["status"] == "ok"
    assert shown.any()
    assert ((after["value"] - before["value"])[shown].round(9) == 1).all()


def test_nothing_to_publish_is_said_with_the_way_out(store: Access) -> None:
    with pytest.raises(NotFoundError) as refused:
        pipeline.build(store)
    assert "observatoire demo" in refused.value.remedy


def test_the_demonstration_makes_room_for_real_observations(
    store: Access, figures: Settings, settings: Settings
) -> None:
    shutil.copytree(settings.data / "qpv_contours", figures.data / "qpv_contours")
    with store.owner() as connection:
        connection.execute(text("INSERT INTO raw.theme VALUES ('tensions', 'field')"))
        connection.execute(
            text(
                "INSERT INTO raw.import_file (kind, sha256, file_name, variant, imported_on, read, "
                "accepted) VALUES ('observations', 'a', 'a.csv', 'tensions', '2024-01-01', 1, 1)"
            )
        )
    pipeline.prepare(store, figures, today=TODAY)
    with store.owner() as connection:
        fictitious = connection.execute(
            text("SELECT count(*) FROM raw.import_file WHERE fictitious")
        ).scalar_one()
    assert fictitious == 0


def test_a_theme_whose_outings_nobody_knows_is_named(store: Access, tmp_path: Path) -> None:
    load_squares(store, tmp_path)
    points = tmp_path / "points.csv"
    points.write_text("jour,lon,lat\n2023-05-02,4.5,45.405\n", "utf-8")
    for theme, register in (("seul", False), ("registre_complet", True)):
        with store.owner() as connection:
            reading = read_observations(
                points, theme=theme, columns=Columns(date="jour"), today=TODAY
            )
            collection: Collection = "register" if register else "field"
            write_observations(
                connection, reading, today=TODAY, source="terrain", collection=collection
            )
        points.write_text("jour,lon,lat\n2023-05-03,4.5,45.405\n", "utf-8")
    report = pipeline.build(store, today=TODAY)
    assert report.unseen == ("seul",)
    assert report.indicators == 1


def test_a_clone_without_its_data_says_what_to_do(
    settings: Settings, store: Access, tmp_path: Path
) -> None:
    with pytest.raises(NotFoundError):
        pipeline.prepare(store, replace(settings, data=tmp_path), today=TODAY)


def test_a_new_file_of_the_data_folder_is_loaded_at_the_next_start(
    store: Access, figures: Settings
) -> None:
    table = figures.data / "figures" / "sdes_rpls_2022.csv"
    kept = table.read_bytes()
    table.unlink()
    first = pipeline.prepare(store, figures, today=TODAY)
    assert pipeline.prepare(store, figures, today=TODAY).ready
    table.write_bytes(kept)
    second = pipeline.prepare(store, figures, today=TODAY)
    assert second.loaded == ("sdes_rpls_2022.csv",)
    assert built(second).indicators > built(first).indicators
