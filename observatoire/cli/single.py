"""Commands of one word: build, layer, layers, catalogue, demo, serve."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from observatoire import cluster, estimates, pipeline, publication, sheets
from observatoire import demo as demonstration
from observatoire import settings as settings_module
from observatoire.access import Access, open_access
from observatoire.accounts import note_export
from observatoire.catalogue import Catalogue, Indicator, read_catalogue
from observatoire.cli.console import OUT, AsJson, answer, show_pairs, show_table
from observatoire.cli.layers import describe_layer, print_layer, write_file
from observatoire.cli.progress import spoken
from observatoire.cli.supervisor import tell_ready
from observatoire.labels.numbers import number, status_words
from observatoire.labels.numbers import period as period_words
from observatoire.retention import retain
from observatoire.settings import Settings
from observatoire.store import Connection

IndicatorId = Annotated[str, typer.Argument(help="Id in the catalogue, for example filosofi.TP60.")]
Form = Annotated[str, typer.Option("--format", help="table, json, csv, geojson or gpkg.")]
_LEVELS = {
    "month": "au mois",
    "quarter": "au trimestre",
    "half": "au semestre",
    "year": "à l’année",
}


def register(app: typer.Typer) -> None:
    """Add the commands of one word to the root."""
    for command in (build, layer, layers, catalogue, demo, serve, retention):
        app.command()(command)


def build(as_json: AsJson = False) -> None:
    """Compute, protect and publish the layers: one transaction, and no release if nothing moved."""
    with spoken("construction") as progress, _owner() as (access, settings):
        report = pipeline.build(access, progress, sites=settings.sites)
    answer(asdict(report), as_json, lambda: _show_build(report))


def layer(
    indicator: IndicatorId,
    *,
    period: Annotated[str | None, typer.Option(help="2018, 2023-H1, 2023-Q2, 2023-05.")] = None,
    site: Annotated[str | None, typer.Option(help="Only this site: bastia, loire…")] = None,
    edition: Annotated[str | None, typer.Option(help="2015 or 2024.")] = None,
    form: Form = "table",
    out: Annotated[Path | None, typer.Option(help="File to write instead of the screen.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read one published layer: by default the latest period, every QPV."""
    form = "json" if as_json else form
    export = describe_layer(form, out)
    settings = settings_module.load()
    only = settings.site(site) if site else None
    with _reader(settings) as (session, access):
        found = publication.read_layer(session, indicator, period=period, edition=edition)
        parts = estimates.read_parts(session, found)
        ground = publication.read_boundaries(session, found.edition)
        rows = None if export else sheets.table(found, ground, settings.sites, parts)
        written = export.write(found, ground, settings.sites, only, parts) if export else b""
        note_export(access, settings, found, form, only.id if only else "")
    if rows is not None:
        print_layer(found, sheets.of_site(rows, only) if only else rows)
        return
    write_file(written, out)


def layers(as_json: AsJson = False) -> None:
    """List what is published, with the share of the cells that show a value."""
    with _reader(settings_module.load()) as (session, _):
        listed = publication.list_layers(session)
    payload = [
        {
            "indicator": one.indicator,
            "label": one.description.label,
            "period": one.period,
            "edition": one.edition,
            "unit": one.description.unit,
            "source": one.source,
            "rule": one.rule,
            "fictitious": one.fictitious,
            "share_visible": one.share_visible,
        }
        for one in listed
    ]
    rows = [
        (
            one.indicator,
            one.description.label + (" (fictif)" if one.fictitious else ""),
            one.period,
            one.edition,
            "" if one.share_visible is None else f"{number(100 * one.share_visible)} %",
        )
        for one in listed
    ]
    columns = ("indicateur", "libellé", "période", "édition", "visible")
    answer(payload, as_json, lambda: show_table(columns, rows))


def retention(as_json: AsJson = False) -> None:
    """Publish what is due, then delete what is older than agreed: entries, imported field rows."""
    with spoken("conservation") as progress, _owner() as (access, settings):
        report = retain(access, progress, sites=settings.sites)
    rows = {
        "Sorties saisies effacées": report.entries,
        "Observations importées effacées": report.observations,
        "Sorties importées effacées": report.outings,
    }
    answer(report.as_dict(), as_json, lambda: show_pairs(rows))


def catalogue(
    indicator: Annotated[str | None, typer.Argument(help="Only this one, in full.")] = None,
    as_json: AsJson = False,
) -> None:
    """Describe the indicators: what each is, where it comes from, what may be said of it."""
    known = read_catalogue()
    if indicator is None:
        payload: Any = [asdict(one) for one in known.indicators.values()]
        answer(payload, as_json, lambda: _show_catalogue(known))
        return
    one = known[indicator]
    answer(asdict(one), as_json, lambda: show_pairs(_card(one, known)))


