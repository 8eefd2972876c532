"""What is shown of a site's own observations is what its agreement asks, and no other site's."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_capture import SHARES, TODAY, agree, entry, town
from test_disclosure import as_published, cells_of, evenly, years
from toy_releases import field_layers
from visitors import token_of

from observatoire import pipeline, protocole_desk, publication
from observatoire.capture import Entries
from observatoire.disclosure import Agreed, Rules, protect, reverify, split_sites
from observatoire.errors import DisclosureError
from observatoire.protocole import Terms

SITE_OF = {"QP042001": "loire", "QP042002": "loire", "QP02B001": "bastia"}
AGREED = st.builds(Agreed, st.integers(3, 12), st.integers(1, 4), st.integers(2, 20))
DUE = date(TODAY.year + 1, 2, 4)
"""The day from which no entry may come to this year any more."""
__all__ = ["town"]  # a fixture


def real_layers(qpvs):
    return [replace(one, fictitious=False) for one in field_layers(qpvs)]


def parts_of(qpvs, agreed, former=None):
    rules = Rules(agreed=agreed, former=former or {})
    made = protect(real_layers(qpvs), rules, {}, SITE_OF)
    return [part for layer in made for part in split_sites(layer, SITE_OF, rules)]


@given(st.lists(years(), min_size=3, max_size=3), AGREED)
@settings(max_examples=6, deadline=None)
def test_every_shown_cell_reaches_what_its_site_asks_and_reads_back(rows, agreed):
    qpvs = dict(zip(SITE_OF, rows, strict=True))
    for part in parts_of(qpvs, {"loire": agreed}):
        asked = agreed if part.site == "loire" else Agreed()
        shown = part.frame[part.frame["status"] == "ok"]
        counts = (shown["value"] * shown["outings"].astype("float64")).round()
        assert (counts[counts > 0] >= asked.k).all()
        assert (shown["outings"] >= asked.base).all()
        header = as_published(part) | {
            "site": part.site,
            "agreed": asdict(part.agreed) if part.agreed else None,
        }
        assert reverify(header, part.frame, part.sha256).sha256 == part.sha256


@given(st.lists(years(), min_size=3, max_size=3), AGREED)
@settings(max_examples=6, deadline=None)
def test_the_agreement_of_one_site_changes_nothing_of_another(rows, agreed):
    qpvs = dict(zip(SITE_OF, rows, strict=True))
    alone = [part for part in parts_of(qpvs, {}) if part.site == "bastia"]
    beside = [part for part in parts_of(qpvs, {"loire": agreed}) if part.site == "bastia"]
    for one, other in zip(alone, beside, strict=True):
        pd.testing.assert_frame_equal(one.frame, other.frame)
        assert one.sha256 == other.sha256


@pytest.mark.parametrize(("asked", "status"), [(8, "secret"), (7, "ok"), (3, "ok")])
def test_a_count_is_shown_from_the_k_of_its_agreement(asked, status):
    made = parts_of({"QP042001": evenly(7)}, {"loire": Agreed(k=asked)})
    assert cells_of(made)["QP042001"]["2023-05"][0] == status


def test_a_lower_threshold_holds_for_its_own_site_alone():
    qpvs = dict.fromkeys(SITE_OF, evenly(4, outings=4))
    cells = cells_of(parts_of(qpvs, {"loire": Agreed(3, 1, 4)}))
    assert cells["QP042001"]["2023-05"][0] == "ok"
    assert cells["QP02B001"]["2023-05"][0] == "secret"


@pytest.mark.parametrize(
    ("until", "status"), [(date(2023, 1, 1), "ok"), (date(2023, 1, 2), "secret")]
)
def test_a_lower_threshold_opens_no_year_that_an_earlier_version_ruled(until, status):
    former = {"loire": ((until, Agreed(k=8)),)}
    cells = cells_of(parts_of({"QP042001": evenly(7)}, {"loire": Agreed(k=6)}, former))
    assert cells["QP042001"]["2023-05"][0] == status


@given(AGREED, AGREED)
@settings(deadline=None)
def test_of_two_versions_of_a_year_each_threshold_is_the_higher(one, other):
    rules = Rules(agreed={"loire": one}, former={"loire": ((date(2023, 6, 1), other),)})
    both = rules.agreed_for("loire", "2023") or Agreed()
    assert asdict(both) == {
        name: max(value, asdict(other)[name]) for name, value in asdict(one).items()
    }
    assert rules.agreed_for("loire", "2024") == one


def test_invented_layers_keep_the_thresholds_of_the_house():
    rules = Rules(agreed={"loire": Agreed(3, 1, 2)})
    made = protect(field_layers({"QP042001": evenly(4)}), rules, {}, SITE_OF)
    assert cells_of(made)["QP042001"]["2023-05"][0] == "secret"


@pytest.mark.parametrize("asked", [Agreed(k=2), Agreed(outings=0), Agreed(base=1)])
def test_no_agreement_goes_under_the_last_floor(asked):
    with pytest.raises(DisclosureError, match="no agreement may ask"):
        parts_of({"QP042001": evenly(9)}, {"loire": asked})


def test_thresholds_of_a_released_part_cannot_be_lowered_afterwards():
    (part, *_) = parts_of({"QP042001": evenly(9)}, {"loire": Agreed(k=6)})
    header = as_published(part) | {"site": part.site, "agreed": {"k": 5, "outings": 2, "base": 10}}
    with pytest.raises(DisclosureError, match="not what was published"):
        reverify(header, part.frame, part.sha256)


@pytest.mark.parametrize(
    ("terms", "seen", "status"),
    [
        (Terms(shares=SHARES, retention_months=24), 6, "ok"),
        (Terms(shares=SHARES, retention_months=24, k=8), 6, "secret"),
        (
            Terms(shares=SHARES, retention_months=24, k=3, article="Article 7 : petits effectifs."),
            4,
            "ok",
        ),
    ],
)
def test_from_the_agreement_to_the_released_figure(town, terms, seen, status):
    store, site_settings, items = town
    agree(store, site_settings, terms)
    desk, token = Entries(site_settings, store), token_of(store, "team-a")
    for rank in range(12):
        desk.keep(token, entry("QP042001", items[0] if rank < seen else ""))
    pipeline.build(store, today=DUE, sites=site_settings.sites)
    with store.owner() as owner:
        layer = publication.read_layer(owner, f"terrain.{items[0]}", period=str(TODAY.year))
    assert layer.frame.loc[("qpv", "QP042001"), "status"] == status
    if status == "ok":  # what was released then stays readable under a stricter agreement
        agree(store, site_settings, replace(terms, k=9, article=""))
        with store.owner() as owner:
            again = publication.read_layer(owner, layer.indicator, period=layer.period)
            assert again.frame.equals(layer.frame)
        pipeline.build(store, today=DUE, sites=site_settings.sites)
        with store.owner() as owner:
            after = publication.read_layer(owner, layer.indicator, period=layer.period)
        assert after.frame.equals(layer.frame)  # nor is it computed again


@pytest.mark.parametrize(("since", "status"), [(None, "secret"), (date(TODAY.year, 1, 1), "ok")])
def test_a_lower_threshold_holds_for_what_was_seen_before_by_an_act_alone(town, since, status):
    store, site_settings, items = town
    agree(store, site_settings, Terms(shares=SHARES, retention_months=24, k=8))
    desk, token = Entries(site_settings, store), token_of(store, "team-a")
    for rank in range(12):
        desk.keep(token, entry("QP042001", items[0] if rank < 6 else ""))
    agree(store, site_settings, Terms(shares=SHARES, retention_months=24))
    with store.owner() as owner:
        if since:
            protocole_desk.widen(owner, "loire", since, "Dit en réunion de site.")
    pipeline.build(store, today=DUE, sites=site_settings.sites)
    with store.owner() as owner:
        layer = publication.read_layer(owner, f"terrain.{items[0]}", period=str(TODAY.year))
    assert layer.frame.loc[("qpv", "QP042001"), "status"] == status
