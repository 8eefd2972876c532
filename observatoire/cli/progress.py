"""What a long command is doing, on the terminal of whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from observatoire.cli.console import ERR


@contextmanager
def spoken(first: str) -> Iterator[Callable[[str], None]]:
    """Show one line that says the current step; silent when nobody is at the terminal."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as progress:
        task = progress.add_task(first)
        yield lambda step: progress.update(task, description=step)
