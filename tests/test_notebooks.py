"""The notebooks run on what is published, and define nothing."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def _code(notebook: Path) -> str:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return "\n\n".join("".join(one["source"]) for one in cells if one["cell_type"] == "code")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_defines_nothing_and_holds_no_output(notebook):
    tree = ast.parse(_code(notebook))
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    assert not any(isinstance(node, definitions) for node in ast.walk(tree))
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    assert not any(one.get("outputs") for one in cells)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(notebook, clone):
    environ = {
        **os.environ,
        "OBSERVATOIRE_HOME": str(clone.settings.home),
        "OBSERVATOIRE_DATABASE_URL": clone.settings.database_url or "",
        "OBSERVATOIRE_APP_DATABASE_URL": clone.settings.app_database_url or "",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _code(notebook)],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "couches" in done.stdout
