"""`observatoire statistics withdraw` and `list`: the imported files, and taking one out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from observatoire import settings as settings_module
from observatoire.access import open_access
from observatoire.cli.console import OUT, AsJson, answer, show_table
from observatoire.labels.numbers import number
from observatoire.sources import file_sha256
from observatoire.store import withdrawals

Names = Annotated[
    list[str], typer.Argument(help="Imported files, or their hashes (eight digits at least).")
]


def withdraw_files(files: Names, *, as_json: AsJson = False) -> None:
    """Take imported files of statistics out of the store: all of them, or nothing.

    What other files say of the same figures stays. The maps follow at the next build.
    """
    hashes = [file_sha256(Path(name)) if Path(name).is_file() else name for name in files]
    with open_access(settings_module.load(), writes=True).owner() as connection:
        done = [withdrawals.withdraw(connection, sha256) for sha256 in hashes]
    payload = {"withdrawn": [asdict(one) for one in done]}
    answer(payload, as_json, lambda: show_withdrawn(done))


def list_imported(as_json: AsJson = False) -> None:
    """List the imported files of statistics, withdrawn ones included."""
    with open_access(settings_module.load(), writes=True).owner() as connection:
        files = withdrawals.list_files(connection)
    payload = {"files": [row | {"imported_on": str(row["imported_on"])} for row in files]}
    rows = [
        [
            row["file_name"],
            str(row["sha256"])[:12],
            str(row["imported_on"]),
            number(int(str(row["figures"]))),
            "retiré" if row["withdrawn"] else "",
        ]
        for row in files
    ]
    columns = ["fichier", "empreinte", "importé le", "chiffres", "remarque"]
    answer(payload, as_json, lambda: show_table(columns, rows))


def show_withdrawn(done: Sequence[withdrawals.Withdrawal]) -> None:
    """Say what was taken out."""
    for one in done:
        kept = one.figures - one.gone
        OUT.print(
            f"Retiré : {one.file_name} ({number(one.figures)} chiffres, dont {number(kept)} que "
            "d’autres fichiers disent aussi). Les cartes suivront à la prochaine construction.",
            markup=False,
        )
