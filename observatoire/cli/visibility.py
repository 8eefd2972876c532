"""How much of a grid would be seen, printed: shares of cells by item, and what could be merged."""

from __future__ import annotations

from observatoire.cli.console import OUT, show_table
from observatoire.grille import Replay
from observatoire.labels import read_words
from observatoire.labels.numbers import level_words, number
from observatoire.periods import LEVELS


def show_replay(found: Replay) -> None:
    """Print the table of a replay, its mean, and the merges that it proposes."""
    words = read_words("grilles")
    rows = [
        (
            one.label,
            level_words(one.frequency),
            *(_percent(one.shares.get(level)) for level in LEVELS),
            words(f"basis.{one.basis}"),
        )
        for one in found.items
    ]
    levels = [level_words(level) for level in LEVELS]
    show_table(("indicateur", "lecture", *levels, "rejouée sur"), rows)
    if found.visible is not None:
        OUT.print(words("replay.whole", share=_percent(found.visible)))
    for one in found.merges:
        OUT.print(
            words(
                "replay.merge",
                first=one.labels[0],
                second=one.labels[1],
                level=level_words(one.level),
                share=_percent(one.share),
                basis=words(f"basis.{one.basis}"),
            )
        )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{number(100 * share)} %"
