"""Refusing files that name or single out people, by their headers first, then by their values.

Specialised prevention works without names: a file that carries some was exported from the wrong
place. It is refused whole, so that nobody believes the columns were safely left out.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

import pandas as pd

from observatoire.errors import NominativeError

_STICKY = re.compile(
    r"prenom|surnom|pseudo|telephone|courriel|e?mail$|siret|matricul|firstname|lastname"
    r"|datenais|(?<!con)naissance(?!s)|birthd|securitesociale"
    r"|^noms?(usage|usuel|marital|jeune|famille|complet|personne|usager)"
    r"|^(code|id|num|numero|ref)(jeune|usager|personne|individu|beneficiaire)s?$"
    r"|^(num|no|numero)?(tel|gsm|mobile|portable)$"
)
_EMAIL = r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"
_PHONE = r"^(?:(?:\+|00)(?:33|262|590|594|596|689)[ .-]?(?:\(0\))?|0)[1-9](?:[ .-]?[0-9]{2}){4}$"
_NIR = r"^[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]) ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3}(?: ?[0-9]{2})?$"
PERSONAL_VALUE = f"{_EMAIL}|{_PHONE}|{_NIR}"
_MOBILES = (600_000_000, 799_999_999)
"""A mobile number read as a whole number: its leading 0 is lost."""
_MOSTLY = 0.5


def plain(text: str) -> str:
    """Return a header without accents, in lower case, words apart: `dateNaissance` → two words."""
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    bare = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", bare)
    return " ".join(re.findall(r"[a-z]+|[0-9]+", bare.lower()))


def is_nominative(header: str) -> bool:
    """Tell whether a column's header announces something that names or singles out a person.

    A name is taken for a person's unless the header says it is a place's or a thing's.
    """
    lists = _words()
    words = [word for word in plain(header).split() if not word.isdigit()]
    if words[:1] in (["ne"], ["nee"]) and "le" in words:
        return True
    kept = [word for word in words if word not in lists["links"]]
    said = frozenset(kept)
    if not kept or kept[0] in lists["figures"]:
        return False
    if "siren" in said:
        return not said & lists["public_bodies"]
    if said & lists["always"] or _STICKY.search("".join(kept)):
        return True
    if said & lists["name"]:
        return not said & lists["things"] or bool(said & (lists["person"] | lists["civil"]))
    return bool(
        (said & lists["alone"] and said <= lists["alone"] | lists["keys"] | lists["person"])
        or (said & lists["keys"] and said & lists["person"])
        or (said & lists["address"] and said & (lists["private"] | lists["person"]))
    )


@cache
def _words() -> dict[str, frozenset[str]]:
    text = (resources.files(__package__) / "nominative.toml").read_text("utf-8")
    return {name: frozenset(words.split()) for name, words in tomllib.loads(text).items()}


def refuse_nominative_headers(headers: Iterable[str], *, file: str) -> None:
    """Raise `NominativeError` naming every column whose header looks nominative."""
    found = [header for header in headers if is_nominative(header)]
    if found:
        _refuse(found, file, "ces colonnes semblent nominatives")


def refuse_nominative_values(columns: Mapping[str, pd.Series], *, file: str) -> None:
    """Raise `NominativeError` naming every column most of whose values single a person out.

    E-mail addresses, French telephone numbers and social security numbers are recognised, and
    mobile numbers that lost their 0 in a column of numbers (unless it is of IRIS codes, which have
    nine figures too).
    """
    found = [name for name, values in columns.items() if _mostly_personal(name, values)]
    if found:
        _refuse(found, file, "des adresses de messagerie, des téléphones ou des numéros personnels")


def _mostly_personal(name: str, values: pd.Series) -> bool:
    if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    if pd.api.types.is_numeric_dtype(values):
        known = values.dropna()
        mobiles = known.between(*_MOBILES) & (known % 1 == 0)
        return len(known) > 0 and "iris" not in plain(name) and bool(mobiles.mean() > _MOSTLY)
    text = values.dropna().astype(str).str.strip()
    text = text[text != ""]
    return len(text) > 0 and bool(text.str.match(PERSONAL_VALUE).mean() > _MOSTLY)


def _refuse(columns: list[str], file: str, why: str) -> None:
    names = ", ".join(f"« {name} »" for name in columns)
    raise NominativeError(
        f"nominative columns: {columns}",
        user=f"Fichier refusé en entier : {why} ({names}).",
        remedy="Retirez ces colonnes du fichier avant de l’importer.",
        file=file,
        column=", ".join(columns),
    )
