"""Exports of other tools, taken in: written once, under the agreement, and never about somebody."""

from __future__ import annotations

import json
import shutil
import uuid
from datetime import date, timedelta

import pytest
from in_process import in_process_command  # noqa: F401 - the fixture
from sqlalchemy import text
from test_capture import OTHER, SHARES, TEAM, agree, town  # noqa: F401 - the fixture
from test_exchanges import as_csv, as_xlsx
from visitors import signed

from observatoire import capture, entries, team_desk
from observatoire.activity_desk import ActivityDesk
from observatoire.errors import ConflictError
from observatoire.exchanges import from_values, read_activity, to_toml
from observatoire.labels.typography import NO_BREAK
from observatoire.protocole import Terms

TODAY = date.today()
HEADERS = ["N° sortie", "Date", "Créneau", "Quartier", "Nb un", "Nb deux"]


def columns(items, **changes):
    return {
        "site": "loire",
        "name": "outil",
        "day": "Date",
        "slot": "Créneau",
        "qpv": "Quartier",
        "outing": "N° sortie",
        "neighbourhoods": {"Le quartier": "QP042001"},
        "item": [
            {"column": "Nb un", "item": items[0]},
            {"column": "Nb deux", "item": items[1]},
        ],
    } | changes


def said(day):
    return day.strftime("%d/%m/%Y")


def rows(*days, first=1):
    return [
        [f"S{rank}", said(day), "soir", "Le quartier", "2", ""]
        for rank, day in enumerate(days, first)
    ]


RECENT = [TODAY - timedelta(days=one) for one in (1, 2, 3)]


@pytest.fixture
def site(town, in_process, tmp_path, monkeypatch):  # noqa: F811
    """A site in force with an export of three outings; its leader's token in the environment."""
    store, settings, items = town
    agree(store, settings, Terms(shares=SHARES, precision="400"))
    leader = signed(store, "team_leader", sites=("loire",), organisation=TEAM)
    monkeypatch.setenv("OBSERVATOIRE_TOKEN", leader.token)
    (tmp_path / "outil.toml").write_text(to_toml(from_values(columns(items))), "utf-8")
    (tmp_path / "export.csv").write_bytes(as_csv(HEADERS, rows(*RECENT)))
    return Site(store, settings, items, leader, in_process, tmp_path)


class Site:
    def __init__(self, store, settings, items, leader, run, folder):
        self.store, self.settings, self.items = store, settings, items
        self.leader, self.run, self.folder = leader, run, folder

    def take_in(self, name="export.csv", *more):
        code, out, err = self.run(
            "activite", "import", self.folder / name, "--mapping", self.folder / "outil.toml",
            "--json", *more,
        )  # fmt: skip
        return code, json.loads(out) if out else {}, err

    def counts(self, name="export.csv"):
        done = self.take_in(name)[1]
        return done["written"], done["again"]

    def held(self):
        with self.store.owner() as owner:
            counts = {
                table: owner.execute(text(f"SELECT count(*) FROM capture.{table}")).scalar()
                for table in ("outing", "observation", "closed")
            }
        return tuple(counts.values())

    def kept(self):
        with self.leader.session() as session:
            return team_desk.read_own(session, TODAY)


def test_an_export_comes_in_once_whatever_its_form_and_its_length(site):
    assert site.take_in("export.csv", "--check")[1]["written"] == 3
    assert site.held() == (0, 0, 0), "checked, nothing is written"
    code, done, _ = site.take_in()
    assert code == 0
    assert (done["read"], done["kept"], done["written"], done["again"]) == (3, 3, 3, 0)
    assert site.held() == (3, 6, 0)
    assert {one["origin"] for one in site.kept().outings} == {"import"}
    longer = [*reversed(rows(*RECENT)), *rows(TODAY, first=9)]
    (site.folder / "longer.xlsx").write_bytes(as_xlsx(HEADERS, *longer))
    assert site.counts() == (0, 3)
    assert site.counts("longer.xlsx") == (1, 3)
    assert site.held() == (4, 8, 0)


def test_what_was_taken_back_does_not_come_in_again(site):
    site.take_in()
    team_desk.withdraw(site.leader, site.kept().outings[0]["id"])
    assert site.kept().closed == [("withdrawn", TODAY)]
    _, done, _ = site.take_in()
    assert (done["written"], done["again"]) == (0, 3)
    assert site.held() == (2, 4, 1)