def demo(
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Take the invented rows out.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load the fictitious outings and observations (July 2022 to December 2023), or remove them."""
    with spoken("démonstration fictive") as progress, _owner() as (access, settings):
        if remove:
            files = demonstration.remove_demo(access)
            words = "Les données fictives sont retirées." if files else "Il n’y en avait pas."
            payload: dict[str, Any] = {"removed_files": files}
        else:
            done = demonstration.load_demo(access, settings, progress)
            words = (
                "Les données fictives étaient déjà là."
                if done.already
                else f"Données fictives : {number(done.outings)} sorties, "
                f"{number(done.observations)} observations."
            )
            payload = {**asdict(done), "fictitious": True}
    after = "« observatoire build » publie le changement."
    answer(payload, as_json, lambda: OUT.print(f"{words} {after}"))


def serve() -> None:
    """Prepare the data and serve the app on this machine, until it is stopped."""
    from observatoire import server

    settings = settings_module.load()
    server.hold_port(settings.port).close()  # refused now rather than after the long part
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), _leave)
    OUT.print("Démarrage de la base de données…")
    with cluster.running(settings):
        access = open_access(settings, writes=True)
        try:
            report = pipeline.prepare(access, settings, _say)
        finally:
            access.close()
        OUT.print("Les données étaient prêtes." if report.ready else _published(report))
        server.serve(settings, announce=_announce)
    OUT.print("L’application est arrêtée.")


@contextmanager
def _owner() -> Iterator[tuple[Access, Settings]]:
    """Give both doors of the store, closed at the end."""
    settings = settings_module.load()
    access = open_access(settings, writes=True)
    try:
        yield access, settings
    finally:
        access.close()


@contextmanager
def _reader(settings: Settings) -> Iterator[tuple[Connection, Access]]:
    """Give one session to read what passed the door, and the doors it was opened with.

    Whoever runs the command line holds the passwords of the store: it reads every layer. With
    `OBSERVATOIRE_TOKEN`, it reads what that account reads in the pages.
    """
    access = open_access(settings, writes=settings.token is None).signed(settings.token)
    try:
        with access.session() if settings.token else access.owner() as made:
            yield made, access
    finally:
        access.close()


def _show_build(report: pipeline.BuildReport) -> None:
    new = "publiée" if report.written else "inchangée : rien de nouveau à publier"
    show_pairs(
        {
            "Publication": f"n° {report.release}, {new}",
            "Couches": f"{number(report.layers)} ({number(report.indicators)} indicateurs)",
            "Éditions": ", ".join(report.editions),
            **{
                family: ", ".join(
                    f"{number(count)} {'avec valeur' if name == 'ok' else status_words(name)}"
                    for name, count in report.cells[key].items()
                )
                or "aucune"
                for key, family in (
                    ("official", "Statistiques par quartier"),
                    ("field", "Observations par quartier"),
                )
            },
            "Niveau montré": ", ".join(
                f"{number(report.levels[level])} {words}"
                for level, words in _LEVELS.items()
                if level in report.levels
            )
            or "aucun",
            **(
                {"Thèmes sans sortie, sans couche": ", ".join(report.unseen)}
                if report.unseen
                else {}
            ),
        }
    )


def _show_catalogue(known: Catalogue) -> None:
    rows = [
        (known.themes[one.theme], one.id, one.label, one.unit) for one in known.indicators.values()
    ]
    show_table(("thème", "indicateur", "libellé", "unité"), rows)


def _card(one: Indicator, known: Catalogue) -> dict[str, object]:
    senses = {1: "plus haut = situation plus difficile", -1: "plus haut = meilleure", 0: "neutre"}
    pairs = {
        "Indicateur": one.id,
        "Thème": known.themes[one.theme],
        "Libellé": one.label,
        "Définition": one.definition,
        "Numérateur": one.numerator,
        "Dénominateur": one.denominator,
        "Unité": one.unit,
        "Sens": senses[one.direction],
        "Source": one.source,
        "Prochaine mise à jour": one.next_update,
        "Comparabilité": one.caveat,
        "Ce qu’on peut conclure": one.verdict,
        "Ruptures après": ", ".join(period_words(name) for name in one.breaks_after),
    }
    return {name: value for name, value in pairs.items() if value}


def _say(step: str) -> None:
    OUT.print(f"  · {step}", markup=False)


def _announce(address: str) -> None:
    OUT.print(f"L’application est prête : {address} (Ctrl+C pour l’arrêter)")
    sys.stdout.flush()
    tell_ready()


def _published(report: pipeline.PrepareReport) -> str:
    assert report.build is not None
    return f"{number(report.build.layers)} couches publiées."


def _leave(number: int, _frame: object) -> None:
    """Leave as after Ctrl+C, so that what was started is stopped."""
    raise SystemExit(128 + number)
