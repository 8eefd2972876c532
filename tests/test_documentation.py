"""The documentation says what the code does: commands, settings, indicators, sources, links."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer

from observatoire.catalogue import read_catalogue
from observatoire.cli.document import write_page
from observatoire.cli.main import app
from observatoire.sources import read_register

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/**/*.md")])
TEXT = {page: page.read_text("utf-8") for page in PAGES}
ALL = "\n".join(TEXT.values())
COMMAND = re.compile(r"observatoire ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)([^`\n]*)")


def _commands(
    node: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    children = getattr(node, "commands", None)
    if children:
        for name, child in children.items():
            yield from _commands(child, (*path, name))
    else:
        yield path, node


TREE = dict(_commands(typer.main.get_command(app)))


def _code_lines(text: str) -> Iterator[str]:
    for block in re.findall(r"```(?:sh|bash|console)?\n(.*?)```", text, flags=re.S):
        yield from (line.strip() for line in block.splitlines())
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.S))


def _documented() -> Iterator[tuple[Path, tuple[str, ...], str]]:
    for page, text in TEXT.items():
        for line in _code_lines(text):
            for match in COMMAND.finditer(line):
                words = match.group(1).split()
                named = (tuple(words[:length]) for length in (3, 2))
                path = next((one for one in named if one in TREE), tuple(words[:1]))
                yield page, path, line[match.start() :]


def test_every_command_in_the_documentation_exists():
    groups = {path[:1] for path in TREE if len(path) > 1}
    unknown = {
        (page.name, " ".join(path))
        for page, path, _ in _documented()
        if path not in TREE and path not in groups
    }
    assert unknown == set()


def test_every_option_in_the_documentation_exists():
    wrong = []
    for page, path, line in _documented():
        if path not in TREE:
            continue
        known = {option for parameter in TREE[path].params for option in parameter.opts}
        wrong += [
            (page.name, line, option)
            for option in re.findall(r"(?<!\S)(--[a-z][a-z-]*)", line)
            if option not in known | {"--help"}
        ]
    assert wrong == []


def test_every_command_is_documented_and_has_help():
    named = {path for _, path, _ in _documented()}
    assert [" ".join(path) for path in TREE if path not in named] == []
    assert [" ".join(path) for path, command in TREE.items() if not command.help] == []


def test_the_page_of_the_commands_is_the_commands():
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert page == write_page(app), "python -m observatoire.cli.document > docs/commands.md"


def test_every_subcommand_of_run_is_documented():
    script = (ROOT / "run").read_text("utf-8")
    readme = ALL
    for verb in ("setup", "app", "test", "check", "verify", "bench", "clean"):
        assert f"./run {verb}" in readme
        assert re.search(rf"\b{verb}\)", script) or verb in script


def test_every_setting_is_documented():
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "observatoire").rglob("*.py"))
    code += (ROOT / "run").read_text("utf-8")
    names = set(re.findall(r"OBSERVATOIRE_[A-Z_]+[A-Z]", code))
    names |= {"OBSERVATOIRE_" + name for name in re.findall(r'PREFIX \+ "([A-Z_]+)"', code)}
    assert {name for name in names if name not in ALL} == set()


def test_every_module_is_in_the_architecture():
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    package = ROOT / "observatoire"
    modules = {path.stem for path in package.glob("*.py")}
    modules |= {path.parent.name for path in package.glob("*/__init__.py")}
    missing = {
        name
        for name in modules - {"__init__"}
        if f"`{name}`" not in page and f"`{name}/`" not in page
    }
    assert missing == set()


def test_every_indicator_is_documented():
    official = (ROOT / "docs" / "indicators.md").read_text("utf-8")
    field = (ROOT / "docs" / "methods.md").read_text("utf-8")
    described = official + field
    assert [name for name in read_catalogue().indicators if f"`{name}`" not in described] == []


def test_every_source_is_documented():
    page = (ROOT / "docs" / "sources.md").read_text("utf-8")
    assert [name for name in read_register() if f"`{name}`" not in page] == []


def test_every_direct_dependency_has_its_reason():
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    named = table["project"]["dependencies"] + [
        entry for entry in table["dependency-groups"]["dev"] if isinstance(entry, str)
    ]
    packages = {re.split(r"[\[<>=!~ ]", entry, maxsplit=1)[0] for entry in named}
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    assert {name for name in packages if name not in page} == set()


def test_lock_files_pin_every_package_with_hashes_and_name_no_host():
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text("utf-8")
        assert "://" not in text, lock.name
        entries = re.findall(r"^[A-Za-z0-9][^\n]*==[^\n]*", text, flags=re.M)
        assert entries, lock.name
        blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]
        assert all("--hash=sha256:" in block for block in blocks), lock.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", TEXT[page])
    broken = [
        target
        for target in targets
        if not target.startswith(("http://", "https://", "mailto:"))
        and not (page.parent / target).exists()
    ]
    assert broken == []


def test_the_tree_names_no_machine_path():
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    forbidden = re.compile("/wo" + r"rk/[a-z]")
    written = {".py", ".md", ".toml", ".lock", ".js", ".css", ".sh", ""}
    found = [
        name
        for name in files
        if (ROOT / name).is_file()
        and (ROOT / name).suffix in written
        and forbidden.search((ROOT / name).read_text("utf-8", errors="ignore"))
    ]
    assert found == []


def test_the_tree_holds_files_and_no_links():
    entries = subprocess.run(
        ["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.splitlines()
    assert entries
    assert [entry for entry in entries if not entry.startswith("100")] == []
