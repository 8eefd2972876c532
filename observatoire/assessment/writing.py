"""The assessment as Markdown: its prose, and the tables made of the program's own rules."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from importlib import resources
from string import Template
from typing import Any

from observatoire import entries, passwords
from observatoire.disclosure import Rules
from observatoire.labels import read_words
from observatoire.labels.typography import typeset
from observatoire.protocole import Terms, model_terms
from observatoire.protocole.faults import BOUNDS, THRESHOLDS
from observatoire.protocole.terms import EVERY_ITEM, Share

_FOLDER = resources.files(__package__)
JOURNAL_MONTHS = 12
SESSION_HOURS = 13
"""Both said in the database (`0005_sharing.sql`, `0004_people.sql`); a test compares them."""


def write_assessment() -> str:
    """Return the page, in French, typeset."""
    prose = Template((_FOLDER / "aipd.md").read_text("utf-8"))
    terms = Terms()
    return typeset(
        prose.substitute(
            entry=_rows(_entry()),
            tables=_rows(_tables()),
            columns="\n".join(_columns()),
            lengths=_rows(_lengths(terms)),
            shares=_rows(_share(one) for one in model_terms().shares),
            thresholds=_rows(_thresholds()),
            sensitive_k=Rules().sensitive_k,
            longest_text=entries.LONGEST_TEXT,
            text_months=BOUNDS["text_months"][1],
            shortest=passwords.SHORTEST,
            session_hours=SESSION_HOURS,
            journal_months=JOURNAL_MONTHS,
        )
    )


def inventory() -> dict[str, dict[str, Any]]:
    """Return, by table (`schema.name`): what, writes, reads, kept, columns."""
    return tomllib.loads((_FOLDER / "donnees.toml").read_text("utf-8"))


def _rows(rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _entry() -> list[tuple[str, str]]:
    words = read_words("saisie")

    def named(kind: str, values: Iterable[str]) -> str:
        return ", ".join(words(f"choice.{kind}.{value}").lower() for value in values if value)

    return [
        ("jour", "une date, sans heure"),
        ("moment", named("slot", entries.SLOTS)),
        ("quartier", "un des QPV du site"),
        ("durée", f"de 1 à {entries.MOST_MINUTES} minutes, ou rien"),
        ("intervenants", f"un nombre de 1 à {entries.MOST_WORKERS}, ou rien : jamais qui"),
        ("rien à signaler", "oui ou non"),
        ("observations", f"{entries.MOST_OBSERVATIONS} au plus par sortie"),
        ("· élément", "un code de la grille en vigueur du site"),
        ("· intensité", named("intensity", map(str, entries.INTENSITIES))),
        ("· combien", ", ".join(one for one in entries.SIZE_BANDS if one) + ", ou rien"),
        ("· sorte de lieu", named("place", entries.PLACES) + ", ou rien"),
        ("· carreau", f"{_precisions()} de la grille publique, ou rien"),
        ("· mots", f"{entries.LONGEST_TEXT} caractères au plus ; interdits par défaut"),
    ]


def _precisions() -> str:
    sizes = [one for one in entries.PRECISIONS if one != "qpv"]
    return f"jamais plus fin que {' ou '.join(sizes)} m selon le protocole, carreau"


def _tables() -> list[tuple[str, ...]]:
    lengths = {
        "retention": "celle du protocole",
        "text": f"{BOUNDS['text_months'][1]} mois au plus",
        "journal": f"{JOURNAL_MONTHS} mois",
        "session": f"{SESSION_HOURS} h au plus",
        "account": "tant que le compte existe",
        "year": "jusqu’à la publication de l’année, au plus la durée du protocole",
        "always": "sans limite : rien sur une personne",
    }
    return [
        (f"`{name}`", one["what"], one["writes"], one["reads"], lengths[one["kept"]])
        for name, one in inventory().items()
    ]


def _columns() -> list[str]:
    return [
        f"- `{name}` : {', '.join(f'`{column}`' for column in one['columns'])}"
        for name, one in inventory().items()
    ]


def _lengths(terms: Terms) -> list[tuple[str, str]]:
    (least, most), text_most = BOUNDS["retention_months"], BOUNDS["text_months"][1]
    return [
        (
            "sorties et observations",
            f"{terms.retention_months} mois par défaut ; le protocole dit de {least} à {most}",
        ),
        ("textes libres", f"{terms.text_months} mois par défaut, jamais plus de {text_most}"),
        (
            "saisie après coup",
            f"{terms.days_back} jours par défaut, {BOUNDS['days_back'][1]} au plus",
        ),
        ("chiffres diffusés", "gardés : ils ne renvoient plus à une sortie ni à une équipe"),
        (
            "nombres d’un mois publié, par équipe",
            "jusqu’à la publication de l’année, au plus la durée du protocole depuis le jour où le"
            " mois est dû ; passé ce délai, ni le trimestre ni l’année ne sont publiés",
        ),
        ("journal des lectures", f"{JOURNAL_MONTHS} mois"),
        ("sessions", f"{SESSION_HOURS} heures au plus"),
        ("sauvegardes", "14 copies de chaque nuit, telles que livrées"),
    ]


def _share(share: Share) -> tuple[str, ...]:
    roles, words = read_words("acces"), read_words("protocole")
    every = share.items == (EVERY_ITEM,)
    return (
        roles(f"role.{share.role}"),
        "toute la grille" if every else ", ".join(share.items),
        words(f"precision.{share.precision}"),
        words(f"rhythm.{share.rhythm}"),
    )


def _thresholds() -> list[tuple[str, str, str]]:
    said = {
        "k": "observations dans une case (k)",
        "outings": "sorties qui en rapportent une au moins",
        "base": "sorties pendant la période",
    }
    return [(said[name], str(house), str(least)) for name, (house, least, _) in THRESHOLDS.items()]