def test_the_identifiers_kept_are_of_no_use_to_who_holds_the_export(site):
    site.take_in()
    kept = {one["id"] for one in site.kept().outings}
    kept |= {seen["id"] for one in site.kept().outings for seen in one["seen"]}
    reading = read_activity(
        site.folder / "export.csv", from_values(columns(site.items)), today=TODAY
    )
    computed = {one.id for one in reading.outings}
    computed |= {seen.id for one in reading.outings for seen in one.seen}
    assert len(kept) == len(computed) == 9
    assert not kept & computed
    assert all(uuid.UUID(one).version == 4 for one in kept)
    assert all(entries._is_random(one) for one in kept)


def test_two_teams_that_number_alike_in_the_same_tool_do_not_cover_each_other(site):
    site.take_in()
    with site.store.owner() as owner:
        owner.execute(text("ALTER TABLE agreements.step DISABLE TRIGGER refuse_change"))
        owner.execute(
            text("UPDATE agreements.step SET agreed_by = :by WHERE status = 'agreed'"),
            {"by": json.dumps([TEAM, OTHER])},
        )
    other = signed(
        site.store, "team_leader", sites=("loire",), organisation=OTHER, login="other-leader"
    )
    desk = ActivityDesk(site.settings)
    content = (site.folder / "export.csv").read_bytes()
    done = desk.load(other, "e.csv", content, columns(site.items), rehearse=False)
    assert (done.written, done.again) == (3, 0)
    assert site.held() == (6, 12, 0)


def test_a_file_on_persons_is_refused_whole(site):
    for name, head, cell in (("a", "Nom du jeune", "X"), ("b", "Remarque", "06 39 98 12 34")):
        more = [[*row, cell] for row in rows(*RECENT)]
        (site.folder / f"{name}.csv").write_bytes(as_csv([*HEADERS, head], more))
        code, done, err = site.take_in(f"{name}.csv")
        assert code == 1
        assert done["error"] == "NominativeError"
        assert "06 39" not in err + json.dumps(done)
    assert site.held() == (0, 0, 0)


def test_what_the_agreement_and_the_grid_do_not_allow_is_set_aside_row_by_row(site):
    old = TODAY - timedelta(days=40)
    lines = [
        *rows(RECENT[0], old),
        ["S3", said(RECENT[0]), "soir", "QP057001", "1", ""],
        ["S4", said(RECENT[0]), "soir", "Ailleurs", "1", ""],
        ["S5", "pas un jour", "soir", "Le quartier", "1", ""],
    ]
    (site.folder / "more.csv").write_bytes(as_csv(HEADERS, lines))
    code, done, _ = site.take_in("more.csv")
    assert code == 0
    assert (done["read"], done["kept"], done["written"]) == (5, 1, 1)
    assert [(one["row"], one["column"]) for one in done["aside"]] == [
        (2, "Date"),
        (3, "Quartier"),
        (4, "Quartier"),
        (5, "Date"),
    ]
    assert "Ailleurs" not in json.dumps(done, ensure_ascii=False)
    elsewhere = columns(site.items)
    elsewhere["item"][0]["item"] = "pas_dans_la_grille"
    (site.folder / "outil.toml").write_text(to_toml(from_values(elsewhere)), "utf-8")
    assert site.take_in()[1]["written"] == 0
    code, out, _ = site.run(
        "activite", "import", site.folder / "more.csv", "--mapping", site.folder / "outil.toml"
    )
    assert "Lignes mises de côté : 4" in out.replace(NO_BREAK, " ")


def test_an_outing_that_is_there_is_known_however_old_it_became(site):
    site.take_in()
    with site.store.owner() as owner:
        owner.execute(text("UPDATE capture.outing SET day = day - 300"))
    assert site.kept().outings == []
    assert site.counts() == (0, 3)


@pytest.mark.parametrize("role", ["street_team", "delegate", "administrator", None])
def test_only_a_team_leader_imports(site, monkeypatch, role):
    if role is None:
        monkeypatch.delenv("OBSERVATOIRE_TOKEN")
    else:
        door = signed(site.store, role, sites=("loire",), organisation=TEAM)
        monkeypatch.setenv("OBSERVATOIRE_TOKEN", door.token)
    code, done, err = site.take_in()
    assert (code, done["error"]) == (1, "SignInError" if role is None else "AccessError")
    assert len(err.splitlines()) == 1
    assert site.held() == (0, 0, 0)


