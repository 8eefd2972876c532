"""Exports of activity: what comes in comes in once; what is about somebody does not come in."""

from __future__ import annotations

import csv
import io
import random
import re
import zipfile
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from observatoire import entries
from observatoire.errors import FileError, NominativeError, SchemaError
from observatoire.exchanges import (
    ColumnMapping,
    ItemColumn,
    ItemRows,
    faults,
    from_values,
    read_activity,
    read_headers,
    read_mapping,
    suggest,
    tables,
    to_toml,
    workbooks,
)
from observatoire.exchanges.mapping import DATE_FORMATS
from observatoire.labels import read_words
from observatoire.labels.typography import faults as typography

TODAY = date(2024, 6, 30)
QPV = ("QP042001", "QP042002", "QN04201M")
ITEMS = ("rassemblements", "degradations")
WIDE = ColumnMapping(
    site="loire",
    name="outil",
    day="Date",
    slot="Créneau",
    qpv="Quartier",
    duration="Durée",
    workers="Nb intervenants",
    outing="N° sortie",
    nothing="RAS",
    neighbourhoods={"Premier quartier": QPV[0]},
    items=(
        ItemColumn("Nb rassemblements", ITEMS[0], most=10),
        ItemColumn("Dégradations", ITEMS[1], "flag"),
    ),
)
LONG = replace(
    WIDE, items=(), rows=ItemRows("Thème", {"Rassemblement": ITEMS[0]}, count="Nombre", most=5)
)
BARE = replace(WIDE, outing="")
HEADERS = [
    "N° sortie", "Date", "Créneau", "Quartier", "Durée", "Nb intervenants", "RAS",
    "Nb rassemblements", "Dégradations",
]  # fmt: skip
ROW = ["S1", "03/06/2024", "soir", "Premier quartier", "120", "2", "", "2", "oui"]
LIMITS = entries.Limits(QPV, ITEMS, "qpv", False, date(2015, 1, 1), TODAY)


def as_csv(headers, rows, *, sep=";", encoding="utf-8"):
    text = io.StringIO()
    csv.writer(text, delimiter=sep, lineterminator="\r\n").writerows([headers, *rows])
    return text.getvalue().encode(encoding)


