"""Layers of a field theme say of which grid they are an item."""

from __future__ import annotations

from dataclasses import replace

from conftest import Clone
from grids import DAY, ORGANISATIONS, a_grid, an_item
from toy_releases import Month, described, field_layers, official_layer

from observatoire import publication, sheets
from observatoire.catalogue import read_catalogue
from observatoire.disclosure import Rules, protect, reverify
from observatoire.indicators.field import describe_theme
from observatoire.labels.typography import NO_BREAK
from observatoire.provenance import name_grids

YEAR = {f"2023-{month:02d}": Month(12, 14, 6) for month in range(1, 13)}


def in_force(site="loire", **changes):
    values = {"status": "agreed", "agreed_by": ORGANISATIONS, "agreed_on": DAY}
    return a_grid(site, **(values | changes))


def layers(indicator, fictitious=False, description=None):
    return [
        replace(
            layer,
            fictitious=fictitious,
            description=description or described(indicator),
        )
        for layer in field_layers({"QP042001": YEAR}, indicator=indicator)
    ]


def test_a_theme_names_every_grid_in_force_that_holds_it():
    made = layers("terrain.tensions", description=read_catalogue()["terrain.tensions"])
    grids = [in_force("loire", version=2), in_force("moselle"), a_grid("bastia")]
    (said,) = {layer.description.grid for layer in name_grids(made, grids)}
    assert said == (
        "grille du site Loire, version 2, validée le 14 mars 2023 ; "
        "grille du site Moselle, version 1, validée le 14 mars 2023"
    ).replace(" ;", " ;")
    assert NO_BREAK not in said
    official = official_layer({"QP042001": (30.0, "ok")})
    assert name_grids([official], grids) == [official]
    other = layers("terrain.jeux")
    assert name_grids(other, grids) == other


def test_an_invented_grid_is_nothing_to_real_observations():
    grids = [in_force(fictitious=True)]
    real = name_grids(layers("terrain.tensions"), grids)
    invented = name_grids(layers("terrain.tensions", fictitious=True), grids)
    assert {layer.description.grid for layer in real} == {""}
    assert all("fictive" in layer.description.grid for layer in invented)


def test_a_theme_of_the_site_alone_is_described_and_protected_as_its_item_says():
    item = an_item("eclairage", label="Éclairage éteint la nuit", sensitive=True)
    grids = [
        in_force(items=(item,)),
        in_force("moselle", items=(replace(item, definition="Autre."),)),
    ]
    made = layers("terrain.eclairage", description=describe_theme("eclairage", "field"))
    named = name_grids(made, grids)
    one = named[0].description
    assert (one.label, one.definition) == (item.label, item.definition)
    assert "même façon" in one.caveat
    shown = {layer.period: set(layer.frame["status"]) for layer in protect(named, Rules(), {})}
    assert shown["2023-05"] == {"secret"}
    assert shown["2023-Q2"] == {"ok"}
    open_item = replace(item, sensitive=False)
    plain = protect(name_grids(made, [in_force(items=(open_item,))]), Rules(), {})
    assert {layer.period: set(layer.frame["status"]) for layer in plain}["2023-05"] == {"ok"}


def test_the_grid_is_in_the_hash_and_in_the_files_only_where_there_is_one():
    bare = protect(layers("terrain.tensions"), Rules(), {})[0]
    named = protect(name_grids(layers("terrain.tensions"), [in_force()]), Rules(), {})[0]
    assert bare.sha256 != named.sha256
    assert sheets.members(named)["grid"] == named.description.grid
    assert "grid" not in sheets.members(bare)


def test_a_layer_published_before_there_were_grids_still_reads():
    bare = protect(layers("terrain.tensions"), Rules(), {})[0]
    header = {
        name: getattr(bare, name)
        for name in ("indicator", "period", "edition", "rule", "source", "fictitious")
    }
    fields = dict(bare.description.__dict__)
    fields.pop("grid")
    assert reverify(header | {"description": fields}, bare.frame, bare.sha256)


def test_the_demonstration_says_its_grids_on_every_field_layer(clone: Clone):
    with clone.access.session() as session:
        for info in publication.list_layers(session):
            grid = info.description.grid
            assert ("grille fictive" in grid) == (info.rule == "field"), info.indicator
