"""The command line in this process, quicker than a new one, and what the store holds."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from conftest import command_environ
from sqlalchemy import func, select

from observatoire.access import Access
from observatoire.settings import Settings
from observatoire.store.tables import metadata


def contents(store: Access) -> dict[str, int]:
    """How many rows each table holds: what a refusal must leave as it was."""
    with store.owner() as connection:
        return {
            table.fullname: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


@pytest.fixture(name="in_process")
def in_process_command(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs the command line in this process, on the test's store."""
    from observatoire.cli import main

    for name, value in command_environ(settings).items():
        monkeypatch.setenv(name, value)

    def run(*args: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["observatoire", *map(str, args)])
        try:
            main()
            code = 0
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run
