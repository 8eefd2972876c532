"""`observatoire veille replay`: what a rule of vigilance would have given on a site."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from observatoire import rule_replays
from observatoire import settings as settings_module
from observatoire.access import open_access
from observatoire.alerts import Rule, sentence
from observatoire.alerts.rules import Form
from observatoire.cli.console import AsJson, answer, show_pairs, show_table
from observatoire.labels import read_words
from observatoire.labels.numbers import day, number, period
from observatoire.rule_replays import RuleReplay


def replay(
    site: Annotated[str, typer.Argument(help="bastia, loire…")],
    *,
    form: Annotated[
        Form, typer.Option(help="repeat, unusual (a rare week) or silence.")
    ] = "repeat",
    reports: Annotated[int, typer.Option(help="Observations (repeat), 3 at least.")] = 3,
    days: Annotated[int, typer.Option(help="Within so many days; of a silence, beyond.")] = 10,
    item: Annotated[
        list[str] | None, typer.Option(help="Only this item of the grid; again for another.")
    ] = None,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="A single rare week is not enough.")
    ] = False,
    delegates: Annotated[int, typer.Option(min=1, help="Who read the alerts.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Replay a rule on the weeks of a site that are over: which alerts, how many to expect.

    On what its teams wrote down, or on invented rows where there is nothing else, which is said.
    Alerts to expect where nothing changes: simulated from the rates and the outings of the past.
    """
    settings = settings_module.load()
    rule = Rule(form, tuple(item or ("*",)), reports, days, confirmed)
    access = open_access(settings, writes=True)
    try:
        with access.owner() as owner:
            found = rule_replays.replay_rule(
                owner, settings.site(site), rule, today=date.today(), delegates=delegates
            )
    finally:
        access.close()
    answer(found.as_dict(), as_json, lambda: _show(found))


def _show(found: RuleReplay) -> None:
    words = read_words("vigilance")
    told = found.announced
    pairs = {
        words("replay.rule"): sentence(found.rule),
        words("replay.weeks"): words(
            "replay.weeks_said", first=day(found.first), last=day(found.last)
        ),
        words("replay.alerts"): number(len(found.alerts)),
        words("replay.announced"): words(
            "replay.announced_said",
            mean=number(told.per_week, 2),
            low=number(told.low, 2),
            high=number(told.high, 2),
        ),
    }
    show_pairs(pairs)
    if found.basis == "invented":
        typer.echo(words("replay.invented"))
    show_table(
        [words("replay.month"), words("replay.alerts")],
        [(period(month), number(count)) for month, count in found.months.items()],
    )
    names = ("first", "last", "qpv", "item", "level", "observed", "outings")
    show_table(
        [words(f"replay.{name}") for name in names],
        [
            (
                day(one.first),
                day(one.last),
                one.qpv,
                one.item or "–",
                words(f"score_level.{one.level}") if one.level else "–",
                number(one.told.observed),
                number(one.told.outings),
            )
            for one in found.alerts
        ],
    )
