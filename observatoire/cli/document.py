"""The page of the documentation that lists the commands, written from the commands themselves.

`python -m observatoire.cli.document > docs/commands.md` renews it; a test compares the two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import typer

_HEAD = """# Commands

Every command answers `--json` beside its readable form (a refusal too), leaves with a code other
than zero when it refuses, names file, row, column and remedy, and leaves nothing half-loaded. In a
clone, `./run cli …` runs them without activating the environment.
"""


def write_page(app: typer.Typer) -> str:
    """Return the Markdown page of all the commands of `app`."""
    sections = [_HEAD]
    for path, command in _commands(typer.main.get_command(app), ()):
        sections.append(_section(path, command))
    return "\n".join(sections)


def _commands(node: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    children = getattr(node, "commands", None)
    if children is None:
        yield path, node
        return
    for name, child in children.items():
        yield from _commands(child, (*path, name))


def _section(path: tuple[str, ...], command: object) -> str:
    parameters = getattr(command, "params", [])
    arguments = [one for one in parameters if one.param_type_name == "argument"]
    usage = " ".join(["observatoire", *path, *(_argument(one) for one in arguments)])
    text = " ".join((getattr(command, "help", None) or "").split())
    lines = [f"## {' '.join(path)}", "", f"`{usage}`", "", text, ""]
    options = [one for one in parameters if one.param_type_name == "option"]
    rows = [
        f"| `{one.opts[0]}`{' (required)' if one.required else ''} | {one.help or ''} |"
        for one in options
        if one.opts[0] != "--json"
    ]
    if rows:
        lines += ["| option | |", "|---|---|", *rows, ""]
    return "\n".join(lines)


def _argument(parameter: object) -> str:
    name = str(getattr(parameter, "name", "")).upper()
    many = "…" if getattr(parameter, "nargs", 1) == -1 else ""
    return f"{name}{many}" if getattr(parameter, "required", False) else f"[{name}{many}]"


if __name__ == "__main__":
    from observatoire.cli.main import app as root

    sys.stdout.write(write_page(root))
