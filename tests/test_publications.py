"""The tables and sentences of the page Publications, and what each reader is told of a release."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, replace
from datetime import date

import pytest
from monthly_world import ITEMS, SITE, TERMS, YEAR, described, monthly_world, released
from visitors import token_of

from observatoire import releases
from observatoire.codes import qpv_department
from observatoire.disclosure import Agreed, Rules
from observatoire.errors import NotFoundError
from observatoire.labels.typography import NARROW, NO_BREAK
from observatoire.protocole import Agreement
from observatoire.releases import Part, Seen
from observatoire.views.publications import holdings, visible
from observatoire.views.publications.files import contents_file
from observatoire.views.publications.rules import for_whom, rules_said
from observatoire.views.publications.secret import Example, explained, subtraction

SITES = {"loire": "Loire", "moselle": "Moselle"}


def plain(text):
    return text.replace(NO_BREAK, " ").replace(NARROW, " ")


def part(indicator="rp.POP", period="2022", *, rule="producer", site="", share=1.0, **more):
    one = described("jeux")
    values = {"edition": "2015", "fictitious": False, "source": "terrain"} | more
    return Part(
        id=1,
        indicator=indicator,
        period=period,
        rule=rule,
        site=site,
        share_visible=share,
        sha256="0" * 64,
        description=replace(one, theme="population" if rule == "producer" else "terrain"),
        **values,
    )


# --- what it holds ----------------------------------------------------------------------------


def test_layers_are_told_by_family_official_ones_first_then_each_site():
    parts = [
        part("terrain.jeux", f"{YEAR}-05", rule="field", site="moselle"),
        part("terrain.jeux", "2023", rule="field", fictitious=True),
        part("rp.POP", "2020", edition="iris-2020"),
        part("rp.POP", "2018", share=0.5),
        part("rp.POP", "2022"),
    ]
    found = holdings.families(parts, {"population": "Population"}, SITES)
    assert [(plain(one.name), len(one.parts)) for one in found] == [
        ("Population", 2),
        ("Autour des quartiers, par Iris", 1),
        ("Observations de terrain inventées", 1),
        ("Observations de terrain de Moselle", 1),
    ]
    table = plain(holdings.contents(found))
    assert "2018 à 2022 : années" in table
    assert "50 % à 100 %" in table


def test_periods_are_told_by_their_years_and_levels():
    said = holdings.periods_said(["2024-01", "2024-Q1", "2024", "2023-12"])
    assert plain(said) == "2023 à 2024 : mois, trimestres et années"
    assert plain(holdings.periods_said(["2024-H1"])) == "2024 : semestres"


def test_the_table_of_releases_keeps_the_newest_and_the_one_that_is_read():
    every = [
        releases.Release(n, f"{n:064d}", date(2026, 1, 1), n == 2, {}) for n in range(30, 0, -1)
    ]
    kept = holdings.newest(every)
    assert [one.id for one in kept] == [*range(30, 18, -1), 2]
    table = plain(holdings.ledger(every, {30: 1234}))
    assert "1 234" in table
    assert "Les 13 plus récentes sur 30" in table
    assert table.count("lue aujourd’hui") == 1


# --- the share that shows ---------------------------------------------------------------------


def seen(level, shown, hidden, *, zone="QP042001", together=False, fictitious=False):
    return Seen(zone, level, fictitious, together, shown, hidden)


def lines(*found):
    return visible.lines_of(found, {"QP042001": "loire"}.get, SITES)


def test_the_share_of_a_site_is_that_of_all_its_neighbourhoods_and_of_no_other():
    found = lines(
        seen("month", 1, 3), seen("month", 2, 2), seen("month", 9, 0, zone="QP075001"),
        seen("year", 4, 0), seen("month", 1, 0, fictitious=True),
    )  # fmt: skip
    assert [(one.site, one.fictitious) for one in found] == [("Loire", False), ("Loire", True)]
    assert found[0].levels["month"] == visible.Tally(3, 5)
    table = plain(visible.share_tables(found))
    assert "38 %" in table
    assert "3 sur 8" in table
    assert "100 %" in table
    assert "trimestre" not in table


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([seen("month", 5, 5)], []),
        (
            [seen("month", 1, 3), seen("quarter", 2, 3), seen("year", 31, 19)],
            ["Mieux vaut regrouper : à l’année, 62 % des chiffres se montrent."] * 2,
        ),
        (
            [seen("month", 1, 3), seen("quarter", 1, 2)],
            [
                "Mieux vaut regrouper : au trimestre, 33 % des chiffres se montrent.",
                "Aucun regroupement publié n’en montre plus ; la page « Grilles » dit quels"
                " indicateurs compter ensemble.",
            ],
        ),
        (
            [seen("month", 1, 3), seen("month", 4, 1, together=True), seen("year", 3, 1)],
            [
                "Mieux vaut regrouper : à l’année, 75 % des chiffres se montrent ; tous thèmes"
                " ensemble, 80 %."
            ],
        ),
        # the invented figures propose nothing to the real ones
        (
            [seen("month", 1, 3), seen("month", 4, 0, together=True, fictitious=True)],
            ["Aucun regroupement publié"],
        ),
        ([seen("month", 0, 0)], []),
    ],
)
def test_under_half_a_merge_is_proposed_from_what_is_published(found, said):
    made = [plain(one) for one in visible.proposals(lines(*found))]
    assert len(made) == len(said)
    for sentence, wanted in zip(made, said, strict=True):
        assert sentence.startswith("Loire, au ")
        assert wanted in sentence


# --- for whom, and the rules ------------------------------------------------------------------


def test_who_reads_is_what_the_agreement_in_force_says_and_nobody_without_one():
    agreed = Agreement("loire", "Loire", 3, TERMS, "agreed", ("A", "B"), date(2026, 1, 1))
    said = plain(for_whom({"loire": agreed}, {"loire": {"jeux": "Jeux libres"}}, SITES))
    assert "Loire : protocole version 3, en vigueur depuis le 1er janvier 2026" in said
    assert "Jeux libres" in said
    assert "personne ne lit d’observation réelle de : Moselle." in said


def test_the_rules_name_the_thresholds_of_the_house_and_of_each_agreement():
    asked = Agreed(k=7, outings=3, base=20)
    rules = Rules(agreed={"loire": asked}, former={"loire": ((date(2026, 3, 1), Agreed()),)})
    said = plain(" ".join(rules_said(rules.as_dict(), SITES)))
    assert "au moins 5 observations, rapportées par au moins 2 sorties, sur au moins 10" in said
    assert "Loire : son protocole demande au moins 7 observations" in said
    assert "Jusqu’au 1er mars 2026, il demandait 5 observations, 2 sorties, sur 10" in said
    assert "Les autres sites suivent les seuils communs." in said
    assert "son protocole" not in " ".join(rules_said(Rules().as_dict(), SITES))


def test_the_worked_example_hides_what_a_subtraction_would_find():
    one = Example()
    assert one.small < Rules().k <= one.beside
    assert "26 − 9 − 14 = 3" in plain(subtraction(one))
    assert "12 ensemble" in plain(subtraction(one))
    said = plain(explained())
    assert "chiffres inventés" in said
    for words in ("non disponible", "veille aveugle", "non collecté", "Zéro"):
        assert words in said


# --- what each reader is told -------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(test_cluster, tmp_path_factory):
    with monthly_world(test_cluster, tmp_path_factory.mktemp("publications")) as made:
        yield made


def told(world, login):
    door = world.access.signed(token_of(world.access, login) if login else None)
    with door.session() as session:
        found = releases.read_releases(session)
        counts = releases.count_layers(session, [one.id for one in found])
        parts = [releases.read_parts(session, one.id) for one in found]
        shown = releases.read_seen(session, parts[0])
        files = [contents_file(session, str(one.id)).decode("utf-8-sig") for one in found]
    return found, counts, parts, shown, files


@pytest.mark.parametrize("login", ["", "ailleurs", "deleguee"])
def test_a_reader_is_told_of_the_layers_that_its_session_reads_alone(world, login):
    found, counts, parts, shown, files = told(world, login)
    assert [(one.current, one.rules.get("agreed", {})) for one in found] == [
        (True, {SITE: asdict(Agreed(base=8))}),
        (False, {}),
    ]
    real = [one for one in parts[0] if one.rule == "field" and not one.fictitious]
    assert len(real) == (len(released()) if login == "deleguee" else 0)
    assert {one.site for one in real} <= {SITE}
    assert counts == {one.id: len(own) for one, own in zip(found, parts, strict=True)}
    assert any(one.together for one in shown) == (login == "deleguee")
    for text, own in zip(files, parts, strict=True):
        rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
        assert [row["sha256"] for row in rows] == [one.sha256 for one in own]
    assert ("terrain.ensemble" in files[0]) == (login == "deleguee")


def test_the_shares_are_those_of_the_released_cells(world):
    *_, shown, _ = told(world, "deleguee")
    site = world.settings.site_of
    found = visible.lines_of(shown, lambda code: site(code, qpv_department(code)), {SITE: "Loire"})
    own = next(line for line in found if not line.fictitious and not line.together)
    frames = [
        one.frame for one in released() if one.period == YEAR and one.indicator.endswith(ITEMS)
    ]
    cells = [
        status for frame in frames for (kind, _), status in frame["status"].items() if kind == "qpv"
    ]
    assert own.levels["year"] == visible.Tally(cells.count("ok"), cells.count("secret"))
    assert own.levels["year"].total == 4 * len(ITEMS)


@pytest.mark.parametrize("asked", ["3", "0", "x", "1;", "²", "99999999999999999999", "-1", ""])
def test_the_list_of_no_release_is_not_found(world, asked):
    with world.access.session() as session, pytest.raises(NotFoundError):
        contents_file(session, asked)
