"""An agreement as a TOML document, and back."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from observatoire.errors import FileError, SchemaError
from observatoire.labels import read_words
from observatoire.protocole.agreements import STATUSES, Agreement
from observatoire.protocole.terms import Terms, terms_from

LARGEST_BYTES = 100_000
_TEXTS = (list, tuple)
_HEAD: dict[str, Any] = {
    "site": str,
    "site_name": str,
    "version": int,
    "status": str,
    "agreed_by": _TEXTS,
    "agreed_on": date,
    "fictitious": bool,
}
_TERMS: dict[str, Any] = {
    field.name: {"str": str, "int": int, "bool": bool}[str(field.type)]
    for field in fields(Terms)
    if field.name != "shares"
}
_SHARE: dict[str, Any] = {"role": str, "items": _TEXTS, "precision": str, "rhythm": str}


def read_toml(text: str, *, file: str = "") -> Agreement:
    """Return the agreement that a TOML document describes; what is left out has its default.

    Raises
    ------
    FileError
        When it is not TOML, or far too large.
    SchemaError
        With every field that is unknown, missing or of another kind.
    """
    words = read_words("protocole")
    try:
        if len(text.encode("utf-8", "replace")) > LARGEST_BYTES:
            raise ValueError
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as cause:  # a decoding error is one
        raise FileError(
            f"not an agreement in TOML: {type(cause).__name__}",
            user=words("refused.toml"),
            remedy=words("refused.toml_remedy"),
            file=file,
        ) from None
    wrong = list(_wrong(table))
    if wrong:
        raise SchemaError(
            f"not an agreement: {len(wrong)} fields",
            user=words.count("refused.fields", len(wrong)),
            remedy=" ; ".join(wrong) + ".",
            faults=tuple(wrong),
            file=file,
        )
    terms = {name: table[name] for name in _TERMS if name in table}
    return Agreement(
        site=table["site"],
        site_name=table.get("site_name", table["site"]),
        version=table.get("version", 0),
        terms=terms_from({**terms, "shares": table.get("share", [])}),
        status=table.get("status", "draft"),
        agreed_by=tuple(table.get("agreed_by", ())),
        agreed_on=table.get("agreed_on"),
        fictitious=table.get("fictitious", False),
    )


def to_toml(agreement: Agreement) -> str:
    """Return the TOML document of an agreement."""
    head = {
        "site": agreement.site,
        "site_name": agreement.site_name,
        "version": agreement.version,
        "status": agreement.status,
        "agreed_by": list(agreement.agreed_by),
        "agreed_on": agreement.agreed_on,
        "fictitious": agreement.fictitious,
    }
    values = agreement.terms.as_dict()
    shares = values.pop("shares")
    words = read_words("protocole")
    comments = "".join(f"# {words(f'toml.{name}')}\n" for name in ("comment", "squares"))
    parts = [comments + _lines(head | values)]
    parts += ["[[share]]\n" + _lines(share) for share in shares]
    return "\n".join(parts)


def _wrong(table: Mapping[str, Any]) -> Iterator[str]:
    words = read_words("protocole")
    known = {**_HEAD, **_TERMS, "share": list}
    if "site" not in table:
        yield f"site : {words('fault.missing')}"
    yield from _kinds(table, known, "")
    if table.get("status", "draft") not in STATUSES:
        yield f"status : {words('fault.choice', allowed=', '.join(STATUSES))}"
    shares = table.get("share", [])
    for rank, share in enumerate(shares if isinstance(shares, list) else [], 1):
        place = f"share.{rank}."
        if not isinstance(share, Mapping):
            yield f"{place} : {words('fault.kind')}"
            continue
        if "role" not in share:
            yield f"{place}role : {words('fault.missing')}"
        yield from _kinds(share, _SHARE, place)


def _kinds(table: Mapping[str, Any], known: Mapping[str, Any], place: str) -> Iterator[str]:
    words = read_words("protocole")
    for name, value in table.items():
        if name not in known:
            yield f"{place}{name[:40]} : {words('fault.unknown')}"
            continue
        kind = known[name]
        is_right = isinstance(value, kind) and not isinstance(value, datetime)
        if isinstance(value, bool) and kind is not bool:
            is_right = False
        if kind is _TEXTS and is_right:
            is_right = all(isinstance(one, str) for one in value)
        if not is_right:
            yield f"{place}{name} : {words('fault.kind')}"


def _lines(values: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {_value(one)}\n" for name, one in values.items() if one is not None)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        # A JSON string is a TOML basic string but for DEL, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return str(value)
