"""The grid of indicators: its life, its faults, its document, what two grids share."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from datetime import date

import pytest
from grids import DAY, ORGANISATIONS, TODAY, a_grid, an_item, item_lists, items, texts
from hypothesis import given
from hypothesis import settings as few
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from observatoire.catalogue import read_catalogue
from observatoire.disclosure.months import TOGETHER
from observatoire.errors import ConflictError, FileError, ObservatoireError, SchemaError
from observatoire.grille import (
    Item,
    agree,
    begin,
    comparable,
    core_items,
    differences,
    faults,
    propose,
    read_core,
    redraft,
    require_sound,
    steps_from,
    succeed,
    supersede,
)
from observatoire.grille.documents import from_values, read_toml, to_toml
from observatoire.labels.typography import faults as misprints
from observatoire.labels.typography import typeset


def agreed(grid, by=ORGANISATIONS, on=DAY):
    return agree(propose(grid), by, on, TODAY)


# --- the life of a grid ------------------------------------------------------------------------


class Life(RuleBasedStateMachine):
    """Whatever is tried, in any order, a site has one grid in force at most and none changes."""

    def __init__(self):
        super().__init__()
        self.versions = {}
        self.frozen = {}
        self.refusals = []

    def _last(self):
        return self.versions[max(self.versions)]

    def _tried(self, step):
        try:
            made = step()
        except ObservatoireError as cause:
            self.refusals.append(cause)
            return None
        self.versions[made.version] = made
        return made

    @rule(items=item_lists)
    def begin(self, items):
        self._tried(lambda: begin("loire", "Loire", list(self.versions.values()), items))

    @precondition(lambda self: self.versions)
    @rule(items=item_lists, reason=st.sampled_from(["", "Parce que."]), data=st.data())
    def redraft(self, items, reason, data):
        grid = data.draw(st.sampled_from(list(self.versions.values())))
        self._tried(lambda: redraft(grid, items, reason))

    @precondition(lambda self: self.versions)
    @rule(data=st.data())
    def propose(self, data):
        grid = data.draw(st.sampled_from(list(self.versions.values())))
        made = self._tried(lambda: propose(grid))
        if made:
            assert grid.status == "draft"
            assert not faults(made)

    @precondition(lambda self: self.versions)
    @rule(names=st.lists(st.sampled_from(["", "Ville fictive", "Mme Dupont"]), max_size=2))
    def agree_last(self, names):
        grid = self._last()
        before = [one for one in self.versions.values() if one.in_force]
        made = self._tried(lambda: agree(grid, names, DAY, TODAY))
        if made:
            assert grid.status == "proposed"
            assert set(names) - {""} == {"Ville fictive"}
            for one in before:
                self.versions[one.version] = supersede(one, made)

    @precondition(lambda self: self.versions)
    @rule()
    def succeed_last(self):
        in_force = [one for one in self.versions.values() if one.in_force]
        for one in in_force:
            self._tried(lambda one=one: succeed(one, list(self.versions.values())))

    @invariant()
    def every_refusal_says_what_to_do(self):
        assert all(refusal.user and refusal.remedy for refusal in self.refusals)

    @invariant()
    def one_in_force_and_nothing_agreed_changes(self):
        assert sum(one.in_force for one in self.versions.values()) <= 1
        opened = [one for one in self.versions.values() if one.status in ("draft", "proposed")]
        assert len(opened) <= 1
        assert sorted(self.versions) == list(range(1, len(self.versions) + 1))
        for version, one in self.versions.items():
            if one.status in ("agreed", "superseded"):
                held = (one.content(), one.agreed_by, one.agreed_on)
                assert self.frozen.setdefault(version, held) == held


TestLife = Life.TestCase
TestLife.settings = few(max_examples=25, stateful_step_count=20)


@pytest.mark.parametrize("status", ["draft", "proposed", "agreed", "superseded"])
def test_every_step_that_is_not_the_next_one_is_refused_with_the_way_out(status):
    day = DAY if status in ("agreed", "superseded") else None
    grid = a_grid(status=status, agreed_on=day, agreed_by=ORGANISATIONS if day else ())
    steps = {
        "draft": lambda: redraft(grid, grid.items),
        "proposed": lambda: propose(grid),
        "agreed": lambda: agree(grid, ORGANISATIONS, DAY, TODAY),
        "superseded": lambda: supersede(grid, a_grid(version=2, supersedes=1)),
    }
    for wanted, step in steps.items():
        if wanted in steps_from(status):
            assert step().status == wanted
        else:
            with pytest.raises(ConflictError) as refusal:
                step()
            assert not misprints(typeset(refusal.value.user + refusal.value.remedy))


@pytest.mark.parametrize(
    "name",
    [
        "Mme Dupont",
        "Ville fictive (M. Martin)",
        "a.dupont@exemple.fr",
        "Ville, 06 12 34 56 78",
        "x" * 121,
    ],
)
def test_organisations_agree_and_people_are_not_named(name):
    with pytest.raises(ConflictError, match="organisation"):
        agree(propose(a_grid()), ["Ville fictive", name], DAY, TODAY)


def test_nobody_agrees_on_a_day_to_come_or_without_a_name():
    proposed = propose(a_grid())
    with pytest.raises(ConflictError, match="to come"):
        agree(proposed, ORGANISATIONS, date(2024, 1, 16), TODAY)
    with pytest.raises(ConflictError, match="no organisation"):
        agree(proposed, ["  ", ""], DAY, TODAY)
    names = agree(proposed, [" Ville  fictive ", "Ville fictive"], DAY, TODAY).agreed_by
    assert names == ("Ville fictive",)


# --- faults ------------------------------------------------------------------------------------


def test_all_the_faults_of_a_grid_come_at_once_in_french():
    wrong = (
        an_item("Éclair", label="", direction=1),
        an_item("bruit", kind="odeur", audience=(), direction=1),
        an_item("bruit", lossless=True, threshold=float("nan"), direction=1),
        an_item("deals", core="terrain.trafics", direction=1),
        an_item("autre", core="terrain.inconnu", direction=1, definition="x" * 801),
    )
    found = faults(a_grid(items=wrong))
    assert {fault.place for fault in found} == {
        "grid",
        "bruit",
        "Éclair.code",
        "Éclair.label",
        "bruit.kind",
        "bruit.audience",
        "bruit.lossless",
        "bruit.threshold",
        "deals.sensitive",
        "autre.core",
        "autre.definition",
    }
    assert not any(misprints(typeset(fault.said)) for fault in found)
    with pytest.raises(SchemaError) as refusal:
        propose(a_grid(items=wrong))
    assert len(refusal.value.faults) == len(found)


@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=40))
def test_a_reason_is_asked_for_exactly_under_a_quarter_of_positive_or_neutral_items(directions):
    made = a_grid(
        items=tuple(an_item(f"item_{n}", direction=way) for n, way in enumerate(directions))
    )
    few = sum(way <= 0 for way in directions) * 4 < len(directions)
    assert bool(faults(made)) == few == made.needs_reason
    assert not faults(replace(made, reason="Parce que."))


def test_the_core_is_the_demonstrations_twelve_themes_and_says_so():
    field = {name for name, one in read_catalogue().indicators.items() if one.theme == "terrain"}
    assert {item.core for item in core_items()} | {TOGETHER} == field
    assert len(core_items()) == 12
    assert "fictifs" in read_core().notice
    assert not faults(a_grid())
    assert a_grid().favourable_share >= 0.25


# --- the document ------------------------------------------------------------------------------


@few(max_examples=40)
@given(
    item_lists,
    texts | st.just(""),
    st.sampled_from(["draft", "proposed", "agreed", "superseded"]),
    st.none() | st.integers(1, 4),
    st.booleans(),
)
def test_a_grid_written_in_toml_reads_back_as_itself(some, reason, status, supersedes, invented):
    grid = a_grid(
        version=5,
        items=some,
        reason=reason,
        status=status,
        supersedes=supersedes,
        fictitious=invented,
        agreed_by=ORGANISATIONS,
        agreed_on=DAY,
    )
    assert read_toml(to_toml(grid)) == grid
    stored = grid.content() | {"item": grid.content()["items"], "status": status}
    stored.pop("items")
    again = from_values({name: value for name, value in stored.items() if value is not None})
    assert again.sha256 == grid.sha256


@few(max_examples=40)
@given(items, items)
def test_the_hash_is_that_of_the_content(first, second):
    one, other = a_grid(items=(first,)), a_grid(items=(second,))
    assert (one.sha256 == other.sha256) == (first == second)
    assert one.sha256 == replace(one, status="proposed").sha256


def test_every_field_that_is_wrong_in_a_document_is_named():
    text = """
    site = 3
    version = "un"
    agreed_on = 2023-03-14T10:00:00
    humeur = "bonne"
    [[item]]
    code = "bruit"
    direction = 1.5
    sensitive = "non"
    personne = "x"
    """
    with pytest.raises(SchemaError) as refusal:
        read_toml(text, file="grille.toml")
    said = " ".join(refusal.value.faults)
    for place in ("grid.site", "grid.version", "grid.agreed_on", "grid.humeur"):
        assert place in said
    for name in ("theme", "label", "definition", "direction", "sensitive", "personne"):
        assert f".{name} :" in said
    assert "bonne" not in said


@pytest.mark.parametrize("text", ["site = ", "[" * 5000, "x" * 200_001, "\x00"])
def test_what_is_not_a_document_is_one_refusal(text):
    with pytest.raises(FileError):
        read_toml(text)


@few(max_examples=40)
@given(st.text(max_size=200))
def test_whatever_is_read_is_a_grid_or_a_refusal(text):
    try:
        grid = read_toml(text)
    except ObservatoireError as cause:
        refused = cause
    else:
        refused = None
        tomllib.loads(to_toml(grid))
    assert refused is None or refused.user


# --- two grids ---------------------------------------------------------------------------------


@few(max_examples=40)
@given(item_lists, item_lists)
def test_differences_lead_from_one_version_to_the_other(before, after):
    found = differences(a_grid(items=before), a_grid(version=2, items=after))
    held = {item.code: item for item in before}
    for item in found.removed:
        del held[item.code]
    for item in found.added:
        assert item.code not in held
        held[item.code] = item
    for one in found.redefined:
        assert held[one.before.code] == one.before
        assert one.fields
        held[one.after.code] = one.after
    assert held == {item.code: item for item in after}
    assert bool(found) == ({item.code: item for item in before} != held)


def test_every_field_of_an_item_counts_as_a_redefinition():
    before = an_item(core="terrain.mobilite")
    changes = {
        "theme": "x",
        "label": "x",
        "definition": "x",
        "temporality": "both",
        "kind": "count",
        "unit": "x",
        "collector": "service",
        "audience": ("public",),
        "frequency": "year",
        "direction": 1,
        "threshold": 2.0,
        "core": "",
        "lossless": True,
        "sensitive": True,
    }
    assert set(changes) == {field.name for field in fields(Item)} - {"code"}
    for name, value in changes.items():
        after = replace(before, **{name: value})
        (one,) = differences(a_grid(items=(before,)), a_grid(items=(after,))).redefined
        assert one.fields == (name,)


links = st.tuples(st.sampled_from(["", "terrain.tensions", "terrain.mobilite"]), st.booleans()).map(
    lambda pair: (pair[0], pair[1] and bool(pair[0]))
)


@given(links, links)
def test_two_sites_share_a_scale_only_where_both_map_losslessly_to_the_same_item(one, other):
    first = agreed(a_grid("loire", items=(an_item("ici", core=one[0], lossless=one[1]),)))
    second = agreed(
        a_grid("moselle", items=(an_item("ailleurs", core=other[0], lossless=other[1]),))
    )
    there = comparable(first, "ici", second)
    assert there.ok == (one[1] and other[1] and one[0] == other[0])
    assert there.ok == comparable(second, "ailleurs", first).ok
    assert there.said
    assert there.ok == (there.why == "same")


def test_a_grid_that_is_not_in_force_is_comparable_to_nothing():
    first = agreed(a_grid())
    assert comparable(first, "tensions", agreed(a_grid("moselle"))).ok
    assert comparable(first, "tensions", propose(a_grid("moselle"))).why == "not_agreed"
    assert comparable(first, "inconnu", first).why == "unknown"
    other_unit = a_grid("moselle", items=(replace(core_items()[0], unit="par jour"),))
    assert comparable(first, "rassemblements", agreed(other_unit)).why == "kind"


def test_require_sound_says_nothing_of_a_sound_grid():
    require_sound(a_grid())
