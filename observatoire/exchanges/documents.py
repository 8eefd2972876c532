"""A mapping as a TOML document, and back: what a site saves and hands on.

Reading names everything that is wrong, all at once: fields that are not what they should be, else
what stands against the mapping they make.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any

from observatoire.errors import SchemaError
from observatoire.exchanges.mapping import ColumnMapping, ItemColumn, ItemRows, faults
from observatoire.exchanges.refusals import refused
from observatoire.grille.faults import is_plain
from observatoire.labels import read_words

LARGEST_BYTES = 200_000
_TABLES = ("slots", "neighbourhoods")
_KINDS = {
    "header_row": "whole",
    "date_formats": "texts",
    "slots": "table",
    "neighbourhoods": "table",
    "rows": "any",
    "item": "rows",
}
_ROW_KINDS = {"most": "whole", "items": "table"}


def read_mapping(text: str, *, file: str = "") -> ColumnMapping:
    """Return the mapping that a TOML document describes.

    Raises
    ------
    FileError
        When it is not TOML, or far too large to be a mapping.
    SchemaError
        With everything that is wrong in it, in `faults`.
    """
    if len(text.encode("utf-8", "replace")) > LARGEST_BYTES:
        raise refused("toml_large", file)
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise refused("toml", file) from None
    return from_values(table, file=file)


def from_values(table: Mapping[str, Any], *, file: str = "") -> ColumnMapping:
    """Return the mapping that plain values describe, as in its document.

    Raises
    ------
    SchemaError
        With everything that is wrong, in `faults`.
    """
    wrong = tuple(_wrong(table))
    if not wrong:
        mapping = _made(table)
        wrong = faults(mapping)
        if not wrong:
            return mapping
    raise unusable(wrong, file)


def from_partial(table: Mapping[str, Any], *, file: str = "") -> ColumnMapping:
    """Return the mapping that plain values describe, whatever stands against it so far.

    Raises
    ------
    SchemaError
        When a value is not of its kind.
    """
    needed = {"site": "", "name": "", "day": "", "qpv": ""}
    wrong = tuple(_wrong({**needed, **table}))
    if wrong:
        raise unusable(wrong, file)
    return _made(table)


def to_values(mapping: ColumnMapping) -> dict[str, Any]:
    """Return a mapping as plain values, as in its document."""
    return tomllib.loads(to_toml(mapping))


def unusable(wrong: tuple[str, ...], file: str = "") -> SchemaError:
    """Return the error of a mapping that cannot be used, with what is wrong in it."""
    return SchemaError(
        f"not a usable column mapping: {len(wrong)} faults",
        user=read_words("echanges").count("refused.mapping", len(wrong)),
        remedy=" ; ".join(wrong) + ".",
        faults=wrong,
        file=file,
    )


def to_toml(mapping: ColumnMapping) -> str:
    """Return a mapping as the TOML document that reads back as itself."""
    plain = [
        one
        for one in fields(ColumnMapping)
        if one.name not in (*_TABLES, "items", "rows")
        and (one.default is MISSING or getattr(mapping, one.name) != one.default)
    ]
    parts = [_lines((one.name, getattr(mapping, one.name)) for one in plain)]
    parts += [_table(name, getattr(mapping, name)) for name in _TABLES]
    for item in mapping.items:
        parts.append("[[item]]\n" + _lines(_pairs(item)))
    if mapping.rows is not None:
        own = [pair for pair in _pairs(mapping.rows) if pair[0] != "items"]
        parts.append("[rows]\n" + _lines(own))
        parts.append(_table("rows.items", mapping.rows.items))
    comment = f"# {read_words('echanges')('toml.comment')}\n"
    return comment + "\n".join(part for part in parts if part)


def _made(table: Mapping[str, Any]) -> ColumnMapping:
    values = dict(table)
    values["items"] = tuple(ItemColumn(**row) for row in values.pop("item", []))
    if "rows" in values:
        values["rows"] = ItemRows(**values["rows"])
    if "date_formats" in values:
        values["date_formats"] = tuple(values["date_formats"])
    return ColumnMapping(**values)


def _wrong(table: Mapping[str, Any]) -> Iterator[str]:
    """Give every fault of form, as « place : fault »."""
    known = {one.name for one in fields(ColumnMapping)} - {"items"} | {"item"}
    kinds = {name: _KINDS.get(name, "text") for name in known}
    yield from _of_fields(table, kinds, {"site", "name", "day", "qpv"}, "")
    rows = table.get("item", [])
    for rank, row in enumerate(rows if isinstance(rows, list) else [], 1):
        yield from _of_row(row, ItemColumn, {"column", "item"}, f"item.{rank}")
    if "rows" in table:
        yield from _of_row(table["rows"], ItemRows, {"column", "items"}, "rows")


def _of_row(row: object, kind: type[Any], needed: set[str], place: str) -> Iterator[str]:
    if isinstance(row, Mapping):
        kinds = {one.name: _ROW_KINDS.get(one.name, "text") for one in fields(kind)}
        yield from _of_fields(row, kinds, needed, f"{place}.")
    else:
        yield f"{place} : {read_words('echanges')('fault.kind.table')}"


def _of_fields(
    row: Mapping[str, Any], kinds: Mapping[str, str], needed: set[str], place: str
) -> Iterator[str]:
    words = read_words("echanges")
    for name in sorted(needed - set(row)):
        yield f"{place}{name} : {words('fault.missing')}"
    for name, value in row.items():
        if name not in kinds:
            yield f"{place}{name[:40]} : {words('fault.unknown')}"
        elif not _is_kind(value, kinds[name]):
            yield f"{place}{name} : {words(f'fault.kind.{kinds[name]}')}"


def _is_kind(value: object, kind: str) -> bool:
    if kind == "text":
        return isinstance(value, str) and is_plain(value)
    if kind == "whole":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "texts":
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if kind == "table":
        return isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values())
    return kind == "any" or isinstance(value, list)


def _pairs(made: ItemColumn | ItemRows) -> list[tuple[str, object]]:
    return [(one.name, getattr(made, one.name)) for one in fields(made)]


def _table(name: str, table: Mapping[str, str]) -> str:
    lines = "".join(f"{_text(key)} = {_text(value)}\n" for key, value in table.items())
    return f"[{name}]\n{lines}" if table else ""


def _lines(pairs: Iterable[tuple[str, object]]) -> str:
    return "".join(f"{name} = {_value(value)}\n" for name, value in pairs)


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    # A JSON string is a TOML basic string but for DEL, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