def as_xlsx(*lines, title="Activité", more=None, epoch=None):
    book = openpyxl.Workbook()
    if epoch is not None:
        book.epoch = epoch
    book.active.title = title
    for line in lines:
        book.active.append(line)
    if more:
        more(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read(content, mapping=WIDE, name="export.csv"):
    return read_activity(Path(name), mapping, today=TODAY, content=content)


def read_rows(*rows, mapping=WIDE, headers=HEADERS):
    return read(as_csv(headers, rows), mapping)


def with_cell(header, value, row=ROW):
    return [value if name == header else cell for name, cell in zip(HEADERS, row, strict=True)]


def only(reading):
    assert not reading.quarantine, reading.quarantine
    (outing,) = reading.outings
    return outing


# --- the mapping --------------------------------------------------------------------------------

plain_text = st.text(
    st.characters(codec="utf-8", exclude_categories=("C",), exclude_characters="\u2028\u2029"),
    min_size=1,
    max_size=12,
).filter(str.strip)
codes = st.sampled_from(("eclairage", "bancs_publics", *ITEMS))
most = st.integers(1, entries.MOST_OBSERVATIONS)


@st.composite
def mappings(draw):
    names = [f"Colonne {letter}" for letter in "ABCDEFGHIJ"]
    labels = st.dictionaries(plain_text, st.sampled_from(QPV), max_size=4)
    wide = draw(st.booleans())
    return ColumnMapping(
        site=draw(st.sampled_from(("loire", "bastia"))),
        name=draw(st.sampled_from(("outil", "autre-outil"))),
        day=names[0],
        qpv=names[1],
        slot=draw(st.sampled_from(("", names[0], names[2]))),
        slot_otherwise=draw(st.sampled_from(entries.SLOTS)),
        duration=draw(st.sampled_from(("", names[3]))),
        duration_unit=draw(st.sampled_from(("min", "h"))),
        workers=draw(st.sampled_from(("", names[4]))),
        outing=names[5],
        nothing=draw(st.sampled_from(("", names[6]))),
        sheet=draw(st.one_of(st.just(""), plain_text)),
        header_row=draw(st.integers(1, 50)),
        date_formats=tuple(draw(st.permutations(("JJ/MM/AAAA", "AAAA-MM-JJ", "EXCEL")))),
        slots=draw(st.dictionaries(plain_text, st.sampled_from(entries.SLOTS), max_size=4)),
        neighbourhoods=draw(labels),
        items=(
            ItemColumn(names[7], draw(codes), draw(st.sampled_from(("count", "flag"))), draw(most)),
            ItemColumn(names[8], draw(codes)),
        )
        if wide
        else (),
        rows=None
        if wide
        else ItemRows(
            names[7],
            draw(st.dictionaries(plain_text, codes, min_size=1, max_size=4)),
            draw(st.sampled_from(("", names[8]))),
            draw(most),
        ),
    )


@given(mappings())
def test_a_mapping_reads_back_as_itself(mapping):
    assert faults(mapping) == ()
    assert read_mapping(to_toml(mapping)) == mapping
    assert to_toml(read_mapping(to_toml(mapping))) == to_toml(mapping)


def test_every_fault_of_form_is_named_at_once():
    text = 'site = 3\ncouleur = "bleu"\nqpv = "Quartier"\nheader_row = true\n[[item]]\nmost = "x"\n'
    with pytest.raises(SchemaError) as caught:
        read_mapping(text)
    places = [fault.partition(" : ")[0] for fault in caught.value.faults]
    ours = ("column", "item", "most")
    expected = {"site", "couleur", "header_row", "day", "name"} | {f"item.1.{one}" for one in ours}
    assert set(places) == expected
    assert len(places) == 8
    assert "8" in caught.value.user


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"site": "Loire !"}, "site"),
        ({"name": ""}, "name"),
        ({"day": ""}, "day"),
        ({"qpv": ""}, "qpv"),
        ({"header_row": 0}, "header_row"),
        ({"duration_unit": "jour"}, "duration_unit"),
        ({"date_formats": ()}, "date_formats"),
        ({"date_formats": ("JJ",)}, "date_formats"),
        ({"date_formats": ("JJ/MM/AAAA", "MM/JJ/AAAA")}, "date_formats"),
        ({"slot": ""}, "slot"),
        ({"slot_otherwise": "midi"}, "slot_otherwise"),
        ({"slots": {"Aurore": "aube"}}, "slots"),
        ({"neighbourhoods": {"Premier": "42"}}, "neighbourhoods"),
        ({"neighbourhoods": {" ": QPV[0]}}, "neighbourhoods"),
        ({"items": ()}, "item"),
        ({"rows": LONG.rows}, "item"),
        ({"items": (ItemColumn("", "x y", "deux", 0),)}, "item.1.column"),
        ({"items": (), "rows": ItemRows("", {"a": "A"}, most=99)}, "rows.column"),
        ({"items": (), "rows": ItemRows("Thème", {})}, "rows.items"),
        ({"items": (), "rows": LONG.rows, "outing": ""}, "outing"),
        ({"workers": "Date"}, "columns"),
        ({"workers": "Prénom"}, "columns"),
        ({"workers": "Fiche jeune"}, "columns"),
        ({"sheet": "x" * 300}, "columns"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused_with_the_place(change, place):
    wrong = replace(WIDE, **change)
    assert place in [fault.partition(" : ")[0] for fault in faults(wrong)]
    with pytest.raises(SchemaError) as caught:
        read(as_csv(HEADERS, [ROW]), wrong)
    assert caught.value.faults == faults(wrong)
    with pytest.raises(SchemaError):
        read_mapping(to_toml(wrong))


@pytest.mark.parametrize("text", ["a = ", "\x00", "x" * 300_000, "[[[[", 'a = "\ud800"'])
def test_what_is_not_a_mapping_document_is_refused(text):
    with pytest.raises((FileError, SchemaError)):
        read_mapping(text)


@pytest.mark.parametrize("rows", [3, "x", [1], {"items": {"a": 1}}])
def test_tables_of_another_kind_are_faults(rows):
    with pytest.raises(SchemaError):
        from_values({"site": "loire", "name": "o", "day": "D", "qpv": "Q", "rows": rows})
    with pytest.raises(SchemaError):
        from_values({"site": "loire", "name": "o", "day": "D", "qpv": "Q", "item": rows})


# --- nothing twice ------------------------------------------------------------------------------


@st.composite
def rows_of_outings(draw, most=12):
    """Draw rows that can all be read, each with its own reference."""
    count = draw(st.integers(0, most))
    rows = []
    for rank in range(count):
        day = date(2024, 1, 1) + timedelta(days=draw(st.integers(0, 20)))
        rallies = draw(st.sampled_from(("", "0", "1", "2,0")))
        flag = draw(st.sampled_from(("", "oui", "non", "x")))
        rows.append(
            [
                f"S{rank}",
                day.strftime("%d/%m/%Y"),
                draw(st.sampled_from(("matin", "Après-midi", "soir"))),
                draw(st.sampled_from((*QPV, "Premier quartier"))),
                draw(st.sampled_from(("", "90", "2h30", "120,0"))),
                draw(st.sampled_from(("", "2", "3"))),
                "oui" if rallies in ("", "0") and flag in ("", "non") else "",
                rallies,
                flag,
            ]
        )
    return rows


@given(rows_of_outings(), st.randoms(), st.sampled_from((WIDE, BARE)))
def test_a_longer_export_of_the_same_outings_adds_nothing_twice(rows, chance, mapping):
    """The short export is any part of the long one, in any order: what it gave is given again."""
    part = [row for row in rows if chance.random() < 0.6]
    if not part:
        return
    chance.shuffle(part)
    short = {one.id: one for one in read_rows(*part, mapping=mapping).outings}
    whole = {one.id: one for one in read_rows(*rows, mapping=mapping).outings}
    assert len(short) == len(part)
    assert len(whole) == len(rows)
    assert short.items() <= whole.items()


@given(rows_of_outings(), st.randoms(), st.sampled_from((WIDE, BARE)))
def test_the_order_of_columns_and_of_rows_changes_nothing(rows, chance, mapping):
    if not rows:
        return
    order = list(range(len(HEADERS)))
    chance.shuffle(order)
    other = [[row[place] for place in order] for row in rows]
    chance.shuffle(other)
    mixed = read_rows(*other, mapping=mapping, headers=[HEADERS[place] for place in order])
    assert mixed.outings == read_rows(*rows, mapping=mapping).outings


@given(rows_of_outings(most=6))
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
def test_a_workbook_says_what_its_text_says(rows):
    if not rows:
        return
    typed = [
        [datetime.strptime(cell, "%d/%m/%Y") if place == 1 else cell or None
         for place, cell in enumerate(row)]
        for row in rows
    ]  # fmt: skip
    content = as_xlsx(HEADERS, *typed)
    assert read(content, name="export.xlsx").outings == read_rows(*rows).outings


@given(rows_of_outings())
def test_every_outing_is_one_that_entries_takes(rows):
    if not rows:
        return
    for outing in read_rows(*rows).outings:
        assert entries.read_outing(outing.as_dict(), LIMITS) == outing


def test_the_identity_is_of_the_site_the_mapping_and_the_year():
    first = only(read_rows(ROW))
    others = [
        only(read_rows(ROW, mapping=replace(WIDE, site="bastia"))),
        only(read_rows(ROW, mapping=replace(WIDE, name="autre"))),
        only(read_rows(with_cell("Date", "03/06/2023"))),
        only(read_rows(with_cell("N° sortie", "S2"))),
    ]
    assert len({first.id, *(other.id for other in others)}) == 5
    corrected = only(read_rows(with_cell("Date", "04/06/2024")))
    assert corrected.id == first.id
    assert corrected.day != first.day


def test_equal_rows_without_a_reference_are_as_many_outings():
    assert len(read_rows(ROW, ROW, ROW, mapping=BARE).outings) == 3
    assert len({one.id for one in read_rows(ROW, ROW, ROW, mapping=BARE).outings}) == 3


POOL = {
    "N° sortie": ("S1", "S2", "S3", "", "des mots sans chiffre", "x" * 60),
    "Date": ("03/06/2024", "2024-06-04", "45445", "31/02/2024", "03/06/2031", "", "2001-01-01"),
    "Créneau": ("soir", "14h30", "", "midi pile"),
    "Quartier": ("Premier quartier", "qp042002", "ailleurs", ""),
    "Durée": ("", "60", "1h", "0", "beaucoup", "5000"),
    "Nb intervenants": ("", "2", "0", "21", "1,5"),
    "RAS": ("", "oui", "non", "peut-être"),
    "Nb rassemblements": ("", "0", "3", "-1", "1,5", "11", "=1+1"),
    "Dégradations": ("", "oui", "0", "2", "bof"),
}


@given(
    st.lists(st.tuples(*(st.sampled_from(POOL[name]) for name in HEADERS)), min_size=1, max_size=9),
    st.sampled_from((WIDE, BARE)),
)
def test_kept_and_set_aside_are_what_was_read(rows, mapping):
    full = [row for row in rows if any(row)]
    if not full:
        return
    reading = read_rows(*rows, mapping=mapping)
    assert reading.read == reading.kept + len(reading.quarantine) == len(full)
    assert len(reading.outings) == reading.kept
    assert len({one.row for one in reading.quarantine}) == len(reading.quarantine)
    said = "\n".join(f"{one.column} {one.reason} {one.words}" for one in reading.quarantine)
    for cell in ("des mots sans", "midi pile", "ailleurs", "beaucoup", "peut-être", "bof"):
        assert cell not in said


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("S1", "S2", "")),
            st.sampled_from(("03/06/2024", "03/06/2024", "04/06/2024", "hier")),
            st.sampled_from(("Rassemblement", "Inconnu", "")),
            st.sampled_from(("", "1", "3", "9")),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_an_outing_of_several_rows_comes_in_whole_or_not_at_all(rows):
    headers = ["N° sortie", "Date", "Thème", "Nombre", *HEADERS[2:7]]
    tail = ["soir", QPV[0], "", "", ""]
    reading = read(as_csv(headers, [[*row, *tail] for row in rows]), LONG)
    assert reading.read == reading.kept + len(reading.quarantine) == len(rows)
    aside = {rows[one.row - 1][0] for one in reading.quarantine} - {""}
    named = {row[0] for row in rows} - {""}
    assert len(reading.outings) == len(named - aside)
    seen = sum(len(one.seen) for one in reading.outings)
    assert seen == sum(int(row[3] or 0) for row in rows if row[0] in named - aside)


