"""Measured times, on the machine and the data at hand: what they are is part of the answer."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from observatoire import exports, pipeline, publication
from observatoire.access import Access
from observatoire.labels.numbers import number
from observatoire.settings import Settings

Progress = Callable[[str], None]


@dataclass(frozen=True)
class BuildBench:
    """Times of one build and of reading what it published, in this process, once.

    Attributes
    ----------
    build_s
        Reading the store, computing, protecting and publishing, in seconds.
    list_ms
        Listing the layers.
    read_median_ms, read_max_ms
        Reading one layer, re-verification included, over every layer.
    export_median_ms
        Writing one layer, by form of file, over one layer of each indicator.
    layers, cells
        What was published.
    processors, python
        The machine.
    """

    build_s: float
    list_ms: float
    read_median_ms: float
    read_max_ms: float
    export_median_ms: dict[str, float]
    layers: int
    cells: int
    processors: int
    python: str


def measure_build(access: Access, settings: Settings, progress: Progress) -> BuildBench:
    """Build, then read and export what is published; the store is left with the same release."""
    started = perf_counter()
    report = pipeline.build(access, progress)
    build_s = perf_counter() - started
    with access.session() as session:
        progress("lecture des couches")
        started = perf_counter()
        listed = publication.list_layers(session)
        list_ms = _since(started)
        reads, latest = [], {}
        for one in listed:
            started = perf_counter()
            layer = publication.read_layer(
                session, one.indicator, period=one.period, edition=one.edition
            )
            reads.append(_since(started))
            latest[one.indicator] = layer
        ground = {
            edition: publication.read_boundaries(session, edition) for edition in report.editions
        }
    exported: dict[str, float] = {}
    for name, form in exports.FORMATS.items():
        progress(f"export {name}")
        times = []
        for layer in latest.values():
            started = perf_counter()
            form.write(layer, ground[layer.edition], settings.sites)
            times.append(_since(started))
        exported[name] = round(statistics.median(times), 1)
    return BuildBench(
        build_s=round(build_s, 2),
        list_ms=round(list_ms, 1),
        read_median_ms=round(statistics.median(reads), 1),
        read_max_ms=round(max(reads), 1),
        export_median_ms=exported,
        layers=report.layers,
        cells=sum(sum(counts.values()) for counts in report.cells.values()),
        processors=os.cpu_count() or 0,
        python=platform.python_version(),
    )


def in_words(found: BuildBench) -> dict[str, object]:
    """Return the measures as they are printed for a person."""
    forms = (f"{name} {number(ms, 1)} ms" for name, ms in found.export_median_ms.items())
    return {
        "Publication": f"{number(found.build_s, 2)} s pour {number(found.layers)} couches, "
        f"{number(found.cells)} cases",
        "Liste des couches": f"{number(found.list_ms, 1)} ms",
        "Lecture d’une couche": f"{number(found.read_median_ms, 1)} ms en médiane, "
        f"{number(found.read_max_ms, 1)} ms au plus",
        "Export d’une couche": ", ".join(forms),
        "Machine": f"{found.processors} processeurs, Python {found.python} ; une seule mesure",
    }


def _since(started: float) -> float:
    return (perf_counter() - started) * 1000
