"""The published schema: one transaction per release, nothing unprotected in, nothing edited out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import pandas as pd
import psycopg
import pytest
from shapely import MultiPolygon, box
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from toy_releases import MONTHS, Month, Year, field_layers, official_layer

from observatoire import publication
from observatoire.access import Access
from observatoire.disclosure import ProtectedLayer, Rules, protect
from observatoire.errors import DisclosureError, NotFoundError, StoreError
from observatoire.publication import ReleaseInfo

TODAY = date(2024, 3, 1)
RULES = Rules()
QPV = ("QP042001", "QP042002")
SEVEN: Year = dict.fromkeys(MONTHS, Month(7, 13, 7))
TWO: Year = dict.fromkeys(MONTHS, Month(2, 13, 2))


def squares(codes: Sequence[str] = QPV, side: float = 0.01) -> gpd.GeoDataFrame:
    """Return squares in a row, indexed by code, as the store gives perimeters."""
    ground = [MultiPolygon([box(n, 45.0, n + side, 45.0 + side)]) for n in range(len(codes))]
    return gpd.GeoDataFrame(
        {
            "edition": "2015",
            "name": [f"Quartier {code}" for code in codes],
            "commune": "Montbrison",
            "department": "42",
            "area_m2": 1e6,
            "tolerance_m": 2.0,
        },
        geometry=ground,
        index=pd.Index(codes, name="code"),
        crs=4326,
    )


def communes() -> gpd.GeoDataFrame:
    frame = squares(["42147"]).drop(columns=["edition", "commune", "area_m2"])
    return frame.assign(kind="commune", vintage="2024")


def made(*years: Year, value: float = 31.5) -> list[ProtectedLayer]:
    layers = [
        *field_layers(dict(zip(QPV, years or (SEVEN, TWO), strict=True))),
        official_layer({"FR": (14.1, "ok"), QPV[0]: (value, "ok"), QPV[1]: (None, "secret")}),
    ]
    return protect(layers, RULES, {})


def publish(
    store: Access,
    layers: Sequence[ProtectedLayer],
    ground: gpd.GeoDataFrame | None = None,
    today: date = TODAY,
) -> ReleaseInfo:
    with store.owner() as connection:
        return publication.write_release(
            connection,
            layers,
            boundaries={"2015": squares() if ground is None else ground},
            outlines={"commune": communes()},
            rules=RULES,
            today=today,
        )


def count(store: Access, table: str) -> int:
    with store.owner() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM published.{table}")).scalar_one())


def test_a_layer_is_read_back_as_it_was_published(store: Access) -> None:
    layers = made()
    publish(store, layers)
    with store.session() as session:
        for layer in layers:
            again = publication.read_layer(
                session, layer.indicator, period=layer.period, edition=layer.edition
            )
            assert again.sha256 == layer.sha256
            pd.testing.assert_frame_equal(again.frame, layer.frame)
            assert again.description == layer.description


def test_layers_are_listed_in_the_order_they_were_published(store: Access) -> None:
    layers = made()
    publish(store, layers)
    with store.session() as session:
        listed = publication.list_layers(session)
    assert [(one.indicator, one.period) for one in listed] == [
        (one.indicator, one.period) for one in layers
    ]
    assert [one.share_visible for one in listed] == [one.share_visible for one in layers]
    assert {one.description.label for one in listed} == {"Jeux", "Taux de pauvreté"}


def test_by_default_the_latest_period_is_read_and_the_longest_that_ends_then(
    store: Access,
) -> None:
    publish(store, made())
    with store.session() as session:
        assert publication.read_layer(session, "terrain.jeux").period == "2023"
        assert publication.read_layer(session, "filosofi.TP60").period == "2018"


def test_a_period_that_shows_nothing_is_read_when_it_is_asked_for_only(store: Access) -> None:
    shown = official_layer({QPV[0]: (31.5, "ok")}, period="2018")
    hidden = official_layer({QPV[0]: (None, "secret")}, period="2019")
    publish(store, protect([shown, hidden], RULES, {}))
    with store.session() as session:
        assert publication.read_layer(session, "filosofi.TP60").period == "2018"
        asked = publication.read_layer(session, "filosofi.TP60", period="2019")
    assert asked.share_visible == 0.0


def test_the_perimeters_and_outlines_are_published_with_the_layers(store: Access) -> None:
    publish(store, made())
    with store.session() as session:
        ground = publication.read_boundaries(session, "2015")
        around = publication.read_outlines(session, "commune")
        assert publication.read_boundaries(session, "2024").empty
    assert list(ground.index) == list(QPV)
    assert ground.crs.to_epsg() == around.crs.to_epsg() == 4326
    assert ground.geometry.geom_equals(squares().geometry).all()
    assert list(ground["name"]) == ["Quartier QP042001", "Quartier QP042002"]
    assert list(around["department"]) == ["42"]


def test_the_same_content_makes_no_new_release(store: Access) -> None:
    first = publish(store, made())
    again = publish(store, made(), today=date(2024, 4, 1))
    assert first.written
    assert not again.written
    assert (again.id, again.sha256, again.released_on) == (first.id, first.sha256, TODAY)
    assert count(store, "release") == 1


def test_another_figure_or_another_perimeter_makes_a_new_release(store: Access) -> None:
    first = publish(store, made())
    second = publish(store, made(value=31.6))
    third = publish(store, made(value=31.6), squares(side=0.02))
    assert len({first.sha256, second.sha256, third.sha256}) == 3
    with store.session() as session:
        current = publication.current_release(session)
        layer = publication.read_layer(session, "filosofi.TP60")
        ground = publication.read_boundaries(session, "2015")
    assert current is not None
    assert current.id == third.id
    assert layer.frame.loc[("qpv", QPV[0]), "value"] == 31.6
    assert ground.geometry.geom_equals(squares(side=0.02).geometry).all()


def test_going_back_to_earlier_content_makes_that_release_current_again(store: Access) -> None:
    first = publish(store, made())
    publish(store, made(value=31.6))
    back = publish(store, made())
    assert (back.id, back.written) == (first.id, True)
    assert count(store, "release") == 2
    with store.session() as session:
        layer = publication.read_layer(session, "filosofi.TP60")
    assert layer.frame.loc[("qpv", QPV[0]), "value"] == 31.5


def test_a_release_that_fails_midway_leaves_the_former_one(store: Access) -> None:
    first = publish(store, made())

    def stop() -> None:
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError), store.owner() as connection:
        publication.write_release(
            connection,
            made(value=1.0),
            boundaries={"2015": squares(side=0.03)},
            outlines={},
            rules=RULES,
            today=TODAY,
            advance=stop,
        )
    with store.session() as session:
        current = publication.current_release(session)
        assert current is not None
        assert current.sha256 == first.sha256
        ground = publication.read_boundaries(session, "2015")
        assert ground.geometry.geom_equals(squares().geometry).all()
    assert count(store, "release") == 1


def test_what_did_not_pass_the_door_is_not_published(store: Access) -> None:
    raw = field_layers({QPV[0]: SEVEN})[0]
    for other in (raw, raw.frame, None):
        with pytest.raises(DisclosureError):
            publish(store, [other])  # type: ignore[list-item]
    assert count(store, "release") == 0


def test_the_levels_shown_are_kept_and_given_back_to_the_door(store: Access) -> None:
    publish(store, made(SEVEN, TWO))
    with store.owner() as connection:
        kept = publication.read_granularities(connection)
    key = ("terrain.jeux", "2015", QPV[0], "2023")
    assert kept[key] == "month"
    assert kept[("terrain.jeux", "2015", QPV[1], "2023")] == "quarter"
    coarser = protect(field_layers({QPV[0]: {**SEVEN, "2023-05": Month(1, 13, 1)}}), RULES, kept)
    publish(store, coarser)
    with store.owner() as connection:
        kept = publication.read_granularities(connection)
    assert kept[key] == "quarter"
    finer = protect(field_layers({QPV[0]: SEVEN}), RULES, {})  # as if nothing had been released
    with pytest.raises(DisclosureError, match="refines"):
        publish(store, finer)


MAY = "layer_id = (SELECT id FROM published.layer WHERE period = '2023-05')"
EDITS = [
    f"UPDATE published.cell SET value = 3.0 / 13 WHERE {MAY} AND zone = 'QP042001'",
    f"UPDATE published.cell SET value = 8.0 / 13 WHERE {MAY} AND zone = 'QP042001'",
    "UPDATE published.cell SET value = 0.2, status = 'ok', outings = 20 "
    f"WHERE {MAY} AND zone = 'QP042002'",
    f"UPDATE published.cell SET outings = 13 WHERE {MAY} AND zone = 'QP042002'",
    f"DELETE FROM published.cell WHERE {MAY} AND zone = 'QP042002'",
    "UPDATE published.layer SET rule = 'open' WHERE period = '2023-05'",
    "UPDATE published.layer SET rule = 'producer' WHERE period = '2023-05'",
    """UPDATE published.layer SET description = description || '{"label": "Vols"}'
    WHERE period = '2023-05'""",
]


@pytest.mark.parametrize("statement", EDITS)
def test_an_edited_row_is_refused_when_it_is_read(store: Access, statement: str) -> None:
    publish(store, made())
    with store.owner() as connection:
        assert connection.execute(text(statement)).rowcount == 1
    with store.session() as session:
        with pytest.raises(DisclosureError) as refused:
            publication.read_layer(session, "terrain.jeux", period="2023-05")
        assert "observatoire build" in refused.value.remedy
        publication.read_layer(session, "terrain.jeux", period="2023-06")


def test_a_fictitious_layer_said_to_be_real_is_hidden_and_refused(store: Access) -> None:
    publish(store, made())
    with store.owner() as connection:
        edit = "UPDATE published.layer SET fictitious = false WHERE period = '2023-05'"
        assert connection.execute(text(edit)).rowcount == 1
    with store.session() as session, pytest.raises(NotFoundError):
        publication.read_layer(session, "terrain.jeux", period="2023-05")
    with store.owner() as owner, pytest.raises(DisclosureError):
        publication.read_layer(owner, "terrain.jeux", period="2023-05")


def test_the_database_itself_refuses_a_value_in_a_hidden_cell(store: Access) -> None:
    publish(store, made())
    with pytest.raises(StoreError), store.owner() as connection:
        connection.execute(text("UPDATE published.cell SET value = 2 WHERE status = 'secret'"))


def test_the_app_reads_what_is_published_and_nothing_raw(store: Access) -> None:
    publish(store, made())
    with store.session() as session:
        assert session.execute(text("SELECT count(*) FROM published.cell")).scalar_one() > 0
    raw = ("observation", "outing", "attachment", "statistic", "boundary", "quarantine")
    for table in raw:
        with pytest.raises((StoreError, DBAPIError)) as refused, store.session() as session:
            session.execute(text(f"SELECT 1 FROM raw.{table}"))
        assert "42501" in str(refused.value)  # insufficient privilege
    for statement in ("DELETE FROM published.cell", "UPDATE published.release SET current = true"):
        with pytest.raises((StoreError, DBAPIError)) as refused, store.session() as session:
            session.execute(text(statement))
        assert "25006" in str(refused.value)  # the app's transactions are read-only


def test_what_is_not_published_is_said_in_one_french_sentence(store: Access) -> None:
    with store.session() as session, pytest.raises(NotFoundError):
        publication.read_layer(session, "terrain.jeux")
    publish(store, made())
    with store.session() as session:
        assert publication.current_release(session) is not None
        with pytest.raises(NotFoundError, match="not published"):
            publication.read_layer(session, "filosofi.MED")
        with pytest.raises(NotFoundError) as refused:
            publication.read_layer(session, "filosofi.TP60", period="1999")
    assert "2018 (édition 2015)" in refused.value.remedy


def test_nothing_is_published_before_the_first_release(store: Access) -> None:
    with store.session() as session:
        assert publication.current_release(session) is None
        assert publication.list_layers(session) == []


def test_no_hour_and_no_author_is_kept(settings, store: Access) -> None:
    publish(store, made())
    with psycopg.connect(settings.database_url) as connection:
        kinds = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = "
            "'published' AND (data_type LIKE 'time%' OR column_name ~ 'author|user|created')"
        ).fetchall()
    assert kinds == []


def test_a_published_layer_says_it_is_fictitious(store: Access) -> None:
    publish(store, made())
    with store.session() as session:
        fictitious = {one.indicator: one.fictitious for one in publication.list_layers(session)}
        assert fictitious == {"terrain.jeux": True, "filosofi.TP60": False}
        assert publication.read_layer(session, "terrain.jeux").fictitious
