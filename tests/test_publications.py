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
from observatoire.disclosure import Agreed, Rules
from observatoire.errors import NotFoundError
from observatoire.labels.typography import NARROW, NO_BREAK
from observatoire.protocole import Agreement
from observatoire.releases import Part
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


def seen(level, share, *, site="loire", together=False, fictitious=False):
    period = {"month": "2025-01", "quarter": "2025-Q1", "year": "2025"}[level]
    name = "terrain.ensemble" if together else "terrain.jeux"
    site = "" if fictitious else site
    return part(name, period, rule="field", site=site, share=share, fictitious=fictitious)


def lines(*found):
    return visible.lines_of(found, SITES)


def test_the_share_of_a_site_is_the_mean_of_its_own_layers():
    found = lines(
        seen("month", 0.25), seen("month", 0.5), seen("month", 1.0, site="-"),
        seen("month", None), seen("year", 1.0), seen("month", 0.9, fictitious=True), part(),
    )  # fmt: skip
    assert [(one.site, one.fictitious) for one in found] == [("Loire", False), ("", True)]
    assert found[0].levels["month"] == visible.Tally(2, 0.375)
    table = plain(visible.share_tables(found))
    assert "38 %" in table
    assert "2 couches" in table
    assert "100 %" in table
    assert "Tous les sites" in table
    assert "trimestre" not in table


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([seen("month", 0.5)], []),
        (
            [seen("month", 0.25), seen("quarter", 0.4), seen("year", 0.62)],
            ["Mieux vaut regrouper : à l’année, 62 % des chiffres se montrent."] * 2,
        ),
        (
            [seen("month", 0.25), seen("quarter", 0.33)],
            [
                "Mieux vaut regrouper : au trimestre, 33 % des chiffres se montrent.",
                "Aucun regroupement publié n’en montre plus ; la page « Grilles » dit quels"
                " indicateurs compter ensemble.",
            ],
        ),
        (
            [seen("month", 0.25), seen("month", 0.8, together=True), seen("year", 0.75)],
            [
                "Mieux vaut regrouper : à l’année, 75 % des chiffres se montrent ; tous thèmes"
                " ensemble, 80 %."
            ],
        ),
        # the invented figures propose nothing to the real ones
        (
            [seen("month", 0.25), seen("month", 1.0, together=True, fictitious=True)],
            ["Aucun regroupement publié"],
        ),
        ([seen("month", None)], []),
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
        counts = releases.count_open(session, [one.id for one in found])
        parts = [releases.read_parts(session, one.id) for one in found]
        files = [contents_file(session, str(one.id)).decode("utf-8-sig") for one in found]
    return found, counts, parts, files


@pytest.mark.parametrize("login", ["", "ailleurs", "deleguee"])
def test_a_reader_is_told_of_the_layers_that_its_session_reads_alone(world, login):
    found, counts, parts, files = told(world, login)
    assert [(one.current, one.rules.get("agreed", {})) for one in found] == [
        (True, {SITE: asdict(Agreed(base=8))}),
        (False, {}),
    ]
    real = [one for one in parts[0] if one.is_real_field]
    assert len(real) == (len(released()) if login == "deleguee" else 0)
    assert {one.site for one in real} <= {SITE}
    assert counts == {
        one.id: sum(not part.is_real_field for part in own)
        for one, own in zip(found, parts, strict=True)
    }
    for text, own in zip(files, parts, strict=True):
        rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
        assert [row["sha256"] for row in rows] == [one.sha256 for one in own]
    assert ("terrain.ensemble" in files[0]) == (login == "deleguee")


def test_the_shares_are_those_of_the_released_cells(world):
    _, _, (parts, _), _ = told(world, "deleguee")
    own = next(line for line in visible.lines_of(parts, SITES) if not line.together)
    frames = [
        one.frame
        for one in released()
        if len(one.period) == 7 and one.indicator.endswith(ITEMS) and "Q" not in one.period
    ]
    statuses = [list(frame.drop(("site", SITE))["status"]) for frame in frames]
    shares = [one.count("ok") / (one.count("ok") + one.count("secret")) for one in statuses]
    assert own.levels["month"].layers == 12 * len(ITEMS)
    assert own.levels["month"].share == pytest.approx(sum(shares) / len(shares))


@pytest.mark.parametrize("asked", ["3", "0", "x", "1;", "²", "99999999999999999999", "-1", ""])
def test_the_list_of_no_release_is_not_found(world, asked):
    with world.access.session() as session, pytest.raises(NotFoundError):
        contents_file(session, asked)