# --- what cells say -----------------------------------------------------------------------------


def test_an_outing_by_hand():
    outing = only(read_rows(ROW))
    assert (outing.day, outing.slot, outing.qpv) == (date(2024, 6, 3), "soir", QPV[0])
    assert (outing.duration_min, outing.workers, outing.nothing_to_report) == (120, 2, False)
    assert Counter(one.item for one in outing.seen) == {ITEMS[0]: 2, ITEMS[1]: 1}
    assert all(one.words == one.cell == one.place == "" for one in outing.seen)


def test_several_rows_by_hand():
    headers = ["N° sortie", "Thème", "Nombre", *HEADERS[1:7]]
    tail = ["03/06/2024", "soir", QPV[0]]
    rows = [
        ["S1", "Rassemblement", "2", *tail, "60", "", ""],
        ["S1", "rassemblement", "1", *tail, "", "2", ""],
        ["S2", "", "", *tail, "", "", "oui"],
        ["S3", "Rassemblement", "3", *tail, "", "", ""],
        ["S3", "Rassemblement", "3", *tail, "", "", ""],
    ]
    reading = read(as_csv(headers, rows), LONG)
    found = sorted((len(one.seen), one.duration_min, one.workers) for one in reading.outings
                   if one.seen)  # fmt: skip
    assert found == [(3, 60, 2)]
    assert [one.nothing_to_report for one in reading.outings if not one.seen] == [True]
    assert [(one.row, one.reason) for one in reading.quarantine] == [(4, "most"), (5, "most")]


