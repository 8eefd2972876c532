"""A grid as a TOML document, and back: what people exchange and keep beside the app.

Reading names every field that is not what it should be, all at once; whether the grid makes sense
is for `faults` to say.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from typing import Any

from observatoire.errors import FileError, SchemaError
from observatoire.grille.faults import is_plain
from observatoire.grille.grids import STATUSES, Grid
from observatoire.grille.items import Item
from observatoire.labels import read_words

LARGEST_BYTES = 200_000
LARGEST = 10.0**15
_ITEM = {field.name: field for field in fields(Item)}


@dataclass(frozen=True)
class _Kind:
    """A kind of value: how it is said in French, and how it is told."""

    name: str
    accepts: Callable[[object], bool]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and is_plain(value)


def _is_number(value: object) -> bool:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return known and -LARGEST < value < LARGEST  # type: ignore[operator]


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_text, value))


_TEXT = _Kind("text", _is_text)
_FLAG = _Kind("flag", lambda value: isinstance(value, bool))
_WHOLE = _Kind("whole", lambda value: isinstance(value, int) and not isinstance(value, bool))
_NUMBER = _Kind("number", _is_number)
_TEXTS = _Kind("texts", _is_texts)
_DAY = _Kind("day", lambda value: isinstance(value, date) and not isinstance(value, datetime))
_ROWS = _Kind("rows", lambda value: isinstance(value, list))
_STATUS = _Kind("status", lambda value: value in STATUSES)

_GRID_KINDS = {
    "site": _TEXT,
    "site_name": _TEXT,
    "version": _WHOLE,
    "status": _STATUS,
    "reason": _TEXT,
    "agreed_by": _TEXTS,
    "agreed_on": _DAY,
    "supersedes": _WHOLE,
    "fictitious": _FLAG,
    "item": _ROWS,
}
_ITEM_KINDS = {
    "audience": _TEXTS,
    "direction": _WHOLE,
    "threshold": _NUMBER,
    "lossless": _FLAG,
    "sensitive": _FLAG,
}


def read_toml(text: str, *, file: str = "") -> Grid:
    """Return the grid that a TOML document describes.

    Fields that are left out have their default; a version left out is 0, to be given by whoever
    imports it.

    Raises
    ------
    FileError
        When it is not TOML, or far too large to be a grid.
    SchemaError
        With every field that is unknown, missing or of another kind.
    """
    words = read_words("grilles")
    if len(text.encode("utf-8", "replace")) > LARGEST_BYTES:
        raise FileError(
            "too large for a grid",
            user=words("refused.large"),
            remedy=words("refused.toml_remedy"),
            file=file,
        )
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as cause:
        raise FileError(
            f"not TOML: {type(cause).__name__}",
            user=words("refused.toml"),
            remedy=words("refused.toml_remedy"),
            file=file,
        ) from None
    return from_values(table, file=file)


def from_values(table: Mapping[str, Any], *, file: str = "") -> Grid:
    """Return the grid that plain values describe: a TOML document, or what the store keeps.

    Raises
    ------
    SchemaError
        With every field that is unknown, missing or of another kind.
    """
    wrong = list(_wrong(table))
    if wrong:
        words = read_words("grilles")
        raise SchemaError(
            f"not a grid: {len(wrong)} fields",
            user=words.count("refused.fields", len(wrong)),
            remedy=" ; ".join(wrong) + ".",
            faults=tuple(wrong),
            file=file,
        )
    values: dict[str, Any] = {"version": 0, "site_name": table["site"], **table}
    values.pop("item", None)
    values["agreed_by"] = tuple(values.get("agreed_by", ()))
    rows = table.get("item", [])
    return Grid(**values, items=tuple(_item(row) for row in rows))


def to_toml(grid: Grid) -> str:
    """Return a grid as the TOML document that reads back as itself."""
    head = [
        ("site", grid.site),
        ("site_name", grid.site_name),
        ("version", grid.version),
        ("status", grid.status),
        ("supersedes", grid.supersedes),
        ("reason", grid.reason or None),
        ("agreed_by", list(grid.agreed_by) or None),
        ("agreed_on", grid.agreed_on),
        ("fictitious", grid.fictitious or None),
    ]
    parts = [_lines(head)]
    for item in grid.items:
        parts.append("[[item]]\n" + _lines(item.as_dict().items()))
    comment = f"# {read_words('grilles')('toml.comment')}\n"
    return comment + "\n".join(parts)


def _item(row: Mapping[str, Any]) -> Item:
    values = dict(row)
    if "audience" in values:
        values["audience"] = tuple(values["audience"])
    if "threshold" in values:
        values["threshold"] = float(values["threshold"])
    return Item(**values)


def _wrong(table: Mapping[str, Any]) -> Iterator[str]:
    """Give every fault of form, as « place : fault »."""
    words = read_words("grilles")
    yield from _of_fields(table, _GRID_KINDS, {"site"}, "grid")
    rows = table.get("item", [])
    needed = {name for name, field in _ITEM.items() if field.default is MISSING}
    kinds = {name: _ITEM_KINDS.get(name, _TEXT) for name in _ITEM}
    for rank, row in enumerate(rows if isinstance(rows, list) else [], 1):
        place = words("fault.item", rank=rank)
        if isinstance(row, Mapping):
            yield from _of_fields(row, kinds, needed, place)
        else:
            yield f"{place} : {words('fault.kind.rows')}"


def _of_fields(
    row: Mapping[str, Any], kinds: Mapping[str, _Kind], needed: set[str], place: str
) -> Iterator[str]:
    words = read_words("grilles")
    for name in sorted(needed - set(row)):
        yield f"{place}.{name} : {words('fault.missing')}"
    for name, value in row.items():
        if name not in kinds:
            yield f"{place}.{_short(name)} : {words('fault.unknown')}"
        elif not kinds[name].accepts(value):
            yield f"{place}.{name} : {words(f'fault.kind.{kinds[name].name}')}"


def _short(name: str) -> str:
    """Return a field's name as it may be shown: not whole when it is a text by itself."""
    return name if len(name) <= 40 else name[:40] + "…"


def _lines(pairs: Any) -> str:
    """Return `name = value` lines; what is None is left out."""
    return "".join(f"{name} = {_value(value)}\n" for name, value in pairs if value is not None)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        # A JSON string is a TOML basic string but for DEL, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return repr(value)
