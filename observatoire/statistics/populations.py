"""Municipal populations: by QPV (2013), and by commune from a GeoJSON of communes."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from observatoire import sources
from observatoire.codes import is_commune
from observatoire.errors import FileError
from observatoire.statistics.reading import Asked, Draft, Figures, build_frame, require_column
from observatoire.statistics.simple import Layout, figures_of_year
from observatoire.statistics.tables import RawFile, RawTable
from observatoire.statistics.zones import Zones, read_zones

TITLE = "Populations municipales des quartiers"
KEY = "qp"
INDICATOR = "rp.POP_MUN"
_NAME = re.compile(r"population_municipale_((?:19|20)\d{2})")
_TEXT = frozenset({KEY, "nom_qp", "reg", "epci1", "epci2", "uu", "liste_des_communes"})
_CODE, _POPULATION = "code", "population_municipale"


def recognises(names: tuple[str, ...]) -> bool:
    """Tell whether a column is a municipal population with its year."""
    return any(_NAME.fullmatch(name) for name in names)


def read(table: RawTable, asked: Asked) -> Draft:
    """Return the populations of the QPV; the year is in the column's name.

    Raises
    ------
    FileError
        When there are several years, or a zone or a number is not what it should be.
    """
    require_column(table, KEY, TITLE)
    years = {name: match[1] for name in table.columns if (match := _NAME.fullmatch(name))}
    if len(years) > 1:
        raise FileError(
            f"several years: {sorted(years.values())}",
            user="Le fichier porte des populations de plusieurs années.",
            remedy="Gardez une seule colonne population_municipale_AAAA.",
            file=str(table.path),
        )
    (year,) = years.values()
    zones = read_zones(table, KEY)
    layout = Layout(dict.fromkeys(years, INDICATOR), _TEXT)
    source = f"insee_population_qpv_{year}"
    frame, ignored = figures_of_year(table, layout, zones, year, source)
    return Draft("insee_population_qpv", frame, ignored)


def read_communes(raw: RawFile, asked: Asked) -> Draft:
    """Return the populations held by the properties of a GeoJSON of communes.

    Such a file does not say of which census they are: the user does, with `--year`. The edition of
    the zones is the year of the commune codes: that of the registered source when the file is one,
    else the year of the populations.

    Raises
    ------
    FileError
        When it is not such a file, has no year, or a code or population is not one.
    """
    features = _features(raw)
    if asked.year is None:
        raise FileError(
            "the census year of the populations is unknown",
            user="Le fichier ne dit pas de quel recensement sont ses populations.",
            remedy="Ajoutez --year, par exemple --year 2017.",
            file=str(raw.path),
        )
    codes, values = _communes(raw, features)
    source = sources.recognise(raw.sha256)
    edition = source.vintage if source else asked.year
    size = len(codes)
    zones = Zones(
        np.array(["commune"] * size, dtype=object),
        np.array(codes, dtype=object),
        np.array([edition] * size, dtype=object),
    )
    status = np.where(np.isfinite(values), "ok", "missing").astype(object)
    figures = [Figures(INDICATOR, asked.year, values, status)]
    name = source.name if source else f"communes_{asked.year}"
    return Draft("communes", build_frame(zones, figures, name))


def _features(raw: RawFile) -> list[dict[str, Any]]:
    try:
        document = json.loads(raw.text)
        features = [dict(feature["properties"]) for feature in document["features"]]
    except (ValueError, KeyError, TypeError) as cause:
        raise FileError(
            f"not a GeoJSON of features: {type(cause).__name__}",
            user="Ce fichier JSON est tronqué ou n’est pas un GeoJSON.",
            remedy="Téléchargez-le à nouveau.",
            file=str(raw.path),
        ) from cause
    if not features or any(key not in features[0] for key in (_CODE, _POPULATION)):
        raise FileError(
            "no commune populations in this GeoJSON",
            user="Ce GeoJSON ne porte pas de populations de communes.",
            remedy=f"Il faut les propriétés {_CODE} et {_POPULATION} ; les contours s’importent "
            "avec « observatoire contours import ».",
            file=str(raw.path),
        )
    return features


def _communes(raw: RawFile, features: list[dict[str, Any]]) -> tuple[list[str], Any]:
    codes: list[str] = []
    values = np.full(len(features), np.nan)
    seen: set[str] = set()
    for index, properties in enumerate(features):
        code, population = properties.get(_CODE), properties.get(_POPULATION)
        if not isinstance(code, str) or not is_commune(code) or code in seen:
            _refuse(raw, index, _CODE, "Ce code de commune est faux, ou figure deux fois.")
        if population is not None:
            whole = isinstance(population, int) and not isinstance(population, bool)
            if not whole or population < 0:
                _refuse(raw, index, _POPULATION, "Une population est un entier positif ou nul.")
            values[index] = population
        seen.add(str(code))
        codes.append(str(code))
    return codes, values


def _refuse(raw: RawFile, index: int, column: str, user: str) -> None:
    raise FileError(
        f"bad {column} at feature {index + 1}",
        user=user,
        remedy="Reprenez le fichier tel que publié.",
        file=str(raw.path),
        row=index + 1,
        column=column,
    )
