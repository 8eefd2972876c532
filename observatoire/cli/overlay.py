"""The command `overlay`: other areas over the QPV, from files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from observatoire import overlays
from observatoire.cli.console import ERR, OUT, AsJson, answer, show_table
from observatoire.cli.overlay_files import (
    Table,
    benchmark_column,
    naming,
    read_benchmark,
    read_ground,
    read_secrets,
    read_values,
)
from observatoire.labels.numbers import number, quantity
from observatoire.overlays import OverlayOptions, OverlayResult, OverlayRow
from observatoire.overlays.areas import read_areas, read_places
from observatoire.overlays.ground import check_outlines
from observatoire.overlays.options import read_figures as check_figures
from observatoire.overlays.result import grade_words, method_words
from observatoire.overlays.tables import read_official

_COLUMNS = ("qpv", "estimation", "entre", "et", "note", "couverture", "part coupée", "méthode")


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("overlay")(overlay)


def overlay(
    *,
    source: Annotated[Path, typer.Option(help="Outlines of the areas that have figures.")],
    key: Annotated[str, typer.Option(help="Column of their code.")],
    value: Annotated[str, typer.Option(help="Column of the count, or of the numerator of a rate.")],
    kind: Annotated[str, typer.Option(help="count, rate or density; others are refused.")],
    table: Annotated[
        Path | None, typer.Option(help="CSV of the figures; by default columns of the outlines.")
    ] = None,
    table_key: Annotated[
        str | None, typer.Option(help="Its code column; by default --key.")
    ] = None,
    period: Annotated[
        str | None, typer.Option(help="Which period of a table of the project.")
    ] = None,
    denominator: Annotated[str | None, typer.Option(help="Column of a rate's denominator.")] = None,
    per: Annotated[float, typer.Option(help="Rate per 1, 100… denominators.")] = 1.0,
    already_rates: Annotated[
        bool, typer.Option("--already-rates", help="--value is a rate, not a numerator.")
    ] = False,
    imputed: Annotated[
        str | None, typer.Option(help="Column of the share that is imputed (0 to 1).")
    ] = None,
    extra_rows: Annotated[
        bool, typer.Option("--extra-rows", help="Leave aside rows of areas not in the outlines.")
    ] = False,
    weights: Annotated[
        Path | None, typer.Option(help="Points or polygons of dwellings: where people live.")
    ] = None,
    weights_value: Annotated[
        str | None, typer.Option(help="What each weighs; by default 1 a point, its area a polygon.")
    ] = None,
    benchmark: Annotated[
        Path | None, typer.Option(help="CSV of official counts by QPV of a related variable.")
    ] = None,
    benchmark_key: Annotated[
        str | None, typer.Option(help="Its code column; by default the one that holds QPV codes.")
    ] = None,
    benchmark_value: Annotated[
        str | None, typer.Option(help="Its column; by default the name of --benchmark-source.")
    ] = None,
    benchmark_source: Annotated[
        str | None,
        typer.Option(
            help="The same variable among the figures; by default the first column of the same "
            "name in both, --value apart."
        ),
    ] = None,
    benchmark_period: Annotated[
        str | None, typer.Option(help="Which period, in a table of the project.")
    ] = None,
    year: Annotated[str | None, typer.Option(help="Year of the figures.")] = None,
    benchmark_year: Annotated[
        str | None,
        typer.Option(help="Year of the official counts; another year benchmarks nothing."),
    ] = None,
    official: Annotated[
        Path | None, typer.Option(help="CSV of official values of --value itself by QPV.")
    ] = None,
    official_key: Annotated[str | None, typer.Option(help="Its code column.")] = None,
    official_value: Annotated[
        str | None, typer.Option(help="Its column; by default the name of --value.")
    ] = None,
    official_period: Annotated[
        str | None, typer.Option(help="Which period, in a table of the project.")
    ] = None,
    target: Annotated[
        Path | None, typer.Option(help="Outlines to estimate; by default the QPV of the sites.")
    ] = None,
    target_key: Annotated[
        str | None, typer.Option(help="Their code column; by default that of QPV codes.")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Layer of the source's GeoPackage.")] = None,
    as_json: AsJson = False,
) -> None:
    """Estimate figures of other areas (IRIS, communes, grid) in QPV, with bounds and a grade.

    Counts, rates rebuilt from both parts, densities; medians, quantiles and indices are refused.
    Outlines: GeoJSON, GeoPackage, shapefile, or a CSV of cells of the 200 m grid. Tables: CSV with
    semicolons or commas, decimal comma or point; an empty cell is not published, never zero.

    With --benchmark, counts of the same producer and year by QPV calibrate the estimates: for
    instance --value PERCOU --benchmark DEMO.csv --benchmark-source A --benchmark-value A. With
    --official, what the producer publishes comes first and what it hides stays hidden. Grade E is
    no number, but for raw_estimate in JSON.
    """
    options = OverlayOptions(
        kind=kind,
        value=value,
        denominator=denominator,
        per=per,
        already_rates=already_rates,
        imputed=imputed,
        extra_rows=extra_rows,
    )
    areas = read_areas(source, key, layer=layer)
    with naming(source):
        check_outlines(areas.geometry, "sources")
    ground = read_ground(target, target_key)
    with naming(table or source):
        read_in = Table(table, table_key or key) if table else None
        calibrated = benchmark_column(benchmark, benchmark_source, options, areas, table)
        columns = [name for name in (value, denominator, imputed, calibrated) if name]
        figures = read_values(areas, source, read_in, columns, period)
        check_figures(figures, areas.index, options)
    totals = Table(benchmark, benchmark_key, benchmark_value or calibrated) if benchmark else None
    comparable = not (year and benchmark_year) or year == benchmark_year
    result = overlays.overlay(
        areas,
        figures,
        ground,
        options,
        weights=read_places(weights, weights_value) if weights else None,
        benchmark=read_benchmark(
            totals,
            figures,
            str(calibrated),
            ground,
            period=benchmark_period,
            comparable=comparable,
        ),
        official=read_official(
            official,
            official_value or value,
            ground.index,
            key=official_key,
            period=official_period,
        )
        if official
        else read_secrets(
            totals if comparable else None, options, calibrated, ground, benchmark_period
        ),
    )
    _say(result, calibrated if benchmark and not benchmark_source else None)
    answer(result.as_list(), as_json, lambda: _show(overlays.shown(result), options))


def _say(result: OverlayResult, calibrated: str | None) -> None:
    """Say beside the answer what was let pass, repaired or chosen."""
    if calibrated:
        ERR.print(f"Calage sur la colonne « {calibrated} », commune aux deux fichiers.")
    for warning in result.warnings:
        ERR.print(warning)
    for one in result.repairs:
        gained = quantity(one.area_change_m2, "m²", 1)
        ERR.print(f"Contour réparé : {one.what} {one.key}, surface changée de {gained}.")


def _show(result: OverlayResult, options: OverlayOptions) -> None:
    decimals = 0 if options.kind == "count" else 4 if options.per == 1 else 1
    show_table(_COLUMNS, (_line(row, decimals) for row in result))
    letters = sorted({row.grade for row in result})
    for letter in letters:
        OUT.print(f"{letter} : {grade_words(letter)}")
    refused: dict[str, list[str]] = {}
    for row in result:
        if row.grade == overlays.NOT_SHOWN:
            refused.setdefault(row.why, []).append(row.qpv)
    for why, codes in refused.items():
        OUT.print(f"Non estimable ({', '.join(codes)}) : {why}")


def _line(row: OverlayRow, decimals: int) -> list[object]:
    if row.grade == overlays.NOT_SHOWN:
        covered = quantity(100 * row.coverage, "%")
        return [row.qpv, "non estimable", None, None, row.grade, covered, None, None]
    numbers = [
        None if value is None else number(value, decimals)
        for value in (row.estimate, row.lo, row.hi)
    ]
    shares = [
        None if share is None else quantity(100 * share, "%")
        for share in (row.coverage, row.partial_share)
    ]
    return [row.qpv, *numbers, row.grade, *shares, method_words(row.method)]
