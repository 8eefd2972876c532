"""The page of the documentation that lists the official indicators, written from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from observatoire.catalogue import Catalogue, Indicator

_FIELD = "terrain"
_COLUMNS = """| id | label | unit | kind | years by QPV | breaks after | source |
|---|---|---|---|---|---|---|"""
_HEAD = """# Official indicators

Written from the catalogue by `observatoire statistics document`; a test refuses a page that is not
up to date. Labels are those that the pages show. The catalogue itself, one TOML file per theme in
`observatoire/catalogue/`, adds to each: definition, numerator and denominator, direction,
additivity, next update, and which verdict is possible.

## What is read

{publications}

A file is recognised by its columns, never by its name. Its year is in its name, or given with
`--year`, and **is not the year of the data**:

| producer | ids | year of the data |
|---|---|---|
| census | `rp.…` | file 2019: 2013; file 2022: 2018 |
| Filosofi (income) | `filosofi.…` | file 2019: 2015; 2021: 2017; 2022: 2018 |
| census by IRIS or by commune | `rp.P_…` `rp.part_…` | in the names of the columns (`P18_…`) |
| CAF, Cnam, France Travail, ASP | `cnaf.…` `cnam.…` `ft.…` `asp.…` | the file's year |
| RPLS (social housing) | `rpls.…` | 1 January of the file's year |

Census and income years of another file are not guessed: `--vintage rp=YYYY` gives them. The
commune populations of the project's GeoJSON are those of the census of 2017 (Saint-Étienne 172 565,
Metz 116 429): that file does not say so itself, so it is read with `--year 2017`.

The file's year of an administrative producer is the year of the publication. What it describes is
earlier: the job-seekers of 2019 and 2022 are those of 31 December 2018 and 2021, whose totals by
department the DREES publishes (748 in the QPV of Haute-Corse, 274 of them for a year or more;
74 960 in those of Seine-Saint-Denis).

The tables of the census by IRIS are INSEE's `base-ic-evol-struct-pop`, `base-ic-logement`,
`base-ic-diplomes-formation` and `base-ic-activite-residents`. A column `P18_POP1117` is the
indicator `rp.P_POP1117` of 2018; `P18_POP` is the municipal population, `rp.POP_MUN`. They are
estimates with decimals, in the geography of 1 January two years later: those of 2018 name the IRIS
of 2020. Columns of the complementary exploitation (`C18_…`) are not read. The same columns by
commune are read too.

By commune and by EPCI, the thematic databases (Démographie, Revenus, Insertion) have the columns of
the QPV and are read with them; income (`FILO2018_DISP_COM`, told from declared income by its taxes)
and recipients of the CAF are read by commune. None of these files was at hand: they are read as
INSEE describes them and tried on small made-up ones, and the year of their codes, which they do not
say, is taken to be that of the file (of the data, for income). The 200 m grid is not imported: a
page or the command `overlay` reads it (`insee_carreaux_200m` in [sources](sources.md)).

What is published by IRIS or by commune makes layers apart from those of the QPV: their edition
names their geography (`iris-2020`, `commune-2026`), and they hold the places whose outline is
loaded.

## The spread over all the QPV of France

Beside the QPV, each layer holds rows of the kind `spread`: quantiles `q05`, `q25`, `q50`, `q75` and
`q95` of the published values over all the QPV of France (linear interpolation, definition 7 of
Hyndman and Fan, 1996), `n` QPV with a value, `total` QPV of the edition (1 514 in 2015). They come
from the files in the store when these name a thousand QPV or more, else from
`data/figures/qpv_spread.csv`. Values that producers hide are in none of them, and they are those of
small neighbourhoods.

## Correcting a file

`observatoire statistics list` gives the imported files. `withdraw` takes one out, named by its path
or its hash: what other files say of the same figures stays. `import --replace` takes out the files
of the same source, kind of zones and year as the new ones, then imports these: all of it, or
nothing. The maps follow at the next build, and the preparation of the app does not load a withdrawn
file again.

## What an empty cell means

1. A number is `ok`, whatever note stands beside it.
2. An empty cell is `missing` when the producer has no figure: the column is empty for every zone
   (Gini in 2012); the line is the national one; the producer's note is empty too while other lines
   have one (CAF and Cnam in Martinique); an overseas territory has no figure at all of that
   producer (census of 2013 in La Réunion); the figure does not exist (interdecile ratio of declared
   income when the first decile is zero); the cell says `nd`.
3. Any other empty cell, and `s` or `ns`, are `secret`. INSEE leaves blank what it withholds, zeros
   included.

Percentages keep the producer's unit, percent points, so that a layer equals the file. Published
twice, a figure must be the same, else the import is refused; a number wins over an absence, a
secret over a missing figure. A QPV that a publication has no line for is `missing` in its layers.

A share marked *computed* is 100 × the sum of published counts over a published count: secret when a
part is secret, missing when a part is missing or the whole is zero.

## Breaks

- Filosofi after 2018: another way to locate households. No difference across.
- Precarious jobs (`TX_…_EPREC`, files up to 2020) and jobs of limited duration (`TX_…_EDLIM`) are
  two indicators, not one series.
- Cnam: two consecutive years must not be compared. CMU-C (2019), C2S (2021) and C2S with or without
  a contribution (2022) are different indicators.
- `TX_TOT_FAM_MONO` of older files is not read: its denominator went from households to families.
- `A` is recipient households in DEMO and REVN (`cnaf.A`), job-seekers of category A in IPRO
  (`ft.A`).
"""


def indicators_page(
    catalogue: Catalogue, publications: Iterable[str], years: Mapping[str, Sequence[str]]
) -> str:
    """Return the Markdown page of the official indicators, theme by theme.

    Parameters
    ----------
    publications
        Titles of the publications that are read.
    years
        Years for which the QPV of the sites have each indicator; none for one published only by
        IRIS.
    """
    parts = [_HEAD.format(publications="\n".join(f"- {title}" for title in publications))]
    for theme, label in catalogue.themes.items():
        rows = [
            item
            for item in catalogue.indicators.values()
            if item.theme == theme and item.producer != _FIELD
        ]
        if rows:
            lines = [_row(item, years.get(item.id, ())) for item in rows]
            parts.append("\n".join([f"## {label}\n", _COLUMNS, *lines]) + "\n")
    return "\n".join(parts)


def _row(item: Indicator, years: Sequence[str]) -> str:
    kind = f"{item.kind}, computed" if item.derived else item.kind
    cells = [
        f"`{item.id}`",
        item.label,
        item.unit or "–",
        kind,
        ", ".join(years) or "IRIS only",
        ", ".join(item.breaks_after),
        item.source,
    ]
    return "| " + " | ".join(cells) + " |"