def test_without_an_agreement_of_the_team_nothing_comes_in(site, monkeypatch):
    for organisation, sites in ((OTHER, ("loire",)), (TEAM, ("bastia",))):
        door = signed(
            site.store,
            "team_leader",
            sites=sites,
            organisation=organisation,
            login=f"leader-{sites[0]}",
        )
        monkeypatch.setenv("OBSERVATOIRE_TOKEN", door.token)
        code, done, _ = site.take_in()
        assert (code, done["error"]) == (1, "AccessError")
    assert site.held() == (0, 0, 0)


def test_an_export_is_ruled_by_its_own_site_whatever_the_others_of_the_leader(site, monkeypatch):
    both = signed(site.store, "team_leader", sites=("loire", "moselle"), organisation=TEAM)
    monkeypatch.setenv("OBSERVATOIRE_TOKEN", both.token)
    far = columns(site.items, site="moselle", neighbourhoods={"Le quartier": "QP057001"})
    (site.folder / "loin.toml").write_text(to_toml(from_values(far)), "utf-8")
    shutil.copy(site.folder / "outil.toml", site.folder / "loire.toml")

    def take_in(mapping):
        shutil.copy(site.folder / mapping, site.folder / "outil.toml")
        code, done, _ = site.take_in()
        return code, done.get("written"), {one["reason"] for one in done.get("aside", [])}

    code, written, _ = take_in("loin.toml")
    assert (code != 0, written) == (True, None), "an agreement of the Loire says nothing of Moselle"
    agree(site.store, site.settings, Terms(shares=SHARES, days_back=2), site="moselle")
    assert take_in("loin.toml") == (0, 2, {"est à venir, ou trop ancien"})
    wrong = columns(site.items, neighbourhoods={"Le quartier": "QP057001"})
    (site.folder / "faux.toml").write_text(to_toml(from_values(wrong)), "utf-8")
    assert take_in("faux.toml") == (0, 0, {"n’est pas un quartier de l’équipe"})
    with site.store.owner() as owner:
        found = owner.execute(text("SELECT site, count(*) FROM capture.outing GROUP BY site"))
        assert [tuple(row) for row in found] == [("moselle", 2)]


def test_all_or_nothing(site, monkeypatch):
    seen = []

    def failing(rank):
        seen.append(rank)
        if rank == 2:
            raise RuntimeError

    desk = ActivityDesk(site.settings)
    content = (site.folder / "export.csv").read_bytes()
    with pytest.raises(RuntimeError):
        desk.load(site.leader, "e.csv", content, columns(site.items), rehearse=False, tell=failing)
    assert (seen, site.held()) == ([1, 2], (0, 0, 0))
    monkeypatch.setattr(capture, "MOST_AT_ONCE", 2)
    with pytest.raises(ConflictError):
        desk.load(site.leader, "e.csv", content, columns(site.items), rehearse=False)
    assert site.held() == (0, 0, 0)


def test_a_mapping_is_suggested_saved_listed_shown_and_used(site):
    label = f"Nb {site.items[0].replace('_', ' ')}"
    (site.folder / "export.csv").write_bytes(as_csv([*HEADERS[:4], label, "Autre"], rows(*RECENT)))
    made = ("activite", "mapping", "suggest", site.folder / "export.csv")
    code, out, _ = site.run(*made, "--site", "loire", "--name", "trajet")
    assert code == 0
    assert f'item = "{site.items[0]}"' in out
    (site.folder / "trajet.toml").write_text(
        out + '\n[neighbourhoods]\n"Le quartier" = "QP042001"\n', "utf-8"
    )
    document = (site.folder / "trajet.toml").read_text("utf-8")
    head, _, item = document.partition("[[item]]")
    item, _, places = item.partition("[neighbourhoods]")
    (site.folder / "trajet.toml").write_text(
        f"{head}[neighbourhoods]{places}[[item]]{item}", "utf-8"
    )
    code, out, err = site.run("activite", "mapping", "save", site.folder / "trajet.toml")
    assert code == 0, err
    assert "trajet" in site.run("activite", "mapping", "list", "loire")[1]
    shown = site.run("activite", "mapping", "show", "loire", "trajet")[1]
    assert '"Le quartier" = "QP042001"' in shown
    named = ("--site", "loire", "--name", "trajet", "--json")
    code, out, _ = site.run("activite", "import", site.folder / "export.csv", *named)
    assert (code, json.loads(out)["written"]) == (0, 3)
    code, _, err = site.run("activite", "import", site.folder / "export.csv")
    assert code == 1
    assert "--mapping" in err
    assert "pas de correspondance" in site.run("activite", "mapping", "show", "loire", "x")[2]