def test_an_outing_says_what_was_seen_or_that_nothing_was():
    silent = ["S9", *ROW[1:6], "", "0", "non"]
    reading = read_rows(silent, ROW)
    assert [one.nothing_to_report for one in reading.outings] == [False]
    assert [(one.row, one.reason) for one in reading.quarantine] == [(1, "empty")]
    assert "ni observation" in reading.quarantine[0].words
    # a tool that has no column for it cannot say more than no observation
    without = replace(WIDE, nothing="")
    reading = read_rows(silent, ROW, mapping=without)
    assert sorted((len(one.seen), one.nothing_to_report) for one in reading.outings) == [
        (0, True),
        (3, False),
    ]
    assert only(read_rows([*ROW[:6], "oui", "", ""])).nothing_to_report


@pytest.mark.parametrize(
    ("header", "cell", "reason"),
    [
        ("N° sortie", "", "outing"),
        ("N° sortie", "deux mots", "outing"),
        ("Date", "bientôt", "day"),
        ("Date", "06/2024", "day"),
        ("Date", "01/07/2024", "future"),
        ("Date", "31/12/2014", "before"),
        ("Créneau", "midi", "slot"),
        ("Créneau", "", "slot"),
        ("Quartier", "ailleurs", "qpv"),
        ("Durée", "25h", "duration"),
        ("Durée", "0", "duration"),
        ("Nb intervenants", "21", "workers"),
        ("Nb intervenants", "1,5", "workers"),
        ("RAS", "oui", "nothing"),
        ("RAS", "parfois", "answer"),
        ("Nb rassemblements", "11", "most"),
        ("Nb rassemblements", "-1", "count"),
        ("Nb rassemblements", "=SOMME(A1:A2)", "count"),
        ("Nb rassemblements", "1.5", "count"),
        ("Dégradations", "un peu", "answer"),
    ],
)
def test_a_row_is_set_aside_with_its_place_and_its_reason(header, cell, reason):
    reading = read_rows(with_cell("N° sortie", "S0"), with_cell(header, cell))
    (aside,) = reading.quarantine
    assert (aside.row, aside.reason) == (2, reason)
    assert aside.column in (header, "")
    assert aside.words
    assert len(reading.outings) == 1


def test_rows_of_one_reference_that_differ_are_all_set_aside():
    reading = read_rows(ROW, with_cell("Durée", "60"), with_cell("N° sortie", "S2"))
    assert [(one.row, one.reason) for one in reading.quarantine] == [
        (1, "disagree"),
        (2, "disagree"),
    ]
    again = read_rows(ROW, ROW)
    assert [(one.row, one.reason) for one in again.quarantine] == [(2, "repeated")]
    spoiled = read_rows(ROW, with_cell("Quartier", "ailleurs"))
    assert [one.reason for one in spoiled.quarantine] == ["with_another", "qpv"]


def test_more_observations_than_an_outing_may_have_are_never_cut_down():
    items = tuple(ItemColumn(f"Nb {letter}", ITEMS[0]) for letter in "ab")
    mapping = replace(WIDE, items=items)
    headers = [*HEADERS[:7], "Nb a", "Nb b"]
    reading = read_rows([*ROW[:7], "21", "20"], mapping=mapping, headers=headers)
    assert [one.reason for one in reading.quarantine] == ["many"]
    assert len(only(read_rows([*ROW[:7], "20", "20"], mapping=mapping, headers=headers)).seen) == 40


