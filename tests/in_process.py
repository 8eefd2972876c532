"""The command line in this process, quicker than a new one, and what the store holds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

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


class Done(NamedTuple):
    """How a command ended: its exit code, what it said on each stream."""

    code: int
    out: str
    err: str


def _runner(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    from observatoire.cli import main

    def run(*args: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["observatoire", *map(str, args)])
        try:
            main()
            code = 0
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture(name="command")
def command_without_store(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Return a function that runs a command which needs no store in this process."""
    return _runner(monkeypatch, capsys)


@pytest.fixture(name="in_process")
def in_process_command(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Return a function that runs the command line in this process, on the test's store."""
    for name, value in command_environ(settings).items():
        monkeypatch.setenv(name, value)
    return _runner(monkeypatch, capsys)
