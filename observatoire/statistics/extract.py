"""Which figures this project keeps of the national files, and the tables it writes of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from observatoire.codes import qpv_department
from observatoire.errors import FileError
from observatoire.sources import Source
from observatoire.statistics.figures import write_figures

README = "README.md"
PAPERS = "figures.toml"


def read_scope(folder: Path) -> dict[str, frozenset[str]]:
    """Return the codes of the outlines of a folder, by kind (`iris`, `commune`).

    Parameters
    ----------
    folder
        GeoJSON files whose member `kind` says what they hold and whose features have a `code`.

    Raises
    ------
    FileError
        When a file is not such a one.
    """
    scope: dict[str, set[str]] = {"iris": set(), "commune": set()}
    for path in sorted(folder.glob("*.geojson")):
        try:
            document = json.loads(path.read_text("utf-8"))
            kind = str(document["kind"])
            scope[kind] |= {str(item["properties"]["code"]) for item in document["features"]}
        except (OSError, ValueError, KeyError, TypeError) as cause:
            raise FileError(
                f"not a file of outlines: {type(cause).__name__}",
                user="Ce fichier n’est pas un fichier de contours du projet.",
                remedy="Reprenez-le, ou nommez un autre dossier avec --context.",
                file=str(path),
            ) from cause
    return {kind: frozenset(found) for kind, found in scope.items()}


def keep_figures(
    statistics: pd.DataFrame,
    holds: Callable[[str, str], bool],
    scope: Mapping[str, frozenset[str]],
) -> pd.DataFrame:
    """Return the figures of the QPV of the sites, of France, and of the zones around.

    An IRIS figure is kept when a QPV has the same indicator, at the same period if there is one:
    the rest is of no use beside the QPV, and heavy.

    Parameters
    ----------
    statistics
        Figures per `schemas.STATISTICS`.
    holds
        Tells whether a QPV (code, department) is of a site.
    scope
        Codes to keep of the other kinds of zones.
    """
    qpv = statistics.loc[statistics["zone_kind"] == "qpv", "zone"].unique()
    kept = {code for code in qpv if holds(code, qpv_department(code))}
    wanted: dict[str, frozenset[str] | set[str]] = {"qpv": kept, **scope}
    keep = statistics["zone_kind"].isin(["france", "spread"])
    for kind, codes in wanted.items():
        keep |= (statistics["zone_kind"] == kind) & statistics["zone"].isin(codes)
    return statistics[keep & ((statistics["zone_kind"] != "iris") | _comparable(statistics))]


def _comparable(statistics: pd.DataFrame) -> pd.Series:
    """Tell which rows have an indicator that QPV have, at one of their periods if any is common."""
    moments = pd.MultiIndex.from_frame(statistics[["indicator", "period"]])
    qpv = statistics["zone_kind"] == "qpv"
    iris = statistics["zone_kind"] == "iris"
    common = moments[qpv].unique().intersection(moments[iris].unique())
    shared = common.get_level_values("indicator").unique()
    alone = statistics["indicator"].isin(statistics.loc[qpv, "indicator"].unique())
    return pd.Series(moments.isin(common), index=statistics.index) | (
        alone & ~statistics["indicator"].isin(shared)
    )


def tables(figures: pd.DataFrame) -> dict[str, str]:
    """Return the text of each table by its file name: one CSV per source."""
    return {
        f"{source}.csv": write_figures(rows)
        for source, rows in figures.groupby("source", sort=True)
    }


def papers(figures: pd.DataFrame, register: Mapping[str, Source]) -> str:
    """Return the TOML that says, for each table, where its figures come from."""
    blocks = ["# Where the figures of each table come from. Written by « observatoire statistics"]
    blocks[0] += " extract »."
    for name, rows in figures.groupby("source", sort=True):
        source = register.get(str(name))
        fields: dict[str, str | int] = {"source": str(name)}
        if source is not None:
            fields |= {
                "title": source.title,
                "publisher": source.publisher,
                "licence": source.licence,
                "vintage": source.vintage,
            }
            if source.file:
                fields |= {"source_file": source.file, "source_sha256": source.sha256}
            else:
                fields["computed_from"] = ", ".join(_sources_of(figures, "qpv"))
        fields |= {
            "periods": ", ".join(sorted(rows["period"].unique())),
            "zones": ", ".join(_zones(rows)),
            "figures": len(rows),
        }
        lines = [
            f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()
        ]
        blocks.append("\n".join([f'["{name}.csv"]', *lines]))
    return "\n\n".join(blocks) + "\n"


def _sources_of(figures: pd.DataFrame, kind: str) -> list[str]:
    return sorted(figures.loc[figures["zone_kind"] == kind, "source"].unique())


def _zones(rows: pd.DataFrame) -> list[str]:
    if (rows["zone_kind"] == "spread").all():
        return ["all the QPV of France together"]
    counts = rows.groupby("zone_kind")["zone"].nunique()
    return [f"{count} {kind}" for kind, count in counts.items()]