@pytest.mark.parametrize(
    ("cell", "formats"),
    [
        ("03/06/2024", ("JJ/MM/AAAA",)),
        ("3/6/2024 14:30", ("JJ/MM/AAAA",)),
        ("03.06.2024", ("JJ.MM.AAAA",)),
        ("03-06-2024", ("JJ-MM-AAAA",)),
        ("03/06/24", ("JJ/MM/AA",)),
        ("06/03/2024", ("MM/JJ/AAAA",)),
        ("2024-06-03T14:30:00", ("AAAA-MM-JJ",)),
        ("2024/06/03", ("AAAA/MM/JJ",)),
        ("20240603", ("AAAAMMJJ",)),
        (20240603, ("AAAAMMJJ",)),
        ("45446", ("EXCEL",)),
        (45446, ("EXCEL",)),
        (45446.6, ("EXCEL",)),
        (date(2024, 6, 3), ("AAAA-MM-JJ",)),
        (datetime(2024, 6, 3, 23, 59), ("EXCEL",)),
    ],
)
def test_a_day_is_read_in_the_formats_of_the_mapping_alone(cell, formats):
    mapping = replace(WIDE, date_formats=formats)
    content = as_xlsx(HEADERS, with_cell("Date", cell))
    assert only(read(content, mapping, "a.xlsx")).day == date(2024, 6, 3)
    if not isinstance(cell, date):
        other = next(name for name in DATE_FORMATS if name not in (*formats, "MM/JJ/AAAA"))
        if not ("/" in str(cell) and other.startswith("JJ/")):
            again = read(content, replace(mapping, date_formats=(other,)), "a.xlsx")
            assert [one.reason for one in again.quarantine] == ["day"]


def test_days_of_a_workbook_that_counts_from_1904():
    content = as_xlsx(HEADERS, with_cell("Date", 45446 - 1462), epoch=CALENDAR_MAC_1904)
    assert only(read(content, name="a.xlsx")).day == date(2024, 6, 3)


@pytest.mark.parametrize(
    ("cell", "day", "slot"),
    [
        ("Après-midi", "03/06/2024", "apm"),
        ("fin de journée", "03/06/2024", "soir"),
        ("04:59", "03/06/2024", "nuit"),
        ("9h", "03/06/2024", "matin"),
        ("14h30-17h", "03/06/2024", "apm"),
        ("18:00", "03/06/2024", "soir"),
        ("22 h 15", "03/06/2024", "nuit"),
        (time(14, 30), "03/06/2024", "apm"),
        ("14h30", "01/06/2024", "we"),
        ("matin", "01/06/2024", "matin"),
    ],
)
def test_a_slot_by_word_or_by_hour(cell, day, slot):
    row = with_cell("Date", day, with_cell("Créneau", cell))
    mapping = replace(WIDE, slots={"Fin de  journée": "soir"})
    assert only(read(as_xlsx(HEADERS, row), mapping, "a.xlsx")).slot == slot


def test_no_hour_is_kept_when_the_day_says_one():
    mapping = replace(WIDE, slot="Date")
    outing = only(read_rows(with_cell("Date", "03/06/2024 14:37"), mapping=mapping))
    assert (outing.day, outing.slot) == (date(2024, 6, 3), "apm")
    assert "37" not in str(outing.as_dict() | {"id": "", "seen": []})


def test_a_slot_left_empty_is_the_one_the_mapping_gives():
    mapping = replace(WIDE, slot_otherwise="nuit")
    assert only(read_rows(with_cell("Créneau", ""), mapping=mapping)).slot == "nuit"
    assert only(read_rows(ROW, mapping=replace(mapping, slot=""))).slot == "nuit"


@pytest.mark.parametrize(
    ("cell", "unit", "minutes"),
    [
        ("90", "min", 90),
        ("1,5", "h", 90),
        (1.5, "h", 90),
        ("1h30", "min", 90),
        ("1 h 30 min", "h", 90),
        ("2 heures", "min", 120),
        ("45 min", "h", 45),
        ("01:30:00", "min", 90),
        ("1:30", "min", 90),
        (time(1, 30), "min", 90),
        (timedelta(hours=1, minutes=30), "h", 90),
        ("", "min", None),
    ],
)
def test_a_duration_in_every_writing(cell, unit, minutes):
    mapping = replace(WIDE, duration_unit=unit)
    content = as_xlsx(HEADERS, with_cell("Durée", cell))
    assert only(read(content, mapping, "a.xlsx")).duration_min == minutes


