"""A mapping proposed from the titles of an export: for a person to correct, never used as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from observatoire.exchanges.mapping import ColumnMapping, ItemColumn, tidy
from observatoire.exchanges.people import is_about_a_person
from observatoire.observations.nominative import plain

SYNONYMS: dict[str, tuple[str, ...]] = {
    "day": (
        "date", "jour", "date sortie", "date intervention", "date activite", "date action",
        "jour sortie", "date presence sociale", "date debut", "day",
    ),
    "slot": (
        "creneau", "moment", "moment journee", "periode journee", "tranche horaire",
        "plage horaire", "heure", "heure debut", "horaire", "horaires", "demi journee", "slot",
    ),
    "qpv": (
        "code qpv", "code qp", "qpv", "qp", "quartier prioritaire", "quartier", "quartiers",
        "nom quartier", "nom qpv", "lieu", "lieu intervention", "secteur", "territoire", "zone",
    ),
    "duration": (
        "duree", "duree minutes", "duree min", "duree mn", "duree heures", "duree h",
        "duree sortie", "duree intervention", "temps", "temps passe", "nombre heures", "nb heures",
        "nb minutes", "nombre minutes",
    ),
    "workers": (
        "nb intervenants", "nombre intervenants", "intervenants", "nb educateurs",
        "nombre educateurs", "nb professionnels", "nombre professionnels", "nb salaries",
        "nombre salaries", "effectif equipe", "workers",
    ),
    "outing": (
        "num sortie", "numero sortie", "n sortie", "no sortie", "id sortie", "sortie id",
        "ref sortie", "reference sortie", "code sortie", "sortie", "id activite", "num activite",
        "numero activite", "reference activite", "reference", "ref", "id", "outing",
    ),
    "nothing": ("rien a signaler", "rien signaler", "ras", "nothing to report"),
}  # fmt: skip
"""What titles are called, the likeliest first; compared without accents, case or small words."""
_SMALL = frozenset({"de", "du", "des", "d", "la", "le", "l", "les", "en"})
_FIGURES = frozenset({"nb", "nbr", "nbre", "nombre", "total", "effectif"})
_FLAG = re.compile(r"\?|oui ?/ ?non|o/n", re.IGNORECASE)
_HOURS = frozenset({"h", "heure", "heures"})


def suggest(
    headers: Sequence[str],
    *,
    site: str = "",
    name: str = "",
    items: Mapping[str, str] | None = None,
) -> ColumnMapping:
    """Return the mapping that the titles of an export suggest.

    It may lack what no title says: `mapping.faults` names that. A title about persons is never
    proposed; a file that has one is refused anyway.

    Parameters
    ----------
    headers
        Titles of the export.
    site, name
        Of the mapping.
    items
        Codes of the items of the site's grid → their labels: a title that is one of them, or
        counts one (« Nb … »), is proposed for it.
    """
    titles = dict.fromkeys(tidy(header) for header in headers if header.strip())
    free = [title for title in titles if not is_about_a_person(title)]
    found: dict[str, str] = {}
    for role, words in SYNONYMS.items():
        header = _first(words, [one for one in free if one not in found.values()])
        if header:
            found[role] = header
    left = [header for header in free if header not in found.values()]
    hours = set(plain(found.get("duration", "")).split()) & _HOURS
    return ColumnMapping(
        site=site,
        name=name,
        duration_unit="h" if hours else "min",
        items=tuple(_items(left, items or {})),
        **found,  # type: ignore[arg-type]
    )


def _first(words: Iterable[str], headers: Sequence[str]) -> str:
    by_words = {_short(header): header for header in reversed(headers)}
    return next((by_words[word] for word in words if word in by_words), "")


def _items(headers: Sequence[str], items: Mapping[str, str]) -> Iterable[ItemColumn]:
    known = {_short(code): code for code in items}
    known |= {_short(label): code for code, label in items.items()}
    for header in headers:
        words = _short(_FLAG.sub(" ", header)).split()
        code = known.get(" ".join(words)) or known.get(" ".join(_after_figure(words)))
        if code:
            yield ItemColumn(header, code, "flag" if _FLAG.search(header) else "count")


def _after_figure(words: list[str]) -> list[str]:
    return words[1:] if words[:1] and words[0] in _FIGURES else words


def _short(text: str) -> str:
    return " ".join(word for word in plain(text).split() if word not in _SMALL)
