"""The words around the maps of a downloaded page: title, legend, table, sources. Pure HTML text."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from observatoire.catalogue import Indicator
from observatoire.classify import Breaks
from observatoire.component.painting import site_values
from observatoire.disclosure import ProtectedLayer
from observatoire.labels import read_words
from observatoire.labels.numbers import number, period, quantity, status_words
from observatoire.labels.typography import typeset
from observatoire.legends import closing_words, legend_rows
from observatoire.palettes import text_on
from observatoire.sources import Source

MAP_PLACE = "carte"


@dataclass(frozen=True)
class DocumentTexts:
    """What a page says around its maps.

    Attributes
    ----------
    layer
        What is shown.
    breaks
        Classes of the maps; empty for a count.
    classes
        Class characters of all the QPV shown.
    source
        Entry of the register for the layer's source; None when it has none.
    hatched
        How many QPV carry the hatching of an interval that contains the reference.
    """

    layer: ProtectedLayer
    breaks: Breaks
    classes: str
    source: Source | None
    hatched: int = 0

    def title(self) -> str:
        """Return « indicator, period »."""
        label = typeset(self.layer.description.label)
        words = read_words("cartographie")
        return words("document.title", label=label, period=period(self.layer.period))

    def line(self) -> str:
        """Return the unit, the edition of the perimeters and the source, as one line."""
        words = read_words("cartographie")
        parts = []
        if self.layer.description.unit:
            unit = words("legend.unit", unit=typeset(self.layer.description.unit))
            parts.append(f"{unit[0].upper()}{unit[1:]}.")
        parts.append(words("document.edition", edition=self.layer.edition))
        if self.source is not None:
            fields = {"publisher": self.source.publisher, "vintage": self.source.vintage}
            parts.append(typeset(words("document.credit", **fields)))
        return " ".join(parts)

    def body(self, table: str) -> str:
        """Return the body of the page around an empty place for the maps.

        Parameters
        ----------
        table
            From `values_table`.
        """
        words = read_words("cartographie")
        return (
            f"<main><h1>{html.escape(self.title())}</h1>"
            f'<p class="line">{html.escape(self.line())}</p>{self._banner()}'
            f'<div class="scene"><div id="{MAP_PLACE}"><noscript>'
            f"{html.escape(words('document.noscript'))}</noscript></div>{self._legend()}</div>"
            f"<h2>{html.escape(words('document.table'))}</h2>"
            f'<div class="wide">{table}</div></main><footer>{self._notes()}</footer>'
        )

    def _banner(self) -> str:
        if not self.layer.fictitious:
            return ""
        words = read_words("cartographie")
        label = html.escape(words("warning.fictitious"))
        text = html.escape(words("document.fictitious"))
        return f'<p class="banner" role="note"><b>{label}</b>{text}</p>'

    def _legend(self) -> str:
        words = read_words("cartographie")
        rows = legend_rows(self.classes, self.breaks, self.layer.description.decimals)
        items = "".join(
            f'<li><span class="swatch look-{row.letter}" aria-hidden="true" style="background:'
            f'{row.colour};color:{text_on(row.colour)}"><span>{number(row.count)}</span></span>'
            f"<span>{html.escape(row.text)}"
            f"<small>{html.escape(words.count('legend.count', row.count))}</small></span></li>"
            for row in rows
        )
        items += self._doubtful()
        closed = html.escape(closing_words(self.breaks))
        note = f"<p>{closed}</p>" if len(self.breaks) > 1 else ""
        title = html.escape(words("legend.title"))
        return (
            f'<section class="legend" aria-label="{title}">'
            f"<h2>{title}</h2><ul>{items}</ul>{note}</section>"
        )

    def _doubtful(self) -> str:
        """Return the line of the hatching, when some QPV carry it."""
        if not self.hatched:
            return ""
        words = read_words("cartographie")
        counted = html.escape(words.count("legend.count", self.hatched))
        return (
            f'<li><span class="swatch look-h" aria-hidden="true"><span>{number(self.hatched)}'
            f"</span></span><span>{html.escape(words('legend.hatched'))}"
            f"<small>{counted}</small></span></li>"
        )

    def _notes(self) -> str:
        words = read_words("cartographie")
        described = self.layer.description
        lines = [words("document.definition", text=described.definition)]
        if described.caveat:
            lines.append(words("document.caveat", text=described.caveat))
        if self.source is not None:
            names = ("publisher", "title", "vintage", "licence")
            fields = {name: getattr(self.source, name) for name in names}
            lines.append(words("document.source", **fields))
        lines.append(words("document.alone"))
        return "".join(f"<p>{html.escape(typeset(line))}</p>" for line in lines)


def values_table(layer: ProtectedLayer, sites: Iterable[tuple[str, gpd.GeoDataFrame]]) -> str:
    """Return the figures of the maps as an HTML table, one line for each QPV.

    Parameters
    ----------
    sites
        Title of each site and its QPV, indexed by code, columns `name` and `commune`.
    """
    words = read_words("cartographie")
    effort = bool(layer.frame["outings"].notna().any())
    names = ["site", "quarter", "code", "value", *(["outings"] if effort else [])]
    heads = "".join(
        f'<th scope="col" class="{name}">{html.escape(words(f"document.{name}"))}</th>'
        for name in names
    )
    rows = []
    for title, boundaries in sites:
        cells = site_values(layer, sorted(str(code) for code in boundaries.index))
        for code, cell in cells.to_dict("index").items():
            place = [title, boundaries.at[code, "name"], boundaries.at[code, "commune"], code]
            texts = [html.escape(text) if isinstance(text, str) else "" for text in place]
            rows.append(_row(texts, cell, layer.description, effort))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _row(place: list[str], cell: Mapping[Any, Any], described: Indicator, effort: bool) -> str:
    site, name, commune, code = place
    shown = cell["status"] == "ok"
    value = (
        quantity(cell["value"], described.unit, described.decimals)
        if shown
        else status_words(cell["status"])
    )
    cells = [
        ("site", site),
        ("quarter", f"{name}<small>{commune}</small>"),
        ("code", code),
        ("value" if shown else "value absent", html.escape(value)),
    ]
    if effort:
        cells.append(("outings", number(int(cell["outings"])) if shown else ""))
    texts = "".join(f'<td class="{look}">{text}</td>' for look, text in cells)
    return f"<tr>{texts}</tr>"
