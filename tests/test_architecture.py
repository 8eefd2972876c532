"""The shape of the house: who may import whom, how long a module is, what the router is."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

CLONE = Path(__file__).resolve().parent.parent
PACKAGE = CLONE / "observatoire"
MODULES = sorted(PACKAGE.rglob("*.py"))
ROUTER_MAY_IMPORT = {
    "functools",
    "streamlit",
    "observatoire.access",
    "observatoire.activity_desk",
    "observatoire.labels",
    "observatoire.overlay_desk",
    "observatoire.replays",
    "observatoire.settings",
    "observatoire.views",
}


def lint(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--config", config, "--no-cache"],
        cwd=CLONE,
        capture_output=True,
        text=True,
        check=False,
    )


def edited(tmp_path: Path, old: str, new: str) -> Path:
    text = (CLONE / "pyproject.toml").read_text("utf-8")
    assert old in text
    config = tmp_path / "pyproject.toml"
    config.write_text(text.replace(old, new), "utf-8")
    return config


def contracts() -> dict[str, dict[str, object]]:
    table = tomllib.loads((CLONE / "pyproject.toml").read_text("utf-8"))
    return {one["id"]: one for one in table["tool"]["importlinter"]["contracts"]}


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_every_import_contract_holds() -> None:
    done = lint(CLONE / "pyproject.toml")
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('    "bench",\n', "", "not listed as layers"),
        (
            '    "observatoire.publication",\n    "observatoire.readiness",\n',
            '    "observatoire.readiness",\n',
            "publication -> observatoire.store",
        ),
        ('["observatoire.access", "observatoire.backup", ', "[", "access -> sqlalchemy"),
        ('"observatoire.server", "observatoire.views"]', "]", "views"),
    ],
)
def test_a_contract_that_is_narrowed_is_broken(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """The contracts can fail: each sees the imports it judges."""
    done = lint(edited(tmp_path, old, new))
    assert done.returncode != 0
    assert said in done.stdout


def test_every_module_is_in_the_rings() -> None:
    rings = contracts()["rings"]
    assert rings["exhaustive"] is True
    listed = {name.strip() for row in rings["layers"] for name in row.split("|")}  # type: ignore[attr-defined]
    found = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    found |= {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert listed == found


def test_every_module_that_publishes_is_bound_as_a_publisher() -> None:
    """A module above the door, below the composition root, may not see what is raw."""
    rows = contracts()["rings"]["layers"]
    above = rows[rows.index("routes") : rows.index("disclosure")]  # type: ignore[index, attr-defined]
    publishers = {f"observatoire.{name.strip()}" for row in above for name in row.split("|")}
    bound = set(contracts()["publishers"]["source_modules"])  # type: ignore[call-overload]
    assert publishers <= bound


def test_the_router_is_short_and_imports_what_a_router_needs() -> None:
    text = (CLONE / "app.py").read_text("utf-8")
    assert len(text.splitlines()) <= 60
    for name in imported(ast.parse(text)):
        assert name in ROUTER_MAY_IMPORT or name.startswith("observatoire.views."), name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_one_noun_of_three_hundred_lines_at_most(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 300
    if text:
        assert ast.get_docstring(ast.parse(text)), "a module says what it is"


def test_every_part_of_a_page_that_runs_alone_proves_who_asks() -> None:
    """A fragment of its own would keep showing what a session that is over had read."""
    own = [path for path in MODULES if "st.fragment" in path.read_text("utf-8")]
    assert [path.relative_to(PACKAGE).as_posix() for path in own] == ["views/part.py"]


def test_importing_the_program_starts_nothing() -> None:
    """No client, no file of the home, no word on the terminal, no thread, no child process."""
    names = sorted(
        ".".join(("observatoire", *path.relative_to(PACKAGE).with_suffix("").parts))
        for path in MODULES
        if path.stem not in ("__init__", "__main__") and "migrations" not in path.parts
    )
    script = (
        "import importlib, sys, threading\n"
        "def refuse(event, args):\n"
        "    if event in ('socket.connect', 'subprocess.Popen', 'os.mkdir', 'os.remove'):\n"
        "        raise SystemExit(f'{event} {args}')\n"
        "sys.addaudithook(refuse)\n"
        f"for name in {names!r}:\n"
        "    importlib.import_module(name)\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-W", "ignore", "-c", script],
        cwd=CLONE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", "")