@pytest.mark.parametrize("sep", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_texts_of_every_spreadsheet_are_read(sep, encoding):
    content = as_csv(HEADERS, [ROW], sep=sep, encoding=encoding)
    assert read(content).outings == read_rows(ROW).outings


def test_empty_rows_and_columns_are_nothing():
    lines = [["Export", "du mois"], [], [*HEADERS, None, ""], [], ROW, [None] * 12]
    mapping = replace(WIDE, header_row=3)
    reading = read(as_xlsx(*lines), mapping, "a.xlsx")
    assert reading.read == 1
    assert reading.outings == read_rows(ROW).outings
    text = as_csv([*HEADERS, "", ""], [[*ROW, "", ""], [""] * 11])
    assert read(text).outings == read_rows(ROW).outings


def test_a_torn_row_is_set_aside():
    reading = read_rows(ROW, ROW[:5], [*ROW, "de trop"])
    assert [(one.row, one.reason) for one in reading.quarantine] == [(2, "torn"), (3, "torn")]


def test_the_sheet_of_the_mapping_is_read_and_an_empty_one_counts_for_nothing():
    def more(book):
        book.create_sheet("Lisez-moi").append(["Export du mois"])
        book.create_sheet("Vide").sheet_state = "hidden"

    content = as_xlsx(HEADERS, ROW, more=more)
    mapping = replace(WIDE, sheet="Activité")
    assert read(content, mapping, "a.xlsx").outings == read_rows(ROW).outings


def formula(book, cell="H2"):
    book.active[cell] = "=1+1"


def with_result(content, value):
    """Give the only formula of a workbook the result that a spreadsheet would have kept."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for one in old.infolist():
            text = old.read(one)
            new.writestr(one, re.sub(rb"<v ?/>", b"<v>%d</v>" % value, text))
    return out.getvalue()


def test_a_formula_has_the_result_that_the_file_keeps_or_none():
    content = as_xlsx(HEADERS, ROW, more=formula)
    reading = read(content, name="a.xlsx")
    assert [(one.row, one.column, one.reason) for one in reading.quarantine] == [
        (1, "Nb rassemblements", "formula")
    ]
    assert only(read(with_result(content, 2), name="a.xlsx")) == only(read_rows(ROW))


# --- what is refused whole ----------------------------------------------------------------------


def extra(header, *values):
    """Return an export with one more column, that no mapping reads."""
    values = values or ("1",)
    rows = [[*with_cell("N° sortie", f"S{rank}"), value] for rank, value in enumerate(values)]
    return as_csv([*HEADERS, header], rows)


def hidden(book):
    book.create_sheet("Cachée").append(["a"])
    book["Cachée"].sheet_state = "veryHidden"


def cards(book):
    book.create_sheet("Jeunes").append(["Pseudo", "Structure"])


def second(book):
    book.create_sheet("Deux").append(["a", "b"])


def contacts(book):
    book.create_sheet("Notes").append(["Titre"])
    book["Notes"].append(["voir x@exemple.invalid"])


def merged(book):
    book.active.merge_cells("H1:I1")


def packed(name, content=b""):
    """Return a workbook with one more member."""
    stream = io.BytesIO(as_xlsx(HEADERS, ROW))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


PERSONS = {
    "first_name": extra("Prénom"),
    "family_name": extra("Nom"),
    "pseudo": extra("Pseudo"),
    "birth_date": extra("Date de naissance"),
    "code_of_a_youth": extra("Code jeune"),
    "gender": extra("Genre"),
    "sex": extra("Sexe"),
    "age": extra("Âge"),
    "age_band": extra("Tranche d’âge"),
    "follow_up": extra("Suivi"),
    "individual_follow_up": extra("Suivi individuel"),
    "card_of_a_youth": extra("Fiche jeune"),
    "card_number": extra("N° de fiche"),
    "youth": extra("Jeune"),
    "first_meeting": extra("Origine de la rencontre"),
    "family": extra("Situation familiale"),
    "one_email": extra("Divers", "", "", "", "écrire à x@exemple.invalid"),
    "one_phone": extra("Divers", "", "", "", "rappeler le 06 00 00 00 00 ce soir"),
    "one_nir": extra("Divers", "", "", "", "1 00 01 01 001 001 00"),
    "mobiles_without_0": extra("Divers", "600000000", "600000001"),
    "email_in_a_mapped_column": as_csv(HEADERS, [with_cell("RAS", "x@exemple.invalid")]),
    "sexes": extra("Divers", "F", "M", "F"),
    "birth_dates": extra("Divers", "01/01/2006", "02/02/2007"),
    "names_of_workers": extra("Intervenants", "mot mot", "mot"),
    "initials_of_workers": extra("Éducateurs présents", "AB CD", "EF"),
    "comments": extra("Commentaires", "un mot", "deux mots"),
    "long_texts": extra("Divers", "mot " * 30),
    "above": as_csv(["Nom de l’éducateur"], [HEADERS, ROW]),
}  # fmt: skip

BOOKS_ON_PERSONS = {
    "hidden_sheet": as_xlsx(HEADERS, ROW, more=hidden),
    "other_sheet_of_cards": as_xlsx(HEADERS, ROW, more=cards),
    "other_sheet_with_an_email": as_xlsx(HEADERS, ROW, more=contacts),
    "dates_of_birth": as_xlsx([*HEADERS, "Divers"], [*ROW, date(2006, 1, 1)]),
    "phone_numbers": as_xlsx([*HEADERS, "Divers"], [*ROW, 600000000]),
}


def one_sentence(error):
    """One French sentence and its remedy, well typeset, that quote no cell."""
    assert error.user.endswith(".")
    assert error.user.count(". ") == 0
    assert error.remedy.endswith(".")
    assert not typography(error.user), error.user
    assert not typography(error.remedy), error.remedy
    for cell in ("exemple", "06 00", "600000000", "mot mot", "AB CD", "2006"):
        assert cell not in f"{error.message}{error.user}{error.remedy}"


@pytest.mark.parametrize("case", PERSONS)
def test_a_file_on_persons_is_refused_whole(case):
    mapping = replace(WIDE, header_row=2) if case == "above" else WIDE
    with pytest.raises(NominativeError) as caught:
        read(PERSONS[case], mapping)
    assert caught.value.user.startswith("Fichier refusé en entier")
    with pytest.raises(NominativeError):
        read_headers(
            Path("a.csv"), today=TODAY, header_row=mapping.header_row, content=PERSONS[case]
        )


@pytest.mark.parametrize("case", BOOKS_ON_PERSONS)
def test_a_workbook_on_persons_is_refused_whole(case):
    with pytest.raises(NominativeError) as caught:
        read(BOOKS_ON_PERSONS[case], replace(WIDE, sheet="Activité"), "a.xlsx")
    assert caught.value.user.startswith("Fichier refusé en entier")


@pytest.mark.parametrize("case", [*PERSONS, *BOOKS_ON_PERSONS])
def test_what_is_said_of_a_file_on_persons_quotes_none_of_it(case):
    book = case in BOOKS_ON_PERSONS
    mapping = replace(WIDE, header_row=2 if case == "above" else 1)
    with pytest.raises(NominativeError) as caught:
        read({**PERSONS, **BOOKS_ON_PERSONS}[case], replace(mapping, sheet="Activité"),
             "a.xlsx" if book else "a.csv")  # fmt: skip
    for cell in ("exemple", "06 00", "600000000", "mot mot", "AB CD", "2006", "1 00 01"):
        assert cell not in f"{caught.value.message}{caught.value.user}{caught.value.remedy}"


MALFORMED = {
    "empty": ("a.csv", b""),
    "no_row": ("a.csv", as_csv(HEADERS, [])),
    "no_header": ("a.csv", as_csv([""] * 9, [ROW])),
    "not_table": ("a.csv", b"un texte\r\nsans colonne"),
    "not_text": ("a.csv", as_xlsx(HEADERS, ROW)),
    "binary": ("a.csv", b"a;b\n\x00;1"),
    "half_utf_16": ("a.csv", b"\xff\xfea"),
    "open_quote": ("a.csv", as_csv(HEADERS, [ROW]) + b'"sans fin'),
    "repeated": ("a.csv", as_csv([*HEADERS, "Date"], [[*ROW, "1"]])),
    "lacking": ("a.csv", as_csv(HEADERS[:5], [ROW[:5]])),
    "untitled_text": ("a.csv", as_csv([*HEADERS[:3], "", *HEADERS[4:]], [ROW])),
    "too_wide": ("a.csv", as_csv([f"c{rank}" for rank in range(300)], [range(300)])),
    "web_page": ("a.csv", b"<html><body><table></table></body></html>"),
    "xls_name": ("a.xls", b"<html></html>"),
    "xls": ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600),
    "locked": ("a.xlsx", b"\xd0\xcf\x11\xe0" + b"\0" * 600),
    "xlsm": ("a.xlsm", as_xlsx(HEADERS, ROW)),
    "macro_inside": ("a.xlsx", packed("xl/vbaProject.bin")),
    "pivot_data": ("a.xlsx", packed("xl/pivotCache/pivotCacheRecords1.xml")),
    "embedded": ("a.xlsx", packed("xl/embeddings/a.bin")),
    "other_book": ("a.xlsx", packed("xl/externalLinks/externalLink1.xml")),
    "entities": ("a.xlsx", packed("xl/a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')),
    "ods": ("a.ods", as_xlsx(HEADERS, ROW)),
    "no_suffix": ("a", as_csv(HEADERS, [ROW])),
    "truncated": ("a.xlsx", as_xlsx(HEADERS, ROW)[:-900]),
    "not_a_zip": ("a.xlsx", as_csv(HEADERS, [ROW])),
    "zip_of_nothing": ("a.xlsx", b"PK\x05\x06" + b"\0" * 18),
    "sheets": ("a.xlsx", as_xlsx(HEADERS, ROW, more=second)),
    "empty_book": ("a.xlsx", as_xlsx()),
    "merged_titles": ("a.xlsx", as_xlsx(HEADERS, ROW, more=merged)),
    "beyond_the_titles": ("a.xlsx", as_xlsx(HEADERS, [*ROW, None, "reste"])),
    "repeated_in_a_book": ("a.xlsx", as_xlsx([*HEADERS, "Date "], [*ROW, "1"])),
    "titles_alone": ("a.xlsx", as_xlsx(HEADERS)),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_file_is_refused_with_one_french_sentence(case):
    name, content = MALFORMED[case]
    with pytest.raises(FileError) as caught:
        read(content, name=name)
    one_sentence(caught.value)
    assert caught.value.file == name


def test_the_columns_that_are_lacking_are_all_named_and_none_of_the_file_is():
    with pytest.raises(FileError) as caught:
        read(as_csv(["Secret", "Autre"], [["a", "b"]]))
    assert all(header in caught.value.user for header in HEADERS)
    assert "Secret" not in caught.value.user + caught.value.remedy


def test_a_sheet_that_is_not_there():
    with pytest.raises(FileError, match="no_sheet"):
        read(as_xlsx(HEADERS, ROW), replace(WIDE, sheet="Autre"), "a.xlsx")


def test_a_bomb_is_not_unpacked():
    with pytest.raises(FileError, match="bomb"):
        read(packed("xl/media/a.bin", b"\0" * (workbooks.MOST_UNPACKED + 1)), name="a.xlsx")
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for rank in range(workbooks.MOST_MEMBERS + 1):
            archive.writestr(f"{rank}.xml", b"")
    with pytest.raises(FileError, match="bomb"):
        read(many.getvalue(), name="a.xlsx")


def test_a_line_far_below_is_not_walked_to():
    content = as_xlsx(HEADERS, ROW)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for one in old.infolist():
            text = old.read(one)
            if one.filename.endswith("sheet1.xml"):
                text = text.replace(b'<row r="2"', b'<row r="2000000000"')
            new.writestr(one, text)
    with pytest.raises(FileError, match="rows"):
        read(out.getvalue(), name="a.xlsx")


def test_too_much_is_refused(monkeypatch):
    with pytest.raises(FileError, match="large"):
        read(b"a" * (tables.MOST_BYTES + 1))
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    with pytest.raises(FileError, match="rows"):
        read_rows(*[ROW] * 4)


def test_a_file_on_the_disk_is_read_the_same(tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes(as_csv(HEADERS, [ROW]))
    assert read_activity(path, WIDE, today=TODAY) == read_rows(ROW)
    with pytest.raises(FileError, match="no_file"):
        read_activity(tmp_path / "rien.csv", WIDE, today=TODAY)


@given(st.binary(max_size=300), st.sampled_from(("a.csv", "a.xlsx", "a.xls", "a.tsv")))
def test_no_bytes_make_it_fall(content, name):
    with suppress(FileError):
        read(content, name=name)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_no_damage_to_a_workbook_makes_it_fall(seed):
    chance = random.Random(seed)
    content = bytearray(BOOK)
    for _ in range(chance.randint(1, 8)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    with suppress(FileError):
        read(bytes(content), name="a.xlsx")


BOOK = as_xlsx(HEADERS, ROW)


# --- titles of aggregated activity --------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "Nb de jeunes rencontrés", "Jeunes rencontrés", "Nombre de suivis", "Filles", "16-18 ans",
        "Âge moyen", "Public", "Équipe", "Nom du quartier", "Partenaires", "Fiche action",
    ],
)  # fmt: skip
def test_a_title_that_counts_people_is_no_file_on_persons(header):
    assert only(read(extra(header, "3"))).qpv == QPV[0]


def test_words_that_answer_are_no_names():
    assert len(read(extra("Jeunes présents", "oui", "non")).outings) == 2


# --- a proposal ---------------------------------------------------------------------------------


def test_a_proposal_reads_the_export_it_was_made_from():
    content = as_csv(HEADERS, [with_cell("Quartier", QPV[0])])
    headers = read_headers(Path("a.csv"), today=TODAY, content=content)
    mapping = suggest(
        headers,
        site="loire",
        name="outil",
        items={ITEMS[0]: "Rassemblements", ITEMS[1]: "Dégradations"},
    )
    assert faults(mapping) == ()
    assert mapping.items == (
        ItemColumn("Nb rassemblements", ITEMS[0]),
        ItemColumn("Dégradations", ITEMS[1]),
    )
    assert (mapping.outing, mapping.day, mapping.nothing) == ("N° sortie", "Date", "RAS")


@given(st.lists(st.sampled_from((*HEADERS, "Prénom", "Lieu", "", "Durée (h)", "x")), max_size=9))
def test_a_proposal_uses_titles_of_the_file_once_and_none_about_persons(headers):
    mapping = suggest(headers, items={"lieu": "x"})
    used = mapping.columns()
    assert set(used) <= set(headers)
    assert len(set(used)) == len(used)
    assert "Prénom" not in used
    assert mapping.duration_unit == ("h" if mapping.duration == "Durée (h)" else "min")


def test_a_proposal_tells_a_yes_or_no_from_a_number():
    mapping = suggest(["Bancs (oui/non)", "Total bancs"], items={"bancs": "Bancs"})
    assert [one.counts for one in mapping.items] == ["flag", "count"]


def test_every_reason_has_its_words():
    words = read_words("echanges")
    assert words("reason.torn")
    assert all(name.islower() for name in words.entries if name.startswith("reason."))


def test_the_documented_example_is_a_mapping():
    page = (Path(__file__).parents[1] / "docs" / "exchanges.md").read_text("utf-8")
    examples = [block.partition("```")[0] for block in page.split("```toml\n")[1:]]
    assert len(examples) == 2
    for example in examples:
        mapping = read_mapping(example)
        assert read_mapping(to_toml(mapping)) == mapping
