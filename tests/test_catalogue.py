"""The catalogue describes each indicator once, in good French, and nothing that is not read."""

import re
from pathlib import Path

import pandas as pd
import pytest

from observatoire.catalogue import Catalogue, read_catalogue
from observatoire.catalogue.document import indicators_page
from observatoire.errors import NotFoundError
from observatoire.indicators.official import build_official_layers
from observatoire.labels.typography import faults
from observatoire.periods import level_of
from observatoire.sources import read_register
from observatoire.statistics import (
    caf,
    census,
    filosofi,
    insee_qpv,
    panel,
    populations,
    read_statistics,
    rpls,
)
from observatoire.statistics.dispatch import FAMILIES

CLONE = Path(__file__).resolve().parent.parent
OFFICIAL = [
    item for item in read_catalogue().indicators.values() if not item.id.startswith("terrain.")
]
PRODUCERS = {"rp", "filosofi", "cnaf", "cnam", "ft", "asp", "rpls"}
FRENCH = (
    "label",
    "short",
    "definition",
    "unit",
    "numerator",
    "denominator",
    "next_update",
    "caveat",
    "verdict",
)


def read_ids():
    """Every id that some reader can give."""
    themes = [theme.columns for theme in insee_qpv.THEMES]
    names = [panel.COLUMNS, rpls.LAYOUT.columns, caf.LAYOUT.columns, filosofi._BASES]
    names.append(census.COLUMNS)
    return {id for columns in [*themes, *names] for id in columns.values()} | {
        populations.INDICATOR
    }


def test_it_describes_what_is_read_and_what_is_computed_from_it_and_nothing_else():
    read = read_ids()
    derived = {item.id for item in OFFICIAL if item.derived}
    assert {item.id for item in OFFICIAL} == read | derived
    assert not read & derived
    for item in OFFICIAL:
        assert {*item.numerator_ids, item.denominator_id} - {""} <= read, item.id
        assert bool(item.numerator_ids) == bool(item.denominator_id), item.id


def test_it_covers_each_subject_with_shares_and_not_only_counts():
    official = Catalogue({item.id: item for item in OFFICIAL}, read_catalogue().themes)
    subjects = {item.theme for item in OFFICIAL}
    assert subjects == {
        "population",
        "jeunesse",
        "menages",
        "revenus",
        "pauvrete",
        "emploi",
        "demandeurs",
        "prestations",
        "logement",
    }
    for theme in subjects:
        kinds = {item.kind for item in official.indicators.values() if item.theme == theme}
        assert kinds & {"share", "ratio"}, theme


@pytest.mark.parametrize("item", OFFICIAL, ids=lambda item: item.id)
def test_each_description_is_complete_and_well_written(item):
    assert item.producer in PRODUCERS
    assert re.fullmatch(r"[a-z]+\.[A-Za-z0-9_]+", item.id)
    assert item.source in read_register(), item.source
    assert item.label
    assert item.definition.endswith(".")
    assert 0 < len(item.short) <= 32
    assert item.caveat
    assert item.verdict
    assert item.next_update
    for name in FRENCH:
        assert faults(getattr(item, name)) == (), name
    assert item.label[0].isupper()
    assert not re.search(r"\d{4}$", item.label), "a label is followed by its year"


@pytest.mark.parametrize("item", OFFICIAL, ids=lambda item: item.id)
def test_each_description_agrees_with_itself(item):
    assert item.kind in {"count", "share", "ratio", "amount", "index"}
    assert item.additivity in {"sum", "weighted", "none"}
    assert item.direction in {-1, 0, 1}
    assert (item.unit == "%") or item.kind != "share"
    if item.kind == "count":
        assert item.decimals == 0
        assert not item.numerator
        assert item.unit
    if item.kind == "share":
        assert item.numerator
        assert item.denominator
        assert item.additivity != "sum"
    assert all(level_of(period) == "year" for period in item.breaks_after)


def test_the_breaks_that_are_known_are_declared():
    catalogue = read_catalogue()
    for item in OFFICIAL:
        if item.producer == "filosofi":
            assert item.breaks_after == ("2018",), item.id
    assert catalogue["cnam.C"].breaks_after == ("2021",)
    assert "rp.TX_TOT_EPREC" in catalogue
    assert "rp.TX_TOT_EDLIM" in catalogue
    assert catalogue["cnaf.A"].unit != catalogue["ft.A"].unit


def test_legends_can_tell_indicators_of_a_theme_apart():
    for theme in read_catalogue().themes:
        names = [item.short for item in OFFICIAL if item.theme == theme]
        assert len(names) == len(set(names)), theme


def test_an_unknown_indicator_is_refused_in_one_sentence():
    with pytest.raises(NotFoundError) as refusal:
        read_catalogue()["filosofi.rien"]
    assert "filosofi.rien" in refusal.value.user
    assert refusal.value.remedy


def test_the_page_of_the_documentation_is_up_to_date():
    frames = [
        read_statistics(path).frame for path in sorted((CLONE / "data/figures").glob("*.csv"))
    ]
    years: dict[str, list[str]] = {}
    for layer in build_official_layers(pd.concat(frames, ignore_index=True)):
        years.setdefault(layer.indicator, []).append(layer.period)
    page = indicators_page(read_catalogue(), (family.title for family in FAMILIES), years)
    assert (CLONE / "docs/indicators.md").read_text("utf-8") == page
    several = [id for id, periods in years.items() if len(periods) > 1]
    assert len(several) >= 60
