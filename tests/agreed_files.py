"""Every form of file that holds figures of the field, read back and judged by the oracle.

A case is an account, a layer and a neighbourhood: whether a file shows that figure to that account
is what the agreement of its town says. One file judges as many cases as there are neighbourhoods.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from html import unescape

import pytest
from agreed_world import Key, World
from map_layers import perimeters

from observatoire import dossiers, estimates, exports, publication
from observatoire.errors import NotFoundError
from observatoire.views.comparer.files import comparison_file
from observatoire.views.doors import Doors
from observatoire.views.drawn import drawn_file

EDITION = "2015"
COLUMNS = {
    *("qpv", "name", "site", "edition", "period", "value", "unit", "status"),
    *("low", "high", "varies", "grade", "outings"),
    *("fictitious", "indicator", "label", "source", "note"),
}


# --- files read back: what each says of each neighbourhood ------------------------------------


def table_of(text):
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=";"))


def number_of(cell):
    return float(cell.replace(",", "."))


def _numbers(row):
    names = ("value", "low", "high", "outings")
    return row | {name: number_of(row[name]) for name in names}


def rows_of_csv(content):
    return [_numbers(one) for one in table_of(content.decode())]


def rows_of_json(content):
    return json.loads(content)["rows"]


def rows_of_geojson(content):
    return [one["properties"] for one in json.loads(content)["features"]]


def rows_of_gpkg(content):
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(content)
        (name,) = database.execute("SELECT table_name FROM gpkg_contents").fetchone()
        found = database.execute(f'SELECT * FROM "{name}"')
        names = [one[0] for one in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found]
    return [{name: row[name] for name in row if name not in ("fid", "geom")} for row in rows]


FORMS = {
    "csv": rows_of_csv,
    "json": rows_of_json,
    "geojson": rows_of_geojson,
    "gpkg": rows_of_gpkg,
}


def values_of(form, content):
    """Return the values of a file by QPV: a row without one is in no file of the field."""
    return {one["qpv"]: one["value"] for one in FORMS[form](content)}


def said_in_svg(text):
    """Return the words under each perimeter of the planche, by QPV."""
    titles = [unescape(one).replace("’", "'") for one in re.findall("<title>(.*?)</title>", text)]
    said = dict(re.split(r"\s:\s", one, maxsplit=1) for one in titles[1:])
    places = perimeters().to_dict("index")
    return {code: said[f"{row['name']}, {row['commune']}"] for code, row in places.items()}


def said_in_html(text):
    """Return the words of the table of an offline page by QPV, and what its map is given."""
    rows = re.findall(r'<td class="code">(\w+)</td><td class="value(?: absent)?">(.*?)</td>', text)
    data = json.loads(re.search(r"const data = (\{.*\});\n", text)[1])
    drawn = [value for pane in data["paint"] for value in pane["values"]]
    noted = [note for pane in data["paint"] for note in pane["notes"]]
    return dict(rows), [one for one in drawn if one], [one for one in noted if one]


# --- judged -------------------------------------------------------------------------------------


@dataclass
class Judged:
    """What was judged: the cases, those that were open, and the files."""

    cases: set[tuple[str, Key, str]] = field(default_factory=set)
    near: set[tuple[str, Key, str]] = field(default_factory=set)
    opened: set[tuple[str, Key, str]] = field(default_factory=set)
    files: Counter[str] = field(default_factory=Counter)
    hashes: dict[tuple[str, ...], str] = field(default_factory=dict)

    def note(self, world: World, login: str, key: Key, may: set[str]) -> None:
        user = world.users.get(login)
        for code, town in world.quarters.items():
            self.cases.add((login, key, code))
            if code in may or (user and town in user.sites):
                self.near.add((login, key, code))
            if code in may:
                self.opened.add((login, key, code))

    def keep(self, name: tuple[str, ...], content: bytes) -> None:
        self.files[name[0]] += 1
        self.hashes[name] = hashlib.sha256(content).hexdigest()


def judge_rows(world, login, key, form, content, may):
    """Tell that a file holds the rows that may be read, whole, and no other."""
    rows = FORMS[form](content)
    assert {one["qpv"] for one in rows} == may, (login, key, form)
    assert len(rows) == len(may)
    for one in rows:
        value, outings = world.figures(key)[one["qpv"]]
        assert set(one) == COLUMNS
        assert one["value"] == pytest.approx(value), (login, key, form)
        assert one["outings"] == outings
        assert one["low"] <= value <= one["high"]
        assert (one["period"], one["status"], one["note"]) == (key[1], "ok", "")


def judge_exports(world, login, key, judged, site=None):
    """Judge the files of data of a layer, for one site when it is given; return what was open."""
    may = world.readable(login, key)
    if site is None:
        judged.note(world, login, key, may)
    else:
        may = {code for code in may if perimeters().at[code, "site"] == site.id}
    with world.door(login).session() as session:
        try:
            layer = publication.read_layer(
                session, f"terrain.{key[0]}", period=key[1], edition=EDITION
            )
        except NotFoundError:
            assert not may, (login, key)
            return may
        parts = estimates.read_parts(session, layer)
    ground = perimeters()
    for form in FORMS:
        write = exports.FORMATS[form].write
        if not may:
            with pytest.raises(NotFoundError):
                write(layer, ground, world.settings.sites, site, parts)
            continue
        content = write(layer, ground, world.settings.sites, site, parts)
        judge_rows(world, login, key, form, content, may)
        judged.keep((form, login, *key, site.id if site else ""), content)
    return may


def judge_drawn(world, login, key, judged, hatched=""):
    """Judge the planche and the offline map of a layer."""
    may = world.readable(login, key)
    query = {"hachures": hatched} if hatched else {}
    made = {form: _drawn(world, login, key, form, query) for form in ("svg", "html")}
    assert (made["svg"] is None) == (made["html"] is None) == (not may), (login, key)
    if not may:
        return
    said = said_in_svg(made["svg"])
    table, drawn, noted = said_in_html(made["html"])
    assert set(table) == set(said) == set(world.quarters)
    for words in (said, table):
        shown = {code: one for code, one in words.items() if re.search(r"\d", one)}
        assert set(shown) == may, (login, key)
        for code, one in shown.items():
            value, _ = world.figures(key)[code]
            assert number_of(re.match(r"[\d,]+", one)[0]) == pytest.approx(value, abs=0.00501)
    assert len(drawn) == len(noted) == len(may), "the map is given no figure beyond its table"
    for form, text in made.items():
        judged.keep((form, login, *key, hatched), text.encode())


def _drawn(world, login, key, form, query):
    path = {"indicator": f"terrain.{key[0]}", "edition": EDITION, "file": f"{key[1]}.{form}"}
    try:
        return drawn_file(pages(world, login), path, query).content.decode()
    except NotFoundError:
        return None


def pages(world, login):
    return Doors(world.settings, world.store).signed(world.token(login))


def judge_comparison(world, login, key, code, judged):
    """Judge the file of a comparison: rows of neighbourhoods, and what they make up together."""
    may = world.readable(login, key)
    path = {"indicator": f"terrain.{key[0]}", "edition": EDITION, "file": f"{key[1]}.csv"}
    try:
        content = comparison_file(pages(world, login), path, {"qpv": code}).content
    except NotFoundError:
        assert not may, (login, key)
        return
    assert may, (login, key)
    rows = {one["key"]: one for one in table_of(content.decode())}
    assert code in rows
    for name, one in rows.items():
        if name in world.quarters:
            assert (one["value"] != "") == (name in may), (login, key, name)
            assert (one["rests_on"] != "") <= (name in may)
        if one["value"] and name in may:
            assert number_of(one["value"]) == pytest.approx(world.figures(key)[name][0])
        if not one["value"]:
            assert not any(one[name] for name in ("low", "high", "smoothed", "rests_on"))
    site = perimeters()["site"]
    assert {one for one in may if site[one] == site[code]} <= set(rows), "its site is whole"
    judged.keep(("comparison", login, *key, code), content)


def judge_dossier(world, login, code, judged):
    """Judge the file of a neighbourhood: each of its layers is a case."""
    opened = {key for key in world.keys if code in world.readable(login, key)}
    with world.door(login).session() as session:
        made = dossiers.write_dossier(session, EDITION, code)
    rows = [
        one for one in table_of(made.content.decode()) if one["indicator"].startswith("terrain.")
    ]
    found = {(one["indicator"].partition(".")[2], one["period"]): one for one in rows}
    assert len(rows) == len(found)
    assert set(found) == opened, (login, code)
    for key, one in found.items():
        value, outings = world.figures(key)[code]
        assert number_of(one["value"]) == pytest.approx(value)
        assert int(one["outings"]) == outings
    assert set(made.fields) == {f"terrain.{item}" for item, _ in opened}
    judged.keep(("dossier", login, code), made.content)
    return opened
